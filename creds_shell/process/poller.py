"""Which descriptor is waited for and who is called: poll(2), or select(2) on macOS, where poll fails on terminals."""

import select
import sys
from select import POLLIN, POLLOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


class Poller:
    """`want` a descriptor's events (0: only its end), `forget` it, `wait` and have the handlers called."""

    def __init__(self) -> None:
        self.handlers: dict[int, Callable[[int], None]] = {}
        self.interest: dict[int, int] = {}
        self._poll = None if sys.platform == "darwin" else select.poll()

    def want(self, fd: int, events: int, handler: "Callable[[int], None]") -> None:
        """Call `handler(events)` from now on."""
        self.handlers[fd] = handler
        self.interest[fd] = events
        if self._poll is not None:
            self._poll.register(fd, events)

    def forget(self, fd: int) -> None:
        """Wait for it no more; harmless when it was not waited for."""
        if self.handlers.pop(fd, None) is not None:
            del self.interest[fd]
            if self._poll is not None:
                self._poll.unregister(fd)

    def wait(self, seconds: "float | None") -> bool:
        """Serve what is ready; whether anything was. None waits without end and without waking up."""
        if self._poll is None:
            ready = self._select(seconds)
        else:
            # Rounded up: a deadline must have passed when we wake, or the loop would spin.
            ready = self._poll.poll(None if seconds is None else int(seconds * 1000 + 0.999))
        for fd, events in ready:
            handler = self.handlers.get(fd)  # an earlier handler of this turn may have closed it
            if handler is not None:
                handler(events)
        return bool(ready)

    def _select(self, seconds: "float | None") -> "list[tuple[int, int]]":
        reading = [fd for fd, events in self.interest.items() if events & POLLIN]
        writing = [fd for fd, events in self.interest.items() if events & POLLOUT]
        able = select.select(reading, writing, [], seconds)
        return [(fd, POLLIN) for fd in able[0]] + [(fd, POLLOUT) for fd in able[1]]
