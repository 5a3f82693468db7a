"""A second member of our process group, which tells what was sent to the whole group from what was sent to us.

Where the command shares our group (mode P), `kill -TERM -GROUP` reaches it by itself and passing the signal on would
make it two; where it has a group of its own (mode T), all of that one must get what came to all of ours (timeout(1)
and a shell's `kill %1` do it), or the command's children are left. `kill -TERM PID` reaches us alone. The signal is
the same in both cases (sigaction(2) has the sender and nothing about the target), and senders do both. The witness is
nobody's target: what is pending there came to all.
"""

import posix
import sys
from _signal import SIGCONT, SIGKILL, sigtimedwait
from select import POLLIN, poll

from creds_shell.process import native

_NAME = b"signal-witness"  # without ours: `pkill -f creds` means us, and would be heard here
_PATIENCE = 1000  # ms; it answers in microseconds, and not at all when somebody has stopped it
_PID = 4  # bytes of an answer: the sender's pid, _NOBODY when nothing has come
_NOBODY = -1


def call() -> "Witness | None":
    """A witness, where there can be one."""
    if sys.platform != "linux":
        return None
    try:
        return Witness()
    except OSError:
        return None


class Witness:
    """A forked process that holds nothing but its line to us open, and waits; it ends with us, however we end.

    It is called in when our signals are blocked and our memory is protected: it inherits both. A group's signals
    reach its younger members first, so what has come to us has come there. Linux only, like sigtimedwait(2).

    Raises:
        OSError: no process or descriptor to spare.
    """

    __slots__ = ("answers", "pid", "questions")

    def __init__(self) -> None:
        asked, self.questions = posix.pipe()
        self.answers, told = posix.pipe()
        self.pid = posix.fork()
        if self.pid == 0:
            _wait(asked, told)
        posix.close(asked)
        posix.close(told)

    def heard(self, number: int, sender: int) -> bool:
        """Whether a signal that came to us from `sender` came from it to the witness as well; it has forgotten it then."""
        if self.questions < 0:
            return False
        answer = poll()
        answer.register(self.answers, POLLIN)
        try:
            posix.write(self.questions, bytes((number,)))
            if answer.poll(_PATIENCE):
                return _number(posix.read(self.answers, _PID)) == sender
        except OSError:  # it is gone
            return False
        self.dismiss()  # a late answer would be taken for that to the next question
        return False

    def wake(self) -> None:
        """Let it go on, when the whole group was stopped and we alone are continued."""
        if self.questions >= 0:
            posix.kill(self.pid, SIGCONT)

    def dismiss(self) -> None:
        """Let it end, and be gone before we are; from then on it has heard nothing."""
        if self.questions < 0:
            return
        posix.close(self.questions)
        posix.close(self.answers)
        self.questions = self.answers = -1
        posix.kill(self.pid, SIGKILL)  # ours until the next line: nobody else can have its number
        posix.waitpid(self.pid, 0)


def _wait(asked: int, told: int) -> None:
    """Be the witness, until nobody asks any more; where it cannot have a name of its own, there is none."""
    try:
        for name in posix.listdir("/proc/self/fd"):
            if int(name) not in (asked, told):
                _close(int(name))
        if native.rename_self(_NAME):
            while question := posix.read(asked, 1):
                came = sigtimedwait([question[0]], 0)
                posix.write(told, _bytes(_NOBODY if came is None else came.si_pid))
    finally:
        posix._exit(0)  # noqa: SLF001 - a copy of the run: none of its cleanup may happen here


def _bytes(pid: int) -> bytes:
    return pid.to_bytes(_PID, "little", signed=True)


def _number(data: bytes) -> int:
    return int.from_bytes(data, "little", signed=True) if data else _NOBODY


def _close(fd: int) -> None:
    try:
        posix.close(fd)
    except OSError:  # the listing's own descriptor, closed by now
        return
