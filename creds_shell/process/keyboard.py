"""From our terminal's keys to the inner terminal, byte for byte, never faster than it takes them."""

import posix
import termios
from _signal import SIGINT, SIGQUIT
from select import POLLIN, POLLOUT

from creds_shell.process import terminal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from creds_shell.process.outer import Outer
    from creds_shell.process.poller import Poller
    from creds_shell.process.relay import Stream

_SPLIT = bytes(0 if n < 0x20 or n == 0x7F else n for n in range(256))
"""Maps every control key to NUL."""
_LINE = (
    256  # bytes of a typed line that are remembered, and 16 times as much for a chunk that may be its echo
)
_ESC = 27  # as a number: of bytes `in` asks first whether they are one, and an echo is looked at key by key
_ANSWER = 16  # chunks; a command line's end is followed by its echo, its output and the prompt
_SIGNALS = ((termios.VINTR, SIGINT), (termios.VQUIT, SIGQUIT))


class Keyboard:
    """Listens only while the terminal is ours and raw. `master` is a non-blocking description of our own."""

    __slots__ = ("backlog", "fresh", "line", "listening", "master", "outer", "poller", "stream", "tell")

    def __init__(
        self, poller: "Poller", outer: "Outer", master: int, stream: "Stream", tell: "Callable[[int], None]"
    ) -> None:
        self.poller, self.outer, self.master, self.stream, self.tell = poller, outer, master, stream, tell
        self.backlog = b""
        self.line = b""  # the keys since the last one that is no character: what an echo may show
        self.listening = False
        self.fresh = 0  # chunks of output that may still be the answer to the last key

    def listen(self) -> None:
        """Hand on what waits, then read keys from now on."""
        if self.backlog:
            self._write(self.backlog)
        if self.outer.fd >= 0 and not self.backlog:
            self.poller.want(self.outer.fd, POLLIN, self._on_keys)
        self.listening = True

    def stop(self) -> None:
        """Leave the keys to whoever has the terminal next; those that were read wait for listen() or leave()."""
        if self.outer.fd >= 0:
            self.poller.forget(self.outer.fd)
        self.poller.forget(self.master)
        self.listening = False

    def close(self) -> None:
        """Hold the inner terminal no more."""
        self.stop()
        self.backlog = b""
        if self.master >= 0:
            posix.close(self.master)
            self.master = -1

    def leave(self) -> bytes:
        """The keys that were read and that the inner terminal had no room for, not kept any longer."""
        keys, self.backlog = self.backlog, b""
        return keys

    def keep(self, keys: bytes) -> None:
        """Let keys that came earlier wait for listen(); the terminal was raw already for the last of them, perhaps."""
        self._signals(keys)
        self.backlog += keys

    def _on_keys(self, _events: int) -> None:
        try:
            data = posix.read(self.outer.fd, 4096)
        except BlockingIOError:
            return
        except OSError:  # the terminal was hung up
            data = b""
        if not data:
            self.stop()
            return
        self._signals(data)
        self._write(data)
        # While the program is busy with it: its answer is not read before.
        self.fresh = _ANSWER
        self._remember(data)

    def _remember(self, data: bytes) -> None:
        """Keep what was typed of the present line; Enter and every other control key ends it."""
        typed = data.translate(_SPLIT).rpartition(b"\0")
        self.line = (typed[2] if typed[1] else self.line + data)[-_LINE:]

    def echoed(self, data: bytes) -> int:
        """How many bytes at the end of an output are the echo of what was typed, and so need not wait in the mask.

        Only what is the same text: what a program prints after keys that nobody echoes (a password's, or those
        typed ahead) is no echo, whatever its length.
        """
        if not self.line or len(data) > 16 * _LINE:
            return 0
        shown = (_visible(data) if _ESC in data else data)[-len(self.line) :]
        while self.line.rfind(shown) < 0:
            shown = shown[1:]
        return len(shown)

    def _signals(self, data: bytes) -> None:
        now, saved = None, self.outer.saved
        if saved is None:
            return
        for index, number in _SIGNALS:
            if data.find(saved.key(index)) < 0:
                continue
            now = now or terminal.settings(self.master)
            if now is not None and now.sends_signals and now.key(index) in data:
                self.tell(number)

    def _write(self, data: bytes) -> None:
        try:
            count = posix.write(self.master, data)
        except BlockingIOError:
            count = 0
        except OSError:  # the inner terminal is gone
            count = len(data)
        self.backlog = data[count:]
        if self.backlog:
            self.poller.forget(self.outer.fd)
            self.poller.want(self.master, POLLOUT, self._on_room)

    def _on_room(self, _events: int) -> None:
        self.poller.forget(self.master)
        self._write(self.backlog)
        if not self.backlog and self.listening:
            self.listen()


def _visible(data: bytes) -> bytes:
    from creds_shell.masking.view import View

    return View(data, final=True).text
