"""Signals as events of the poll loop, with their sender.

A wrapper must know who sent a signal: what the terminal sends reaches the command's group by itself, what
`kill` sends to us alone has to be passed on. Linux tells (signalfd's si_code); a plain handler cannot, so where
there is no signalfd (macOS) the sender is unknown and the caller goes by who is in the foreground.
"""

import posix
from _signal import (
    SIG_DFL,
    SIG_SETMASK,
    SIG_UNBLOCK,
    SIGKILL,
    SIGSTOP,
    getsignal,
    pthread_sigmask,
    set_wakeup_fd,
    signal,
)
from time import monotonic

from creds_shell.process.held import SHORT, Held

UNKNOWN = None
_RECORD = 128  # sizeof(struct signalfd_siginfo), signalfd(2)
_SFD_FLAGS = 0o2000000 | 0o4000  # SFD_CLOEXEC | SFD_NONBLOCK


class Signals:
    """Hear the signals that were held back since before the command was started.

    On Linux the descriptor is at first a pidfd, readable when the child has ended, and what is pending is taken with
    sigtimedwait(2). The signalfd takes its place under its number when the command has run for SHORT, has shown
    something, or when there is nothing to take any more: making one costs what a short command costs altogether.
    With it this process is protected (native.protect_self, which says what `followed` is), because a longer one can
    be looked at.
    """

    def __init__(self, held: Held) -> None:
        self.watched, self.mask = held.watched, held.mask
        self.followed = False
        self.fd = -1
        self.due: float | None = None  # when the command will have run for SHORT; None once that was seen to
        self._read = self._read_pending

    def open(self, child: int, due: "float | None" = None) -> int:
        """The descriptor that becomes readable when a signal has come, at first only when `child` has ended.

        Args:
            child: the process.
            due: when it will have run for SHORT, if that is not from now on.
        """
        self.due = due or monotonic() + SHORT
        try:
            self.fd = posix.pidfd_open(child)
        except (AttributeError, OSError):  # macOS; Linux before 5.3
            self.fd = self._open_for_good()
        return self.fd

    def settle(self) -> None:
        """Hear every signal from now on, those among them that are pending, and be protected."""
        if self._read == self._read_pending:
            lasting = self._open_for_good()
            posix.dup2(lasting, self.fd, inheritable=False)
            posix.close(lasting)

    def take(self) -> "list[tuple[int, int, bool | None]]":
        """Signals that came: (number, sender's pid, sent by a process) – the last None where nobody can say."""
        return self._read()

    def _read_pending(self) -> "list[tuple[int, int, bool | None]]":
        from _signal import sigtimedwait  # macOS has none

        events: list[tuple[int, int, bool | None]] = []
        while (info := sigtimedwait(self.watched, 0)) is not None:
            events.append((info.si_signo, info.si_pid, info.si_code <= 0))
        if not events and self.fd >= 0:
            self.settle()
        return events

    def _open_for_good(self) -> int:
        from creds_shell.process import native

        native.protect_self(followed=self.followed)
        fd = _signalfd(self.watched)
        self._read = self._read_signalfd
        return fd if fd >= 0 else self._open_pipe()

    def _read_signalfd(self) -> "list[tuple[int, int, bool | None]]":
        try:
            data = posix.read(self.fd, _RECORD * 32)
        except BlockingIOError:
            return []
        word = int.from_bytes
        events: list[tuple[int, int, bool | None]] = []
        for at in range(0, len(data), _RECORD):
            code = word(data[at + 8 : at + 12], "little", signed=True)
            # SI_USER, SI_TKILL and sigqueue's are <= 0; SI_KERNEL is 0x80.
            events.append((data[at], word(data[at + 12 : at + 16], "little"), code <= 0))
        return events

    def _open_pipe(self) -> int:
        reading, writing = posix.pipe()
        posix.set_blocking(reading, False)
        posix.set_blocking(writing, False)
        set_wakeup_fd(writing, warn_on_full_buffer=False)
        for number in self.watched:
            signal(number, _nothing)
        pthread_sigmask(SIG_SETMASK, self.mask)
        self._read = self._read_pipe
        return reading

    def _read_pipe(self) -> "list[tuple[int, int, bool | None]]":
        try:
            return [(number, 0, UNKNOWN) for number in posix.read(self.fd, 4096)]
        except BlockingIOError:
            return []


def suspend(number: int) -> None:
    """Stop this process by a signal's default action; returns when it was continued (or could not be stopped)."""
    if number == SIGSTOP:
        posix.kill(posix.getpid(), number)
        return
    former = getsignal(number)
    signal(number, SIG_DFL)
    posix.kill(posix.getpid(), number)
    held = pthread_sigmask(SIG_UNBLOCK, [number])  # the pending one stops us here
    pthread_sigmask(SIG_SETMASK, held)
    signal(number, former)


def die_of(number: int) -> None:
    """End this process by a signal, as the command ended; returns only if that signal does not kill."""
    if number not in (SIGKILL, SIGSTOP):
        signal(number, SIG_DFL)
    posix.kill(posix.getpid(), number)
    pthread_sigmask(SIG_UNBLOCK, [number])


def _nothing(_number: int, _frame: object) -> None:
    """A handler that lets set_wakeup_fd see the signal."""


def _signalfd(numbers: "list[int]") -> int:
    """signalfd(2) through the interpreter's own libffi; -1 where it does not exist."""
    from creds_shell.process import native

    bits = 0
    for number in numbers:
        bits |= 1 << (number - 1)
    return native.call("signalfd", -1, bits.to_bytes(_RECORD, "little"), _SFD_FLAGS)
