"""Stop, fg, bg and `&`: the shell handles the wrapped command as it handles the bare one."""

import os
import re
import signal
from pathlib import Path

import pytest

from .conftest import SECRET, Both, Terminal, eventually, without_names
from .proc import state, text_of


def typed_after_it_stopped_for_input(terminal: Terminal) -> str:
    """The last line of a job that wanted to read in the background, was brought back and given a word."""
    eventually(lambda: "tty input" in terminal.run("jobs -l").text, "it is stopped for tty input")
    terminal.line("fg")
    terminal.see("fg\r\n.*\r\n")
    terminal.keys("typed\r")
    return terminal.prompt().text.splitlines()[-1]


@pytest.mark.parametrize("to", ["", " | cat", " 2>/dev/null"])
def test_control_z_stops_and_fg_goes_on(both: Both, to: str) -> None:
    """Stopped in `jobs`, its whole tree stopped; fg, keys again; ended as if nothing had been."""

    def scenario(terminal: Terminal) -> list[str]:
        before = terminal.run("stty -a").text
        # bash, because dash starts its children by vfork: a stop signal in that moment stops the child alone
        terminal.line(f"w bash -c 'cat; true'{to}")
        terminal.see("true'.*\r\n")
        terminal.keys("first\r")
        terminal.see("first\r\nfirst\r\n")
        terminal.control("z")
        terminal.stopped()
        assert terminal.run("stty -a").text == before
        shown = [without_names(terminal.run("jobs").text)]
        terminal.line("fg")
        terminal.see("fg\r\n")
        terminal.keys("again\r")
        terminal.see(
            "again\r\nagain\r\n"
        )  # it goes on: a stop that came before its SIGCONT is undone, bare too
        terminal.control("z")
        terminal.stopped()
        terminal.line("fg")
        terminal.see("fg\r\n")
        terminal.control("d")
        shown.append(str(terminal.prompt().status))
        return shown

    bare, wrapped = both(scenario)
    assert wrapped == bare


@pytest.mark.parametrize("line", ["bash ./s", "yes | bash ./s", "(. ./s)"])
def test_control_z_stops_the_calling_script_and_its_pipeline(both: Both, line: str) -> None:
    """The whole job, as bare: the shell has its terminal, and `fg` goes on with all of it."""

    def scenario(terminal: Terminal) -> str:
        (terminal.cwd / "s").write_text("$W bash -c 'echo up; cat; true' </dev/tty\necho after\n")
        terminal.line(line)
        terminal.see("\nup\r\n")
        terminal.keys("first\r")
        terminal.see("first\r\nfirst\r\n")
        terminal.control("z")
        terminal.stopped()
        terminal.line("fg")
        terminal.see("fg\r\n")
        terminal.keys("again\r")
        terminal.see("again\r\nagain\r\n")
        terminal.control("d")
        return terminal.prompt().text

    bare, wrapped = both(scenario)
    assert wrapped == bare


@pytest.mark.parametrize("name", ["STOP", "TSTP", "TTIN", "TTOU"])
def test_a_command_that_stops_itself_waits_for_fg(both: Both, name: str) -> None:
    """Also by the signal of a job that wants the terminal: it has it, so nobody gives it to it."""

    def scenario(terminal: Terminal) -> list[str]:
        shown = terminal.run(f"w sh -c 'kill -{name} $$; echo resumed'; jobs; fg").text
        return re.findall("^.*(Stopped[^$]*?)  |^(resumed)", shown, re.MULTILINE)

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert len(wrapped) == 3


@pytest.mark.parametrize(
    "line",
    [
        "w sh -c 'printf to; kill -TSTP $$'",
        "w sh -c 'printf to >&2; kill -TSTP 0' | cat",
        "w sh -c 'printf to; sleep 2 &'",
    ],
)
def test_last_words_that_begin_a_secret_come_before_those_of_the_shell(both: Both, line: str) -> None:
    """Also of a command that stops, or leaves something behind: less ends with an escape sequence, whose last letter may."""

    def scenario(terminal: Terminal) -> str:
        shown = terminal.run(line).text
        terminal.run("kill %1; wait")
        return without_names(shown).partition("\n")[0]

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert wrapped.strip() == SECRET[:2]


def test_an_end_of_file_typed_before_the_keyboard_is_ours_is_one(both: Both) -> None:
    """While the command starts, and after `fg`. (A ^C or ^Z that early is the calling shell's, bare too.)"""

    def scenario(terminal: Terminal) -> list[int]:
        statuses = []
        for _ in range(5):
            terminal.line("echo u''p; w cat")
            terminal.see("up\r\n")
            terminal.control("d")
            statuses.append(terminal.prompt().status)
            terminal.line("w bash -c 'echo u\"\"p; cat; true'")
            terminal.see("up\r\n")
            terminal.control("z")
            terminal.see("Stopped")
            terminal.prompt()
            terminal.line("echo u''p; fg")
            terminal.see("up\r\n")
            terminal.control("d")
            statuses.append(terminal.prompt().status)
        return statuses

    bare, wrapped = both(scenario)
    assert wrapped == bare == [0, 0] * 5


def test_bg_goes_on_without_the_keyboard(both: Both) -> None:
    """Stopped, continued in the background, stopped when it wants the keyboard, brought back."""

    def scenario(terminal: Terminal) -> str:
        terminal.line(
            "w bash -c 'echo up; while [ ! -e go ]; do sleep 0.05; done; echo going; read x; echo got $x'"
        )
        terminal.see("\nup\r\n")
        terminal.control("z")
        terminal.see("Stopped")
        terminal.prompt()
        terminal.run("bg")
        terminal.run("touch go")
        eventually(lambda: "going\r\n" in terminal.run("").text + terminal.everything(), "it goes on")
        return typed_after_it_stopped_for_input(terminal)

    bare, wrapped = both(scenario)
    assert wrapped == bare == "got typed"


def test_an_ampersand_job_may_write_and_stops_when_it_reads(both: Both) -> None:
    """As job control of a terminal without tostop."""

    def scenario(terminal: Terminal) -> str:
        terminal.line("w bash -c 'echo written; read x; echo got $x' &")
        terminal.see("written\r\n")
        return typed_after_it_stopped_for_input(terminal)

    bare, wrapped = both(scenario)
    assert wrapped == bare == "got typed"


def test_fg_of_a_running_background_job_gives_it_the_keyboard(both: Both) -> None:
    """Never stopped, only moved."""

    def scenario(terminal: Terminal) -> str:
        terminal.run("w bash -c 'while [ ! -e go ]; do sleep 0.05; done; read x; echo got $x' &")
        terminal.line("fg")
        terminal.see("fg\r\n.*\r\n")
        Path(terminal.cwd / "go").touch()
        terminal.keys("typed\r")
        shown = terminal.prompt().text.splitlines()[-1]
        Path(terminal.cwd / "go").unlink()
        return shown

    bare, wrapped = both(scenario)
    assert wrapped == bare == "got typed"


def test_a_stopped_wrapper_is_continued_by_kill(both: Both) -> None:
    """SIGTSTP and SIGCONT from another terminal."""

    def scenario(terminal: Terminal) -> str:
        for name in ("pid", "up", "go"):
            (terminal.cwd / name).unlink(missing_ok=True)
        (terminal.cwd / "s").write_text("echo up >up; while [ ! -e go ]; do sleep 0.05; done; echo end\n")
        terminal.line("w bash ./s & echo $! >pid")
        eventually(lambda: text_of(terminal.cwd / "up"), "it runs")
        pid = int(eventually(lambda: text_of(terminal.cwd / "pid"), "the pid is known"))
        os.kill(pid, signal.SIGTSTP)
        eventually(lambda: state(pid) == "T", "it stopped")
        os.kill(pid, signal.SIGCONT)
        eventually(lambda: state(pid) != "T", "it goes on")
        Path(terminal.cwd / "go").touch()
        terminal.see("end\r\n")
        terminal.line("wait")
        terminal.prompt()
        return "ended"

    bare, wrapped = both(scenario)
    assert wrapped == bare
