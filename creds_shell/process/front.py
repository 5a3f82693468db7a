"""Mode T: the command on a terminal of its own, ours relayed through the mask (the layout of sudo's exec_pty.c).

The front stays in the caller's process group, so the calling shell controls it like the bare command: it stops
when the command stops, goes on when it is continued, and dies as the command died.
"""

import posix
from _signal import (
    SIGCHLD,
    SIGCONT,
    SIGHUP,
    SIGKILL,
    SIGSTOP,
    SIGTTIN,
    SIGTTOU,
    SIGWINCH,
)
from time import monotonic

from creds_shell.process import descriptors, link, native, relay, terminal
from creds_shell.process.child import Child, descends
from creds_shell.process.keyboard import Keyboard
from creds_shell.process.monitor import SHORT, Inside, monitor
from creds_shell.process.outer import Outer
from creds_shell.process.plan import Channel, Fd
from creds_shell.process.poller import Poller
from creds_shell.process.signals import BY_KEY, Signals, lost_signals, suspend
from creds_shell.process.sink import Sink
from creds_shell.process.spawn import find, start_error

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from creds_shell.process.failure import FilterError
    from creds_shell.process.plan import Plan
    from creds_shell.process.run import Job

POLLIN = 1
_WANTS_TERMINAL = (SIGTTIN, SIGTTOU)


class Front:
    """A run in mode T."""

    def __init__(self, plan: "Plan", job: "Job") -> None:
        self.plan, self.job = plan, job
        self.fds: tuple[Fd, ...] = job.fds or ()
        self.poller = Poller()
        self.streams: list[relay.Stream] = []
        self.buffer = bytearray()
        self.ahead = bytearray()  # typed ahead and not read by the command
        self.status: int | None = None
        self.command = 0
        self.stopped = 0  # the signal that stopped the command, not yet acted upon
        self.fore = False  # the command's group has the inner terminal
        self.halted = False  # the command is stopped

    def run(self) -> int:
        """Run the command to its end; returns its status (minus the signal that killed it)."""
        path = find(self.job.command[0], self.job.environ)
        theirs = descriptors.inherited()
        self.outer = Outer(self.plan.raw != "never")
        try:
            self.signals = Signals()
            if self.job.kill_tree:
                from creds_shell.process import tree

                tree.adopt_orphans()
            self._start(path, theirs)
            native.protect_self(followed=self.job.server is not None)
            self._connect(theirs)
            return self._serve()
        except BaseException as error:
            self._hang_up()
            if isinstance(error, OSError):
                raise _failed(
                    f"the terminal could not be set up: {posix.strerror(error.errno or 5)}"
                ) from None
            raise
        finally:
            self.outer.restore()

    def _start(self, path: bytes, theirs: list[int]) -> None:
        """Make the inner terminal and fork the monitor, which starts the command."""
        self.master, slave = posix.openpty()
        self.outer.dress(slave, self.master, self._shows_on_terminal())
        self.line, inner_line = link.pair()
        reading, failed = posix.pipe()
        self.ends = [(channel, *self._open(channel, slave)) for channel in self.plan.channels]
        inside = Inside()
        inside.path, inside.argv, inside.environ = path, self.job.command, self.job.environ
        inside.wiring = {number: inner for channel, _, inner in self.ends for number in channel.fds}
        if self.plan.stdin_slave:
            inside.wiring[0] = slave
        # A copy of our terminal under a higher number (3>&1) would go round the mask.
        inside.wiring.update({fd: slave for fd in theirs if descriptors.inspect(fd).kind == "ours"})
        inside.slave, inside.theirs, inside.mask, inside.reset = (
            slave,
            theirs,
            self.signals.mask,
            lost_signals(),
        )
        self.fore = inside.fore = self.plan.raw == "never" or (
            self.plan.raw == "now" and self.outer.foreground()
        )
        inside.line, inside.failed = inner_line, failed
        inside.outer, inside.saved = self.outer.fd, self.outer.saved
        inside.announce = self._announcer(slave)
        self.monitor = Child(posix.fork())
        if self.monitor.pid == 0:
            self.line.close()
            for fd in (
                self.master,
                reading,
                *(ours for _, ours, _ in self.ends if ours != self.master),
            ):
                posix.close(fd)
            monitor(inside, self.signals)
        inner_line.close()
        for fd in {slave, failed, *(inner for _, _, inner in self.ends)}:
            posix.close(fd)
        self.failed = reading

    def _announcer(self, slave: int) -> "Callable[[dict[bytes, bytes]], None] | None":
        """What the command's process, which knows its session, adds to a shell's environment."""
        server = self.job.server
        if server is None:
            return None
        name = posix.ttyname(slave)
        info = posix.fstat(slave)
        front = posix.getpid()
        self.place = (info.st_dev, info.st_rdev)

        def announce(environ: dict[bytes, bytes]) -> None:
            server.announce(environ, server.describe(front, self.place, posix.getsid(0)), name)
            environ[b"__CREDS_SHELL_PID"] = b"%d" % posix.getpid()

        return announce

    def _shows_on_terminal(self) -> bool:
        return next(channel.terminal for channel in self.plan.channels if channel.via == "slave")

    def _open(self, channel: Channel, slave: int) -> tuple[int, int]:
        """(our end, the command's end) of a channel."""
        if channel.via == "slave":
            return self.master, slave
        return descriptors.grown_pipe() if channel.via == "pipe" else terminal.output_pty(channel.to)

    def _connect(self, theirs: list[int]) -> None:
        self.poller.want(self.line.reading, POLLIN, self._on_line)
        self.poller.want(self.failed, POLLIN, self._on_started)
        keys = posix.dup(self.master)
        posix.set_blocking(keys, False)
        for channel, source, _ in self.ends:
            sink = Sink(channel.to, self.fds[channel.to].kind)
            stream = relay.Stream(self.poller, source, sink, self.job.masker, timed=channel.terminal)
            self.streams.append(stream)
            if channel.via == "slave":
                self.screen = stream
                self.keyboard = Keyboard(self.poller, self.outer, keys, stream, self._key_signals)
                stream.post = self.outer.mirror(keys)
                stream.listener = self._follow if self.job.server is not None else stream.listener
        if self.job.server is not None:
            session = self.job.server.describe(posix.getpid(), self.place, self.monitor.pid)
            self.job.server.serve(self.poller, self.job.pattern_set(), session)
        if self.fore and self.plan.raw == "now":
            self._take_keyboard()
            self.keyboard.listen()
        descriptors.let_go(theirs, (0, 1))

    def _serve(self) -> int:
        # A short command is over by then, and needs neither masks nor the C library.
        soon: float | None = monotonic() + SHORT
        while self.status is None:
            relay.turn(self.poller, self.streams, None if soon is None else max(0.0, soon - monotonic()))
            if soon is not None and monotonic() >= soon:
                soon = None
                self._settle_down()
            if self.stopped:
                self._on_stopped()
            relay.check(self.streams)
            if self.screen.error:
                self.keyboard.close()  # nobody sees the terminal any more: the kernel hangs up the inner one, too
        self.keyboard.stop()
        if self.job.kill_tree:
            from creds_shell.process import tree

            tree.end_descendants(spare=self.monitor.pid)
        relay.drain(self.poller, self.streams)
        relay.check(self.streams)
        self.outer.give_back(bytes(self.ahead) + self.keyboard.backlog)
        self.outer.restore()
        if self.signals.fd < 0 and any(stream.open for stream in self.streams):
            self.signals.open(lasting=True)  # what stays behind is protected, too
        if not relay.stay_behind(self.poller, self.streams, self.signals.fd):
            self._end_monitor()
        return relay.settle(self.status, self.streams)

    def _settle_down(self) -> None:
        """The command runs on: hear the signals that are pending since its start, make the masks meanwhile."""
        if self.status is None:
            self.poller.want(self.signals.open(), POLLIN, self._on_signal)
            relay.arm(self.streams)

    def _end_monitor(self) -> None:
        """Nobody holds the inner terminal any more: take the monitor out of the process table."""
        try:
            posix.kill(self.monitor.pid, SIGKILL)
            posix.waitpid(self.monitor.pid, 0)
        except OSError:
            return

    # --- the keyboard ---------------------------------------------------------------------------------------

    def _take_keyboard(self) -> None:
        self.keyboard.keep(self.outer.take())
        self.line.send(link.RAW, 1)

    def _follow(self) -> None:
        """Stand where the shell stands after each command: a terminal opens a new tab there."""
        if self.keyboard.fresh > 0 and self.command:
            self.keyboard.fresh -= 1
            try:
                posix.chdir(posix.readlink(f"/proc/{self.command}/cwd"))
            except OSError:  # not on this system, or a directory that only the shell can be in
                self.keyboard.fresh = 0

    def _key_signals(self, number: int) -> None:
        """A key that the terminal turns into a signal: the caller's group gets it too, as it would bare.

        Not for a shell: bare it would be a job of its own, and the caller's group in the background.
        """
        if self.job.server is None:
            posix.killpg(posix.getpgrp(), number)

    # --- the monitor ----------------------------------------------------------------------------------------

    def _on_started(self, _events: int) -> None:
        """The start's outcome: an errno, or the end of the pipe, which exec closes."""
        data = posix.read(self.failed, 16)
        self.poller.forget(self.failed)
        posix.close(self.failed)
        if data:
            raise start_error(self.job.command[0], int(data), self.job.environ)
        self.job.started("ok")

    def _on_line(self, _events: int) -> None:
        messages = self.line.receive(self.buffer)
        if messages is None:
            if self.status is None:
                raise _failed("the monitor died, the command was hung up")
            self.poller.forget(self.line.reading)
            return
        for kind, number in messages:
            if kind == link.PID:
                self.command = number
            elif kind == link.ENDED:
                self.status = number
            elif kind == link.STOPPED:
                self.stopped, self.halted = number, True
            elif kind == link.KEY:
                self.ahead.append(number)
            elif kind == link.CONTINUED:
                self.stopped, self.halted = 0, False
                if self.fore:
                    self.keyboard.listen()

    def _on_stopped(self) -> None:
        """The command stopped: it wants the terminal and may have it, or we stop the same way."""
        number, self.stopped = self.stopped, 0
        if number in _WANTS_TERMINAL and self.outer.foreground():
            self._resume(want=True)
            return
        self.keyboard.stop()
        relay.drain(
            self.poller, self.streams
        )  # what it wrote before it stopped comes before the shell's words
        if self.status is not None or self.stopped:
            return
        self.outer.restore()
        self.line.send(link.RAW, 0)
        if number != SIGSTOP:
            # The terminal stops the whole group: a calling script and the rest of the pipeline, too.
            _signal_others(number)
        suspend(number)
        for event in self.signals.take():
            if event[0] != SIGCONT:
                self._on_event(*event)
        self._resume(want=self.fore)

    def _resume(self, *, want: bool) -> None:
        """Go on after a stop: in the foreground with the keyboard, if that is wanted, else in the background."""
        self.outer.resize(self.master)
        self.fore = self.outer.foreground() and (want or self.plan.raw == "now")
        if self.fore:
            self._take_keyboard()
            self.outer.wear(self.master)
            # A Ctrl-Z that came before the command goes on would be undone by its SIGCONT (signal(7)).
            if not self.halted:
                self.keyboard.listen()
        self.line.send(link.FORE if self.fore else link.BACK)

    # --- signals --------------------------------------------------------------------------------------------

    def _on_signal(self, _events: int) -> None:
        for event in self.signals.take():
            self._on_event(*event)

    def _on_event(self, number: int, sender: int, sent: bool | None) -> None:
        if number == SIGCHLD:
            if self.monitor.poll() and self.monitor.stopped:
                self.monitor.send(SIGCONT)
        elif number == SIGWINCH:
            self.outer.resize(self.master)
            if not self.fore:  # the kernel told the inner foreground group, which it is not in
                self.line.send(link.SIGNAL, SIGWINCH)
        elif number == SIGCONT:
            self.keyboard.stop()
            self._resume(want=self.fore)
        elif not sent:
            if number in (*BY_KEY, SIGHUP):
                self.line.send(link.GROUP, number)
            elif number not in _WANTS_TERMINAL:
                self.line.send(link.SIGNAL, number)
        elif sender != posix.getpid() and not descends(sender, self.monitor.pid):
            self.line.send(link.SIGNAL, number)

    def _hang_up(self) -> None:
        """Something failed: the command must not go on writing where nobody masks."""
        if self.status is not None:
            return
        if self.command:
            for number in (SIGHUP, SIGCONT):
                try:
                    posix.killpg(self.command, number)
                except OSError:
                    break


def _signal_others(number: int) -> None:
    """Send a stop signal to our group; our own copy stays pending until suspend()."""
    posix.killpg(posix.getpgrp(), number)


def _failed(reason: str) -> "FilterError":
    from creds_shell.process.failure import FilterError  # late: the errors' classes cost a millisecond

    return FilterError(reason)
