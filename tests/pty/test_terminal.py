"""Mode T: on a terminal the wrapped command looks, reads and draws like the bare one, and shows no secret."""

import re
from pathlib import Path
from typing import Any

import pytest

from .conftest import SECRET, Both, Terminal, without_names

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
        terminal.line("w sh -c 'echo go >f; read y; echo end'")
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
