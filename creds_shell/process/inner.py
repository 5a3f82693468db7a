"""The start of mode T: the inner terminal, the monitor in its session, and by it the command.

Nothing is loaded here but what that needs: everything else is, on both sides, while the command starts.
"""

import posix
import sys
import termios
from _signal import SIG_DFL, SIG_SETMASK, pthread_sigmask, signal, sigpending, sigwait
from fcntl import ioctl

from creds_shell import load_modules
from creds_shell.process import MONITOR, descriptors, link, terminal
from creds_shell.process.held import Held
from creds_shell.process.outer import Outer
from creds_shell.process.spawn import lost_signals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from creds_shell.process.failure import FilterError
    from creds_shell.process.plan import Channel, Plan
    from creds_shell.process.run import Job
    from creds_shell.process.terminal import Settings

_ENOEXEC, _EACCES = 8, 13
_PAGE = 4096
_NAMELESS = 0o20000000 | posix.O_DIRECTORY | posix.O_RDWR | posix.O_CLOEXEC  # O_TMPFILE, open(2)
TIOCSCTTY = termios.TIOCSCTTY


class Inside:
    """What the command is started with, all made by the front before it forked.

    Attributes:
        path, argv, environ: for execve.
        wiring: the command's descriptor → the one that becomes it.
        slave: the inner terminal.
        theirs: descriptors that belong to the command alone.
        mask, reset: the signal mask that it gets, and the signals that it must not find ignored.
        fore: it starts in the foreground of the inner terminal.
        line: our end of the line to the front; `failed`: where the errno of a failed start is written.
        outer: the outer terminal, -1 without one; `saved`: its settings to give back.
        shared: memory of the front and its monitor, -1 where there is none.
        announce: tells a shell's environment about its live session, or None.
    """

    __slots__ = (
        "announce",
        "argv", "environ", "failed", "fore", "line", "mask", "outer", "path",
        "reset", "saved", "shared", "slave", "theirs",
        "wiring",
    )  # fmt: skip

    path: bytes
    argv: list[bytes]
    environ: dict[bytes, bytes]
    wiring: dict[int, int]
    slave: int
    theirs: list[int]
    mask: "set[int]"
    reset: list[int]
    fore: bool
    line: link.Line
    failed: int
    outer: int
    saved: "Settings | None"
    shared: int
    announce: "Callable[[dict[bytes, bytes]], None] | None"


class Inner:
    """What the front has of a started command.

    Attributes:
        outer, held: the terminal that we were called in, and the signals held back since before the start.
        master, ends: the inner terminal, and (channel, our end, the command's end, closed) of each.
        line, failed: to the monitor, and where the errno of a failed start comes from.
        monitor: its pid.
        theirs: descriptors that belong to the command alone.
        fore: the command's group has the inner terminal.
        place: a shell's (st_dev, st_rdev) of the inner terminal.
        shared: memory of the front and its monitor, -1 where there is none.
    """

    __slots__ = (
        "ends", "failed", "fore", "held", "line", "master", "monitor", "outer", "place", "shared", "theirs",
    )  # fmt: skip

    ends: "list[tuple[Channel, int, int]]"
    failed: int
    fore: bool
    line: link.Line
    master: int
    monitor: int
    outer: Outer
    place: tuple[int, int]
    shared: int
    held: Held
    theirs: list[int]


def start(plan: "Plan", job: "Job") -> Inner:
    """Start the command on a terminal of its own.

    Raises:
        FilterError: there is no terminal for it.
    """
    begun = Inner()
    begun.theirs = descriptors.inherited()
    if job.kill_tree:
        from creds_shell.process import tree

        tree.adopt_orphans()
    try:
        begun.outer = Outer(plan.raw != "never")
        begun.held = Held()
        _fork(begun, plan, job)
    except OSError as error:
        raise no_terminal(error) from None
    return begun


def no_terminal(error: OSError) -> "FilterError":
    """What to say when the inner terminal failed us."""
    from creds_shell.process.failure import FilterError  # late: the errors' classes cost a millisecond

    return FilterError(f"the terminal could not be set up: {posix.strerror(error.errno or 5)}")


def _fork(begun: Inner, plan: "Plan", job: "Job") -> None:
    begun.master, slave = posix.openpty()
    begun.outer.dress(slave, begun.master, _shows_on_terminal(plan))
    begun.line, inner_line = link.pair()
    begun.failed, failed = posix.pipe()
    begun.ends = [(channel, *_open(channel, begun.master, slave)) for channel in plan.channels]
    inside = Inside()
    inside.path, inside.argv, inside.environ = job.path, job.command, job.environ
    inside.wiring = {number: inner for channel, _, inner in begun.ends for number in channel.fds}
    if plan.stdin_slave:
        inside.wiring[0] = slave
    # A copy of our terminal under a higher number (3>&1) would go round the mask.
    inside.wiring.update({fd: slave for fd in begun.theirs if descriptors.inspect(fd).kind == "ours"})
    inside.slave, inside.theirs = slave, begun.theirs
    inside.mask, inside.reset = begun.held.mask, lost_signals()
    begun.fore = inside.fore = plan.raw == "never" or (plan.raw == "now" and begun.outer.free())
    inside.line, inside.failed = inner_line, failed
    inside.outer, inside.saved = begun.outer.fd, begun.outer.saved
    begun.shared = inside.shared = _shared_memory() if begun.outer.fd >= 0 else -1
    inside.announce = _announcer(begun, job, slave)
    begun.monitor = posix.fork()
    if begun.monitor == 0:
        begun.line.close()
        ours = {begun.master, *(our_end for _, our_end, _ in begun.ends)}
        for fd in (begun.failed, *ours):
            posix.close(fd)
        _be_inside(inside, begun.held)
    inner_line.close()
    for fd in {slave, failed, *(inner for _, _, inner in begun.ends)}:
        posix.close(fd)


def _announcer(begun: Inner, job: "Job", slave: int) -> "Callable[[dict[bytes, bytes]], None] | None":
    """What the command's process, which knows its session, adds to a shell's environment."""
    server = job.server
    if server is None:
        return None
    name = posix.ttyname(slave)
    info = posix.fstat(slave)
    front = posix.getpid()
    begun.place = (info.st_dev, info.st_rdev)

    def announce(environ: "dict[bytes, bytes]") -> None:
        server.announce(environ, server.describe(front, begun.place, posix.getsid(0)), name)
        environ[b"__CREDS_SHELL_PID"] = b"%d" % posix.getpid()

    return announce


def _shared_memory() -> int:
    """For robust.py, which is needed when the command turns out to run on; no file has it, nothing is left of it."""
    if sys.platform != "linux":
        return -1
    shared = -1
    try:
        # memfd_create is not in every build of Python.
        shared = posix.open("/dev/shm", _NAMELESS, 0o600)  # noqa: S108 - nothing there has a name
        posix.posix_fallocate(shared, 0, _PAGE)  # on a full one writing to a mapping would kill us
    except OSError:
        if shared >= 0:
            posix.close(shared)
        return -1
    return shared


def _shows_on_terminal(plan: "Plan") -> bool:
    return next(channel.terminal for channel in plan.channels if channel.via == "slave")


def _open(channel: "Channel", master: int, slave: int) -> "tuple[int, int]":
    """(our end, the command's end) of a channel."""
    if channel.via == "slave":
        return master, slave
    return descriptors.grown_pipe() if channel.via == "pipe" else terminal.output_pty(channel.to)


def _be_inside(inside: Inside, held: Held) -> None:
    """Lead the inner session, start the command, be the monitor; never returns."""
    try:
        posix.setsid()
        while came := sigpending():  # for the group that we have left: the front has heard of it, too
            sigwait(came)
        ioctl(inside.slave, TIOCSCTTY, 0)
        pid = posix.fork()
        if pid == 0:
            _command(inside)
        load_modules(MONITOR)
        from creds_shell.process.monitor import Monitor

        Monitor(inside, held, pid).run()
    finally:
        posix._exit(1)  # noqa: SLF001 - a copy of the front: none of its cleanup may run here


def _command(inside: Inside) -> None:
    """Become the command; a failure is reported by its errno."""
    try:
        posix.setpgid(0, 0)
        if inside.fore:
            posix.tcsetpgrp(inside.slave, posix.getpid())  # SIGTTOU is blocked: allowed from the background
        if inside.announce is not None:
            inside.announce(inside.environ)
        for theirs, ours in inside.wiring.items():
            posix.dup2(ours, theirs)
        for number in inside.reset:
            signal(number, SIG_DFL)
        pthread_sigmask(SIG_SETMASK, inside.mask)
        try:
            posix.execve(inside.path, inside.argv, inside.environ)
        except OSError as error:
            if error.errno != _ENOEXEC:
                raise
        posix.execve(b"/bin/sh", [b"/bin/sh", inside.path, *inside.argv[1:]], inside.environ)
    except OSError as error:
        posix.write(inside.failed, b"%d" % (error.errno or _EACCES))
    finally:
        posix._exit(127)  # noqa: SLF001
