"""Mode P: the command in our own session and process group, its output through pipes and the mask.

The keyboard is never touched. What the terminal sends (^C, ^Z) and what `kill` sends to the group reach the command
by themselves, so only signals that a process sent to us alone are passed on; when the command stops, we stop the
same way. When we die, even by SIGKILL, the kernel hangs the command up.
"""

import posix
from _signal import SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGWINCH

from creds_shell.process import descriptors, relay, spawn
from creds_shell.process.child import Child, descends, hang_up_with_us
from creds_shell.process.plan import OURS, Channel, Fd
from creds_shell.process.poller import Poller
from creds_shell.process.signals import UNKNOWN, Signals, suspend
from creds_shell.process.sink import Sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.plan import Plan
    from creds_shell.process.run import Job
    from creds_shell.process.witness import Witness

POLLIN = 1
_BY_TERMINAL = (SIGINT, SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU, SIGHUP)


class Pipes:
    """A run in mode P."""

    def __init__(self, plan: "Plan", job: "Job") -> None:
        self.plan, self.job = plan, job
        self.fds: tuple[Fd, ...] = job.fds or ()
        self.poller = Poller()
        self.streams: list[relay.Stream] = []
        self.sizes: list[tuple[int, int]] = []  # (pseudo-terminal, the terminal whose size it copies)
        self.child: Child
        self.witness: Witness | None = None

    def run(self) -> int:
        """Run it to its end; returns its status (minus the signal that killed it)."""
        theirs = descriptors.inherited()
        self.signals = Signals()
        if self.job.kill_tree:
            from creds_shell.process import tree

            tree.adopt_orphans()
        ends = [(channel, *self._open(channel)) for channel in self.plan.channels]
        wiring = {number: inner for channel, _, inner in ends for number in channel.fds}
        self.child = Child(
            spawn.spawn(self.job.path, self.job.command, self.job.environ, wiring, self.signals.mask)
        )
        hang_up_with_us(self.child.pid)
        try:
            self.job.started("ok")
            self._connect(ends, theirs)
            return self._loop()
        except BaseException:
            self.child.send(SIGHUP)
            raise
        finally:
            self._dismiss_witness()

    def _open(self, channel: Channel) -> tuple[int, int]:
        """(our end, the command's end) of a channel."""
        if channel.via == "pipe":
            return descriptors.grown_pipe()
        from creds_shell.process import terminal

        outer, inner = terminal.output_pty(channel.to)
        self.sizes.append((outer, channel.to))
        return outer, inner

    def _connect(self, ends: list[tuple[Channel, int, int]], theirs: list[int]) -> None:
        for channel, outer, inner in ends:
            posix.close(inner)
            sink = Sink(channel.to, self.fds[channel.to].kind)
            self.streams.append(
                relay.Stream(self.poller, outer, sink, self.job.masker, timed=channel.terminal)
            )
        self.sizes = [(outer, posix.dup(number)) for outer, number in self.sizes]
        descriptors.let_go(theirs)
        self.poller.want(self.signals.open(self.child.pid), POLLIN, self._on_signal)

    def _loop(self) -> int:
        self.child.poll()
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
        relay.drain(self.poller, self.streams)
        relay.check(self.streams)
        relay.stay_behind(self.poller, self.streams, self.signals.fd)
        return relay.settle(self.child.status, self.streams)

    def _call_witness(self) -> None:
        if self.child.status is None:
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
                self.child.poll()
            elif number == SIGCONT:
                self._continue()
            elif number == SIGWINCH:
                self._resize()
            elif self._is_for_us(number, sender, sent):
                self.child.send(number)

    def _is_for_us(self, number: int, sender: int, sent: bool | None) -> bool:
        """Whether the command has not got this signal already."""
        if self.witness is not None and self.witness.heard(number, sender):
            return False
        if number in _BY_TERMINAL and not sent:
            return sent is UNKNOWN and not any(fd.kind == OURS for fd in self.fds)
        return not (sent and descends(sender, self.child.pid))

    def _stop_too(self) -> None:
        """The command stopped; what it wrote before comes before the shell's words."""
        relay.drain(self.poller, self.streams)
        if self.child.stopped:
            suspend(self.child.stopped)
            self._continue()

    def _continue(self) -> None:
        """We were continued; `fg` continues the whole group, `kill -CONT` us alone."""
        self.child.poll()
        if self.child.stopped:
            self.child.send(SIGCONT)
            self.child.stopped = 0
            if self.witness is not None:
                self.witness.wake()

    def _resize(self) -> None:
        from creds_shell.process import terminal

        for outer, number in self.sizes:
            terminal.copy_size(number, outer)
        if self.sizes:
            self.child.send(SIGWINCH)
