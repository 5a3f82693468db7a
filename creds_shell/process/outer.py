r"""Our controlling terminal in mode T: taken raw while the command has it, mirrored in its output settings, given back.

Output processing (\n to \r\n) is done once. While the inner terminal does it and ours does too, the inner one's
\r is dropped and ours puts it back, so that a sibling that writes to our terminal does not staircase; as soon as
the command turns it off, ours is turned off too and bytes pass as they are.
"""

import posix
import termios

from creds_shell.process import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from creds_shell.process.terminal import Settings

_NEWLINE = 10  # as a number, which `in` finds ten times as fast as bytes
_OPEN = posix.O_RDWR | posix.O_NONBLOCK | posix.O_CLOEXEC | posix.O_NOCTTY


class Outer:
    """Our terminal, on a description of our own (`fd`, -1 where there is none)."""

    __slots__ = ("_now", "fd", "raw", "saved", "worn")

    def __init__(self, present: bool) -> None:
        self.fd = -1
        self.raw = False
        self.worn = False
        self.saved: Settings | None = None
        self._now: Settings | None = None
        if present:
            self.fd = posix.open("/dev/tty", _OPEN)
            found = terminal.settings(self.fd)
            self.saved = None if found is not None and found.is_taken else found

    def foreground(self) -> bool:
        """Whether the keys of this terminal are for us."""
        return self.fd >= 0 and terminal.in_foreground(self.fd)

    def free(self) -> bool:
        """Whether they are, and no other run beside us has taken them: then ours are the settings of nobody."""
        return self.saved is not None and self.foreground()

    def dress(self, inner: int, master: int, shown: bool) -> None:
        r"""Give the inner terminal our settings and size; where its output ends in a pipe, no \r is added.

        In the background our settings are the shell's line editor's, and those that another run has set are nobody's:
        then it keeps the system's until wear().
        """
        self.worn = self.fd < 0 or self.free()
        settings = (self.saved if self.worn else None) or terminal.settings(inner)
        if settings is not None:
            wanted = settings.copy()
            if self.saved is not None:  # no line editor changes whether a job in the background may write
                wanted.lflag |= self.saved.lflag & termios.TOSTOP
            if not shown:
                wanted.oflag &= ~termios.OPOST
            terminal.apply(inner, wanted)
        self.resize(master)

    def wear(self, master: int) -> None:
        """Come to the foreground for the first time: now our settings are those that a command finds."""
        if not self.worn and self.saved is not None and not self.saved.is_taken:
            self.worn = True
            terminal.apply(master, self.saved)

    def resize(self, master: int) -> None:
        """Pass our window size on; without a terminal of ours the inner one is a plain 24 × 80."""
        if self.fd >= 0:
            terminal.copy_size(self.fd, master)
        else:
            terminal.set_size(master, 24, 80)

    def take(self) -> bytes:
        """Take the keyboard raw; what was set before is what restore() gives back. Returns the keys typed ahead."""
        self.saved = (None if self.raw else terminal.settings(self.fd)) or self.saved
        if self.raw or self.saved is None:
            return b""
        self._now = self.saved.raw()
        self.raw = terminal.apply(self.fd, self._now)
        return terminal.typed_ahead(self.fd, self.saved)

    def shown(self, keys: bytes, master: int) -> bytes:
        """The echo of keys that were typed ahead, if it is on our terminal already and the inner one will repeat it."""
        saved = self.saved
        inner = terminal.settings(master) if keys else None
        if saved is None or inner is None or not (saved.echoes_lines and inner.echoes_lines):
            return b""
        return terminal.echo(keys, inner)

    def restore(self, ahead: bytes = b"") -> None:
        """Give the terminal back as it was, unless somebody else has it by now or has changed it.

        `ahead` goes into its queue first: keys that were processed and echoed already.
        """
        if not self.raw:
            return
        self.raw = False
        saved = self.saved if self._is_unchanged() else None
        if saved is not None and ahead and not terminal.holds_control_keys(ahead):
            terminal.apply(self.fd, saved.silent())  # a begun line can be edited on, and is not echoed again
        terminal.insert(self.fd, ahead)
        if saved is not None:
            terminal.apply(self.fd, saved)

    def _is_unchanged(self) -> bool:
        now = terminal.settings(self.fd) if self.foreground() else None
        return now is not None and self._now is not None and now.reads_like(self._now)

    def takes_keys(self) -> bool:
        """Whether keys that were taken can be put back: some systems forbid it (terminal.may_insert)."""
        return self.raw and self.foreground() and terminal.may_insert()

    def give_back(self, ahead: bytes, late: bytes) -> None:
        """restore(), with the keys that were typed ahead where a bare command would have left them: in the queue.

        `ahead` were the inner terminal's: processed and echoed. `late` came after those and are neither, as are those
        that wait in ours.
        """
        late += terminal.read_all(self.fd)
        self.restore(ahead)
        terminal.insert(self.fd, late)

    def mirror(self, master: int) -> "Callable[[bytes], bytes]":
        """What a chunk of the inner terminal's output has to become before it is written to ours."""
        before = True

        def post(data: bytes) -> bytes:
            nonlocal before
            if _NEWLINE not in data:  # the echo of a key: neither terminal changes it
                return data
            inner = terminal.settings(master)
            adds = inner is not None and inner.adds_returns
            steady, before = adds and before, adds
            if self.raw and data.count(b"\n") != data.count(b"\r\n"):
                steady = False  # written while the command had it turned off, and turned on again by now
            ours = self._follow(inner, steady) if self.fd >= 0 else False
            return data.replace(b"\r\n", b"\n") if steady and ours else data

        return post

    def _follow(self, inner: "Settings | None", steady: bool) -> bool:
        r"""Set our output flags as the inner ones are; whether ours add \r."""
        if not self.raw or self._now is None:
            now = terminal.settings(self.fd)
            return now is not None and now.adds_returns
        flags = inner.oflag if inner is not None else self._now.oflag
        if not steady:
            flags &= ~termios.OPOST
        if flags != self._now.oflag:
            self._now.oflag = flags
            terminal.apply(self.fd, self._now)
        return self._now.adds_returns
