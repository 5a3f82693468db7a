"""Stop, continue, interrupt, die: what the terminal and `kill` do to the bare command they do to the wrapped one."""

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from .conftest import PATIENCE, Both, Terminal, eventually, gone, kill, processes, unique_sleep, without_names

DEATHS = {
    "TERM": "w sh -c 'kill -TERM $$'",
    "SEGV, without a core of ours": "w sh -c 'ulimit -c 0; kill -SEGV $$'",
    "KILL": "w sh -c 'kill -KILL $$'",
    "PIPE": "w sh -c 'kill -PIPE $$'",
    "INT": "w sh -c 'kill -INT $$'",
    "HUP": "w sh -c 'kill -HUP $$'",
    "an ignored INT": "(trap '' INT; w sh -c 'kill -INT $$; echo alive')",
    "an ignored HUP": "rm -f nohup.out; nohup $W sh -c 'kill -HUP $$; echo alive' 2>/dev/null; cat nohup.out 2>/dev/null",
    "an ignored TERM": "(trap '' TERM; w sh -c 'kill -TERM $$; echo alive')",
    "a script that a signal ends": "bash -c 'shopt -s expand_aliases; $W sh -c \"kill -INT \\$\\$\"; echo after $?'",
}


@pytest.mark.parametrize("name", DEATHS)
def test_death_and_survival_are_those_of_the_bare_command(both: Both, name: str) -> None:
    """The same words of the shell and the same status."""
    bare, wrapped = both(lambda terminal: terminal.run(DEATHS[name]))
    assert without_names(wrapped.text) == without_names(bare.text)
    assert wrapped.status == bare.status


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


@pytest.mark.parametrize("name", ["STOP", "TSTP", "TTIN", "TTOU"])
def test_a_command_that_stops_itself_waits_for_fg(both: Both, name: str) -> None:
    """Also by the signal of a job that wants the terminal: it has it, so nobody gives it to it."""

    def scenario(terminal: Terminal) -> list[str]:
        shown = terminal.run(f"w sh -c 'kill -{name} $$; echo resumed'; jobs; fg").text
        return re.findall("^.*(Stopped[^$]*?)  |^(resumed)", shown, re.MULTILINE)

    bare, wrapped = both(scenario)
    assert wrapped == bare
    assert len(wrapped) == 3


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
        eventually(lambda: "tty input" in terminal.run("jobs -l").text, "it is stopped for tty input")
        terminal.line("fg")
        terminal.see("fg\r\n.*\r\n")
        terminal.keys("typed\r")
        return terminal.prompt().text.splitlines()[-1]

    bare, wrapped = both(scenario)
    assert wrapped == bare == "got typed"


def test_an_ampersand_job_may_write_and_stops_when_it_reads(both: Both) -> None:
    """As job control of a terminal without tostop."""

    def scenario(terminal: Terminal) -> str:
        terminal.line("w bash -c 'echo written; read x; echo got $x' &")
        terminal.see("written\r\n")
        eventually(lambda: "tty input" in terminal.run("jobs -l").text, "it is stopped for tty input")
        terminal.line("fg")
        terminal.see("fg\r\n.*\r\n")
        terminal.keys("typed\r")
        return terminal.prompt().text.splitlines()[-1]

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


FORWARDED = ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ALRM"]


@pytest.mark.parametrize("to", ["terminal", "pipe"])
def test_signals_sent_to_the_wrapper_reach_the_command(both: Both, to: str) -> None:
    """Each once, by `kill` to the one pid that the caller knows."""
    traps = " ".join(f'trap "echo {name} >>got" {name};' for name in FORWARDED)

    def scenario(terminal: Terminal) -> str:
        for name in ("got", "pid"):
            Path(terminal.cwd / name).unlink(missing_ok=True)
        Path(terminal.cwd / "s").write_text(
            f"{traps} echo $$ >up; while [ ! -e end ]; do sleep 0.02; done; cat got\n"
        )
        for name in ("up", "end"):
            Path(terminal.cwd / name).unlink(missing_ok=True)
        # of a pipeline, jobs -p names the first process and $! the last
        pipe = " | cat & jobs -p >pid" if to == "pipe" else " & echo $! >pid"
        terminal.line("w bash ./s" + pipe)
        eventually(lambda: Path(terminal.cwd / "up").exists(), "the command is up")
        pid = int(eventually(lambda: _text(terminal.cwd / "pid"), "the pid is known").split()[-1])
        for name in FORWARDED:
            os.kill(pid, getattr(signal, f"SIG{name}"))
            eventually(lambda: name in _text(terminal.cwd / "got"), f"{name} arrived")  # noqa: B023
        Path(terminal.cwd / "end").touch()
        terminal.line("wait")
        terminal.prompt()
        eventually(lambda: gone(pid), "it ended")
        return _text(terminal.cwd / "got")

    bare, wrapped = both(scenario)
    assert wrapped.split() == bare.split() == FORWARDED


COUNTER = """
import signal, sys, time
seen = {}
def count(number, _frame):
    seen[number] = seen.get(number, 0) + 1
for number in map(int, sys.argv[1:]):
    signal.signal(number, count)
print("up", flush=True)
for line in sys.stdin:
    if line == "all\\n":
        print(*sorted(seen.items()), flush=True)
    else:
        while int(line) not in seen:  # tell when it has come, however late
            time.sleep(0.01)
        print("got", flush=True)
"""


def test_a_signal_for_the_whole_group_reaches_the_command_once(home: Any, wrap: str) -> None:
    """`kill -TERM -GROUP` and `kill 0` do not become two; what is sent to the wrapper alone still arrives."""
    numbers = [getattr(signal, f"SIG{name}") for name in FORWARDED]
    command = [
        *wrap.split(),
        sys.executable,
        "-I",
        "-S",
        "-c",
        COUNTER,
        *(str(int(number)) for number in numbers),
    ]
    child = subprocess.Popen(
        command,
        env=home.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    eventually(lambda: len(_members(child.pid)) == 3, "wrapper, command and witness")
    for number in numbers:
        os.killpg(child.pid, number)
        print(int(number), file=child.stdin, flush=True)
        assert child.stdout.readline() == "got\n"
    eventually(lambda: not _pending(child.pid), "the wrapper has heard them all")
    for number in numbers:
        child.send_signal(number)
    eventually(lambda: not _pending(child.pid), "the wrapper has heard them again")

    def counted() -> str:
        print("all", file=child.stdin, flush=True)
        assert child.stdout is not None
        return child.stdout.readline()

    twice = " ".join(str((int(number), 2)) for number in sorted(numbers)) + "\n"
    eventually(lambda: counted() == twice, "each came once from the group and once alone")
    child.stdin.close()
    assert child.wait() == 0
    child.stdout.close()
    assert not _members(child.pid)


@pytest.mark.skipif(not shutil.which("pkill"), reason="pkill is not installed")
@pytest.mark.parametrize("by", [["-f", "creds exec"], ["creds"]])
def test_a_signal_for_all_of_that_name_reaches_the_command(by: list[str], home: Any, wrap: str) -> None:
    """`pkill creds` means the wrapper, which passes it on: no other process of ours bears that name."""
    child = subprocess.Popen(
        [*wrap.split(), "sleep", "600"], env=home.env, stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout is not None
    eventually(lambda: "signal-witness" in _names(child.pid), "the witness is there")
    subprocess.run(["pkill", "-TERM", "-g", str(child.pid), *by], check=True)
    assert child.wait(PATIENCE) == -signal.SIGTERM
    child.stdout.close()


def test_the_whole_group_goes_on_when_the_wrapper_is_continued(home: Any, wrap: str) -> None:
    """`kill -STOP -GROUP` stops the witness as well; afterwards it still tells a signal for all from one for us."""
    child = subprocess.Popen(
        [*wrap.split(), sys.executable, "-ISc", COUNTER, str(int(signal.SIGTERM))],
        env=home.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stdout.readline() == "up\n"
    eventually(lambda: len(_members(child.pid)) == 3, "wrapper, command and witness")
    os.killpg(child.pid, signal.SIGSTOP)
    eventually(lambda: _states(child.pid) == ["T"] * 3, "all are stopped")
    child.send_signal(signal.SIGCONT)
    eventually(lambda: "T" not in _states(child.pid), "all go on")
    child.stdin.close()
    assert child.wait(PATIENCE) == 0
    child.stdout.close()


def test_nobody_is_left_in_the_group_of_a_killed_wrapper(home: Any, wrap: str) -> None:
    """The witness ends with it."""
    child = subprocess.Popen(
        [*wrap.split(), "sleep", "600"], env=home.env, stdout=subprocess.PIPE, start_new_session=True
    )
    eventually(lambda: len(_members(child.pid)) == 3, "wrapper, command and witness")
    child.kill()
    child.wait()
    eventually(lambda: not _members(child.pid), "all are gone")
    assert child.stdout is not None
    child.stdout.close()


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


def _members(group: int, *, of: int = 2) -> list[int]:
    """The living processes of a group, or of a session (3: the field of proc(5) after the name)."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                words = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[of]) == group and words[0] not in "ZX":
                found.append(int(name))
    return found


def _names(group: int, *, of: int = 2) -> list[str]:
    """What the living processes of a group or a session are called."""
    return [_name(pid) for pid in _members(group, of=of)]


def _states(group: int) -> list[str]:
    """The states of the living processes of a group, as proc(5) has them."""
    return [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] for pid in _members(group)]


def _pending(pid: int) -> int:
    found = re.search("^ShdPnd:\t(\\w+)", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1], 16)


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_a_stopped_wrapper_is_continued_by_kill(both: Both) -> None:
    """SIGTSTP and SIGCONT from another terminal."""

    def scenario(terminal: Terminal) -> str:
        for name in ("pid", "up", "go"):
            (terminal.cwd / name).unlink(missing_ok=True)
        (terminal.cwd / "s").write_text("echo up >up; while [ ! -e go ]; do sleep 0.05; done; echo end\n")
        terminal.line("w bash ./s & echo $! >pid")
        eventually(lambda: _text(terminal.cwd / "up"), "it runs")
        pid = int(eventually(lambda: _text(terminal.cwd / "pid"), "the pid is known"))
        os.kill(pid, signal.SIGTSTP)
        eventually(lambda: _state(pid) == "T", "it stopped")
        os.kill(pid, signal.SIGCONT)
        eventually(lambda: _state(pid) != "T", "it goes on")
        Path(terminal.cwd / "go").touch()
        terminal.see("end\r\n")
        terminal.line("wait")
        terminal.prompt()
        return "ended"

    bare, wrapped = both(scenario)
    assert wrapped == bare


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]


def test_timeout_ends_the_command(both: Both) -> None:
    """The way CI stops things: nothing stays behind, the status is timeout's."""
    sleep = unique_sleep()
    bare, wrapped = both(lambda terminal: terminal.run(f"timeout 0.5 $W {sleep}; echo $?"))
    assert wrapped == bare
    eventually(lambda: not processes(sleep), "the command is gone")


LEFT = {
    "timeout": ("timeout 3 $W sh -c 'SLEEP; true'", ":", False),
    "a job": ("w sh -c 'SLEEP; true' &", "kill %1; wait", False),
    "a job that was stopped": ("w sh -c 'SLEEP; true'", "\x1abg; kill -HUP %1; wait", False),
    "the command alone": ("w sh -c 'SLEEP; true' &", "kill $!; wait", True),
}


@pytest.mark.parametrize("name", LEFT)
def test_who_is_signalled_as_a_job_ends_with_its_children(both: Both, name: str) -> None:
    """On the terminal the command has a group of its own; what came to the caller's group comes to all of that."""
    line, ending, left = LEFT[name]

    def scenario(terminal: Terminal) -> bool:
        sleep = unique_sleep()
        terminal.line(line.replace("SLEEP", sleep))
        pids = eventually(lambda: [pid for pid in processes(sleep) if _name(pid) == "sleep"], "it runs")
        if terminal.wrapped:
            eventually(lambda: "signal-witness" in _names(terminal.child.pid, of=3), "the witness is there")
        if ending.startswith("\x1a"):
            terminal.keys(ending[0])
            terminal.stopped()
        terminal.line(ending.lstrip("\x1a") + "; echo ov''er")
        terminal.see("over")
        if left:
            stayed = not any(gone(pid) for pid in pids)
            for pid in pids:
                kill(pid)
            return stayed
        eventually(lambda: all(gone(pid) for pid in pids), "nothing is left")
        return False

    bare, wrapped = both(scenario)
    assert wrapped == bare == left


def test_each_signal_for_the_job_comes_once_to_the_command_and_its_child(both: Both) -> None:
    """From the keyboard and by `kill %1`, before and after a stop."""
    wait = "while :; do sleep 0.05; done"
    program = f"trap 'echo own >>got' INT; (trap 'echo child >>got' INT; echo up >f; {wait}) & read x <f; echo u\"\"p; {wait}"

    def scenario(terminal: Terminal) -> list[str]:
        def came(times: int) -> bool:
            got = _text(terminal.cwd / "got").split()
            return got.count("own") >= times <= got.count("child")

        (terminal.cwd / "s").write_text(program)
        (terminal.cwd / "got").unlink(missing_ok=True)
        terminal.run("rm -f f; mkfifo f")
        terminal.line("w bash ./s")
        terminal.see("\nup\r\n")
        if terminal.wrapped:
            eventually(lambda: "signal-witness" in _names(terminal.child.pid, of=3), "the witness is there")
        terminal.control("c")
        eventually(lambda: came(1), "^C came")
        terminal.control("z")
        terminal.stopped()
        terminal.run("bg")
        for times in (2, 3):
            terminal.run("kill -INT %1")
            eventually(lambda: came(times), "the signal came")  # noqa: B023
        terminal.run("kill -TSTP %1")
        eventually(lambda: "Stopped" in terminal.run("jobs").text, "it is stopped")
        terminal.run("bg; kill -INT %1")
        eventually(lambda: came(4), "it came after a stop")
        terminal.run("kill -KILL %1; wait")
        return sorted(_text(terminal.cwd / "got").split())

    bare, wrapped = both(scenario)
    assert wrapped == bare == ["child"] * 4 + ["own"] * 4
