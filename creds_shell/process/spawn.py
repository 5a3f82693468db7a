"""Find and start the command as execvp would, with our descriptors and signals out of its way.

A failure is a `StartError` with the status that a shell gives: 127 not found, 126 found and not startable.
"""

import posix
from _signal import SIGPIPE, SIGXFSZ

from creds_shell.core.paths import is_dir

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.failure import StartError

_DEFAULT_PATH = b"/usr/local/bin:/usr/bin:/bin"
# errno's numbers of Linux and macOS, which are the same here; the module itself costs 0.2 ms
_ENOEXEC, _EACCES = 8, 13

_INTERPRETERS = (SIGPIPE, SIGXFSZ)
_SHELLS = ("bash", "zsh", "sh", "dash", "ksh", "ksh93", "mksh", "ash", "busybox")
"""Those that pass on what they ignore. Not fish: it ignores SIGPIPE for itself alone."""


def find(name: bytes, environ: "dict[bytes, bytes]") -> bytes:
    """The program's path; raises StartError when there is none that could be executed.

    The search is a shell's with the command's own PATH: what is a directory or may not be executed is passed over.
    """
    if b"/" in name:
        paths = [name]
    else:
        folders = environ.get(b"PATH", _DEFAULT_PATH).split(b":") if name else []
        paths = [(folder or b".") + b"/" + name for folder in folders]
    for path in paths:
        if posix.access(path, posix.X_OK) and not is_dir(path):
            return path
    from creds_shell.process.failure import unstartable

    raise unstartable(name, paths)


def spawn(
    path: bytes,
    command: "list[bytes]",
    environ: "dict[bytes, bytes]",
    wiring: "dict[int, int]",
    mask: "set[int]",
) -> int:
    """Start the command beside us (same session and group); returns its pid.

    Args:
        path: the program, as find() found it.
        command: its name and arguments.
        environ: its whole environment.
        wiring: the command's descriptor → ours.
        mask: the signal mask that it gets.
    """
    actions = [(posix.POSIX_SPAWN_DUP2, ours, theirs) for theirs, ours in wiring.items()]

    def start(program: bytes, argv: "list[bytes]") -> int:
        return posix.posix_spawn(
            program, argv, environ, file_actions=actions, setsigmask=mask, setsigdef=lost_signals()
        )

    try:
        return start(path, command)
    except OSError as error:
        if error.errno != _ENOEXEC:
            raise _start_error(command[0], error.errno or _EACCES, environ) from None
    try:
        return start(b"/bin/sh", [b"/bin/sh", path, *command[1:]])  # a script without #!, as execvp runs it
    except OSError as error:
        raise _start_error(command[0], error.errno or _EACCES, environ) from None


def lost_signals() -> "list[int]":
    """The signals that the interpreter ignores since its start and the command must find as we found them.

    It does not tell how it found them. A calling shell that ignores one passes that on (`trap '' PIPE`), so there
    the shell's own state (proc(5), SigIgn) is the answer; other callers reset them, as subprocess does. The shell is
    known by its program: a script that is run by its path has a name of its own.
    """
    caller = f"/proc/{posix.getppid()}"
    try:
        program = posix.readlink(f"{caller}/exe").removesuffix(" (deleted)")  # by an upgrade (proc(5))
        if program.rpartition("/")[2] not in _SHELLS:
            return list(_INTERPRETERS)
        fd = posix.open(f"{caller}/status", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return list(_INTERPRETERS)
    try:
        ignored = int(posix.read(fd, 4096).partition(b"SigIgn:\t")[2][:16] or b"0", 16)
    finally:
        posix.close(fd)
    return [number for number in _INTERPRETERS if not ignored >> (number - 1) & 1]


def become(path: bytes, command: "list[bytes]", environ: "dict[bytes, bytes]") -> "StartError":
    """Replace this process by the command; returns only when that failed, with what to say."""
    import _signal

    for number in lost_signals():
        _signal.signal(number, _signal.SIG_DFL)
    try:
        posix.execve(path, command, environ)
    except OSError as error:
        if error.errno != _ENOEXEC:
            return _start_error(command[0], error.errno or _EACCES, environ)
    try:
        posix.execve(b"/bin/sh", [b"/bin/sh", path, *command[1:]], environ)
    except OSError as error:
        return _start_error(command[0], error.errno or _EACCES, environ)


def _start_error(name: bytes, errno: int, environ: "dict[bytes, bytes] | None" = None) -> "StartError":
    from creds_shell.process.failure import start_error

    return start_error(name, errno, environ)
