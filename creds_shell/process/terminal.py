"""The terminal's settings: copy them to the inner one, take the keyboard raw, give everything back.

termios lists are [iflag, oflag, cflag, lflag, ispeed, ospeed, cc]. tcsetattr is only called from the foreground or
with SIGTTOU blocked, else it would stop us.
"""

import posix
import termios
from fcntl import ioctl

TYPE_CHECKING = False
if TYPE_CHECKING:
    Settings = list[int | list[bytes | int]]

IFLAG, OFLAG, CFLAG, LFLAG, CC = 0, 1, 2, 3, 6
_SIZE = 8  # struct winsize
_ONLCR = termios.OPOST | termios.ONLCR


def settings(fd: int) -> "Settings | None":
    """The terminal's settings, None when it is gone."""
    try:
        return termios.tcgetattr(fd)
    except termios.error:
        return None


def apply(fd: int, wanted: "Settings") -> bool:
    """Set them at once; False when the terminal is gone."""
    try:
        termios.tcsetattr(fd, termios.TCSANOW, wanted)
    except termios.error:
        return False
    return True


def raw(saved: "Settings", *, post: bool) -> "Settings":
    """cfmakeraw(3) of `saved`, with output processing as `post` says: a sibling's output must not staircase."""
    wanted = [*saved[:CC], list(saved[CC])]  # type: ignore[arg-type]
    wanted[IFLAG] = int(saved[IFLAG]) & ~(  # type: ignore[call-overload]
        termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP | termios.INLCR | termios.IGNCR
        | termios.ICRNL | termios.IXON
    )  # fmt: skip
    if not post:
        wanted[OFLAG] = int(saved[OFLAG]) & ~termios.OPOST  # type: ignore[call-overload]
    wanted[LFLAG] = int(saved[LFLAG]) & ~(  # type: ignore[call-overload]
        termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN
    )
    wanted[CFLAG] = (int(saved[CFLAG]) & ~(termios.CSIZE | termios.PARENB)) | termios.CS8  # type: ignore[call-overload]
    wanted[CC][termios.VMIN] = 1  # type: ignore[index]
    wanted[CC][termios.VTIME] = 0  # type: ignore[index]
    return wanted


def adds_returns(now: "Settings | None") -> bool:
    r"""Whether the terminal turns \n into \r\n."""
    return now is not None and int(now[OFLAG]) & _ONLCR == _ONLCR  # type: ignore[call-overload]


def copy_size(source: int, target: int) -> None:
    """Give `target` the window size of `source`."""
    try:
        ioctl(target, termios.TIOCSWINSZ, ioctl(source, termios.TIOCGWINSZ, bytes(_SIZE)))
    except OSError:
        return


def output_pty(like: int) -> tuple[int, int]:
    """A pseudo-terminal for output alone (outer, inner), as large as the terminal `like`.

    It changes no byte: the real terminal behind it does all the processing that it does for the bare command.
    """
    outer, inner = posix.openpty()
    now = settings(like) or settings(inner)
    if now is not None:
        now[OFLAG] = int(now[OFLAG]) & ~termios.OPOST  # type: ignore[call-overload]
        now[LFLAG] = int(now[LFLAG]) & ~termios.ECHO  # type: ignore[call-overload]
        apply(inner, now)
    copy_size(like, outer)
    return outer, inner


def in_foreground(fd: int) -> bool:
    """Whether our group is the one that the terminal's keys go to."""
    try:
        return posix.tcgetpgrp(fd) == posix.getpgrp()
    except OSError:
        return False


def is_raw(now: "Settings") -> bool:
    """Whether it looks as raw() leaves it: no line editing and no signals from keys."""
    return not int(now[LFLAG]) & (termios.ICANON | termios.ISIG | termios.ECHO)  # type: ignore[call-overload]


def key(now: "Settings", index: int) -> bytes:
    """A control character of the terminal, something that is in no input where it is disabled."""
    value = now[CC][index]  # type: ignore[index]
    return value if isinstance(value, bytes) and value != b"\0" else b"\0disabled"


def unread(fd: int) -> bytes:
    """Take what was typed into a terminal and nobody has read, whole lines and a begun one; never waits."""
    now = settings(fd)
    if now is None:
        return b""
    wanted = raw(now, post=True)
    wanted[CC][termios.VMIN] = 0  # type: ignore[index]
    if not apply(fd, wanted):
        return b""
    try:
        return posix.read(fd, 4096).replace(b"\0", b"")  # the kernel's mark of a typed end of file
    except OSError:
        return b""
    finally:
        apply(fd, now)


def sends_signals(now: "Settings") -> bool:
    """Whether keys such as ^C are signals."""
    return bool(int(now[LFLAG]) & termios.ISIG)  # type: ignore[call-overload]
