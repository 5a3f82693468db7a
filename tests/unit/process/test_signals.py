"""process/signals.py: nothing that comes while a command is starting is lost, and a longer run is protected."""

import subprocess
import sys

import pytest

START = """\
import os, resource, select, signal
from creds_shell.process.held import Held
from creds_shell.process.signals import Signals
signals = Signals(Held())
child = os.fork()
if child == 0:
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    signal.pause()
fd = signals.open(child)
poll = select.poll()
poll.register(fd, select.POLLIN)
limit = lambda: resource.getrlimit(resource.RLIMIT_CORE)[0]
before = limit()
"""
END = """
os.kill(child, signal.SIGKILL)
os.waitpid(child, 0)
"""
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signalfd is Linux's")


def run(code: str) -> list[str]:
    done = subprocess.run(
        (sys.executable, "-c", START + code + END), capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.split("\n")[:-1]


def test_a_signal_that_came_during_the_start_is_heard_when_the_command_runs_on():
    told = run("""
os.kill(os.getpid(), signal.SIGTERM)
print(poll.poll(0))
signals.settle()
print(len(poll.poll(5000)), signals.take() == [(signal.SIGTERM, os.getpid(), True)], signals.take())
""")
    assert told == ["[]", "1 True []"]


def test_the_end_of_a_short_command_is_heard_at_once_and_before_the_c_library_is_needed():
    told = run("""
os.kill(child, signal.SIGKILL)
os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)
print(len(poll.poll(5000)), signals.take() == [(signal.SIGCHLD, child, False)], limit() == before)
import sys
print("_ctypes" in sys.modules)
""")
    assert told == ["1 True True", "False"]


def test_nothing_to_take_means_that_every_signal_is_heard_from_now_on():
    told = run("""
print(signals.take())
os.kill(os.getpid(), signal.SIGUSR1)
print(len(poll.poll(5000)), signals.take()[0][0] == signal.SIGUSR1)
""")
    assert told == ["[]", "1 True"]


def test_a_run_that_lasts_is_protected():
    told = run("""
signals.settle()
signals.settle()
print(limit(), os.stat(f"/proc/{os.getpid()}/mem").st_uid)
""")
    assert told == ["0 0"]
