"""Mode P: the command in our own session and process group, its output through pipes and the mask.

The keyboard is never touched. What the terminal sends (^C, ^Z) and what `kill` sends to the group reach the command
by themselves, so only signals that a process sent to us alone are passed on; when the command stops, we stop the
same way. When we die, even by SIGKILL, the kernel hangs the command up.
"""

import posix
from _signal import SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH

from creds_shell.process import descriptors, relay
from creds_shell.process.child import descends
from creds_shell.process.held import STOPPING
from creds_shell.process.plan import OURS, Fd
from creds_shell.process.poller import Poller
from creds_shell.process.signals import UNKNOWN, Signals, suspend
from creds_shell.process.sink import Sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.beside import Beside
    from creds_shell.process.run import Job
    from creds_shell.process.witness import Witness

POLLIN = 1
_BY_TERMINAL = (SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP)


class Pipes:
    """A run in mode P."""

    def __init__(self, job: "Job", begun: "Beside") -> None:
        self.job, self.begun = job, begun
        self.child, self.signals = begun.child, Signals(begun.held)
        self.fds: tuple[Fd, ...] = job.fds or ()
        self.poller = Poller()
        self.streams: list[relay.Stream] = []
        self.sizes: list[tuple[int, int]] = []  # (pseudo-terminal, the terminal whose size it copies)
        self.witness: Witness | None = None

    def run(self) -> int:
        """Run it to its end; returns its status (minus the signal that killed it)."""
        try:
            self._connect()
            return self._loop()
        finally:
            self._dismiss_witness()

    def _connect(self) -> None:
        for channel, outer in self.begun.ends:
            sink = Sink(channel.to, self.fds[channel.to].kind)
            self.streams.append(
                relay.Stream(self.poller, outer, sink, self.job.masker, timed=channel.terminal)
            )
        self.sizes = [(outer, posix.dup(number)) for outer, number in self.begun.sizes]
        descriptors.let_go(descriptors.inherited())
        self.poller.want(self.signals.open(self.child.pid, self.begun.short), POLLIN, self._on_signal)
        self.job.protect = self._protect

    def _loop(self) -> int:
        self._on_child()
        while self.child.status is None:
            if relay.turn_beside(self.poller, self.streams, self.signals):
                self._call_witness()
                relay.arm(self.streams)
            relay.check(self.streams)
            if self.child.stopped and self.child.status is None:
                self._stop_too()
        self._dismiss_witness()
        if self.job.kill_tree:
            from creds_shell.process import tree

            tree.end_descendants()
        relay.drain(self.poller, self.streams, relay.patience(self.child.status))
        relay.check(self.streams)
        relay.stay_behind(self.poller, self.streams, self.signals.fd)
        return relay.settle(self.child.status, self.streams)

    def _call_witness(self) -> None:
        from creds_shell.process.witness import call

        self.witness = call()  # without one every signal is passed on

    def _dismiss_witness(self) -> None:
        """Before a relay stays behind, which must not keep it."""
        if self.witness is not None:
            self.witness.dismiss()
            self.witness = None

    def _on_signal(self, _events: int) -> None:
        for number, sender, sent in self.signals.take():
            if number == SIGCHLD:
                self._on_child()
            elif number == SIGCONT:
                self._continue()
            elif number == SIGWINCH and not sent:
                self._resize()
            elif self.child.status is None:
                self._pass_on(number, sender, sent)
            elif number != SIGWINCH and relay.end_by(number, self.streams):
                self.child.status = -number

    def _protect(self) -> None:
        self._on_child()
        if self.child.status is None:
            self.signals.settle()

    def _on_child(self) -> None:
        self.child.poll()
        if self.child.status is not None:
            self.signals.due = None  # a short one that a busy machine has let us see late

    def _pass_on(self, number: int, sender: int, sent: bool | None) -> None:
        """Send the command what it has not got already: what came to us alone, or all if it has left our group.

        timeout(1) and setsid(1) leave it, which lead a job's group already where they are run bare.
        """
        to_all = self.witness is not None and self.witness.heard(number, sender)
        if number in _BY_TERMINAL and not sent:
            to_all = sent is not UNKNOWN or any(fd.kind == OURS for fd in self.fds)
        own = self._own()
        if own == "session" and to_all:
            self._leave_it(number)
        elif own:
            self.child.send(number, group=to_all)
        elif not to_all and not (sent and descends(sender, self.child.pid)):
            self.child.send(number)

    def _own(self) -> str:
        """What the command has made for itself, a group or a session, where it would bare still lead its job."""
        pid = self.child.pid
        try:
            if posix.getpgrp() != posix.getpid() or posix.getpgid(pid) != pid:
                return ""
            return "group" if posix.getsid(pid) == posix.getsid(0) else "session"
        except OSError:  # it has ended
            return ""

    def _leave_it(self, number: int) -> None:
        """Take what came to the job of a command that leads a session: bare, setsid(1) forks, and what is left hears it.

        Not a SIGHUP: we go on as the relay that would stay behind.
        """
        if number in STOPPING:
            suspend(number)
        elif number not in (SIGHUP, SIGWINCH):
            self.child.status = -number

    def _stop_too(self) -> None:
        """The command stopped; what it wrote before comes before the shell's words."""
        relay.drain(self.poller, self.streams, relay.STUCK)
        relay.show_held(self.poller, self.streams)
        if self.child.stopped:
            suspend(self.child.stopped)
            self._continue()

    def _continue(self) -> None:
        """We were continued; `fg` continues the whole group, `kill -CONT` us alone."""
        self._on_child()
        if self.child.stopped:
            self.child.send(SIGCONT, group=bool(self._own()))
            self.child.stopped = 0
            if self.witness is not None:
                self.witness.wake()

    def _resize(self) -> None:
        from creds_shell.process import terminal

        for outer, number in self.sizes:
            terminal.copy_size(number, outer)
        own = self._own()
        if own == "group" or (self.sizes and not own):
            self.child.send(SIGWINCH, group=bool(own))
