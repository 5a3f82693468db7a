"""What a shell evaluates at its prompt: one call for each name, the files to watch, one line to say.

The reply is framed. Without its last line nothing is evaluated, so a process that dies half-way changes nothing. The
shell decides what that means for it (what was there before, read-only names, what the user changed): see hooks/.
"""

import posix
import sys
import time

from creds_shell.core import watch
from creds_shell.core.load import AWS, LOCAL, REPOSITORY, Load, load, watched_files
from creds_shell.core.paths import environ, exists, fsencode, state_dir
from creds_shell.core.quoting import quote
from creds_shell.core.resolve import Standing, resolve
from creds_shell.core.talk import printable
from creds_shell.hook import PROTOCOL, SHELLS, write_out

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from creds_shell.core.errors import SecretsError
    from creds_shell.core.load import Loaded

# The package's folder comes last: nothing beside it stands before the standard library.
ORDINARY = (
    "import sys,signal;signal.signal(2,signal.SIG_DFL);sys.path.append(sys.argv.pop(1));"
    "from creds_shell.cli.commands.export import prompt;prompt(*sys.argv[1:])"
)
NAMES_ROOM = 131072 - len("__CREDS_NAMES=") - 1
"""Bytes for the exported list of names (Linux MAX_ARG_STRLEN: beyond it every later command fails with E2BIG)."""
PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./-_")
FIRST_LOAD = " (what is printed here is not masked: creds shell masks)"


class Answer:
    """What to tell the shell.

    Attributes:
        status: `loaded`, `blocked`, `error`, `cold` (being fetched) or "" (nothing here is ours).
        project: the project's id, "" when this place is none.
        git: the real path of the `.git` that the answer is about, "" if unknown.
        values: what to set.
        watched: the files that it depends on.
        complaint: one sentence, or "".
        mode: the hook's; in `subshell` the status may be `subshell`: one has to be started.
        messages: the user's setting, `off`, `short` or `names`.
        note: behind the number of secrets.
    """

    def __init__(self) -> None:
        self.mode = "export"
        self.status = self.project = self.git = self.complaint = self.note = ""
        self.messages = "short"
        self.values: list[tuple[str, bytes]] = []
        self.watched: list[str] = []


def prompt() -> "NoReturn":
    """Answer the hook: arguments are shell, protocol and mode; the reply goes to stdout."""
    shell, protocol, mode = sys.argv[1:4]
    write_out(reply(shell, protocol, mode))
    posix._exit(0)  # noqa: SLF001  an orderly end costs as much as the rest (5 of 15 million instructions)


def reply(shell: str, protocol: str, mode: str, *, heal: bool = False, renewed: bool = False) -> str:
    """The framed reply.

    Args:
        shell: `bash`, `zsh` or `fish`.
        protocol: what the hook speaks; one of another version gets the present hook.
        mode: the hook's.
        heal: the hook did not find what was embedded in it; it gets itself anew.
        renewed: the settings were read anew just now; if they are stale still, that is an error.
    """
    lines = [f"#creds {protocol}"]
    if heal or protocol != PROTOCOL:
        from creds_shell.hook.render import hook_text

        lines.append(hook_text(shell, mode=mode))
    if protocol == PROTOCOL:
        lines += _code(shell, *_answer_and_references(mode, None if renewed else [shell, protocol, mode]))
    lines.append("#end\n")
    return "\n".join(lines)


def _answer_and_references(
    mode: str, words: "list[str] | None"
) -> "tuple[Answer, list[tuple[str, str | None]]]":
    """Decide, and make the references; if they cannot be made the shell stays as it is."""
    started = watch.now()
    answer = decide(mode, words)
    try:
        return answer, watch.references(answer.watched, started)
    except Exception as error:  # noqa: BLE001  the error tree is imported when there is one
        return _failed(answer, error), []


def decide(mode: str = "export", words: "list[str] | None" = None) -> Answer:
    """What holds in the working directory; never raises what a user can cause.

    Args:
        mode: the hook's.
        words: what to ask the ordinary command with when settings changed; None: they were read anew already.
    """
    answer = Answer()
    answer.mode = mode
    try:
        standing = resolve(hook=True)
        answer.watched = watched_files(standing)
        if standing.stale and standing.state == "ready":
            _renew(words)
        _describe(answer, standing)
    except Exception as error:  # noqa: BLE001  as above
        return _failed(answer, error)
    return answer


def _renew(words: "list[str] | None") -> None:
    """Become the ordinary command, which reads TOML, keeps what the prompt needs and answers in our place."""
    if words is None:
        raise _error("the settings cannot be read", "creds status")
    package = __file__.rsplit("/", 3)[0]
    posix.execve(sys.executable, [sys.executable, "-I", "-c", ORDINARY, package, *words], environ())


def _failed(answer: Answer, error: Exception) -> Answer:
    from creds_shell.core.errors import SecretsError

    answer.status, answer.values = "error", []
    if isinstance(error, SecretsError):
        answer.complaint = "error: " + _sentence(error.message, error.hints)
    else:  # never the text of an unknown error: it may quote a value
        answer.complaint = f"error: {type(error).__name__}: creds doctor"
    return answer


def _error(message: str, *hints: str) -> "SecretsError":
    from creds_shell.core.errors import SecretsError

    return SecretsError(message, *hints)


def _sentence(reason: "str | None", hints: "tuple[str, ...]") -> str:
    return (reason or "") + (": " + hints[0] if hints else "")


def _describe(answer: Answer, standing: Standing) -> None:
    if standing.repository is not None:
        answer.git = standing.repository.root.rstrip("/") + "/.git"
    if standing.record is not None:
        answer.messages = standing.record.options.get("messages", "short")
    if standing.state in ("foreign", "moved", "copied"):
        answer.status, answer.complaint = "blocked", _sentence(standing.reason, standing.hints)
    elif standing.state == "error" and not standing.quiet:
        answer.status, answer.complaint = "error", "error: " + _sentence(standing.reason, standing.hints)
    elif standing.state == "ready":
        answer.project = standing.project_id or ""
        _load(answer, standing)


def _load(answer: Answer, standing: Standing) -> None:
    agent = _refused_agent(standing)
    if agent is not None:
        answer.status = "blocked"
        answer.complaint = f"not loaded for an agent ({agent} is set): creds exec -- COMMAND"
        return
    # `creds shell` injects what only exec may see, too.
    found = load(standing, "exec" if answer.mode == "subshell" else "shell")
    answer.watched = found.watched
    if found.state == "error":
        raise _error(found.error or "nothing can be loaded", *found.hints)
    strange = [tier for tier in standing.layers if tier not in (LOCAL, REPOSITORY, AWS)]
    if found.state == "cold" and strange:
        raise _error(f"the prompt does not ask {strange[0]}", "creds exec -- COMMAND")
    answer.values = [(item.name, item.value) for item in found.values]
    answer.status = found.state if found.state in ("blocked", "cold") else "loaded"
    answer.complaint = "; ".join(_remarks(found))
    _fit(answer)
    if answer.mode == "subshell":
        _leave_to_subshell(answer)
        return
    _register(found.values)
    if _is_news(answer):
        _record(answer, standing)
        _mention_first(answer)


def _fit(answer: Answer) -> None:
    """Leave out what the list of names has no room for: a shell below could not take it out again."""
    room = NAMES_ROOM
    for number, (name, _) in enumerate(answer.values):
        room -= len(name) + 1
        if room < 0:
            left = len(answer.values) - number
            answer.complaint += (
                f"{'; ' if answer.complaint else ''}{left} not set, too many for one environment"
            )
            del answer.values[number:]
            return


def _leave_to_subshell(answer: Answer) -> None:
    """Mode subshell: nothing is set in this shell; with something to load, the hook starts a shell that has it."""
    if answer.status == "loaded" and answer.values:
        answer.status = "subshell"
    answer.values = []


def _refused_agent(standing: Standing) -> "str | None":
    """The variable that marks a coding agent, unless the user's config grants it `export`."""
    from creds_shell.core.agents import marker

    found = marker()
    if found is None or (standing.record is not None and "export" in standing.record.grants):
        return None
    return found[1]


def _remarks(found: Load) -> "list[str]":
    remarks = []
    if found.state == "cold":
        remarks.append("fetching from aws")
    if found.blocked:
        remarks.append(f"{found.blocked}: {found.unblock}")
    remarks += [f"{name} not set, {reason}" for name, reason in found.skipped]
    if found.missing:
        remarks.append("required and missing: " + ", ".join(found.missing))
    if found.withheld and not found.values:  # nothing came, where `list` shows keys
        remarks.append(f"{found.withheld} only for creds exec and creds shell")
    if found.state != "cold":
        remarks += found.notes
    return remarks


def _is_news(answer: Answer) -> bool:
    """Whether anything of it is not in the shell yet."""
    have = environ()
    return any(have.get(name.encode()) != value for name, value in answer.values)


def _register(loaded: "list[Loaded]") -> None:
    """Inside a live session: hand the values to the mask and wait until it holds them.

    Also those that the shell has already, from a profile or a former session: this one may not know them.
    """
    if not environ().get(b"__CREDS_SESSION"):
        return
    from creds_shell.core.frame import register

    masked = [item for item in loaded if not item.free_mask]
    forced = frozenset(item.name for item in masked if item.force_mask)
    told = register([item.value for item in masked], [item.name for item in masked], forced=forced)
    if told == "refused":
        raise _error("the session does not answer, nothing loaded")


def _record(answer: Answer, standing: Standing) -> None:
    from creds_shell.core.journal import append

    names = [name for name, _ in answer.values]
    if not append(
        "load",
        project=answer.project,
        keys=names,
        provider=standing.provider,
        environment=standing.environment,
    ):
        answer.complaint += ("; " if answer.complaint else "") + "the audit record could not be written"


def _mention_first(answer: Answer) -> None:
    """The first load of all says what this mode does not do."""
    told = state_dir() + "/told-unmasked"
    if exists(told) or environ().get(b"__CREDS_SESSION"):
        return
    answer.note = FIRST_LOAD
    try:
        posix.close(posix.open(told, posix.O_WRONLY | posix.O_CREAT | posix.O_CLOEXEC, 0o600))
    except OSError:
        return


def _code(shell: str, answer: Answer, references: "list[tuple[str, str | None]]") -> "list[str]":
    # in quotes: to zsh a key may be a global alias
    pairs = [f"'{name}' {quote(shell, value)}" for name, value in answer.values]
    step = 100 if shell == "zsh" else 1
    lines = ["__creds_set " + " ".join(pairs[start : start + step]) for start in range(0, len(pairs), step)]
    lines.append(_watch(shell, references, answer.git.removesuffix("/.git")))
    words = [answer.status, answer.project, answer.git, answer.messages, _stamp()]
    words += [printable(answer.complaint), answer.note]
    lines.append("__creds_end " + " ".join([quote(shell, fsencode(word)) for word in words]))
    return lines


def _stamp() -> str:
    now = time.gmtime()
    return f"{now[0]:04d}-{now[1]:02d}-{now[2]:02d}T{now[3]:02d}:{now[4]:02d}:{now[5]:02d}Z"


def _watch(shell: str, references: "list[tuple[str, str | None]]", root: str) -> str:
    """What the prompt asks about the watched files: in bash and zsh true when none changed, in fish when one did.

    (There a `!` costs a third of a file test.)
    """
    lines, changed, gone = [], [], ""
    for number, (path, kept) in enumerate(references):
        file, mark = quote(shell, fsencode(path)), quote(shell, fsencode(kept or ""))
        if shell == "bash":  # to which a long word costs three times as much as a variable
            lines.append(f"__creds_file{number}={file} __creds_mark{number}={mark}")
            file, mark = f"$__creds_file{number}", f"$__creds_mark{number}"
        elif shell == "fish":
            file, mark = _short(path, root), _short(kept or "", root)
        if kept is None:
            changed.append(f"-e {file}")
            continue
        changed += [f"{file} -nt {mark}", f"{file} -ot {mark}"]
        if shell == "zsh":  # which calls a missing file neither newer nor older
            changed.append(f"! -e {file}")
            gone = f"! -e {mark}"
    if gone:  # they go together
        changed.append(gone)
    if shell == "fish":
        any_changed = " ".join([f"-o {test}" for test in changed])
        return "builtin set -g __creds_watch " + quote(shell, fsencode(any_changed))
    unchanged = " && ".join([f"! {test}".removeprefix("! ! ") for test in changed])
    lines.append("__creds_watch=" + quote(shell, fsencode(unchanged)))
    return "\n".join(lines)


def _short(path: str, root: str) -> str:
    r"""A word of fish, which converts each character of a path (300 instructions): from the root where that is shorter.

    The hook puts the way to the root in the place of \x01, which no quoted word has. Quotes cost as much again.
    """
    above, below = root.split("/"), path.split("/")
    while above and below and above[0] == below[0]:
        del above[0], below[0]
    relative = "../" * len(above) + "/".join(below)
    here, word = ("\x01", relative) if root and len(relative) < len(path) else ("", path)
    return here + (word if PLAIN.issuperset(word) else quote("fish", fsencode(word)))


def main(argv: "list[str]") -> "int | None":
    """`creds export …`: for scripts, or with --hook PROTOCOL MODE for a hook that lost what was embedded in it.

    Returns:
        The exit status; None: the command line has to look at these arguments.
    """
    if len(argv) == 4 and argv[0] in SHELLS and argv[1] == "--hook":
        write_out(reply(argv[0], *argv[2:], heal=True))
        return 0
    from creds_shell.hook.script import main as script

    return script(argv)
