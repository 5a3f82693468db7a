"""Where masked bytes go, without ever blocking the loop and without touching an inherited description.

O_NONBLOCK belongs to the open file description, which we share with the caller's shell and its other programs.
So a pipe or a terminal is opened a second time (a description of our own), a socket is written with MSG_DONTWAIT,
and a regular file, which never blocks, is written through the inherited one to keep its offset and O_APPEND.
"""

import posix

_O = posix.O_WRONLY | posix.O_NONBLOCK | posix.O_CLOEXEC | posix.O_NOCTTY
_PIPE_BUF = 512  # POSIX's minimum: a poll()ed pipe or terminal takes this much without blocking


class Sink:
    """One place for output. `fd` is ours alone; `polled` is False where writing never waits."""

    def __init__(self, number: int, kind: str) -> None:
        """Open the sink of descriptor `number` (of plan's `kind`); the descriptor itself may be closed afterwards."""
        self._socket: object = None
        self._limit = 0
        self.polled = kind != "file"
        if kind in ("ours", "tty"):
            self.fd = self._again(number, _terminal_name(number))
        elif kind == "pipe":
            self.fd = self._again(number, f"/proc/self/fd/{number}")
        else:
            self.fd = posix.dup(number)
            if kind == "socket":
                self._open_socket()

    def _again(self, number: int, path: str) -> int:
        """A description of our own, else the inherited one in steps that a poll has promised not to block."""
        try:
            fd = posix.open(path, _O)
        except OSError:
            self._limit = _PIPE_BUF
            return posix.dup(number)
        if same_file(fd, number):
            return fd
        posix.close(fd)
        self._limit = _PIPE_BUF
        return posix.dup(number)

    def _open_socket(self) -> None:
        from _socket import MSG_DONTWAIT, socket

        sock = socket(fileno=posix.dup(self.fd))
        self._socket = lambda data: sock.send(data, MSG_DONTWAIT)

    def write(self, data: bytes) -> int:
        """Write what fits now; 0 when nothing fits. Raises OSError when the reader or the disk is gone."""
        try:
            if self._socket is not None:
                return self._socket(data)  # type: ignore[no-any-return, operator]
            return posix.write(self.fd, data[: self._limit] if self._limit else data)
        except BlockingIOError:
            return 0

    def close(self) -> None:
        """Let the reader see the end."""
        if self.fd >= 0:
            posix.close(self.fd)
            self._socket = None
            self.fd = -1


def same_file(one: int, other: int) -> bool:
    """Whether two descriptors are the same file, pipe or terminal."""
    a, b = posix.fstat(one), posix.fstat(other)
    return (a.st_dev, a.st_ino, a.st_rdev) == (b.st_dev, b.st_ino, b.st_rdev)


def _terminal_name(number: int) -> str:
    try:
        return posix.ttyname(number)
    except OSError:  # a terminal of another mount namespace has no name here
        return "/dev/tty"
