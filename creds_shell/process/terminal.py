"""The terminal's settings: copy them to the inner one, take the keyboard raw, give everything back.

tcsetattr is only called from the foreground or with SIGTTOU blocked, else it would stop us.
"""

import posix
import sys
import termios
from fcntl import ioctl

_LINES = termios.ICANON | termios.ECHO
_MOMENTARY = termios.FLUSHO | termios.PENDIN  # what the kernel itself turns on and off
_SIZE = 8  # struct winsize
_ONLCR = termios.OPOST | termios.ONLCR
_RAW_INPUT = (
    termios.IGNBRK | termios.BRKINT | termios.PARMRK | termios.ISTRIP | termios.INLCR | termios.IGNCR
    | termios.ICRNL | termios.IXON
)  # fmt: skip
_RAW_LOCAL = termios.ECHO | termios.ECHONL | termios.ICANON | termios.ISIG | termios.IEXTEN
# Means nothing without ISIG; it tells our raw mode from that of Node, which is the same otherwise.
_MARK = termios.NOFLSH


class Settings:
    """A terminal's settings, as termios(3) has them; a value, copied before it is changed."""

    __slots__ = ("cc", "cflag", "iflag", "ispeed", "lflag", "oflag", "ospeed")

    def __init__(
        self, flags: "tuple[int, int, int, int]", speeds: "tuple[int, int]", cc: "list[bytes | int]"
    ) -> None:
        self.iflag, self.oflag, self.cflag, self.lflag = flags
        self.ispeed, self.ospeed = speeds
        self.cc = cc

    def copy(self) -> "Settings":
        """One to change."""
        flags = (self.iflag, self.oflag, self.cflag, self.lflag)
        return Settings(flags, (self.ispeed, self.ospeed), [*self.cc])

    @property
    def adds_returns(self) -> bool:
        r"""Whether the terminal turns \n into \r\n."""
        return self.oflag & _ONLCR == _ONLCR

    @property
    def echoes_lines(self) -> bool:
        """Whether lines are edited by the terminal and shown while they are typed."""
        return self.lflag & _LINES == _LINES

    @property
    def sends_signals(self) -> bool:
        """Whether keys such as ^C are signals."""
        return bool(self.lflag & termios.ISIG)

    @property
    def is_taken(self) -> bool:
        """Whether another run of ours has the keyboard."""
        return self.reads_like(self.raw())

    def reads_like(self, other: "Settings") -> bool:
        """Whether keys are treated alike; output settings may differ."""
        ours, theirs = self.lflag | _MOMENTARY, other.lflag | _MOMENTARY
        return (self.iflag, ours, self.cc) == (other.iflag, theirs, other.cc)

    def key(self, index: int) -> bytes:
        """A control character; where it is disabled, something that no single key is."""
        value = self.cc[index]
        return value if isinstance(value, bytes) and value != b"\0" else b"\0disabled"

    def raw(self) -> "Settings":
        """cfmakeraw(3) but for output processing: a sibling's output must not staircase."""
        wanted = self.copy()
        wanted.iflag &= ~_RAW_INPUT
        wanted.lflag = wanted.lflag & ~_RAW_LOCAL | _MARK
        wanted.cflag = (wanted.cflag & ~(termios.CSIZE | termios.PARENB)) | termios.CS8
        wanted.cc[termios.VMIN] = 1
        wanted.cc[termios.VTIME] = 0
        return wanted

    def silent(self) -> "Settings":
        """The same without echo."""
        wanted = self.copy()
        wanted.lflag &= ~(termios.ECHO | termios.ECHONL)
        return wanted


def settings(fd: int) -> "Settings | None":
    """The terminal's settings, None when it is gone."""
    try:
        iflag, oflag, cflag, lflag, ispeed, ospeed, cc = termios.tcgetattr(fd)
    except termios.error:
        return None
    return Settings((iflag, oflag, cflag, lflag), (ispeed, ospeed), cc)


def apply(fd: int, wanted: Settings) -> bool:
    """Set them at once; False when the terminal is gone."""
    listed: list[int | list[bytes | int]] = [wanted.iflag, wanted.oflag, wanted.cflag, wanted.lflag]
    listed += [wanted.ispeed, wanted.ospeed, wanted.cc]
    try:
        termios.tcsetattr(fd, termios.TCSANOW, listed)
    except termios.error:
        return False
    return True


def copy_size(source: int, target: int) -> None:
    """Give `target` the window size of `source`."""
    try:
        ioctl(target, termios.TIOCSWINSZ, ioctl(source, termios.TIOCGWINSZ, bytes(_SIZE)))
    except OSError:
        return


def set_size(target: int, rows: int, columns: int) -> None:
    """Give a terminal a window size."""
    order = sys.byteorder
    ioctl(target, termios.TIOCSWINSZ, rows.to_bytes(2, order) + columns.to_bytes(2, order) + bytes(4))


def output_pty(like: int) -> "tuple[int, int]":
    """A pseudo-terminal for output alone (outer, inner), as large as the terminal `like`.

    It changes no byte: the real terminal behind it does all the processing that it does for the bare command.
    """
    outer, inner = posix.openpty()
    now = settings(like) or settings(inner)
    if now is not None:
        now.oflag &= ~termios.OPOST
        now.lflag &= ~termios.ECHO
        apply(inner, now)
    copy_size(like, outer)
    return outer, inner


def in_foreground(fd: int) -> bool:
    """Whether our group is the one that the terminal's keys go to."""
    try:
        return posix.tcgetpgrp(fd) == posix.getpgrp()
    except OSError:
        return False


def typed_ahead(fd: int, before: Settings) -> bytes:
    """Take the keys that came before the terminal became raw, an end of file among them as its key again.

    The kernel keeps a typed end of file as NUL, and forgets that it was one when line editing is turned off (n_tty.c).
    Asked after the change, not before it: so none can come between. `fd` must not block.
    """
    try:
        keys = posix.read(fd, 4096)
    except OSError:  # none
        return b""
    return keys.replace(b"\0", before.key(termios.VEOF)) if before.lflag & termios.ICANON else keys


def echo(keys: bytes, on: Settings) -> bytes:
    """How a terminal that edits lines shows keys; nothing where that depends on more than the keys."""
    if holds_control_keys(keys):
        return b""
    return keys.replace(b"\n", b"\r\n") if on.adds_returns else keys


def holds_control_keys(keys: bytes) -> bool:
    """Whether a terminal might do more with them than take them and end lines."""
    return any(key < 0x20 and key != 0x0A for key in keys) or 0x7F in keys


def unread(fd: int) -> bytes:
    """Take what was typed into a terminal and nobody has read, whole lines and a begun one.

    Never waits, also where a descendant of the command is reading: then the keys are that one's.
    Keys that the kernel has not processed yet come last, and are processed as the terminal is set: of that only
    the waiting for a line's end is turned off.
    """
    now = settings(fd)
    if now is None:
        return b""
    wanted = now.copy()
    wanted.lflag &= ~termios.ICANON
    wanted.cc[termios.VMIN] = wanted.cc[termios.VTIME] = 0
    own = -1
    data = b""
    try:
        # A description of our own: without O_NONBLOCK read(2) queues behind another reader of the terminal.
        own = posix.open(
            posix.ttyname(fd), posix.O_RDONLY | posix.O_NONBLOCK | posix.O_NOCTTY | posix.O_CLOEXEC
        )
        if apply(own, wanted):
            data = read_all(own)
    except OSError:
        pass
    finally:
        apply(fd, now)
        if own >= 0:
            posix.close(own)
    return data.replace(b"\0", b"") if now.lflag & termios.ICANON else data  # the mark of a typed end of file


def read_all(fd: int) -> bytes:
    """What can be read without waiting. `fd` must not block.

    An empty read(2) of a pseudo-terminal first takes what is still on its way through the kernel (n_tty.c), so that
    nothing that was written before is missed.
    """
    data = b""
    try:
        while part := posix.read(fd, 4096):
            data += part
    except OSError:  # no more
        pass
    return data


def may_insert() -> bool:
    """Whether keys can be put into a terminal's queue (TIOCSTI): Linux from 6.2 on has a switch."""
    try:
        fd = posix.open("/proc/sys/dev/tty/legacy_tiocsti", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:  # an older one, or another system
        return True
    try:
        return posix.read(fd, 1) != b"0"
    finally:
        posix.close(fd)


def insert(fd: int, keys: bytes) -> None:
    """Put keys into a terminal's queue, as if they were typed now; as many as it allows."""
    try:
        for byte in keys:
            ioctl(fd, termios.TIOCSTI, bytes((byte,)))
    except OSError:
        return
