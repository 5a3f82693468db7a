"""The only place that talks: say, warn, fail, ask. Talk goes to stderr, data to stdout, questions to the terminal.

`configure` is called once, before a command runs; a question that cannot be asked is an error with exit code 4,
so nothing ever hangs without a terminal. With --json talk is held until the end: an error's object stands alone.
"""

import contextlib
import os
import signal
import sys
import termios

from creds_shell.cli.crash import close_stdout
from creds_shell.core import talk
from creds_shell.core.errors import NotAllowedError, SecretsError

# Bracketed paste (xterm's control sequences): the lines of a pasted key are one value, and none reaches the shell.
_PASTE_MODE = b"\x1b[?2004h", b"\x1b[?2004l"
_PASTE_BEGINS, _PASTE_ENDS = b"\x1b[200~", b"\x1b[201~"


class Voice:
    """How this run talks: the global options that bear on it."""

    __slots__ = ("environment", "json", "no_input", "project", "quiet", "yes")

    def __init__(
        self, *, quiet: bool = False, json: bool = False, yes: bool = False, no_input: bool = False
    ) -> None:
        self.quiet = quiet
        self.json = json
        self.yes = yes
        self.no_input = no_input
        self.project: str | None = None
        self.environment: str | None = None


_voice = Voice()


def configure(*, project: str | None = None, environment: str | None = None, **options: bool) -> None:
    """Set how this run talks (`quiet`, `json`, `yes`, `no_input`), and the bundle that it named."""
    global _voice  # noqa: PLW0603 one process is one run
    _voice = Voice(**options)
    _voice.project, _voice.environment = project, environment
    if _voice.json:
        talk.hold()
    else:
        talk.release()  # a first look took an option of the agent's for ours


def say(text: str) -> None:
    """Tell what happened; silent with --quiet."""
    if not _voice.quiet:
        talk.say(text)


def line(text: str) -> None:
    """Write one line of a list to stderr, without the prefix; silent with --quiet."""
    if not _voice.quiet:
        talk.write_stderr(f"{talk.printable(text)}\n")


def warn(text: str) -> None:
    """Tell what the user should look at."""
    talk.warn(text)


def again(text: str) -> str:
    """Return a text whose commands act on the bundle that this run named."""
    return talk.same_bundle(text, _voice.project, _voice.environment)


def fail(error: SecretsError) -> int:
    """Tell what was wrong and the next step, as lines or (--json) as one object; return the exit code."""
    error.hints = tuple(again(hint) for hint in error.hints)
    return talk.report(error, json=_voice.json)


def out(data: str | bytes) -> None:
    """Write data to stdout, byte for byte.

    Raises:
        SecretsError: stdout is closed, or what it is written to is full.
        BrokenPipeError: nobody reads any more.
    """
    if sys.stdout is None:
        raise SecretsError("stdout is closed", "send it to a file or a pipe")
    try:
        sys.stdout.buffer.write(data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        close_stdout()
        raise SecretsError(f"cannot write to stdout: {os.strerror(error.errno or 0).lower()}", "df") from None


def can_ask() -> bool:
    """Whether a person sits at this run: a terminal on stdin or stderr, and no --no-input."""
    return not _voice.no_input and (os.isatty(0) or os.isatty(2))


def ask(question: str, *, default: bool = False, hint: str = "--yes answers it") -> bool:
    """Ask a yes-or-no question; --yes answers yes, an end of input no, whatever the default is.

    Raises:
        NotAllowedError: nobody can be asked.
    """
    if _voice.yes:
        return True
    answer = _read_answer(f"{question} {'[Y/n]' if default else '[y/N]'}", hint, echo=True)
    word = answer.strip().lower()
    return default if answer and not word else word in (b"y", b"yes")


def ask_text(question: str, *, hint: str = "run this in a terminal") -> str:
    """Ask for one line and return it without its newline; an end of input is the empty answer.

    Raises:
        NotAllowedError: nobody can be asked.
    """
    return _read_answer(question, hint, echo=True).decode("utf-8", "surrogateescape").strip()


def ask_secret(question: str, *, hint: str = "pipe it in with --stdin") -> bytes:
    """Ask for a value without showing it; returns exact bytes.

    Raises:
        NotAllowedError: nobody can be asked.
        KeyboardInterrupt: the person gave up.
    """
    return _read_answer(question, hint, echo=False)


def forget_keys() -> None:
    """Drop the keys that nobody has read yet."""
    with contextlib.suppress(OSError, termios.error), open("/dev/tty", "rb", buffering=0) as terminal:
        termios.tcflush(terminal, termios.TCIFLUSH)


def _read_answer(question: str, hint: str, *, echo: bool) -> bytes:
    if not can_ask():
        raise NotAllowedError(f"this needs an answer and there is no terminal: {question}", hint)
    talk.release()
    try:
        fd, ours = os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC), True
    except OSError:  # a terminal without being our controlling one (some containers)
        fd, ours = (0 if os.isatty(0) else 2), False
    prompt = f"creds: {talk.printable(question)} ".encode()
    try:
        if not echo:
            return _read_hidden(fd, prompt)
        os.write(fd, prompt)
        return _line(fd)
    except KeyboardInterrupt:
        os.write(fd, b"\n" if echo else b"")  # the shell's prompt begins a line of its own
        raise
    finally:
        if ours:
            os.close(fd)


def _read_hidden(fd: int, prompt: bytes) -> bytes:
    """Read one line from a terminal without showing it.

    The echo goes first: whoever types or pastes as soon as the question is there would see the value otherwise. It
    goes again after Ctrl-Z and `fg`, for shells bring their own settings back. The line is read in non-canonical
    mode: termios(3) limits a canonical line to 4,096 bytes and drops the rest without a word, and keys are pasted.
    """
    paste_on, paste_off = _PASTE_MODE if os.environ.get("TERM", "dumb") != "dumb" else (b"", b"")
    before = termios.tcgetattr(fd)
    hidden = [*before]
    hidden[0] = before[0] & ~termios.ICRNL  # else a pasted CRLF comes as two newlines
    hidden[3] = before[3] & ~(termios.ECHO | termios.ICANON)
    hidden[6] = [*before[6]]
    hidden[6][termios.VMIN], hidden[6][termios.VTIME] = 1, 0

    def ask() -> None:
        termios.tcsetattr(fd, termios.TCSADRAIN, hidden)
        os.write(fd, paste_on + prompt)

    def stop(number: int, _frame: object) -> None:
        os.write(fd, paste_off)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # comes back when somebody continues us
        signal.signal(number, stop)
        ask()

    former = signal.getsignal(signal.SIGTSTP)
    try:
        if former == signal.SIG_DFL:
            signal.signal(signal.SIGTSTP, stop)
        ask()
        return _edited_line(fd)
    finally:
        signal.signal(signal.SIGTSTP, former)
        termios.tcsetattr(fd, termios.TCSADRAIN, before)
        os.write(fd, paste_off + b"\n")


def _line(fd: int) -> bytes:
    """Read a line with its end, so that an end of input is no empty answer."""
    line = bytearray()
    while True:
        byte = os.read(fd, 1)
        line += byte
        if not byte:
            os.write(fd, b"\n")  # Ctrl-D leaves the cursor behind the question
        if byte in (b"", b"\n", b"\r"):
            return bytes(line)


def _edited_line(fd: int) -> bytes:
    """Read a line where the terminal edits none: Backspace, Ctrl-U, Ctrl-D; what is pasted may have several lines."""
    line, pasted = bytearray(), None  # where in it the paste begins that goes on
    while True:
        byte = os.read(fd, 1)
        if not byte or (pasted is None and byte in (b"\n", b"\r", b"\x04")):
            return bytes(line)
        if pasted is None and byte in (b"\x7f", b"\x08"):
            while line and line[-1] & 0xC0 == 0x80:  # the rest of one UTF-8 character
                line.pop()
            del line[-1:]
        elif pasted is None and byte == b"\x15":
            line.clear()
        else:
            line += byte
        if pasted is None and line.endswith(_PASTE_BEGINS):
            del line[-len(_PASTE_BEGINS) :]
            pasted = len(line)
        elif pasted is not None and line.endswith(_PASTE_ENDS):
            text = line[pasted : -len(_PASTE_ENDS)].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
            line[pasted:] = text.removesuffix(b"\n")  # as of a pipe
            pasted = None
