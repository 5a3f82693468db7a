"""How creds talks where nothing heavy may be imported: one line to stderr, `creds: `, lower case, no full stop.

stdout is for data. A message that cannot be written is given up: talk never changes what a command does.
"""

import posix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from creds_shell.core.errors import SecretsError

_WARNING = "creds: warning: "
_held: "list[str] | None" = None  # what was said since `hold`

OF_A_BUNDLE = " dump list promote refresh restore rollback validate versions "
OF_A_KEY = " delete explain get import rotate set "  # or of a file: a word follows


def printable(text: str) -> str:
    r"""Return `text` with control characters, escapes and undecodable bytes shown as `\xNN`.

    Paths and ids come from outside: a directory named with an escape sequence must not drive the terminal.
    """
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(char: str) -> str:
    if char in "\n\t":
        return {"\n": "\\n", "\t": "\\t"}[char]
    data = char.encode("utf-8", "surrogateescape")
    return "".join(f"\\x{byte:02x}" for byte in data)


def say(text: str) -> None:
    """Write `creds: text` to stderr."""
    write_stderr(f"creds: {printable(text)}\n")


def warn(text: str) -> None:
    """Write `creds: warning: text` to stderr."""
    say(f"warning: {text}")


def counted(number: int, what: str) -> str:
    """Return how many there are, in words: `1 key`, `2 keys`."""
    return f"{number} {what}" if number == 1 else f"{number} {what}s"


def did_you_mean(word: str, known: "Iterable[str]", hint: str = "did you mean {}?") -> "tuple[str, ...]":
    """Return the hint for a word that is nearly a known one, for an option also where several begin with it."""
    from difflib import get_close_matches

    names = {name.lstrip("-"): name for name in known}  # dashes would make any two options alike
    bare = word.lstrip("-")
    begun = [name for name in names if name.startswith(bare)] if bare and word.startswith("--") else []
    near = begun or get_close_matches(bare, names, n=1, cutoff=0.66)  # `gte` and `get` are alike by 0.667
    return tuple([hint.format(names[name]) for name in near])


def same_bundle(hint: str, project: "str | None", environment: "str | None") -> str:
    """Return a hint with the options of this run in the commands that would act on another bundle without them.

    Args:
        hint: text with commands in it, as `creds set KEY`.
        project: what --project said.
        environment: what -e said.
    """
    whose = f" --project {project}" if project else ""
    given = whose + (f" -e {environment}" if environment else "")
    words = hint.split(" ")
    for at in range(1, len(words)):
        command = f" {words[at].rstrip('`')} "
        if words[at - 1].lstrip("`") != "creds":
            continue
        if command in OF_A_BUNDLE + OF_A_KEY:
            last = at + (command in OF_A_KEY and at + 1 < len(words))
            bare = words[last].rstrip("`,:")
            words[last] = bare + given + words[last][len(bare) :]
        elif words[at : at + 2] in (["allow", "--name"], ["allow", "--unmask"]):
            words[at] += whose  # a name is confirmed for all environments
    return " ".join(words)


def report(error: "SecretsError", *, json: bool = False) -> int:
    """Write the error and its hints to stderr and return the exit code.

    As JSON it is one object and all that is written: of what was held back, warnings are among the hints.
    """
    if json:
        from json import dumps

        held = _stop_holding()
        warned = [text[len(_WARNING) : -1] for text in held if text.startswith(_WARNING)]
        body = {"code": error.code, "message": error.message, "hints": [*error.hints, *warned]}
        write_stderr(dumps({"version": 1, "error": body}) + "\n")
        return error.exit_code
    say(f"error: {error.message}")
    for hint in error.hints:
        say(f"hint: {hint}")
    return error.exit_code


def hold() -> None:
    """Keep what is said until `release` or `report`: a program that asked for JSON reads stderr as one object."""
    global _held
    _held = _held or []


def release() -> None:
    """Write what was held back: the command is over, or somebody has to read it now."""
    write_stderr("".join(_stop_holding()))


def _stop_holding() -> "list[str]":
    global _held
    held, _held = _held or [], None
    return held


def write_stderr(text: str) -> None:
    """Write all of `text` to descriptor 2, or hold it back; a closed or full stderr is ignored."""
    if _held is not None:
        _held.append(text)
        return
    data = text.encode("utf-8", "backslashreplace")
    while data:
        try:
            data = data[posix.write(2, data) :]
        except OSError:
            return
