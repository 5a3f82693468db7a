"""One writer at a time: an flock on a file of its own, which holds the number of the process that has the lock."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from creds_shell.core.errors import SecretsError, StoreBusyError

PATIENCE = 10.0  # seconds that a writer waits for another one
_LOCKLESS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS)  # some network and user-space file systems


@contextmanager
def held(path: str) -> Iterator[None]:
    """Hold an flock on `path`, which is never removed.

    Raises:
        StoreBusyError: somebody else holds it for 10 s; names the process.
        SecretsError: the file system has no locks.
        OSError: the file cannot be opened or written.
    """
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.fchmod(fd, 0o600)  # a umask of 0277 took bits away: nobody could open it again
        _wait_for(fd, path)
        os.ftruncate(fd, 0)
        os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(fd)


def _wait_for(fd: int, path: str) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except (BlockingIOError, PermissionError):
        if not _wait_in_line(fd):
            raise _busy(fd, path) from None
    except OSError as error:
        if error.errno not in _LOCKLESS:
            raise
        raise SecretsError(
            f"{path} cannot be locked: {os.strerror(error.errno).lower()}; nothing was changed",
            "keep it on a file system that has locks, with CREDS_HOME=DIR or XDG_STATE_HOME=DIR",
        ) from None


def _wait_in_line(fd: int) -> bool:
    """Wait for the lock in the kernel's queue, which is fair; whether we got it in time.

    flock has no time limit, so a thread waits. Trying again and again instead lets a writer in a loop, who takes the
    lock anew at once, starve the others. The thread has a descriptor of its own on the same open file: closing it
    keeps the lock while ours is open, and gives it back if we gave up.
    """
    from threading import Event, Thread

    got, own = Event(), os.dup(fd)

    def wait() -> None:
        with suppress(OSError):  # then it was not got
            fcntl.flock(own, fcntl.LOCK_EX)
            got.set()
        os.close(own)

    Thread(target=wait, daemon=True).start()
    return got.wait(PATIENCE)


def _busy(fd: int, path: str) -> StoreBusyError:
    pid = os.pread(fd, 20, 0).decode("ascii", "replace").strip()
    who = f"process {pid} ({_program(pid)})" if pid.isdigit() and _is_alive(int(pid)) else "another process"
    return StoreBusyError(f"{who} is writing to {os.path.dirname(path)}", "wait for it, then try again")


def _is_alive(pid: int) -> bool:
    """Whether the process that the lock names is there; one that took the lock and did not write its number is not."""
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _program(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as comm:
            return comm.read().strip()
    except OSError:
        return "creds"
