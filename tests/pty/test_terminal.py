"""Mode T: on a terminal the wrapped command looks, reads and draws like the bare one, and shows no secret."""

import os
import re
import signal
import termios
from pathlib import Path
from typing import Any

import pytest

from .conftest import SECRET, Both, Terminal, eventually, kill, processes, unique_sleep, without_names

LOOKS = {
    "all three are terminals": "w sh -c 'test -t 0 && test -t 1 && test -t 2 && echo yes'",
    "window size": "w stty size",
    "terminal settings": "w stty -a",
    "colours": "w ls -d --color=auto /tmp",
    "columns": "w ls /",
    "stderr in its place": "w sh -c 'echo one; echo two >&2; echo three'",
    "stdin from a pipe": "echo in | w sh -c 'test -t 0; echo $?; cat'",
    "stderr into a pipe": "w sh -c 'test -t 2; echo $?; echo e >&2' 2>&1 >/dev/tty | cat",
    "stderr into a file": "w sh -c 'echo out; echo err >&2' 2>err; cat err",
    "descriptors": "w sh -c 'ls /proc/self/fd' 7</dev/null",
    "a descriptor of ours": "w sh -c 'echo seven >&7' 7>seven; cat seven",
    "process substitution": "w cat <(echo substituted)",
    "status": "w sh -c 'exit 7'",
    "long lines": "w printf '%0500d\\n' 1",
    "bytes": "w printf '\\001\\002\\033[1mbold\\033[0m\\tx\\377\\303\\251\\r\\n'",
    "no output": "w true",
    "ours is the foreground": "w sh -c 'ps -o stat= -p $$ | grep -c +'",
    "umask, directory, niceness": "w sh -c 'umask; pwd; nice'",
    "limits": "w sh -c 'ulimit -a'",
}


@pytest.mark.parametrize("name", LOOKS)
def test_it_looks_like_the_bare_command(both: Both, name: str) -> None:
    """The same bytes and the same status."""
    bare, wrapped = both(lambda terminal: terminal.run(LOOKS[name]))
    assert wrapped == bare


def test_the_secret_is_in_the_environment_and_never_on_the_screen(terminal: Terminal) -> None:
    """Raw, encoded, on either stream and through /dev/tty."""
    assert terminal.run("w sh -c 'echo ${#API_TOKEN}'").text == f"{len(SECRET)}\r\n"
    for command in ("echo $API_TOKEN", "echo $API_TOKEN >&2", "echo $API_TOKEN >/dev/tty"):
        assert terminal.run(f"w sh -c '{command}'").text == "****\r\n"
    assert terminal.run("w sh -c 'printf %s $API_TOKEN | base64'").text == "****\r\n"
    assert terminal.run("w sh -c 'echo $API_TOKEN >&5' 5>&1").text == "****\r\n"


def test_a_secret_written_slowly_is_masked(terminal: Terminal) -> None:
    """Letter by letter, with pauses longer than the idle release."""
    program = 'for c in $(echo $API_TOKEN | sed "s/./& /g"); do printf %s $c; sleep 0.06; done; echo'
    shown = terminal.run(f"w bash -c '{program}'").text
    assert SECRET[5:] not in shown
    assert shown.endswith("****\r\n")


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


def test_a_password_prompt_is_shown_at_once_and_hides_the_keys(both: Both) -> None:
    """As ssh and sudo ask: on /dev/tty, without echo, also when stdin is a pipe."""
    ask = 'stty -echo </dev/tty; printf "Password: " >/dev/tty; read -r p </dev/tty; stty echo </dev/tty; echo; echo "<$p>"'

    def scenario(terminal: Terminal) -> list[str]:
        shown = []
        for before in ("", "echo x | "):
            terminal.line(f"{before}w bash -c '{ask}'")
            terminal.see("\r\n.*Password: ")
            terminal.keys("opensesame\r")
            shown.append(terminal.prompt().text)
        return shown

    bare, wrapped = both(scenario)
    assert wrapped == bare == ["\r\n<opensesame>\r\n"] * 2


def test_raw_keys_arrive_byte_for_byte(both: Both) -> None:
    """Bracketed paste, mouse, control keys and 8-bit bytes, to a program that reads raw."""
    keys = "\x1b[200~pa\nste\x1b[201~\x1b[M !!\x1b[<0;3;4M\x03\x1a\x1c\x11\x13\xc3\xa9\x7f\x00q"

    def scenario(terminal: Terminal) -> str:
        count = len(keys.encode())
        terminal.line(
            f"w sh -c 'stty raw -echo; echo go; dd bs=1 count={count} 2>/dev/null | od -An -tx1; stty sane'"
        )
        terminal.see("go\n")
        terminal.keys(keys)
        return re.sub(r"\s+", " ", terminal.prompt().text)

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert keys.encode().hex(" ")[:40] in wrapped


def test_a_terminal_query_is_answered(both: Both) -> None:
    """The program asks where the cursor is and reads the terminal's answer."""

    def scenario(terminal: Terminal) -> str:
        terminal.line(
            'w bash -c \'stty -icanon -echo; printf "\\033[6n"; read -rd R a; stty sane; echo "${a#?}"\''
        )
        terminal.see(r"\r\n\x1b\[6n")
        terminal.keys("\x1b[12;34R")
        return terminal.prompt().text

    bare, wrapped = both(scenario)
    assert wrapped == bare == "[12;34\r\n"


def test_a_resize_reaches_the_command(both: Both) -> None:
    """SIGWINCH and the new size."""

    def scenario(terminal: Terminal) -> str:
        program = 'trap "stty size; exit" WINCH; echo go; while :; do sleep 0.02; done'
        terminal.line(f"w bash -c '{program}'")
        terminal.see("\ngo\r\n")
        terminal.child.setwinsize(33, 222)
        return terminal.prompt().text

    bare, wrapped = both(scenario)
    assert wrapped == bare == "33 222\r\n"


def test_a_siblings_output_does_not_staircase(both: Both) -> None:
    """While the keyboard is raw, another job of the shell still gets its carriage returns."""

    def scenario(terminal: Terminal) -> str:
        fifo = "rm -f f; mkfifo f; { read x <f; echo sibling; echo again; } & sleep 0"
        terminal.run(fifo)
        terminal.line("w sh -c 'echo go >f; echo up; read y; echo end'")
        shown = terminal.see("again\r\n")
        terminal.keys("\r")
        terminal.prompt()
        return shown[shown.index("sibling") :]

    bare, wrapped = both(scenario)
    assert wrapped == bare == "sibling\r\n"


FULL_SCREEN = {
    "less": ("w less -X big", "line 23\r", " jjG", "q"),
    "vim": ("w vim -u NONE -N big", "line 1\\b", "ddihello\x1b", ":q!\r"),
    "top": ("w top", "load average", "", "q"),
    "more from a pipe": ("cat big | w less", "line 1\r", "G", "q"),
}


@pytest.mark.parametrize("name", FULL_SCREEN)
def test_full_screen_programs_run_and_leave_the_terminal_as_it_was(
    both: Both, tmp_path: Path, name: str
) -> None:
    """They draw, take keys, end; the settings are the former ones."""
    (tmp_path / "big").write_text("".join(f"line {n}\n" for n in range(1, 300)))
    command, drawn, keys, end = FULL_SCREEN[name]

    def scenario(terminal: Terminal) -> tuple[str, int]:
        before = terminal.run("stty -a").text
        terminal.line(command)
        terminal.see(drawn)
        terminal.keys(keys)
        terminal.keys(end)
        status = terminal.prompt().status
        assert terminal.run("stty -a").text == before
        return "ended", status

    bare, wrapped = both(scenario)
    assert wrapped == bare


def test_a_file_that_holds_the_secret_is_masked_in_an_editor(terminal: Terminal, tmp_path: Path) -> None:
    """Full-screen drawing goes through the mask too."""
    (tmp_path / "conf").write_text(f"token: {SECRET}\n")
    terminal.line("w vim -u NONE -N conf")
    terminal.see(r"token: \*\*\*\*")
    terminal.see("~")
    terminal.keys(":q!\r")
    terminal.prompt()
    assert SECRET not in terminal.everything()


def test_late_output_of_a_background_descendant_is_masked(both: Both) -> None:
    """The prompt comes back at once; what is written afterwards still goes through the mask."""

    def scenario(terminal: Terminal) -> Any:
        terminal.run("rm -f f; mkfifo f")
        shown = terminal.run("w sh -c '(read x <f; echo \"late ${API_TOKEN:-****}\") & echo now; exit 4'")
        terminal.line("echo go >f")
        terminal.see(r"late \*\*\*\*\r\n")
        return shown

    bare, wrapped = both(scenario)
    assert wrapped == bare


def test_without_a_controlling_terminal_it_runs_the_same(both: Both) -> None:
    """As under setsid, cron or CI."""
    bare, wrapped = both(
        lambda terminal: terminal.run(
            'setsid -w sh -c \'w() { $W "$@"; }; w sh -c "tty; exit 5" </dev/null\''
        )
    )
    assert wrapped == bare
    bare, wrapped = both(
        lambda terminal: terminal.run("setsid -w $W sh -c 'test -t 1 && echo tty; exit 5' </dev/null")
    )
    assert wrapped == bare


def test_job_listings_are_those_of_the_bare_command(both: Both) -> None:
    """`&`, jobs, wait."""

    def scenario(terminal: Terminal) -> list[str]:
        shown = [terminal.run("w sh -c 'exit 3' & wait $!; echo $?").text]
        shown.append(terminal.run("jobs").text)
        return [without_names(text) for text in shown]

    bare, wrapped = both(scenario)
    assert [text.splitlines()[-1:] for text in wrapped] == [text.splitlines()[-1:] for text in bare]


def _may_push_keys_back() -> bool:
    switch = Path("/proc/sys/dev/tty/legacy_tiocsti")
    return not switch.exists() or switch.read_text().strip() == "1"


PUSHES_BACK = pytest.mark.skipif(
    not _may_push_keys_back(), reason="this kernel forbids TIOCSTI (dev.tty.legacy_tiocsti = 0)"
)


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


def test_a_terminal_that_is_raw_already_is_raw_for_the_command(both: Both) -> None:
    """As Node leaves it while it runs a command: all that we turn off for ourselves is off, output processing is on."""

    def scenario(terminal: Terminal) -> str:
        (terminal.cwd / "s").write_text(
            "stty -brkint -icrnl -inpck -istrip -ixon -echo -icanon -iexten -isig min 1 time 0; $W stty -a; stty sane"
        )
        return terminal.run("sh ./s").text

    bare, wrapped = both(scenario)
    assert "-icanon" in bare
    assert wrapped == bare


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
    eventually(lambda: _state(front) == "T", "the wrapper is held")
    (terminal.cwd / "f").write_text("go\n")
    eventually(lambda: not _state(command) and _state(monitor) == "S", "the monitor has seen the end")
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
    eventually(lambda: not _state(command), "the command has ended")
    eventually(lambda: _state(monitor) + _state(front) + _state(monitor) == "SSS", "all is said between them")
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
    eventually(lambda: _state(front) == "T", "the wrapper is held")
    kill(command, signal.SIGTSTP)
    eventually(lambda: _state(command) == "T" and _state(monitor) == "S", "the monitor has seen the stop")
    kill(command, signal.SIGKILL)
    eventually(lambda: not _state(command) and _state(monitor) == "S", "the monitor has seen the end")
    kill(monitor, signal.SIGKILL)
    kill(front, signal.SIGCONT)
    eventually(lambda: not _state(front), "the wrapper ends")
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


def _state(pid: int) -> str:
    """A process's state, as proc(5) has it; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""


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
