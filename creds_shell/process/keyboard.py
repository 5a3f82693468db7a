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

_ANSWER = 16  # chunks; a command line's end is followed by its echo, its output and the prompt
_SIGNALS = ((termios.VINTR, SIGINT), (termios.VQUIT, SIGQUIT))


class Keyboard:
    """Listens only while the terminal is ours and raw. `master` is a non-blocking description of our own."""

    __slots__ = ("backlog", "fresh", "listening", "master", "outer", "poller", "stream", "tell")

    def __init__(
        self, poller: "Poller", outer: "Outer", master: int, stream: "Stream", tell: "Callable[[int], None]"
    ) -> None:
        self.poller, self.outer, self.master, self.stream, self.tell = poller, outer, master, stream, tell
        self.backlog = b""
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
        """Leave the keys to whoever has the terminal next."""
        if self.outer.fd >= 0:
            self.poller.forget(self.outer.fd)
        self.listening = False

    def close(self) -> None:
        """Hold the inner terminal no more."""
        self.stop()
        self.backlog = b""
        if self.master >= 0:
            self.poller.forget(self.master)
            posix.close(self.master)
            self.master = -1

    def keep(self, keys: bytes) -> None:
        """Let keys that came earlier wait for listen()."""
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
        self.fresh = _ANSWER
        self._signals(data)
        self.stream.arm().typed(len(data))
        self._write(data)

    def _signals(self, data: bytes) -> None:
        now = None
        for index, number in _SIGNALS:
            saved = self.outer.saved
            if saved is None or saved.key(index) not in data:
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
