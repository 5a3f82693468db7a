"""Move bytes from the command to where they are shown, through the mask: nothing passes another way.

One loop of poll(2) over raw descriptors. A source is read only when its sink has taken everything, so a slow
reader slows the command down and memory stays constant; when the reader is gone the source is closed, so that
the command notices as it would without us. An exception out of the mask ends the stream: output stops, fails closed.
"""

import posix
from _signal import SIGHUP, SIGINT, SIGKILL, SIGPIPE, SIGQUIT, SIGTERM, SIGXFSZ
from select import POLLERR, POLLHUP, POLLIN, POLLNVAL, POLLOUT
from time import monotonic

from creds_shell.process.held import STOPPING
from creds_shell.process.poller import Poller
from creds_shell.process.signals import suspend
from creds_shell.process.sink import Sink
from creds_shell.process.spawn import lost_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from creds_shell.masking.stream import Masker
    from creds_shell.process.signals import Signals

READ = 1 << 17  # as much as stays in a core's cache while it is read, searched and written
_FULL = 2048  # bytes; a terminal that has more than a read gives, 4095 (n_tty.c), gives no less than this
_BURST = 1 << 14  # with more at once the two terminals' buffers, 64 KiB each, are waited for in turn
_EIO, _EFBIG, _EPIPE = 5, 27, 32  # everywhere; the module costs 0.2 ms
STUCK = 0.1
"""Seconds for a reader that takes nothing when the command has stopped or was killed: it may have stopped, too."""
HELD = 0.05
"""Seconds after which a terminal's mask has shown what it may (section 11's idle release), if nothing more comes."""
_KILLING = (SIGHUP, SIGINT, SIGQUIT, SIGKILL, SIGTERM)
_GONE = POLLERR | POLLHUP | POLLNVAL


class Stream:
    """One masked stream from `source` to `sink`. `error` is the errno that ended the sink, `failed` a broken mask."""

    def __init__(
        self, poller: Poller, source: int, sink: Sink, make: "Callable[[bool], Masker]", *, timed: bool
    ) -> None:
        self.poller, self.source, self.sink, self.make = poller, source, sink, make
        self.masker: Masker | None = None
        self.backlog: bytes | memoryview = b""
        self.error = 0
        self.failed: Exception | None = None
        self.bursts = False  # the source is a terminal that does not block and gives a page at a time
        self.timed = timed  # a terminal stream: the mask's idle release applies
        self.post: Callable[[bytes], bytes] = _same  # last change before writing (mode T's line ends)
        self.echoed: Callable[[bytes], int] | None = None  # how much of a chunk's end was typed just now
        self.seen = b""  # an echo that comes first and that the sink's terminal has shown by itself
        self.listener: Callable[[], None] = _nobody  # told after each chunk that was shown
        if sink.polled:
            poller.want(sink.fd, 0, self._on_sink)
        poller.want(source, POLLIN, self._on_source)

    @property
    def open(self) -> bool:
        """Whether more may come or something is still to be written."""
        return self.source >= 0 or bool(self.backlog)

    def _on_source(self, _events: int) -> None:
        try:
            data = posix.read(self.source, READ)
            if self.bursts and len(data) >= _FULL:
                data = self._burst(data)
        except BlockingIOError:
            return
        except OSError:  # EIO: the last holder of the pseudo-terminal is gone
            data = b""
        try:
            if data:
                if self.seen:
                    data = self._unseen(data)
                masker = self.masker or self.arm()
                if self.echoed is not None and (typed := self.echoed(data)):
                    masker.typed(typed)
                shown = masker.feed(data, monotonic() if self.timed else 0.0)
            else:
                self.close_source()
                shown = self.masker.flush() if self.masker is not None else b""
        except Exception as broken:  # noqa: BLE001 - whatever it is, nothing more may be shown
            self.fail(broken)
            return
        self._show(shown)
        self.listener()

    def _burst(self, data: bytes) -> bytes:
        """What a terminal has beside its first page: one search and one write for all of it."""
        parts, size = [data], len(data)
        try:
            while size < _BURST and (part := posix.read(self.source, READ)):
                parts.append(part)
                size += len(part)
        except OSError:  # no more; an end comes again
            pass
        return b"".join(parts)

    def _unseen(self, data: bytes) -> bytes:
        seen, self.seen = self.seen, b""
        if data.startswith(seen):
            return data[len(seen) :]
        if seen.startswith(data):
            self.seen = seen[len(data) :]
            return b""
        return data

    def arm(self) -> "Masker":
        """The mask of this stream, made when it is first needed: a command that prints nothing needs none."""
        if self.masker is None:
            from creds_shell.process.native import keep_freed_memory

            self.masker = self.make(self.timed)
            keep_freed_memory()
        return self.masker

    @property
    def deadline(self) -> "float | None":
        """When the mask has something to release; not while the sink has not taken what came before."""
        if not self.timed or self.masker is None or self.backlog:
            return None
        return self.masker.deadline

    def release(self, now: float) -> None:
        """Show what the mask has held back long enough."""
        if self.masker is None:
            return
        try:
            shown = self.masker.release(now)
        except Exception as broken:  # noqa: BLE001 - as above
            self.fail(broken)
            return
        self._show(shown)

    def _show(self, shown: bytes) -> None:
        if not shown or self.error:
            self._finish()
            return
        self._write(self.post(shown))

    def _write(self, data: "bytes | memoryview") -> None:
        try:
            count = self.sink.write(data)  # type: ignore[arg-type]
            while not self.sink.polled and count < len(data):
                data = data[count:]
                count = self.sink.write(data)  # type: ignore[arg-type]
        except OSError as gone:
            self.close_sink(gone.errno or 5)
            return
        if count == len(data):
            if self.backlog:
                self.backlog = b""
                self._resume()
            self._finish()
            return
        if not self.backlog:
            self.poller.forget(self.source)
            self.poller.want(self.sink.fd, POLLOUT, self._on_sink)
            data = memoryview(data)
        self.backlog = data[count:]

    def _resume(self) -> None:
        self.poller.want(self.sink.fd, 0, self._on_sink)
        if self.source >= 0:
            self.poller.want(self.source, POLLIN, self._on_source)

    def _on_sink(self, events: int) -> None:
        if events & _GONE:
            self.close_sink(32)  # EPIPE: the reader is gone, also for a command that only polls
        elif self.backlog:
            self._write(self.backlog)

    def _finish(self) -> None:
        """Once everything was written, let the reader see the end."""
        if self.source < 0 and not self.backlog and self.sink.fd >= 0:
            self.poller.forget(self.sink.fd)
            self.sink.close()

    def close_source(self) -> None:
        """Read no more."""
        if self.source >= 0:
            self.poller.forget(self.source)
            posix.close(self.source)
            self.source = -1

    def close_sink(self, errno: int) -> None:
        """Write no more; closing the source is what tells the command."""
        self.error = errno
        self.backlog = b""
        self.close_source()
        if self.sink.fd >= 0:
            self.poller.forget(self.sink.fd)
            self.sink.close()

    def fail(self, broken: Exception) -> None:
        """The mask is broken: nothing more is shown."""
        self.failed = broken
        self.close_sink(5)


def turn(poller: Poller, streams: "list[Stream]", wait: "float | None" = None) -> bool:
    """One turn of the loop: wait for events (at most `wait` seconds), serve them, release what is due.

    Returns whether any event was served.
    """
    due: float | None = None
    for stream in streams:
        deadline = stream.deadline
        if deadline is not None and (due is None or deadline < due):
            due = deadline
    if due is not None:
        left = max(0.0, due - monotonic())
        wait = left if wait is None else min(wait, left)
    served = poller.wait(wait)
    if due is not None:
        now = monotonic()
        for stream in streams:
            deadline = stream.deadline
            if deadline is not None and deadline <= now:
                stream.release(now)
    return served


def turn_beside(poller: Poller, streams: "list[Stream]", signals: "Signals") -> bool:
    """One turn while the command runs; returns whether it has just turned out to run on.

    Then the signals that are pending since its start are heard, and it is time to arm(): a short command is over by
    then (whoever hears of its end takes `due` back), and needs neither masks nor the C library.
    """
    due = signals.due
    turn(poller, streams, None if due is None else max(0.0, due - monotonic()))
    if signals.due is None or monotonic() < signals.due:
        return False
    signals.due = None
    signals.settle()
    return True


def arm(streams: "list[Stream]") -> None:
    """Make the masks while the command is busy with itself, so that its first output does not wait for them."""
    for stream in streams:
        if stream.open:
            stream.arm()


def drain(poller: Poller, streams: "list[Stream]", limit: "float | None" = None) -> None:
    """After the command's end or stop: show all that it had written, but wait for nobody who still could write.

    A reader that takes nothing is waited for so many seconds, without end when there is no limit (see patience).
    """
    budget = 256  # turns; a descendant that goes on writing is left to the relay that stays behind
    while any(stream.open for stream in streams) and budget > 0:
        blocked = any(stream.backlog for stream in streams)
        if not turn(poller, streams, limit if blocked else 0.0) and not (blocked and limit is None):
            return
        budget -= 0 if blocked else 1


def show_held(poller: Poller, streams: "list[Stream]") -> None:
    """What a mask holds back of a terminal's last words is shown first: what is written next would stand among them."""
    until = monotonic() + HELD
    while any(stream.deadline is not None for stream in streams) and (left := until - monotonic()) > 0:
        turn(poller, streams, left)


def patience(status: int) -> "float | None":
    """How long drain() waits for a reader that takes nothing, by how the command ended.

    Bare, one that ends or crashes has waited until its words were taken; so what its caller writes next comes after
    them. One that somebody has killed (a shell says so with 128 and more) is gone at once, and what it had written is
    brought by the relay that stays behind.
    """
    number = -status if status < 0 else status - 128
    return STUCK if number in _KILLING else None


def end_by(number: int, streams: "list[Stream]") -> bool:
    """Let a signal stop or end us while a reader has still to take what the ended command wrote.

    Bare, the command would be writing, and hear it itself. Returns whether it ends us: nothing more is written then.
    """
    if not any(stream.backlog for stream in streams):
        return False
    if number in STOPPING:
        suspend(number)
        return False
    for stream in streams:
        stream.close_sink(_EPIPE)
    return True


def _same(data: bytes) -> bytes:
    return data


def _nobody() -> None:
    """No listener."""


def check(streams: "list[Stream]") -> None:
    """Raise FilterError when a mask broke; its own words may hold a value and are not repeated."""
    for stream in streams:
        if stream.failed is not None:
            from creds_shell.process.failure import FilterError

            raise FilterError("the mask failed, the command was hung up")


def stay_behind(poller: Poller, streams: "list[Stream]", signals: int) -> bool:
    """Leave a process that goes on masking what the command's background descendants still write.

    The caller returns with the command's status at once, as bare; readers of the pipe see its end when the last
    descendant is gone, as bare. Returns whether one was needed.
    """
    if not any(stream.open for stream in streams):
        return False
    show_held(poller, streams)
    if posix.fork() > 0:
        return True
    try:
        _alone(poller, streams, signals)
    finally:
        posix._exit(0)  # noqa: SLF001 - no cleanup of the caller's may run twice


def _alone(poller: Poller, streams: "list[Stream]", signals: int) -> None:
    from creds_shell.process.descriptors import let_go
    from creds_shell.process.native import protect_self

    protect_self()  # a command may be over before its run was protected
    poller.forget(signals)
    posix.close(signals)  # every signal stays blocked: the relay ends when its streams do
    let_go([], (0, 1, 2))
    while any(stream.open for stream in streams):
        turn(poller, streams)


def settle(status: int, streams: "list[Stream]") -> int:
    """The status to return: the command's own, but not success when what it wrote could not be delivered."""
    lost = [stream.error for stream in streams if stream.error not in (0, _EPIPE, _EIO)]
    if not lost:
        return status
    if lost[0] == _EFBIG and status in (0, -SIGPIPE) and SIGXFSZ in lost_signals():
        return int(-SIGXFSZ)  # its own write would have ended it, unless that is ignored (setrlimit(2))
    from creds_shell.core.talk import say

    say(f"error: the output could not be written: {posix.strerror(lost[0]).lower()}")
    return status if status > 0 else 1
