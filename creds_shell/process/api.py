"""`run_with_secrets` for programs: the same run in a forked process.

The caller's own descriptors, signals and limits stay as they are.
"""

import posix
import sys
from _signal import SIGKILL
from collections.abc import Iterable
from os import PathLike

from creds_shell.core import paths
from creds_shell.core.errors import SecretsError, UsageError
from creds_shell.core.talk import report
from creds_shell.process import descriptors
from creds_shell.process.child import Child
from creds_shell.process.failure import FilterError, StartError
from creds_shell.process.options import TABLE, Options
from creds_shell.process.run import execute, exit_like

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.plan import Fd

Word = str | bytes | PathLike[str] | PathLike[bytes]
_LIMIT = 65536
_KINDS = dict(TABLE.values())


def run_with_secrets(
    command: Iterable[str | bytes | PathLike[str] | PathLike[bytes]],
    *,
    project: str | None = None,
    environment: str | None = None,
    provider: str | None = None,
    **options: object,
) -> int:
    """Run a command with a project's secrets in its environment and masked in its output.

    Args:
        command: program and arguments.
        project: as the option of `creds exec`; None is what the directory says.
        environment: as above.
        provider: as above.
        **options: further options of `exec` by name (`only`, `omit`, `clean_env`, `keep_existing`, `env_files`,
            `secret_env`, `access`, `mask_text`, `tty`, `allow_missing`, `skip_blocked`, `kill_tree`, `reason`); where
            several names or files may be given, one alone may stand by itself.

    Returns:
        The command's exit status; 128 plus the number of the signal that killed it, 127 if there is no such program,
        126 if it cannot be started (said on stderr): as in a shell.

    Raises:
        SecretsError: creds refused to start anything, or the mask failed; as `creds exec` would say it.
    """
    if isinstance(command, str | bytes):  # its letters would be taken for words
        raise UsageError("a command is a list of words", 'for a shell to read it: ["sh", "-c", "…"]')
    given = {"project": project, "environment": environment, "provider": provider, **options}
    chosen = Options(**{name: _checked(name, value) for name, value in given.items() if value is not None})
    words = [_bytes(word) for word in command]
    if not words:
        raise UsageError("there is no command to run")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "flush") and not getattr(stream, "closed", False):
            stream.flush()
    reading, writing = posix.pipe()
    for end in (reading, writing):
        posix.set_blocking(end, False)  # nobody waits for its end: a relay that stays behind keeps it
    pid = posix.fork()
    if pid == 0:
        posix.close(reading)
        _run(words, chosen, writing)
    posix.close(writing)
    try:
        ended = _wait(pid)
        told = _read(reading)
    finally:
        posix.close(reading)
    if told[:1].isalpha():
        raise _error(told)
    status = int(told) if told else ended
    return status if status >= 0 else 128 - status


def _checked(name: str, value: object) -> object:
    """An option as the run wants it; where several names or files may stand, one alone is the one of a list.

    Raises:
        TypeError: it is no text, or no list of texts, where the option takes that.
    """
    kind = _KINDS.get(name, "flag")
    if kind == "flag":
        return value
    if isinstance(value, str | PathLike):
        return _listed(posix.fspath(value), kind)
    words = None if kind == "text" or not isinstance(value, Iterable) else list(value)
    if words is None or not all(isinstance(word, str | PathLike) for word in words):
        raise TypeError(f"{name} is {'text' if kind == 'text' else 'a list of texts'}")
    return [posix.fspath(word) for word in words]


def _listed(word: str, kind: str) -> object:
    return [key for key in word.split(",") if key] if kind == "keys" else [word] if kind == "list" else word


def _bytes(word: Word) -> bytes:
    """What exec(2) wants; a TypeError names what is no word, and a ValueError a NUL, as subprocess does."""
    plain = posix.fspath(word)
    plain = plain if isinstance(plain, bytes) else paths.fsencode(plain)
    if b"\0" in plain:
        raise ValueError("a word of the command holds a NUL")
    return plain


def _run(command: list[bytes], options: Options, writing: int) -> None:
    """The forked process: it tells the command's status and ends like it, or tells why there is none."""
    try:
        fds = descriptors.standard()
        descriptors.fill_gaps(fds)
        status = _execute(command, options, fds)
        posix.write(writing, b"%d" % status)
        exit_like(status)
    except SecretsError as error:
        told = "\0".join([type(error).__name__, str(error.exit_code), error.message, *error.hints])
        posix.write(writing, told.encode("utf-8", "surrogateescape")[:_LIMIT])
    except Exception as error:  # noqa: BLE001 - its text may hold a value
        posix.write(writing, f"FilterError\x0070\0internal error ({type(error).__name__})".encode())
    finally:
        posix._exit(70)  # noqa: SLF001 - a copy of the caller: none of its cleanup may run here


def _execute(command: list[bytes], options: Options, fds: "tuple[Fd, Fd, Fd]") -> int:
    try:
        return execute(command, options, fds, becomes=False)  # somebody has to tell how it ended
    except StartError as error:
        return report(error)


def _wait(pid: int) -> int:
    """How the run ended; SIGKILL where the program has its children reaped by others, who do not say.

    What a signal handler raises ends the run, as it does in subprocess: it may be a program's end or a time-out. But
    a ^C reached the command too, and it decides.
    """
    try:
        return _reap(pid)
    except KeyboardInterrupt:
        _wait(pid)  # for one more, too
        raise
    except BaseException:
        Child(pid).send(SIGKILL)  # the command is hung up then, and the terminal given back
        _reap(pid)
        raise


def _reap(pid: int) -> int:
    try:
        return posix.waitstatus_to_exitcode(posix.waitpid(pid, 0)[1])
    except ChildProcessError:
        return int(-SIGKILL)


def _read(reading: int) -> bytes:
    try:
        return posix.read(reading, _LIMIT)
    except BlockingIOError:
        return b""


def _error(told: bytes) -> SecretsError:
    from creds_shell.core import errors

    name, code, message, *hints = told.decode("utf-8", "surrogateescape").split("\0")
    kind = FilterError if name == "FilterError" else getattr(errors, name, SecretsError)
    return kind(message, *hints, exit_code=int(code))
