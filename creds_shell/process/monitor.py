"""The monitor of mode T: leader of the inner session, parent of the command (the layout of sudo's exec_monitor.c).

Without a process between, Ctrl-Z is dead: a session leader's own group is orphaned, and the kernel drops the
terminal's stop signals for orphaned groups. The monitor shows nothing. It outlives the command while a descendant
holds the inner terminal, because the kernel hangs the terminal up when the session leader ends. When the front
dies, it gives the outer terminal back and hangs the command up.
"""

import posix
from _signal import SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGQUIT
from _thread import start_new_thread
from time import monotonic

from creds_shell.process import descriptors, link, terminal
from creds_shell.process.child import Child
from creds_shell.process.held import BY_KEY, FORWARDED, SHORT, Held
from creds_shell.process.poller import Poller
from creds_shell.process.signals import Signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from creds_shell.process.inner import Inside

POLLIN = 1


class Monitor:
    """The monitor's part of a run: `pid` is the command, `inside` what it was started with."""

    def __init__(self, inside: "Inside", held: Held, pid: int) -> None:
        self.inside = inside
        self.child = Child(pid)
        self.poller = Poller()
        self.signals = Signals(held)
        self.buffer = bytearray()
        self.taken: terminal.Settings | None = None  # how the front has set the outer terminal
        self.slave = inside.slave

    def run(self) -> None:
        """Pass messages on until the front is gone; never returns."""
        pid = self.child.pid
        try:
            posix.setpgid(pid, pid)  # whoever is first; the other one is harmless
        except OSError:  # it has exec'd already
            pass
        posix.close(self.inside.failed)
        ours = {fd for fd in self.inside.wiring.values() if fd != self.slave}
        descriptors.let_go([*self.inside.theirs, *ours], (0, 1, 2))
        self.inside.line.send(link.PID, pid)
        self.poller.want(self.inside.line.reading, POLLIN, self._on_line)
        self.poller.want(self.signals.open(pid), POLLIN, self._on_signal)
        self._on_child()
        until = monotonic() + SHORT
        while (left := until - monotonic()) > 0:  # a short command is over by then, and with it the front
            self.poller.wait(left)
            if self.child.status is not None:
                self.poller.forget(self.signals.fd)
        self.signals.settle()
        self.poller.want(self.signals.fd, POLLIN, self._on_signal)
        while True:
            self.poller.wait(None)

    def _on_line(self, _events: int) -> None:
        messages = self.inside.line.receive(self.buffer)
        if messages is None:
            self._front_is_gone()
            return
        for kind, number in messages:
            if kind == link.SIGNAL:
                self.child.send(number)
            elif kind == link.ALL:
                self.child.send(number, group=True)
            elif kind == link.GROUP:
                self._to_foreground(number)
            elif kind == link.RAW:
                now = terminal.settings(self.inside.outer) if number else None
                self.taken = now if now is not None and now.is_taken else None  # else it has ended meanwhile
            elif kind == link.HELD:
                self._await_death(number)
            elif kind == link.UNREAD:
                self._hand_over_keys()
            elif self.child.status is None:
                self._give_terminal(self.child.pid if kind == link.FORE else posix.getpgrp())
                self.child.send(SIGCONT, group=True)

    def _on_signal(self, _events: int) -> None:
        for number, _, sent in self.signals.take():
            if number == SIGCHLD:
                self._on_child()
            elif number in FORWARDED and sent and number != SIGHUP:
                self.child.send(number)
            elif number in BY_KEY and not sent and self.child.status is None:
                # Typed before the command's group had the terminal: the kernel told us, and meant the command.
                self._to_foreground(number)

    def _on_child(self) -> None:
        before = self.child.stopped
        deadly = [] if self.inside.fore else self._lethal()
        if not self.child.poll():
            return
        if self.child.status is not None:
            if self.inside.announce is not None:
                self._end_foreground()
            for number in deadly:
                self.inside.line.send(link.LETHAL, number)
            self.inside.line.send(link.ENDED, self.child.status)
        elif self.child.stopped:
            self.inside.line.send(link.STOPPED, self.child.stopped)
        elif before:
            self.inside.line.send(link.CONTINUED)

    def _lethal(self) -> list[int]:
        """What would have ended the command, asked before it is reaped; a key's signal may come to it too late then."""
        from creds_shell.process.late import lethal

        return lethal(self.child.pid, (SIGINT, SIGQUIT))

    def _hand_over_keys(self) -> None:
        """The front writes none any more: what nobody has read is for whoever has the outer terminal next."""
        if self.slave >= 0:
            group = self._foreground()
            self._give_terminal(posix.getpgrp())  # in the background reading fails
            for byte in terminal.unread(self.slave):
                self.inside.line.send(link.KEY, byte)
            if self.child.status is None:
                self._give_terminal(group)
            else:
                # The terminal ends with its last holder: we keep none, but stay the session's leader.
                posix.close(self.slave)
                self.slave = -1
        self.inside.line.send(link.DONE)

    def _end_foreground(self) -> None:
        """A shell that was killed leaves its program in the foreground: hung up, as when a terminal's own shell ends."""
        group = self._foreground()
        try:
            if group not in (0, posix.getpgrp(), self.child.pid):
                posix.killpg(group, SIGHUP)
                posix.killpg(group, SIGCONT)
        except OSError:  # the group is gone
            return

    def _foreground(self) -> int:
        try:
            return posix.tcgetpgrp(self.slave)
        except OSError:  # the terminal is gone
            return 0

    def _give_terminal(self, group: int) -> None:
        try:
            posix.tcsetpgrp(self.slave, group)
        except OSError:  # the group is gone, or the terminal
            return

    def _to_foreground(self, number: int) -> None:
        group = self._foreground()
        if group <= 0 or group == posix.getpgrp():
            group = self.child.pid
        try:
            posix.killpg(group, number)
        except OSError:
            return

    def _await_death(self, waiter: int) -> None:
        """Hear of the front's end sooner than by the end of the line: before the shell looks at its terminal."""
        try:
            from creds_shell.process.robust import outlive  # not by the threads: load_modules has no locks

            start_new_thread(self._outlive_front, (outlive, waiter))
        except (ImportError, RuntimeError):  # no thread to spare
            return

    def _outlive_front(self, outlive: "Callable[[int, int], bool]", waiter: int) -> None:
        if outlive(self.inside.shared, waiter):
            self._restore_outer()

    def _front_is_gone(self) -> None:
        """Its end, or its death: then the outer terminal is given back and the command hung up."""
        self._restore_outer()
        if self.child.status is None:
            for number in (SIGHUP, SIGCONT):
                self.child.send(number, group=True)
        posix._exit(0)  # noqa: SLF001

    def _restore_outer(self) -> None:
        """Only while it is exactly as the front had set it: the shell's line editor may be reading keys already."""
        if self.taken is None or self.inside.saved is None:
            return
        now = terminal.settings(self.inside.outer)
        if now is not None and now.reads_like(self.taken):
            terminal.apply(self.inside.outer, self.inside.saved)
