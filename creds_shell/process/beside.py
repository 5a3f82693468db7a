"""The start of mode P: the command beside us, in our own session and process group, its output in pipes.

Nothing is loaded here but what that needs. A command that ends soon and says nothing (`true`, `test`, `mkdir`) needs
no more: nobody has to move or mask anything.
"""

import posix
import sys
from _signal import SIGCHLD, SIGHUP
from time import monotonic

from creds_shell import load_modules, process
from creds_shell.process import descriptors, spawn
from creds_shell.process.child import Child, hang_up_with_us
from creds_shell.process.held import SHORT, Held

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.plan import Channel, Plan
    from creds_shell.process.run import Job


def run_beside(plan: "Plan", job: "Job") -> int:
    """Run the command to its end; returns its status (minus the signal that killed it)."""
    if job.kill_tree:
        from creds_shell.process import tree

        tree.adopt_orphans()
    begun = Beside(plan, job)
    try:
        load_modules(process.RECORD)
        job.started("ok")
        if not job.kill_tree and begun.ends_in_silence():
            return begun.child.status or 0
        load_modules(process.PIPES)
        from creds_shell.process.pipes import Pipes

        return Pipes(job, begun).run()
    except BaseException:
        begun.child.send(SIGHUP)
        raise


class Beside:
    """A command that is starting.

    Attributes:
        child: its process.
        held: the signals held back since before the start.
        ends: (channel, where its output comes out) of each.
        sizes: (pseudo-terminal, the terminal whose size it copies) of each that there is.
        short: until when it may turn out to be a short one.
    """

    def __init__(self, plan: "Plan", job: "Job") -> None:
        self.held = Held()
        self.sizes: list[tuple[int, int]] = []
        ends = [(channel, *self._open(channel)) for channel in plan.channels]
        wiring = {number: inner for channel, _, inner in ends for number in channel.fds}
        self.child = Child(spawn.spawn(job.path, job.command, job.environ, wiring, self.held.mask))
        hang_up_with_us(self.child.pid)
        self.short = monotonic() + SHORT
        for _, _, inner in ends:
            posix.close(inner)
        self.ends: list[tuple[Channel, int]] = [(channel, outer) for channel, outer, _ in ends]

    def _open(self, channel: "Channel") -> tuple[int, int]:
        """(our end, the command's end) of a channel."""
        if channel.via == "pipe":
            return descriptors.grown_pipe()
        from creds_shell.process import terminal

        outer, inner = terminal.output_pty(channel.to)
        self.sizes.append((outer, channel.to))
        return outer, inner

    def ends_in_silence(self) -> bool:
        """Whether the command is over soon, has said nothing, and nobody is left who could.

        macOS goes the long way: it has no sigtimedwait(2), and its poll(2) fails on terminals.
        """
        if sys.platform == "darwin":
            return False
        import select  # late, as all that can wait until the command is on its way

        poll = select.poll()
        for _, outer in self.ends:
            poll.register(outer, select.POLLIN)
        still = len(self.ends)
        while still:
            ready = poll.poll(1000 * self._left())
            if not ready or any(events & select.POLLIN for _, events in ready):
                return False
            for outer, _ in ready:
                poll.unregister(outer)
            still -= len(ready)
        return self._is_over()

    def _left(self) -> float:
        """Seconds that a short command has left."""
        return max(0.0, self.short - monotonic())

    def _is_over(self) -> bool:
        """Whether the command ends now: the kernel closes its descriptors just before."""
        from _signal import sigtimedwait

        self.child.poll()
        if self.child.status is None:
            sigtimedwait((SIGCHLD,), self._left())
            self.child.poll()
        return self.child.status is not None
