"""Two runs at once on one terminal: each finds it as its caller left it, and so does whoever comes after both."""

import termios
from typing import Any

import pytest

from .conftest import Both, Terminal, eventually, processes, unique_sleep


@pytest.mark.parametrize("order", ["fh", "hf"])
def test_two_runs_at_once_leave_the_terminal_as_it_was(both: Both, order: str) -> None:
    """Whoever ends first, and the second one does not find the keyboard as the first one has taken it."""

    def scenario(terminal: Terminal) -> Any:
        before = terminal.run("stty -a; rm -f f g h; mkfifo f g h").text
        mark = unique_sleep()
        (terminal.cwd / "s").write_text(
            f"exec 3<&0\n$W sh -c 'echo up; read x <f; : {mark}' <&3 & read x <g\n"
            f"$W sh -c 'stty -a; echo second; read x <h; : {mark}'\nwait\n"
        )
        terminal.line("bash ./s")
        terminal.see("up\r\n")
        if terminal.wrapped:
            eventually(
                lambda: not termios.tcgetattr(terminal.child.child_fd)[3] & termios.ICANON, "it is taken"
            )
        (terminal.cwd / "g").write_text("go\n")
        inner = terminal.see("second\r\n")
        for fifo in order:
            (terminal.cwd / fifo).write_text("go\n")
            eventually(lambda: not processes(f"{fifo}; : {mark}"), "it ended")  # noqa: B023
        terminal.prompt()
        return inner == before, terminal.run("stty -a").text == before

    bare, wrapped = both(scenario)
    assert wrapped == bare == (True, True)


def test_a_second_run_has_the_settings_of_the_first_ones_caller(both: Both) -> None:
    """As soon as the first one is over, which has kept them, and the second one comes to the keyboard."""

    def scenario(terminal: Terminal) -> str:
        terminal.run("stty intr ^X; rm -f f g h; mkfifo f g h")
        mark = unique_sleep()
        (terminal.cwd / "s").write_text(
            f"exec 3<&0\n$W sh -c 'echo up; read x <f; : {mark}' <&3 & read x <g\n"
            "$W sh -c 'echo second; read x <h; read y; stty -a'\nwait\n"
        )
        terminal.line("bash ./s")
        terminal.see("up\r\n")
        if terminal.wrapped:
            eventually(
                lambda: not termios.tcgetattr(terminal.child.child_fd)[3] & termios.ICANON, "it is taken"
            )
        (terminal.cwd / "g").write_text("go\n")
        terminal.see("second\r\n")
        (terminal.cwd / "f").write_text("go\n")
        eventually(lambda: not processes(f"f; : {mark}"), "it ended")
        (terminal.cwd / "h").write_text("go\n")
        terminal.keys("read\r")
        return terminal.prompt().text

    bare, wrapped = both(scenario)
    assert "intr = ^X" in bare
    assert wrapped.split() == bare.split()
