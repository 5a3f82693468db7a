"""One started command and how it ended: an exit status, or minus the signal that killed it."""

import posix
from _signal import SIGKILL


class Child:
    """A process that we wait for. `status` is None while it runs; `stopped` holds the signal that stopped it."""

    __slots__ = ("pid", "status", "stopped")

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
                self.status = posix.waitstatus_to_exitcode(word)
        return changed

    def send(self, number: int, *, group: bool = False) -> None:
        """Send a signal to it (or its group); a process that is gone is no error."""
        if self.status is not None and not group:
            return
        try:
            (posix.killpg if group else posix.kill)(self.pid, number)
        except OSError:
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
