"""^C and ^\\: once to the command, and as bare to the script, the pipeline and the loop that it runs in."""

import os
import re
import signal
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import Both, Terminal, eventually

# No bash: one that forks as the key comes can lose it, also bare.
COUNTS_INTERRUPTS = """
import os, signal, time
came = 0
def count(*_):
    global came
    came += 1
    os.write(1, b"INT %d\\n" % came)
signal.signal(signal.SIGINT, count)
os.write(1, b"up\\n")
while came < 2:
    time.sleep(0.02)
time.sleep(0.2)
print(came)
"""


@pytest.mark.parametrize("to", ["terminal", "pipe"])
def test_control_c_reaches_the_command_once(both: Both, to: str) -> None:
    """One SIGINT each time; the command decides."""

    def scenario(terminal: Terminal) -> list[str]:
        (terminal.cwd / "s").write_text(COUNTS_INTERRUPTS)
        terminal.line("w python3 ./s" + (" | (trap '' INT; cat)" if to == "pipe" else ""))
        terminal.see("\nup\r\n")
        terminal.control("c")
        terminal.see("INT 1\r\n")
        terminal.control("c")
        return re.findall("INT.*|^[0-9]+", terminal.prompt().text, re.MULTILINE)

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert wrapped[-1] == "2"


@pytest.mark.parametrize(
    "line", ["bash ./s", "bash ./s | cat", "bash ./s; echo after", "for i in 1 2; do bash ./s; done"]
)
def test_control_c_stops_the_calling_script(both: Both, line: str) -> None:
    """A script that runs the command ends with it and not after its next line."""

    def scenario(terminal: Terminal) -> Any:
        (terminal.cwd / "s").write_text("echo begin\n$W sh -c 'echo up; exec sleep 100'\necho survived\n")
        terminal.line(line)
        terminal.see("\nup\r\n")
        terminal.control("c")
        shown = terminal.prompt()
        assert "survived" not in shown.text
        return shown.status

    bare, wrapped = both(scenario)
    assert wrapped == bare


def test_control_c_ends_a_reader_whose_writer_it_ends(both: Both) -> None:
    """The end of the input is there before our signal; bare the reader is killed, and a loop ends."""

    def scenario(terminal: Terminal) -> list[int]:
        statuses = []
        for round_ in range(4):
            terminal.line("cat | w tee x")
            terminal.see("x\r\n")
            terminal.keys(f"a{round_}\r")
            terminal.see(f"a{round_}\r\na{round_}\r\n")
            terminal.control("c")
            statuses.append(terminal.prompt().status)
        terminal.line("while :; do cat | w sh -c 'echo r\"\"un; cat; :'; done")
        terminal.see("\nrun\r\n")
        terminal.control("c")
        return [*statuses, terminal.prompt().status]

    bare, wrapped = both(scenario)
    assert wrapped == bare == [130] * 5


def test_control_backslash_quits(both: Both) -> None:
    """SIGQUIT, and the shell says so."""

    def scenario(terminal: Terminal) -> Any:
        terminal.line("ulimit -c 0; w sh -c 'echo up; exec sleep 100'")
        terminal.see("\nup\r\n")
        terminal.keys("\x1c")
        shown = terminal.prompt()
        return "Quit" in shown.text, shown.status

    bare, wrapped = both(scenario)
    assert wrapped == bare == (True, 131)


def _stop_and_interrupt(terminal: Terminal, line: str) -> int:
    """Type a line that says `up` and ends in `cat`, then ^Z, fg and ^C; returns the status."""
    terminal.line(line)
    terminal.see("\nup\r\n")
    terminal.control("z")
    terminal.stopped()
    terminal.line("fg")
    terminal.see("cat\r\n")
    terminal.control("c")
    return terminal.prompt().status


def test_keys_reach_a_command_that_leads_a_group_of_its_own(both: Both) -> None:
    """timeout(1) makes one, and would bare still lead the job's: ^Z stops it and its child, ^C ends them."""

    line = "w timeout 500 sh -c 'echo up >&2; exec sleep 500' | cat"

    bare, wrapped = both(lambda terminal: _stop_and_interrupt(terminal, line))
    assert wrapped == bare == 130


def test_keys_leave_a_command_alone_that_leads_a_session(both: Both) -> None:
    """setsid(1) would bare lead the job, and fork: ^Z and ^C are for that one, and give the shell its terminal."""

    def scenario(terminal: Terminal) -> Any:
        line = "w setsid -w sh -c 'echo $$ >pid; echo up >&2; exec sleep 500' | cat"
        status = _stop_and_interrupt(terminal, line)
        return status, terminal.run("kill $(cat pid)").status

    bare, wrapped = both(scenario)
    assert wrapped == bare == (130, 0)


def test_an_interrupt_before_the_command_is_there_kills(home: Any, tmp_path: Path) -> None:
    """With no words of ours: a calling script goes on after an exit with 130 and ends after a death by SIGINT."""
    os.mkfifo(tmp_path / "slow")
    child = subprocess.Popen(
        ["creds", "exec", "--env-file", str(tmp_path / "slow"), "--", "true"],
        env=home.env, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    writing = eventually(lambda: _writer_of(tmp_path / "slow"), "it reads the file")
    child.send_signal(signal.SIGINT)
    assert child.communicate() == (None, b"")
    assert child.returncode == -signal.SIGINT
    os.close(writing)


def _writer_of(fifo: Path) -> int | None:
    try:
        return os.open(fifo, os.O_WRONLY | os.O_NONBLOCK)
    except OSError:  # ENXIO: nobody reads it yet
        return None
