"""Signals for a whole group or job: each member has it once, and the witness that tells them apart is nobody's target."""

import os
import shutil
import signal
import subprocess
import sys
from typing import Any

import pytest

from .conftest import PATIENCE, Both, Terminal, eventually, gone, kill, processes, unique_sleep
from .proc import members, name_of, names, pending, states, text_of

FORWARDED = ["INT", "TERM", "HUP", "QUIT", "USR1", "USR2", "ABRT", "ALRM", "WINCH"]

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
    eventually(lambda: len(members(child.pid)) == 3, "wrapper, command and witness")
    for number in numbers:
        os.killpg(child.pid, number)
        print(int(number), file=child.stdin, flush=True)
        assert child.stdout.readline() == "got\n"
    eventually(lambda: not pending(child.pid), "the wrapper has heard them all")
    for number in numbers:
        child.send_signal(number)
    eventually(lambda: not pending(child.pid), "the wrapper has heard them again")

    def counted() -> str:
        print("all", file=child.stdin, flush=True)
        assert child.stdout is not None
        return child.stdout.readline()

    twice = " ".join(str((int(number), 2)) for number in sorted(numbers)) + "\n"
    eventually(lambda: counted() == twice, "each came once from the group and once alone")
    child.stdin.close()
    assert child.wait() == 0
    child.stdout.close()
    assert not members(child.pid)


@pytest.mark.skipif(not shutil.which("pkill"), reason="pkill is not installed")
@pytest.mark.parametrize("by", [["-f", "creds exec"], ["creds"]])
def test_a_signal_for_all_of_that_name_reaches_the_command(by: list[str], home: Any, wrap: str) -> None:
    """`pkill creds` means the wrapper, which passes it on: no other process of ours bears that name."""
    child = subprocess.Popen(
        [*wrap.split(), "sleep", "600"], env=home.env, stdout=subprocess.PIPE, start_new_session=True
    )
    assert child.stdout is not None
    eventually(lambda: "signal-witness" in names(child.pid), "the witness is there")
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
    eventually(lambda: len(members(child.pid)) == 3, "wrapper, command and witness")
    os.killpg(child.pid, signal.SIGSTOP)
    eventually(lambda: states(child.pid) == ["T"] * 3, "all are stopped")
    child.send_signal(signal.SIGCONT)
    eventually(lambda: "T" not in states(child.pid), "all go on")
    child.stdin.close()
    assert child.wait(PATIENCE) == 0
    child.stdout.close()


def test_nobody_is_left_in_the_group_of_a_killed_wrapper(home: Any, wrap: str) -> None:
    """The witness ends with it."""
    child = subprocess.Popen(
        [*wrap.split(), "sleep", "600"], env=home.env, stdout=subprocess.PIPE, start_new_session=True
    )
    eventually(lambda: len(members(child.pid)) == 3, "wrapper, command and witness")
    child.kill()
    child.wait()
    eventually(lambda: not members(child.pid), "all are gone")
    assert child.stdout is not None
    child.stdout.close()


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
        pids = eventually(lambda: [pid for pid in processes(sleep) if name_of(pid) == "sleep"], "it runs")
        if terminal.wrapped:
            eventually(lambda: "signal-witness" in names(terminal.child.pid, of=3), "the witness is there")
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
    wait = "while [ -e f ]; do sleep 0.05; done"
    program = f"trap 'echo own >>got' INT; (trap 'echo child >>got' INT; echo up >f; {wait}) & read x <f; echo u\"\"p; {wait}"

    def scenario(terminal: Terminal) -> list[str]:
        def came(times: int) -> bool:
            got = text_of(terminal.cwd / "got").split()
            return got.count("own") >= times <= got.count("child")

        (terminal.cwd / "s").write_text(program)
        (terminal.cwd / "got").unlink(missing_ok=True)
        terminal.run("rm -f f; mkfifo f")
        terminal.line("w bash ./s")
        terminal.see("\nup\r\n")
        if terminal.wrapped:
            eventually(lambda: "signal-witness" in names(terminal.child.pid, of=3), "the witness is there")
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
        return sorted(text_of(terminal.cwd / "got").split())

    bare, wrapped = both(scenario)
    assert wrapped == bare == ["child"] * 4 + ["own"] * 4


@pytest.mark.parametrize("line", ["w bash ./s &", "w timeout 500 bash ./s | cat"])
def test_a_new_size_is_told_to_the_command_and_its_child(both: Both, line: str) -> None:
    """By `kill -WINCH %1`; and by the kernel, which does not know that a command on pipes leads a group of its own."""
    wait = "while [ -e f ]; do sleep 0.05; done"  # a child in the background is deaf to ^C
    program = f"trap 'echo own >>got' WINCH; (trap 'echo child >>got' WINCH; echo up >f; {wait}) & read x <f; echo up >up; {wait}"

    def scenario(terminal: Terminal) -> list[str]:
        (terminal.cwd / "s").write_text(program)
        for name in ("got", "up"):
            (terminal.cwd / name).unlink(missing_ok=True)
        terminal.run("rm -f f; mkfifo f")
        behind = line.endswith("&")
        if behind:
            terminal.run(line)
        else:
            terminal.line(line)
        eventually(lambda: text_of(terminal.cwd / "up"), "they are up")
        if terminal.wrapped:
            eventually(lambda: "signal-witness" in names(terminal.child.pid, of=3), "the witness is there")
        if behind:
            terminal.run("kill -WINCH %1")
        else:
            terminal.child.setwinsize(33, 222)
        eventually(lambda: len(text_of(terminal.cwd / "got").split()) == 2, "it came to both")
        got = text_of(terminal.cwd / "got").split()
        if behind:
            terminal.run("kill -KILL %1; wait")
        else:
            terminal.control("c")
            terminal.prompt()
        (terminal.cwd / "f").unlink()
        return sorted(got)

    bare, wrapped = both(scenario)
    assert wrapped == bare == ["child", "own"]
