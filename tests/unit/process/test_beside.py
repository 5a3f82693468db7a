"""process/beside.py: a command that ends soon and says nothing needs nobody who moves bytes, every other one does."""

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every command goes the long way")

SCRIPT = """\
import sys
from creds_shell.process import beside, signals
from creds_shell.process.descriptors import standard
from creds_shell.process.plan import plan
from creds_shell.process.run import Job

beside.SHORT = float(sys.argv[1])
job = Job([b"sh", b"-c", sys.argv[2].encode()], {b"PATH": b"/usr/bin:/bin"}, lambda: None)
job.path = b"/bin/sh"
begun = beside.Beside(plan(standard()), job)
answer = (begun.ends_in_silence(), begun.child.status, "creds_shell.process.relay" in sys.modules)
with open(sys.argv[3], "w") as file:
    print(*answer, file=file)
"""
LONG = 30.0  # seconds: no machine is so busy


def outcome(command: str, folder: Path, seconds: float = LONG) -> str:
    """What is decided of a command that had so much time: silent, its status, whether there is somebody to move bytes."""
    words = (sys.executable, "-c", SCRIPT, str(seconds), command, str(folder / "answer"))
    subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=60)
    return (folder / "answer").read_text().strip()


@pytest.mark.parametrize(
    ("command", "status"), [("exit 3", "3"), ("kill -KILL $$", "-9"), ("sleep 0.1", "0")]
)
def test_a_silent_end_is_seen_with_its_status(tmp_path: Path, command: str, status: str) -> None:
    assert outcome(command, tmp_path) == f"True {status} False"


@pytest.mark.parametrize(
    ("command", "seconds"),
    [
        ("echo word", LONG),
        ("echo word >&2", LONG),
        ("sleep 0.1; echo late", LONG),
        ("exec sleep 10", 0.1),
        ("exec >&- 2>&-; exec sleep 10", 0.1),
        ("sleep 1 & exit 0", 0.1),
    ],
)
def test_a_command_that_speaks_or_stays_is_no_silent_one(
    tmp_path: Path, command: str, seconds: float
) -> None:
    """Also one that has closed its output and runs on, and one that leaves a process which could still speak."""
    assert outcome(command, tmp_path, seconds).startswith("False")
