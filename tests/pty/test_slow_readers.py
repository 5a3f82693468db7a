"""A reader that takes nothing for a while: the wrapped command stops and dies meanwhile like the bare one."""

import signal
import subprocess
import termios
import time
from pathlib import Path
from typing import Any

import pytest

from .conftest import Both, Terminal, eventually


def test_a_command_whose_reader_takes_nothing_stops_by_a_key_and_goes_on(both: Both) -> None:
    """What the reader has not taken is kept for later, not waited for: it has stopped, too."""

    def scenario(terminal: Terminal) -> str:
        (terminal.cwd / "pid").unlink(missing_ok=True)
        terminal.line("w sh -c 'echo $$ >pid; exec yes' | (read go </dev/tty; head -c 4)")
        writer = eventually(lambda: _number(terminal.cwd / "pid"), "the command started")
        eventually(lambda: _is_blocked(writer), "the writer is blocked")
        terminal.control("z")
        terminal.stopped()
        terminal.line("fg")
        terminal.see("head -c 4")
        terminal.keys("go\r")
        return terminal.prompt().text.rpartition("go\r\n")[2]

    bare, wrapped = both(scenario)
    assert wrapped == bare == "y\r\ny\r\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_what_still_waits_for_its_reader(home: Any, wrap: str, number: signal.Signals) -> None:
    """The command is over, its output is not: bare it would be writing, and die."""
    command = [*wrap.split(), "sh", "-c", "echo $$ >pid; exec head -c 300000 /dev/zero"]
    with subprocess.Popen(command, env=home.env, cwd=home.path, stdout=subprocess.PIPE) as run:
        pid = eventually(lambda: _number(Path(home.path) / "pid"), "the command started")
        eventually(lambda: not Path(f"/proc/{pid}").exists(), "the command is over")
        assert run.poll() is None
        run.send_signal(number)
        assert run.wait(30) == -number


def test_a_command_that_a_signal_ends_waits_for_no_reader(home: Any, wrap: str) -> None:
    """Its status comes at once, and all that it had written comes when the reader wants it."""
    command = [*wrap.split(), "sh", "-c", "echo $$ >pid; exec yes"]
    with subprocess.Popen(command, env=home.env, cwd=home.path, stdout=subprocess.PIPE) as run:
        writer = eventually(lambda: _number(Path(home.path) / "pid"), "the command started")
        eventually(lambda: _is_blocked(writer), "the writer is blocked")
        written = _written(writer)
        run.terminate()
        assert run.wait(30) == -signal.SIGTERM
        assert run.stdout
        assert len(run.stdout.read()) >= written - len(f"{writer}\n")


def test_a_key_ends_what_still_waits_for_the_reader_of_its_errors(terminal: Terminal) -> None:
    """The terminal is the caller's again while a pipe beside it is full."""
    terminal.run("mkfifo errors; sleep 1000 <errors &")
    terminal.line("w sh -c 'echo $$ >pid; exec head -c 300000 /dev/zero >&2' 2>errors")
    pid = eventually(lambda: _number(terminal.cwd / "pid"), "the command started")
    eventually(lambda: not Path(f"/proc/{pid}").exists(), "the command is over")
    eventually(lambda: _sends_signals(terminal), "the terminal is given back")
    terminal.control("c")
    assert terminal.prompt().status == 130
    terminal.run("kill %1")


def _number(path: Path) -> int:
    text = path.read_text() if path.exists() else ""
    return int(text) if text.endswith("\n") else 0


def _is_blocked(pid: int) -> bool:
    before = _written(pid)
    time.sleep(0.2)
    return before > 0 and _written(pid) == before


def _written(pid: int) -> int:
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("wchar")).split()[1])


def _sends_signals(terminal: Terminal) -> bool:
    return bool(termios.tcgetattr(terminal.child.fileno())[3] & termios.ISIG)
