"""Programs that a person uses at a terminal: pickers, editors, password prompts, queries; bare and wrapped alike."""

import re
import shutil
from typing import Any

import pytest

from .conftest import SECRET, Both, Terminal, eventually

# What fzf does: the list on stdin, the choice on stdout, keys and drawing on /dev/tty.
PICKER = """
import os, sys, termios, tty
lines = sys.stdin.read().split()
fd = os.open("/dev/tty", os.O_RDWR)
before = termios.tcgetattr(fd)
tty.setraw(fd)
at, more = 0, b""
try:
    os.write(fd, b"\\x1b[?1049h\\x1b[?1000h\\x1b[6n")
    while not more.endswith(b"R"):
        more += os.read(fd, 1)
    os.write(fd, b"\\x1b[2J\\x1b[Hcursor at " + more[1:])
    key = b""
    while key != b"\\r":
        os.write(fd, b"\\r\\n> " + lines[at].encode())
        key = os.read(fd, 1)
        if key == b"\\x1b":
            at += {b"[A": -1, b"[B": 1}[os.read(fd, 2)]
        if key == b"\\x03":
            os.write(fd, b"\\x1b[?1049l")
            sys.exit(130)
finally:
    os.write(fd, b"\\x1b[?1000l\\x1b[?1049l")
    termios.tcsetattr(fd, termios.TCSANOW, before)
print(lines[at])
"""


@pytest.mark.parametrize(
    "line",
    [
        "printf '%s\\n' one two three | w python3 pick.py",
        "x=$(printf '%s\\n' one two three | w python3 pick.py); echo $x",
        "x=$(w sh -c \"printf '%s\\n' one two three | python3 pick.py\"); echo $x",
        "printf '%s\\n' one two three | w python3 pick.py | cat",
    ],
)
def test_a_picker_draws_on_the_terminal_and_prints_the_choice(both: Both, line: str) -> None:
    """In a pipeline and in a command substitution; ^C leaves it."""

    def scenario(terminal: Terminal) -> Any:
        (terminal.cwd / "pick.py").write_text(PICKER)
        before = terminal.run("stty -a").text
        terminal.line(line)
        terminal.see(r"\x1b\[6n")
        terminal.keys("\x1b[7;9R")
        terminal.see(r"cursor at \[7;9R")
        for drawn, keys in (("> one", "\x1b[B"), ("> two", "\x1b[B"), ("> three", "\x1b[A"), ("> two", "")):
            terminal.see(drawn)
            terminal.keys(keys)
        terminal.keys("\r")
        chosen = terminal.prompt()
        terminal.line(line)
        terminal.see(r"\x1b\[6n")
        terminal.keys("\x1b[7;9R")
        terminal.see("> one")
        terminal.keys("\x03")
        left = terminal.prompt()
        assert terminal.run("stty -a").text == before
        return chosen, left

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert wrapped[0].text.endswith("two\r\n")


@pytest.mark.skipif(not shutil.which("fzf"), reason="fzf is not installed")
@pytest.mark.parametrize("options", ["", "--height=5 "])
def test_fzf_picks(both: Both, options: str) -> None:
    """The real one, on the whole screen and below the prompt, where it asks for the cursor's place."""

    def scenario(terminal: Terminal) -> Any:
        before = terminal.run("stty -a").text
        terminal.line(f"x=$(printf '%s\\n' one two three | w fzf {options}--no-mouse); echo \"<$x>\"")
        if options:
            terminal.see(r"\x1b\[6n")
            terminal.keys("\x1b[7;1R")
        terminal.see("3/3")
        terminal.keys("tw")
        terminal.see("1/3")
        terminal.keys("\r")
        chosen = terminal.see("<two>\r\n") and terminal.prompt().status
        assert terminal.run("stty -a").text == before
        return chosen

    bare, wrapped = both(scenario)
    assert wrapped == bare == 0


def test_tostop_stops_a_writer_in_the_background(both: Both) -> None:
    """`stty tostop`: a job in the background may not write to the terminal, from its start or after `bg`."""

    def scenario(terminal: Terminal) -> Any:
        (terminal.cwd / "go").unlink(missing_ok=True)
        terminal.run("stty tostop; w sh -c 'echo at once' &")
        eventually(lambda: "tty output" in terminal.run("jobs -l").text, "it is stopped for tty output")
        terminal.line("fg")
        shown = terminal.prompt().text
        terminal.line("w bash -c 'echo u\"\"p; while [ ! -e go ]; do sleep 0.05; done; echo later'")
        terminal.see("up\r\n")
        terminal.control("z")
        terminal.see("Stopped")
        terminal.prompt()
        terminal.run("bg")
        (terminal.cwd / "go").touch()
        eventually(lambda: "tty output" in terminal.run("jobs -l").text, "it is stopped again")
        terminal.line("fg")
        shown += terminal.prompt().text
        return re.findall("at once\r|later\r", shown)

    bare, wrapped = both(scenario)
    assert wrapped == bare == ["at once\r", "later\r"]


@pytest.mark.parametrize("to", ["", " | cat"])
def test_the_environment_is_the_bare_commands_but_for_the_secrets(both: Both, to: str) -> None:
    """Also `_`, where a shell names the program that it starts."""

    def scenario(terminal: Terminal) -> set[str]:
        own = ("W=", "HOME=", "PWD=", "XDG_", "API_TOKEN=")  # of this test's two terminals
        lines = terminal.run(f"w env{to}").text.splitlines()
        return {line for line in lines if not line.startswith(own)}

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert "_=/usr/bin/env" in wrapped


def test_a_stop_in_a_full_screen_program(both: Both) -> None:
    """^Z in vim gives the shell its terminal; `fg` draws again."""

    def scenario(terminal: Terminal) -> Any:
        before = terminal.run("stty -a").text
        terminal.line("w vim -u NONE -N")
        terminal.see("~")
        (terminal.cwd / "seen").unlink(missing_ok=True)
        terminal.keys(":w! seen\r")
        eventually((terminal.cwd / "seen").exists, "vim reads keys")
        terminal.control("z")
        terminal.see("Stopped")
        terminal.prompt()
        between = terminal.run("stty -a").text
        terminal.line("fg")
        terminal.see("~")
        (terminal.cwd / "seen").unlink()
        terminal.keys(":w! seen\r")
        eventually((terminal.cwd / "seen").exists, "vim reads keys again")
        terminal.keys(":cq 3\r")
        status = terminal.prompt().status
        return status, between == before, terminal.run("stty -a").text == before

    bare, wrapped = both(scenario)
    assert wrapped == bare == (3, True, True)


@pytest.mark.parametrize("keys", ["hidden password\r", "typed ahead and not read"])
def test_keys_that_nobody_echoes_open_no_hold(terminal: Terminal, keys: str) -> None:
    """A password, or what is typed ahead: the output that follows is no echo, whatever its length.

    Of a value that is written half and then waits, four characters may be seen (the idle release), no more.
    """
    ask = "read -r line; " if keys.endswith("\r") else "read -r -N 1 key; "
    program = (
        f'stty -echo -icanon; echo up; {ask}printf "<%.15s" $API_TOKEN; echo reached >f; read -r -t 1 x <>h; '
        'printf "%s>\\n" ${API_TOKEN:15}; stty sane'
    )
    (terminal.cwd / "s").write_text(program)
    terminal.run("mkfifo h")
    terminal.line("w bash ./s")
    terminal.see("\nup\r\n")
    terminal.keys(keys)
    shown = terminal.see(">")
    masked = shown[shown.index("<") + 1 :]
    assert masked.endswith("****")
    assert len(masked) <= 8
    terminal.keys("\r")
    terminal.prompt()


def test_a_typed_beginning_of_a_secret_is_echoed_key_by_key(terminal: Terminal) -> None:
    """Beyond the four characters of the idle release, at once; the complete value is not."""
    terminal.line("w bash -c 'echo u\"\"p; cat >/dev/null'")
    terminal.see("up\r\n")
    for key in SECRET[:-1]:
        terminal.keys(key)
        terminal.child.expect_exact(key)
    terminal.keys(SECRET[-1])
    terminal.see(r"\*\*\*\*")
    terminal.keys("\r")
    terminal.control("d")
    terminal.prompt()


# What tmux does: a server, in a session of its own, sets its client's terminal raw and reads it; no signal stops it.
SERVER = """
import os, termios, tty
before = termios.tcgetattr(1)
if os.fork() == 0:
    os.setsid()
    tty.setraw(1)
    os.write(1, b"key? ")
    os.write(1, b"got %r" % os.read(1, 1))
    termios.tcsetattr(1, termios.TCSANOW, before)
    os._exit(0)
os.wait()
"""


def test_a_server_that_reads_its_clients_terminal_gets_keys(open_terminal: Any, wrap: str) -> None:
    """With --tty=lazy, where the keyboard is taken only when somebody wants it."""
    terminal = open_terminal(prefix=wrap.replace("exec", "exec --tty=lazy"))
    (terminal.cwd / "server.py").write_text(SERVER)
    before = terminal.run("stty -a").text
    terminal.line("w python3 server.py")
    terminal.see(r"\nkey\? ")
    terminal.keys("k")
    terminal.see("got b'k'")
    assert terminal.prompt().status == 0
    assert terminal.run("stty -a").text == before
