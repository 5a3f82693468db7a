"""Copy one descriptor to another through a filter: at once, whole, and with nothing kept but what the filter holds."""

import errno
import fcntl
import os
import select
import time

from creds_shell.core.errors import SecretsError
from creds_shell.masking.needles import collect_rarely
from creds_shell.process.native import keep_freed_memory

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.masking.stream import Masker

CHUNK = 1 << 18
"""Bytes read at once: a quarter of what the pipe holds. With half of it each byte takes a tenth more of our time."""

PIPE = 1 << 20
"""The pipes' size asked for (the most that Linux gives an ordinary user); fewer switches between the processes."""

BROKEN_PIPE = 141  # 128 + SIGPIPE, what a shell shows for a program that the signal ended
_F_SETPIPE_SZ = getattr(fcntl, "F_SETPIPE_SZ", 1031)


def pump(masker: "Masker", source: int, target: int) -> int:
    """Copy until the source ends.

    Args:
        masker: the filter; a terminal stream's pauses are served by its deadlines.
        source: where to read; it may be in non-blocking mode.
        target: where to write; likewise.

    Returns:
        0, or 141 when nobody reads the target any more.

    Raises:
        SecretsError: reading failed, or what is written to is full or broken.
    """
    for fd in (source, target):
        _widen(fd)
    keep_freed_memory()
    collect_rarely()
    try:
        poll = select.poll()
        poll.register(source, select.POLLIN)
        poll.register(target, 0)
        while True:
            timeout = None if masker.deadline is None else max(0.0, masker.deadline - time.monotonic())
            if not _readable(poll, source, target, timeout):
                _write(target, masker.release(time.monotonic()))
                continue
            chunk = _read(source)
            if chunk is None:
                continue
            if not chunk:
                _write(target, masker.flush())
                return 0
            _write(target, masker.feed(chunk, time.monotonic() if masker.terminal else 0.0))
    except BrokenPipeError:
        return BROKEN_PIPE


def _widen(fd: int) -> None:
    try:
        fcntl.fcntl(fd, _F_SETPIPE_SZ, PIPE)
    except OSError:  # no pipe, or the user's share of pipe memory is used up
        return


def _readable(poll: select.poll, source: int, target: int, timeout: float | None) -> bool:
    """Wait until the source has bytes or an end; whether it has before the timeout.

    Raises:
        BrokenPipeError: meanwhile the last reader of the target went away.
    """
    ready = dict(poll.poll(None if timeout is None else timeout * 1000))
    if source not in ready and ready.get(target, 0) & (select.POLLERR | select.POLLNVAL):
        raise BrokenPipeError
    return source in ready


def _read(fd: int) -> bytes | None:
    """Read what there is; None when somebody else was faster."""
    try:
        return os.read(fd, CHUNK)
    except BlockingIOError:
        return None
    except OSError as error:
        if error.errno == errno.EIO:  # the other side of a terminal was closed
            return b""
        raise _failed("read stdin", error) from None


def _failed(what: str, error: OSError) -> SecretsError:
    return SecretsError(f"cannot {what}: {os.strerror(error.errno or 0).lower()}")


def _write(fd: int, data: bytes) -> None:
    """Write everything, waiting where a non-blocking descriptor is full.

    Raises:
        BrokenPipeError: nobody reads any more.
        SecretsError: it cannot be written for another reason.
    """
    left = data
    while left:
        try:
            done = os.write(fd, left)
        except BlockingIOError:
            poll = select.poll()
            poll.register(fd, select.POLLOUT)
            poll.poll()
            continue
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _failed("write to stdout", error) from None
        left = left[done:] if done < len(left) else b""
