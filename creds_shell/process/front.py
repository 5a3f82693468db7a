"""Mode T: the command on a terminal of its own, ours relayed through the mask (the layout of sudo's exec_pty.c).

The front stays in the caller's process group, so the calling shell controls it like the bare command: it stops
when the command stops, goes on when it is continued, and dies as the command died.
"""

import posix
from _signal import (
    SIGCHLD,
    SIGCONT,
    SIGHUP,
    SIGINT,
    SIGKILL,
    SIGQUIT,
    SIGSTOP,
    SIGTTIN,
    SIGTTOU,
    SIGWINCH,
)
from time import monotonic

from creds_shell.process import descriptors, link, relay, terminal
from creds_shell.process.child import Child, descends
from creds_shell.process.held import BY_KEY, STOPPING
from creds_shell.process.inner import no_terminal
from creds_shell.process.keyboard import Keyboard
from creds_shell.process.poller import Poller
from creds_shell.process.signals import Signals, suspend
from creds_shell.process.sink import Sink

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process import robust
    from creds_shell.process.inner import Inner
    from creds_shell.process.plan import Plan
    from creds_shell.process.run import Job
    from creds_shell.process.witness import Witness

POLLIN = 1
LASTING = 0.02
"""Seconds until a command is no short one: before that, a signal for the whole job finds hardly any children of it."""
_WANTS_TERMINAL = (SIGTTIN, SIGTTOU)


class Front:
    """A run in mode T, whose command is starting already."""

    def __init__(self, plan: "Plan", job: "Job", begun: "Inner") -> None:
        self.plan, self.job, self.begun = plan, job, begun
        self.outer, self.signals = begun.outer, Signals(begun.held)
        self.line, self.failed, self.master = begun.line, begun.failed, begun.master
        self.monitor = Child(begun.monitor)
        self.fds = job.fds or ()
        self.poller = Poller()
        self.streams: list[relay.Stream] = []
        self.buffer = bytearray()
        self.ahead = bytearray()  # typed ahead and not read by the command
        self.asked = False  # the monitor is to hand those over
        self.status: int | None = None
        self.late = 0  # an interrupt that found the command ending
        self.lethal: list[int] = []  # what would have ended it
        self.command = 0
        self.stopped = 0  # the signal that stopped the command, not yet acted upon
        self.fore = begun.fore  # the command's group has the inner terminal
        self.halted = False  # the command is stopped
        self.witness: Witness | None = None
        self.armed = False
        self.mutexes: list[robust.Block] = []  # held until our end

    def run(self) -> int:
        """Run the command to its end; returns its status (minus the signal that killed it)."""
        try:
            self.signals.followed = self.job.server is not None
            self._connect()
            return self._serve()
        except BaseException as error:
            self._hang_up()
            if isinstance(error, OSError):
                raise no_terminal(error) from None
            raise
        finally:
            self._dismiss_witness()
            self.outer.restore()

    def _connect(self) -> None:
        self.poller.want(self.signals.open(self.monitor.pid), POLLIN, self._on_signal)
        self.job.protect = self.signals.settle
        self.poller.want(self.line.reading, POLLIN, self._on_line)
        self.poller.want(self.failed, POLLIN, self._on_started)
        keys = posix.dup(self.master)
        posix.set_blocking(keys, False)
        for channel, source, _ in self.begun.ends:
            sink = Sink(channel.to, self.fds[channel.to].kind)
            stream = relay.Stream(self.poller, source, sink, self.job.masker, timed=channel.terminal)
            self.streams.append(stream)
            if channel.via == "slave":
                self.screen = stream
                stream.bursts = True
                self.keyboard = Keyboard(self.poller, self.outer, keys, stream, self._key_signals)
                stream.post = self.outer.mirror(keys)
                stream.echoed = self.keyboard.echoed
                if self.job.server is not None:
                    stream.listener = self._follow
                elif self.plan.raw == "lazy":
                    stream.listener = self._notice
        if self.job.server is not None:
            session = self.job.server.describe(posix.getpid(), self.begun.place, self.monitor.pid)
            self.job.server.serve(self.poller, self.job.pattern_set(), session)
        if self.fore and self.plan.raw == "now":
            self._take_keyboard()
        descriptors.let_go(self.begun.theirs, (0, 1))

    def _serve(self) -> int:
        while self.status is None:
            if relay.turn_beside(self.poller, self.streams, self.signals):
                self._on_lasting()
            if self.stopped:
                self._on_stopped()
            relay.check(self.streams)
            if self.screen.error:
                self.keyboard.close()  # nobody sees the terminal any more: the kernel hangs up the inner one, too
        if self.armed and not self.fore:
            self._on_signal(0)  # nobody has looked since the end
            if self.status >= 0 and self.late in self.lethal:
                self.status = -self.late
        self._dismiss_witness()
        self.keyboard.stop()
        if self.job.kill_tree:
            from creds_shell.process import tree

            tree.end_descendants(spare=self.monitor.pid)
        self._collect_keys()
        self._give_terminal_back()
        relay.drain(self.poller, self.streams, relay.patience(self.status))
        relay.check(self.streams)
        if any(stream.open for stream in self.streams):
            self.signals.settle()  # what stays behind is protected, too
        if not relay.stay_behind(self.poller, self.streams, self.signals.fd):
            self._end_monitor()
        return relay.settle(self.status, self.streams)

    def _end_monitor(self) -> None:
        """Nobody holds the inner terminal any more: take the monitor out of the process table."""
        try:
            posix.kill(self.monitor.pid, SIGKILL)
            posix.waitpid(self.monitor.pid, 0)
        except OSError:
            return

    # --- the keyboard ---------------------------------------------------------------------------------------

    def _take_keyboard(self) -> None:
        keys = self.outer.take()
        self.outer.wear(self.master)
        if not self.keyboard.backlog:
            self.screen.seen = self.outer.shown(keys, self.master)
        self.keyboard.keep(keys)
        self.line.send(link.RAW, 1)

    def _listen(self) -> None:
        """Hand keys on where they do what they do bare.

        A ^C that comes before the inner terminal has a group in the foreground is nobody's, and a ^Z that comes before
        the command goes on would be undone by its SIGCONT (signal(7)).
        """
        if self.fore and self.command and not (self.halted or self.asked):
            self.keyboard.listen()

    def _collect_keys(self) -> None:
        """Show what was written, and get the keys that nobody has read; the keyboard was stopped before."""
        self.asked = self.line.send(link.UNREAD)
        relay.drain(self.poller, self.streams, relay.STUCK)
        while self.asked:
            relay.turn(self.poller, self.streams)
        relay.check(self.streams)

    def _give_terminal_back(self) -> None:
        """With all keys that whoever comes next would have bare; where that is forbidden they are lost, as under sudo."""
        if self.outer.takes_keys():
            self.outer.give_back(bytes(self.ahead), self.keyboard.leave())
            self.ahead.clear()
        self.outer.restore()
        self.line.send(link.RAW, 0)

    def _follow(self) -> None:
        """Stand where the shell stands after each command: a terminal opens a new tab there."""
        if self.keyboard.fresh > 0 and self.command:
            self.keyboard.fresh -= 1
            try:
                posix.chdir(posix.readlink(f"/proc/{self.command}/cwd"))
            except OSError:  # not on this system, or a directory that only the shell can be in
                self.keyboard.fresh = 0

    def _notice(self) -> None:
        """Keys are wanted, too, where line editing was turned off without a signal: tmux's server does it."""
        saved = self.outer.saved
        if self.fore or self.status is not None or saved is None or not saved.echoes_lines:
            return
        now = terminal.settings(self.master)
        if now is not None and not now.echoes_lines and self.outer.foreground():
            self._resume(want=True)

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
            from creds_shell.process.failure import start_error

            raise start_error(self.job.command[0], int(data), self.job.environ)
        self.job.started("ok")

    def _on_line(self, _events: int) -> None:
        messages = self.line.receive(self.buffer)
        if messages is None:
            self._monitor_is_gone()
            return
        for kind, number in messages:
            if kind == link.PID:
                self.command = number
                self._listen()
            elif kind == link.ENDED:
                self.status = number
            elif kind == link.STOPPED:
                self.stopped, self.halted = number, True
            elif kind in (link.KEY, link.LETHAL):
                (self.ahead if kind == link.KEY else self.lethal).append(number)
            elif kind == link.DONE:
                self.asked = False
            elif kind == link.CONTINUED:
                self.stopped, self.halted = 0, False
                self._listen()

    def _monitor_is_gone(self) -> None:
        if self.status is None:
            from creds_shell.process.failure import FilterError

            raise FilterError("the monitor died, the command was hung up")
        self.poller.forget(self.line.reading)
        self.asked = False

    def _on_stopped(self) -> None:
        """The command stopped: it wants the terminal and may have it, or we stop the same way."""
        number, self.stopped = self.stopped, 0
        if number in _WANTS_TERMINAL and not self.fore and self.outer.foreground():
            self._resume(want=True)
            return
        self.keyboard.stop()
        if self.outer.takes_keys():
            self._collect_keys()
        else:
            relay.drain(self.poller, self.streams, relay.STUCK)
        relay.show_held(self.poller, self.streams)  # before the shell's words
        if self.status is not None or self.stopped:
            return
        self._give_terminal_back()
        if number != SIGSTOP:
            # The terminal stops the whole group: a calling script and the rest of the pipeline, too. Our own copy
            # stays pending until suspend().
            posix.killpg(posix.getpgrp(), number)
        while number:
            suspend(number)
            number = self._awake(number)
        self._resume(want=self.fore)

    def _awake(self, number: int) -> int:
        """Serve what came while we were stopped by `number`; returns what stops us again, 0 if nothing does.

        That came after the SIGCONT, which would have taken it back, and before the command went on (signal(7)).
        """
        if self.witness is not None:
            self.witness.wake()
            self.witness.heard(number, posix.getpid())  # that was ours
        again = 0
        for event in self.signals.take():
            if event[0] in STOPPING:
                again = event[0]
            elif event[0] != SIGCONT:
                self._on_event(*event)
        return again

    def _resume(self, *, want: bool) -> None:
        """Go on after a stop: in the foreground with the keyboard, if that is wanted, else in the background."""
        self.outer.resize(self.master)
        self.fore = self.outer.foreground() and (want or self.plan.raw == "now")
        if self.fore:
            self._take_keyboard()
            self._listen()
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
            if sent or not self.fore:  # the kernel tells the inner foreground group, of a new size
                self._pass_on(number, sender, sent)
        elif number == SIGCONT:
            self._on_continued()
        elif self.status is not None and relay.end_by(number, self.streams):
            self.status = -number
        else:
            self._pass_on(number, sender, sent)

    def _pass_on(self, number: int, sender: int, sent: bool | None) -> None:
        at_once = not sent and not self.fore and number in (SIGINT, SIGQUIT) and self._interrupt(number)
        # The witness is asked in any case: it forgets what it was asked for.
        to_all = self.witness is not None and self.witness.heard(number, sender)
        if at_once:
            return
        if not sent:
            if number in (*BY_KEY, SIGHUP):
                self.line.send(link.GROUP, number)
            elif number not in _WANTS_TERMINAL:
                self.line.send(link.SIGNAL, number)
        elif sender != posix.getpid() and not descends(sender, self.monitor.pid):
            self.line.send(link.ALL if to_all else link.SIGNAL, number)

    def _interrupt(self, number: int) -> bool:
        """At once: the same key ends whoever feeds the command, and their end is not to be taken for that of the input."""
        if not self.command:
            return False
        from creds_shell.process.late import is_ending, lethal

        # A command that handles it may end by that, and has a status of its own.
        deadly = is_ending(self.command) or lethal(self.command, (number,))
        try:
            posix.killpg(self.command, number)
        except OSError:  # it has ended, or it is another user's
            self.late = number
            return False
        if deadly and is_ending(self.command):
            self.late = number
        return True

    def _on_lasting(self) -> None:
        """The command has not just begun any more; the witness, a process more, is called if it runs on."""
        if not self.armed:
            relay.arm(self.streams)
            self.armed, self.signals.due = True, monotonic() + LASTING
        elif self.status is None:
            self._let_death_be_heard()
            if self.job.server is None:  # the jobs of a shell have groups of their own
                from creds_shell.process.witness import call

                self.witness = call()

    def _let_death_be_heard(self) -> None:
        if self.begun.shared < 0:
            return
        try:
            from creds_shell.process import robust

            self.mutexes = robust.hold(self.begun.shared)
        except (ImportError, OSError):  # the monitor sees the end of the line, a little later
            return
        for waiter in range(len(self.mutexes)):
            self.line.send(link.HELD, waiter)

    def _dismiss_witness(self) -> None:
        """Before a relay stays behind, which must not keep it."""
        if self.witness is not None:
            self.witness.dismiss()
            self.witness = None

    def _on_continued(self) -> None:
        """Not while keys are collected, or after that: those read from then on would be nobody's."""
        if not self.asked and self.status is None:
            self.keyboard.stop()
            self._resume(want=self.fore)

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
