"""No key and no signal is lost or doubled while a command on a terminal is being started."""

import sys
import termios
import time

from tests.pty.conftest import PATIENCE, Terminal, eventually

RUN = """\
import posix, signal, sys, time
from creds_shell.process import inner, run, terminal

def held(real):
    def wait(*arguments):
        while not posix.access("go", posix.F_OK):
            time.sleep(0.01)
        return real(*arguments)
    return wait

def interrupted(real=posix.setsid):
    signal.raise_signal(signal.SIGINT)
    real()

if sys.argv[1] == "monitor":
    inner.ioctl = held(inner.ioctl)
elif sys.argv[1] == "front":
    terminal.typed_ahead = held(terminal.typed_ahead)
else:
    posix.setsid = interrupted
run.main(sys.argv[2:])
"""


def _line(terminal: Terminal, how: str, *, seconds: float = PATIENCE) -> str:
    """A line that runs a command that can be interrupted so long, in a run that meets something at its start."""
    (terminal.cwd / "run.py").write_text(RUN)
    options = terminal.wrap.partition(" exec ")[2]
    return f"{sys.executable} run.py {how} {options} sh -c 'sleep 0.2; echo sur\"\"vived'"


def _keys_make_signals(terminal: Terminal) -> bool:
    return bool(termios.tcgetattr(terminal.child.child_fd)[3] & termios.ISIG)


def test_a_key_waits_for_the_commands_terminal(terminal: Terminal) -> None:
    """The keyboard is ours, and the monitor, which a busy machine lets wait, has not yet got the inner terminal."""
    terminal.line(_line(terminal, "monitor"))
    eventually(lambda: not _keys_make_signals(terminal), "the keyboard is taken")
    terminal.control("c")
    time.sleep(0.1)  # a front that does not wait for the command hands the key on by then
    (terminal.cwd / "go").touch()
    shown = terminal.prompt()
    assert (shown.status, "survived" in shown.text) == (130, False)


def test_a_key_between_the_end_of_line_editing_and_its_first_read_stops_the_calling_script_too(
    terminal: Terminal,
) -> None:
    """It is read with what was typed ahead, and no terminal has made a signal of it."""
    (terminal.cwd / "script").write_text(f"{_line(terminal, 'front')}\necho went on\n")
    terminal.line("bash ./script")
    eventually(lambda: not _keys_make_signals(terminal), "the keyboard is taken")
    terminal.control("c")
    (terminal.cwd / "go").touch()
    shown = terminal.prompt()
    assert (shown.status, "went on" in shown.text) == (130, False)


def test_what_comes_to_the_monitor_before_it_has_a_session_is_not_for_the_command(terminal: Terminal) -> None:
    """A fork is still a member of the caller's group: the front gets a signal for that group, too, and passes it on."""
    shown = terminal.run(_line(terminal, "interrupted", seconds=0.2))
    assert (shown.status, shown.text) == (0, "survived\r\n")
