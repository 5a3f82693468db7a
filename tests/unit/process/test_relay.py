"""A stream between the command and a slow terminal: nothing is lost, nothing comes out of order."""

import os
import signal
import tty
from collections.abc import Iterator

import pytest

from creds_shell.masking.stream import Masker, Needles
from creds_shell.process import relay
from creds_shell.process.poller import Poller
from creds_shell.process.sink import Sink

SECRET = b"tok-9f8e7d6c5b4a39281706"


@pytest.fixture
def needles() -> Needles:
    """One secret."""
    needles = Needles()
    needles.add("API_TOKEN", SECRET)
    return needles


@pytest.fixture
def screen() -> Iterator[tuple[int, int]]:
    """(what reads, what is written to)."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_what_a_held_screen_has_not_taken_is_not_overtaken_by_an_idle_release(
    needles: Needles, screen: tuple[int, int]
) -> None:
    """^S, a line and the beginning of a secret, a pause: the line comes first once the screen goes on."""
    reading, writing = screen
    source, command = os.pipe()
    poller = Poller()
    stream = relay.Stream(
        poller, source, Sink(writing, "pipe"), lambda terminal: Masker(needles, terminal=terminal), timed=True
    )
    filled = _fill(stream.sink)
    os.write(command, b"hello\n" + SECRET[:12])
    relay.turn(poller, [stream])
    assert stream.backlog == b"hello\n"
    relay.turn(poller, [stream], 0.2)  # longer than any release
    assert len(os.read(reading, filled)) == filled
    shown = b""
    for _ in range(100):
        relay.turn(poller, [stream], 0.1)
        shown += _read(reading)
        if shown.endswith(b"tok-"):
            break
    assert shown == b"hello\ntok-"
    stream.close_sink(0)
    os.close(command)


def test_a_command_whose_end_is_seen_late_is_still_a_short_one() -> None:
    """On a busy machine: no mask is made and no witness called for a command that is over."""

    class Held:
        due: float | None = 0.0

        def over(self, _events: int) -> None:
            self.due = None

    reading, writing = os.pipe()
    os.close(writing)
    poller, signals = Poller(), Held()
    poller.want(reading, 0, signals.over)
    assert not relay.turn_beside(poller, [], signals)  # type: ignore[arg-type]
    os.close(reading)


def _fill(sink: Sink) -> int:
    """Write until nothing more fits; how much that was."""
    count = 0
    while more := sink.write(b"x" * 4096):
        count += more
    return count


def _read(fd: int) -> bytes:
    try:
        return os.read(fd, 4096)
    except BlockingIOError:
        return b""


def test_a_full_terminal_is_emptied_in_one_go(needles: Needles, screen: tuple[int, int]) -> None:
    """It gives a page at each read; a search and a write for every page cost a third of the throughput."""
    master, command = os.openpty()
    tty.setraw(command)
    os.set_blocking(master, False)
    poller = Poller()
    stream = relay.Stream(
        poller, master, Sink(screen[1], "pipe"), lambda terminal: Masker(needles, terminal), timed=True
    )
    stream.bursts = True
    text = b"0123456789" * 1000
    os.set_blocking(command, False)
    assert os.write(command, text) == len(text)
    try:
        assert relay.turn(poller, [stream])
        assert os.read(screen[0], 1 << 16) == text
        os.write(command, SECRET + b"\n")
        os.close(command)
        while stream.open:
            relay.turn(poller, [stream])
        assert os.read(screen[0], 1 << 16) == b"****\n"
    finally:
        stream.close_sink(0)


@pytest.mark.parametrize("status", [0, 1, 127, 255, -signal.SIGSEGV, -signal.SIGABRT, 128 + signal.SIGSEGV])
def test_what_ended_by_itself_is_waited_for(status: int) -> None:
    """Bare it would still be writing, and what its caller says next comes after its words."""
    assert relay.patience(status) is None


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_what_somebody_killed_is_not_waited_for(number: int) -> None:
    """A shell says of its own command what the kernel says of ours."""
    assert relay.patience(-number) == relay.patience(128 + number) == relay.STUCK
