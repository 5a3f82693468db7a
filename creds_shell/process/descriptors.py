"""What our descriptors are, and letting go of those that belong to the command alone."""

import posix
from fcntl import F_GETFL, fcntl

from creds_shell.process import plan

_FMT, _CHR, _FIFO, _SOCK = 0o170000, 0o020000, 0o010000, 0o140000
_NULL = "/dev/null"
_USUAL = 1024  # descriptors that a process may have (getrlimit(2)) where nobody has raised the limit


def standard() -> "tuple[plan.Fd, plan.Fd, plan.Fd]":
    """What descriptors 0, 1 and 2 are, for plan()."""
    return inspect(0), inspect(1), inspect(2)


def inspect(number: int) -> plan.Fd:
    """What one descriptor is."""
    try:
        info = posix.fstat(number)
        writable = fcntl(number, F_GETFL) & 3 != posix.O_RDONLY
    except OSError:
        return plan.Fd(plan.CLOSED)
    kind = info.st_mode & _FMT
    if kind == _CHR:
        if info.st_rdev == posix.stat(_NULL).st_rdev:
            return plan.Fd(plan.NULL, None, writable)
        if posix.isatty(number):
            return plan.Fd(plan.OURS if controls(number) else plan.TTY, info.st_rdev, writable)
    names = {_FIFO: plan.PIPE, _SOCK: plan.SOCKET}
    return plan.Fd(names.get(kind, plan.FILE), (info.st_dev, info.st_ino), writable)


def controls(number: int) -> bool:
    """Whether the descriptor is our controlling terminal: only then does it have a foreground group for us."""
    try:
        return posix.tcgetpgrp(number) >= 0
    except OSError:
        return False


def fill_gaps(fds: "tuple[plan.Fd, ...]") -> None:
    """Occupy closed standard descriptors (close-on-exec), so that nothing we open lands where the command sees it."""
    for number, fd in enumerate(fds):
        if fd.kind == plan.CLOSED:
            opened = posix.open(_NULL, posix.O_RDWR | posix.O_CLOEXEC)
            if opened != number:
                posix.dup2(opened, number, inheritable=False)
                posix.close(opened)


def inherited() -> "list[int]":
    """Descriptors from 3 on that the caller gave us for the command."""
    return [fd for fd in _numbers() if fd > 2 and _inheritable(fd)]


def _numbers() -> "list[int]":
    for folder in ("/proc/self/fd", "/dev/fd"):  # Linux, macOS; a chroot may have neither
        try:
            return [*map(int, posix.listdir(folder))]
        except OSError:
            continue
    return [*range(_USUAL)]


def _inheritable(fd: int) -> bool:
    try:
        return posix.get_inheritable(fd)
    except OSError:  # the listing's own descriptor, closed by now
        return False


def let_go(numbers: "list[int]", standard: "tuple[int, ...]" = (0, 1)) -> None:
    """Hold none of the command's files open: a pipe must end when the command closes it, not when we do."""
    for fd in numbers:
        posix.close(fd)
    null = posix.open(_NULL, posix.O_RDWR | posix.O_CLOEXEC)
    for number in standard:
        posix.dup2(null, number, inheritable=False)
    posix.close(null)


def grown_pipe() -> "tuple[int, int]":
    """A pipe of 1 MiB where the system allows it: fewer turns of the loop for the same bytes."""
    reading, writing = posix.pipe()
    try:
        fcntl(writing, 1031, 1 << 20)  # F_SETPIPE_SZ, fcntl(2); refused beyond the user's share
    except OSError:
        return reading, writing
    return reading, writing
