"""Keys come to whom they would come to bare, once, whenever they are typed: before the command, after it, between."""

import os
import signal
import termios
from pathlib import Path

import pytest

from .conftest import Both, Terminal, eventually, kill
from .proc import state


def test_keys_reach_the_command_and_are_echoed(both: Both) -> None:
    """A line is typed, edited and ended."""

    def scenario(terminal: Terminal) -> str:
        terminal.line("w sh -c 'echo up; cat'")
        terminal.see("\nup\r\n")
        terminal.keys("helo\x7flo\r")
        terminal.control("d")
        return terminal.prompt().text

    bare, wrapped = both(scenario)
    assert wrapped == bare


def test_keys_typed_before_the_wrapper_is_up_are_shown_once(both: Both) -> None:
    """The terminal has echoed them already."""

    def scenario(terminal: Terminal) -> str:
        terminal.run("rm -f f; mkfifo f")
        terminal.line("sh -c 'echo ho\"\"ld; read x <f; exec $W cat'")
        terminal.see("hold\r\n")
        terminal.keys("early\rla")
        terminal.see("early\r\nla")
        (terminal.cwd / "f").write_text("go\n")
        shown = terminal.see("early\r\n")
        terminal.keys("te\r")
        shown += terminal.see("\nlate\r\n")
        terminal.control("d")
        return shown + terminal.prompt().text

    bare, wrapped = both(scenario)
    assert wrapped == bare


def test_keys_typed_before_the_command_wants_the_keyboard_are_shown_once(both: Both) -> None:
    """Where it is taken late, because stdin is a pipe: until then the terminal echoes them by itself."""

    def scenario(terminal: Terminal) -> str:
        (terminal.cwd / "s").write_text('echo up; read x <f; read y </dev/tty; echo "got $y"')
        terminal.run("rm -f f; mkfifo f")
        terminal.line("echo x | w sh ./s")
        terminal.see("\nup\r\n")
        terminal.keys("early\r")
        terminal.see("early")
        (terminal.cwd / "f").write_text("go\n")
        return terminal.prompt().text

    bare, wrapped = both(scenario)
    assert wrapped == bare == "\r\ngot early\r\n"


def _may_push_keys_back() -> bool:
    switch = Path("/proc/sys/dev/tty/legacy_tiocsti")
    return not switch.exists() or switch.read_text().strip() == "1"


PUSHES_BACK = pytest.mark.skipif(
    not _may_push_keys_back(), reason="this kernel forbids TIOCSTI (dev.tty.legacy_tiocsti = 0)"
)


@PUSHES_BACK
def test_keys_typed_ahead_are_the_shells_next_line(both: Both) -> None:
    """A command that reads nothing leaves them to the shell."""

    def scenario(terminal: Terminal) -> list[str]:
        terminal.run("rm -f f; mkfifo f")
        terminal.line("w sh -c 'echo up; read x <f'")
        terminal.see("\nup\r\n")
        terminal.keys("echo ah''ead\recho beg")
        terminal.see("beg")
        (terminal.cwd / "f").write_text("go\n")
        shown = [terminal.prompt().text[-5:], terminal.prompt().text.splitlines()[-1]]
        terminal.keys("''un\r")
        return [*shown, terminal.prompt().text.splitlines()[-1]]

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert wrapped[1:] == ["ahead", "begun"]


@PUSHES_BACK
def test_keys_typed_while_the_wrapper_learns_of_the_end_are_the_callers(terminal: Terminal) -> None:
    """They come to the wrapper together with the news: it hands them to a terminal that nobody reads any more."""
    command, monitor, front = _start_in_script(terminal)
    kill(front, signal.SIGSTOP)
    eventually(lambda: state(front) == "T", "the wrapper is held")
    (terminal.cwd / "f").write_text("go\n")
    eventually(lambda: not state(command) and state(monitor) == "S", "the monitor has seen the end")
    terminal.keys("late\r")
    kill(front, signal.SIGCONT)
    terminal.see("<late>\r\n")


@PUSHES_BACK
def test_keys_typed_before_the_terminal_is_given_back_are_a_line(terminal: Terminal) -> None:
    """The terminal is still raw, because the last output cannot be shown yet; the caller reads lines."""
    command, monitor, front = _start_in_script(terminal)
    screen = os.open(os.readlink(f"/proc/{terminal.child.pid}/fd/0"), os.O_RDWR | os.O_NOCTTY)
    termios.tcflow(screen, termios.TCOOFF)
    (terminal.cwd / "f").write_text("go\n")
    eventually(lambda: not state(command), "the command has ended")
    eventually(lambda: state(monitor) + state(front) + state(monitor) == "SSS", "all is said between them")
    terminal.keys("late\r")
    termios.tcflow(screen, termios.TCOON)
    os.close(screen)
    terminal.see("end\r\n.*<late>\r\n")


@PUSHES_BACK
def test_a_line_begun_while_the_command_ran_can_be_edited_on(both: Both) -> None:
    """By a caller that leaves the editing to the terminal."""

    def scenario(terminal: Terminal) -> str:
        (terminal.cwd / "s").write_text("$W sh -c 'echo up; read x <f'; echo over; read -r y; echo \"<$y>\"")
        terminal.run("rm -f f; mkfifo f")
        terminal.line("sh ./s")
        terminal.see("\nup\r\n")
        terminal.keys("lost")
        terminal.see("lost")
        (terminal.cwd / "f").write_text("go\n")
        terminal.see("over\r\n")
        terminal.keys("\x15kept\r")
        return terminal.prompt().text

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert "<kept>" in wrapped


def test_a_monitor_that_dies_with_the_news_of_the_end_leaves_nobody_waiting(terminal: Terminal) -> None:
    """The command's stop, its end and the monitor's come to the wrapper at once."""
    command, monitor, front = _start_in_script(terminal)
    kill(front, signal.SIGSTOP)
    eventually(lambda: state(front) == "T", "the wrapper is held")
    kill(command, signal.SIGTSTP)
    eventually(lambda: state(command) == "T" and state(monitor) == "S", "the monitor has seen the stop")
    kill(command, signal.SIGKILL)
    eventually(lambda: not state(command) and state(monitor) == "S", "the monitor has seen the end")
    kill(monitor, signal.SIGKILL)
    kill(front, signal.SIGCONT)
    eventually(lambda: not state(front), "the wrapper ends")
    terminal.keys("late\r")
    terminal.see("<late>\r\n")


def _start_in_script(terminal: Terminal) -> tuple[int, int, int]:
    """(command, monitor, front) of a wrapped command in a script that reads a line after it."""
    (terminal.cwd / "s").write_text(
        "$W sh -c 'echo $$ $PPID >pid; read x <f; echo end'; read -r y; echo \"<$y>\""
    )
    terminal.run("rm -f f; mkfifo f")
    terminal.line("sh ./s")
    file = terminal.cwd / "pid"
    command, monitor = eventually(lambda: file.exists() and file.read_text().split(), "the command runs")
    stat = Path(f"/proc/{monitor}/stat").read_text().rpartition(")")[2].split()
    return int(command), int(monitor), int(stat[1])


@PUSHES_BACK
def test_keys_typed_after_a_stop_key_are_the_shells(both: Both) -> None:
    """In one burst: the command is stopped by the first, the rest is not its own any more."""

    def scenario(terminal: Terminal) -> list[str]:
        terminal.run("rm -f f; mkfifo f")
        terminal.line("w sh -c 'echo up; read x <f'")
        terminal.see("\nup\r\n")
        terminal.keys("\x1aecho sh''ell\r")
        terminal.prompt()
        shown = [terminal.prompt().text.splitlines()[-1]]
        terminal.line("kill %1")
        return shown

    bare, wrapped = both(scenario)
    assert wrapped == bare == ["shell"]


def test_a_command_that_leaves_a_reader_of_the_keyboard_behind_ends(both: Both) -> None:
    """The descendant waits in read(2) on the terminal; the command's end is not held up by it."""

    def scenario(terminal: Terminal) -> int:
        (terminal.cwd / "s").write_text("trap '' HUP; cat </dev/tty & sleep 0.2; echo left; exit 6\n")
        terminal.line("w bash -m ./s")
        terminal.see("left\r\n")
        return terminal.prompt().status

    bare, wrapped = both(scenario)
    assert wrapped == bare == 6


def test_a_reader_that_is_left_behind_in_the_commands_group_holds_nothing_up(terminal: Terminal) -> None:
    """Killed from outside while its child reads the keyboard."""
    terminal.line("w bash -c 'echo $$ >pid; cat; true'")
    terminal.see("true'.*\r\n")
    terminal.keys("first\r")
    terminal.see("first\r\nfirst\r\n")
    pid = terminal.cwd / "pid"
    kill(int(eventually(lambda: pid.exists() and pid.read_text().strip(), "the command runs")))
    assert terminal.prompt().status == 137
