"""process/relay.py: what stays behind for a command's background processes is protected as the run itself."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/proc is Linux's")

SCRIPT = """\
import os, resource, time
from creds_shell.process import relay
from creds_shell.process.poller import Poller
from creds_shell.process.sink import Sink

resource.setrlimit(resource.RLIMIT_CORE, (1, resource.getrlimit(resource.RLIMIT_CORE)[1]))
source, command = os.pipe()
shown, out = os.pipe()
poller = Poller()
stream = relay.Stream(poller, source, Sink(out, "pipe"), lambda _terminal: None, timed=False)
assert relay.stay_behind(poller, [stream], os.open("/dev/null", os.O_RDONLY))
(behind,) = open(f"/proc/self/task/{os.getpid()}/children").read().split()
limits = lambda: open(f"/proc/{behind}/limits").read()
until = time.monotonic() + 30
while "Max core file size        0 " not in limits() and time.monotonic() < until:
    time.sleep(0.01)
print("Max core file size        0 " in limits())
os.kill(int(behind), 9)
"""


def test_what_stays_behind_leaves_no_core() -> None:
    """A command can be over before its run was protected, and leave something in the background."""
    done = subprocess.run(
        (sys.executable, "-c", SCRIPT), capture_output=True, text=True, check=False, timeout=60
    )
    assert (done.stdout.split(), done.stderr) == (["True"], "")
