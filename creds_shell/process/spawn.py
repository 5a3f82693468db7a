"""Find and start the command as execvp would, with our descriptors and signals out of its way.

A failure is a `StartError` with the status that a shell gives: 127 not found, 126 found and not startable.
"""

import posix

from creds_shell.process.signals import lost_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.failure import StartError

_DEFAULT_PATH = b"/usr/local/bin:/usr/bin:/bin"
_S_IFMT, _S_IFDIR = 0o170000, 0o040000
# errno's numbers of Linux and macOS, which are the same here; the module itself costs 0.2 ms
_ENOENT, _E2BIG, _ENOEXEC, _EACCES, _ENOTDIR, _EISDIR = 2, 7, 8, 13, 20, 21
_REASONS = {
    _EACCES: "permission denied",
    _EISDIR: "is a directory",
    _ENOENT: "not found",
    _ENOEXEC: "not executable",
}


def start_error(name: bytes, errno: int, environ: "dict[bytes, bytes] | None" = None) -> "StartError":
    """What to say when starting `name` failed with `errno`; names the largest variables when they are too much."""
    from creds_shell.process.failure import StartError

    shown = name.decode("utf-8", "replace")
    if errno == _E2BIG:
        return _too_big(shown, environ or {})
    reason = _REASONS.get(errno) or posix.strerror(errno).lower()
    missing = errno in (_ENOENT, _ENOTDIR)
    return StartError(f"cannot run {shown}: {reason}", exit_code=127 if missing else 126)


def _too_big(shown: str, environ: "dict[bytes, bytes]") -> "StartError":
    from creds_shell.process.failure import StartError

    largest = sorted(environ, key=lambda name: len(environ[name]), reverse=True)[:3]
    names = ", ".join(f"{name.decode('utf-8', 'replace')} ({len(environ[name])} bytes)" for name in largest)
    return StartError(
        f"cannot run {shown}: arguments and environment are larger than the system allows",
        f"the largest variables are {names}",
        "leave some out with --except, or clear the inherited ones with --clean-env",
        exit_code=126,
    )


def find(name: bytes, environ: "dict[bytes, bytes]") -> bytes:
    """The program's path; raises StartError when there is none that could be executed.

    The search is a shell's with the command's own PATH: a file that may not be executed is remembered, not taken,
    a directory, or one that may not be searched, is passed over.
    """
    if b"/" in name:
        problem = abs(_problem(name))
        if problem:
            raise start_error(name, problem)
        return name
    denied = False
    for folder in environ.get(b"PATH", _DEFAULT_PATH).split(b":") if name else ():
        path = (folder or b".") + b"/" + name
        problem = _problem(path)
        if not problem:
            return path
        denied = denied or problem == _EACCES
    raise start_error(name, _EACCES if denied else _ENOENT)


def _problem(path: bytes) -> int:
    """Why a path cannot be executed, as an errno, negative where it cannot even be seen; 0 when it can."""
    try:
        mode = posix.stat(path).st_mode
    except OSError as error:
        return -(error.errno or _ENOENT)
    if mode & _S_IFMT == _S_IFDIR:
        return _EISDIR
    return 0 if posix.access(path, posix.X_OK) else _EACCES


def spawn(
    command: list[bytes], environ: "dict[bytes, bytes]", wiring: dict[int, int], mask: "set[int]"
) -> int:
    """Start the command beside us (same session and group); returns its pid.

    Args:
        command: program and arguments.
        environ: its whole environment.
        wiring: the command's descriptor → ours.
        mask: the signal mask that it gets.
    """
    path = find(command[0], environ)
    actions = [(posix.POSIX_SPAWN_DUP2, ours, theirs) for theirs, ours in wiring.items()]

    def start(program: bytes, argv: list[bytes]) -> int:
        return posix.posix_spawn(
            program, argv, environ, file_actions=actions, setsigmask=mask, setsigdef=lost_signals()
        )

    try:
        return start(path, command)
    except OSError as error:
        if error.errno != _ENOEXEC:
            raise start_error(command[0], error.errno or _EACCES, environ) from None
    try:
        return start(b"/bin/sh", [b"/bin/sh", path, *command[1:]])  # a script without #!, as execvp runs it
    except OSError as error:
        raise start_error(command[0], error.errno or _EACCES, environ) from None


def become(command: list[bytes], environ: "dict[bytes, bytes]") -> "StartError":
    """Replace this process by the command; returns only when that failed, with what to say."""
    import _signal

    path = find(command[0], environ)
    for number in lost_signals():
        _signal.signal(number, _signal.SIG_DFL)
    try:
        posix.execve(path, command, environ)
    except OSError as error:
        if error.errno != _ENOEXEC:
            return start_error(command[0], error.errno or _EACCES, environ)
    try:
        posix.execve(b"/bin/sh", [b"/bin/sh", path, *command[1:]], environ)
    except OSError as error:
        return start_error(command[0], error.errno or _EACCES, environ)
