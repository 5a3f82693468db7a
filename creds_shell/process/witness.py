"""A second member of our process group, which tells what was sent to the whole group from what was sent to us.

The command shares our group (mode P), so `kill -TERM -GROUP` reaches it by itself and passing the signal on would
make it two; `kill -TERM PID` reaches us alone. The signal is the same in both cases (sigaction(2) has the sender and
nothing about the target), and senders do both. The witness is nobody's target: what is pending there came to all.
"""

import posix
from _signal import SIGKILL, sigtimedwait
from select import POLLIN, poll

_PATIENCE = 1000  # ms; it answers in microseconds, and not at all when somebody has stopped it


class Witness:
    """A forked process that holds nothing but its line to us open, and waits; it ends with us, however we end.

    It is called in when our signals are blocked and our memory is protected: it inherits both. A group's signals
    reach its younger members first, so what has come to us has come there. Linux only, like sigtimedwait(2).
    """

    __slots__ = ("answers", "pid", "questions")

    def __init__(self) -> None:
        asked, self.questions = posix.pipe()
        self.answers, told = posix.pipe()
        try:
            self.pid = posix.fork()
        except OSError:  # no process to spare: then every signal is passed on
            self.pid = -1
        if self.pid == 0:
            _wait(asked, told)
        posix.close(asked)
        posix.close(told)

    def heard(self, number: int) -> bool:
        """Whether a signal that came to us came to it as well; it has forgotten it then."""
        answer = poll()
        answer.register(self.answers, POLLIN)
        try:
            posix.write(self.questions, bytes((number,)))
            return bool(answer.poll(_PATIENCE)) and posix.read(self.answers, 1) == b"y"
        except OSError:  # it is gone
            return False

    def dismiss(self) -> None:
        """Let it end, and be gone before we are."""
        posix.close(self.questions)
        posix.close(self.answers)
        if self.pid > 0:
            posix.kill(self.pid, SIGKILL)  # ours until the next line: nobody else can have its number
            posix.waitpid(self.pid, 0)


def _wait(asked: int, told: int) -> None:
    """Be the witness, until nobody asks any more."""
    try:
        for name in posix.listdir("/proc/self/fd"):
            if int(name) not in (asked, told):
                _close(int(name))
        while question := posix.read(asked, 1):
            posix.write(told, b"n" if sigtimedwait([question[0]], 0) is None else b"y")
    finally:
        posix._exit(0)  # noqa: SLF001 - a copy of the run: none of its cleanup may happen here


def _close(fd: int) -> None:
    try:
        posix.close(fd)
    except OSError:  # the listing's own descriptor, closed by now
        return
