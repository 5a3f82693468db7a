"""One started command and how it ended: an exit status, or minus the signal that killed it."""

import posix
import sys
from _signal import SIGHUP, SIGKILL
from fcntl import F_GETFL, F_SETFL, fcntl

_F_SETOWN, _F_SETSIG, _O_ASYNC = 8, 10, 0o20000  # Linux, fcntl(2)


class Child:
    """A process that we wait for. `status` is None while it runs; `stopped` holds the signal that stopped it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.status: int | None = None
        self.stopped = 0

    def poll(self) -> bool:
        """Take note of what happened since; True when anything did."""
        changed = False
        while self.status is None:
            try:
                pid, word = posix.waitpid(self.pid, posix.WNOHANG | posix.WUNTRACED | posix.WCONTINUED)
            except ChildProcessError:  # somebody reaped it: nobody can say how it ended
                self.status = -SIGKILL
                return True
            if pid == 0:
                return changed
            changed = True
            if posix.WIFSTOPPED(word):
                self.stopped = posix.WSTOPSIG(word)
            elif posix.WIFCONTINUED(word):
                self.stopped = 0
            else:
                self.status, self.stopped = posix.waitstatus_to_exitcode(word), 0
        return changed

    def send(self, number: int, *, group: bool = False) -> None:
        """Send a signal to it (or its group); a process that is gone is no error."""
        if self.status is not None and not group:
            return
        try:
            (posix.killpg if group else posix.kill)(self.pid, number)
        except OSError:
            return


def hang_up_with_us(pid: int) -> None:
    """Let the kernel send SIGHUP to `pid` when this process ends, however it ends (Linux; elsewhere without effect).

    A pipe that nobody uses signals its owner when one end is closed while the other one is still open, and the end
    of a process closes both, in whatever order. prctl(2)'s PR_SET_PDEATHSIG would have to be called by the child
    itself: a fork in place of posix_spawn costs 900 page faults, this 10 µs. Both ends stay open until we end.
    """
    if sys.platform != "linux":
        return
    try:
        for end in posix.pipe():
            fcntl(end, _F_SETOWN, pid)
            fcntl(end, _F_SETSIG, SIGHUP)
            fcntl(end, F_SETFL, fcntl(end, F_GETFL) | _O_ASYNC)
    except OSError:  # not allowed to signal it, or gone
        return


def descends(pid: int, ancestor: int) -> bool:
    """Whether `pid` is `ancestor` or a descendant of it (Linux; elsewhere only equality can be told)."""
    for _ in range(64):
        if pid == ancestor:
            return True
        try:
            fd = posix.open(f"/proc/{pid}/stat", posix.O_RDONLY | posix.O_CLOEXEC)
        except OSError:
            return False
        try:
            # pid (name) state ppid …; the name may hold anything, so count from its last parenthesis
            pid = int(posix.read(fd, 4096).rpartition(b")")[2].split()[1])
        finally:
            posix.close(fd)
        if pid <= 1:
            return False
    return False
