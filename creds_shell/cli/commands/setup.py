"""`creds setup`: one marked block in the shell's start-up file, written once, and nothing else in it touched."""

import argparse
import os
import stat
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.cli.commands.hook import running_shell
from creds_shell.core.errors import BadPermissionsError, SecretsError, UsageError, step
from creds_shell.core.paths import home
from creds_shell.hook import MODES, SHELLS

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "put the hook into your shell's start-up file"
DESCRIPTION = """Shows the line and the file, asks, and writes a marked block once. Nothing else in the file changes;
--remove takes the block out again.

modes:
  export    secrets are in this shell and in all that it starts; the screen is not masked
  subshell  secrets are in a subshell for the project, masked; gone when you leave its tree
  session   the whole terminal is masked; secrets load in place, as in export"""
EXAMPLES = """  creds setup
  creds setup zsh --mode session --yes
  creds setup bash --print
  creds setup fish --remove
"""

BEGIN, END = b"# >>> creds >>>", b"# <<< creds <<<"
QUESTIONS = {
    "export": "loads into your shell, in place; nothing on the screen is masked",
    "subshell": "starts a masked subshell for each project; leaving the project ends it",
    "session": "masks the whole terminal; secrets load in place",
}


@dataclass(frozen=True)
class Place:
    """Where the block belongs."""

    shell: str
    path: str
    text: bytes

    @property
    def lines(self) -> list[bytes]:
        """The file, line by line."""
        return self.text.splitlines(keepends=True)


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "shell", nargs="?", choices=SHELLS, metavar="SHELL", help=f"{', '.join(SHELLS)}; default: yours"
    )
    parser.add_argument("--mode", choices=MODES, help="how secrets are loaded (asked for; default: export)")
    parser.add_argument("--print", action="store_true", help="print the block, write nothing")
    parser.add_argument("--remove", action="store_true", help="take the block out again")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Write, print or remove the block."""
    if args.print and args.remove:
        raise UsageError("--print and --remove exclude each other")
    place = find_place(args.shell or running_shell(os.environ.get("SHELL", "")))
    if args.remove:
        return _remove(place)
    if args.print:
        say.out(block(place.shell, args.mode or "export"))
        return 0
    mode = args.mode or _ask_mode(inv)
    new = with_block(place, mode)
    if new == place.text:
        say.say(f"{place.path} has it already")
        return 0
    say.say(f"this goes into {place.path}:")
    say.line(f"  {hook_line(place.shell, mode)}")
    say.say(f"mode {mode}: {QUESTIONS[mode]}")
    if not say.ask(f"write it to {place.path}?", default=True):
        say.say("nothing was written")
        return 1
    write_file(place.path, new)
    say.say(f"done; it works in the next {place.shell} that you open")
    return 0


def hook_line(shell: str, mode: str) -> str:
    """The line for a start-up file."""
    words = f"creds hook {shell}" + ("" if mode == "export" else f" --mode {mode}")
    return f"{words} | source" if shell == "fish" else f'eval "$({words})"'


def block(shell: str, mode: str) -> bytes:
    """The line between its marks."""
    return b"%s\n%s\n%s\n" % (BEGIN, hook_line(shell, mode).encode(), END)


def find_place(shell: str) -> Place:
    """The start-up file of a shell, as it is now; a missing one is empty.

    Raises:
        SecretsError: it cannot be read.
    """
    folders = {
        "bash": home(),
        "zsh": os.environ.get("ZDOTDIR") or home(),
        "fish": os.path.join(os.environ.get("XDG_CONFIG_HOME") or os.path.join(home(), ".config"), "fish"),
    }
    names = {"bash": ".bashrc", "zsh": ".zshrc", "fish": "config.fish"}
    path = os.path.join(folders[shell], names[shell])
    try:
        with open(path, "rb") as file:
            return Place(shell, path, file.read())
    except FileNotFoundError:
        return Place(shell, path, b"")
    except OSError as error:
        raise SecretsError(
            f"cannot read {path}: {str(error.strerror).lower()}", step("ls -l", path)
        ) from None


def with_block(place: Place, mode: str) -> bytes:
    """The file with the block in it: where it stood, else at the end; at the top for the session mode.

    The session hook replaces the shell for the terminal's whole life, so what stands before it would run twice.

    Raises:
        SecretsError: there is a hook of the user's own, of another mode; two of them would fight.
    """
    wanted = block(place.shell, mode)
    before, old, after = _split(place)
    if old == wanted:
        return place.text
    if not old:
        number, line = _by_hand(place)
        if number and (f"--mode {mode}" in line or (mode == "export" and "--mode" not in line)):
            return place.text
        if number:
            raise SecretsError(
                f"{place.path}:{number} has a hook of your own: {line}", step("edit", place.path)
            )
    if mode == "session":
        return wanted + before + after
    if old == block(place.shell, "session"):  # its place was at the top
        before, after = before + after, b""
    return before + (b"" if not before or before.endswith(b"\n") else b"\n") + wanted + after


def _by_hand(place: Place) -> tuple[int, str]:
    """The number and the text of the line that calls the hook, 0 and "" if there is none."""
    for number, line in enumerate(place.lines, 1):
        text = line.strip()
        if b"creds hook " + place.shell.encode() in text and not text.startswith(b"#"):
            return number, text.decode("utf-8", "replace")
    return 0, ""


def _split(place: Place) -> tuple[bytes, bytes, bytes]:
    """The file before, in and after the block.

    Raises:
        SecretsError: a mark without its other half; a person has to look.
    """
    marks = [line.strip() for line in place.lines]
    if BEGIN not in marks and END not in marks:
        return place.text, b"", b""
    first, last = marks.index(BEGIN) if BEGIN in marks else -1, marks.index(END) if END in marks else -1
    if first < 0 or last < first or marks.count(BEGIN) > 1 or marks.count(END) > 1:
        raise SecretsError(f"the block of creds in {place.path} is damaged", step("edit", place.path))
    lines = place.lines
    return b"".join(lines[:first]), b"".join(lines[first : last + 1]), b"".join(lines[last + 1 :])


def _remove(place: Place) -> int:
    before, old, after = _split(place)
    if not old:
        say.say(f"there is no block of creds in {place.path}")
        return 0
    say.say(f"this goes out of {place.path}:")
    say.line("  " + old.splitlines()[1].decode("utf-8", "replace") if len(old.splitlines()) > 1 else "")
    if not say.ask(f"change {place.path}?", default=True):
        say.say("nothing was changed")
        return 1
    write_file(place.path, before + after)
    say.say("done; shells that are open keep their hook")
    return 0


def _ask_mode(inv: "Invocation") -> str:
    if inv.yes or not say.can_ask():
        return "export"
    for number, mode in enumerate(MODES, 1):
        say.line(f"  {number}  {mode.ljust(9)} {QUESTIONS[mode]}")
    answer = say.ask_text("which mode (1, 2, 3)? [1]").strip() or "1"
    chosen = {str(number): mode for number, mode in enumerate(MODES, 1)} | {mode: mode for mode in MODES}
    if answer not in chosen:
        raise UsageError(f"there is no mode {answer}", f"use one of {', '.join(MODES)}")
    return chosen[answer]


def write_file(path: str, data: bytes) -> None:
    """Replace a start-up file at once: through its link if it is one, with its mode, or 0644 if it is new.

    Raises:
        SecretsError: it cannot be written.
    """
    target = os.path.realpath(path)
    try:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        mode = stat.S_IMODE(os.stat(target).st_mode) if os.path.exists(target) else 0o644
        fd, temporary = tempfile.mkstemp(prefix=".creds-", dir=os.path.dirname(target))
        try:
            with open(fd, "wb") as file:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            os.replace(temporary, target)
        except BaseException:
            os.unlink(temporary)
            raise
    except PermissionError:
        raise BadPermissionsError(f"cannot write {target}", step("ls -ld", os.path.dirname(target))) from None
    except OSError as error:
        raise SecretsError(f"cannot write {target}: {str(error.strerror).lower()}") from None
