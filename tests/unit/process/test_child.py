"""What is known of a child."""

import os
import signal

from creds_shell.process.child import Child


def test_one_that_was_killed_while_it_was_stopped_is_not_stopped_any_more() -> None:
    """Or we would stop for it: it can end while what it wrote before is shown."""
    pid = os.fork()
    if pid == 0:
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(1)
    os.waitid(os.P_PID, pid, os.WSTOPPED | os.WNOWAIT)
    child = Child(pid)
    assert child.poll()
    assert (child.status, child.stopped) == (None, signal.SIGSTOP)
    child.send(signal.SIGKILL)
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    assert child.poll()
    assert (child.status, child.stopped) == (-signal.SIGKILL, 0)
