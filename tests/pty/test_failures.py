"""Whatever breaks: the terminal is usable, nothing unmasked is shown, nothing runs on unseen."""

import os
import re
import signal
import subprocess
import sys
import termios
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from .conftest import PATIENCE, SECRET, Terminal, eventually, gone, kill, processes, unique_sleep

BROKEN = {
    "the mask cannot be loaded": "sys.modules['creds_shell.masking.stream'] = None",
    "the mask breaks at the first byte": "stream.Masker.feed = broken",
    "the mask breaks later": "stream.Masker.feed = lambda self, data, now=0.0: broken() if b'tok' in data else data",
    "a value breaks the pattern set": "stream.Needles.add = broken",
    "the pseudo-terminal cannot be made": "posix.openpty = broken; descriptors.grown_pipe = broken",
    "no more processes": "posix.fork = broken; posix.posix_spawn = broken",
}
DRIVER = """
import sys, posix
import creds_shell.masking.stream as stream
from creds_shell.process import descriptors
from creds_shell.process.run import main
def broken(*_, **__):
    raise {error}
{breakage}
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.parametrize("to", ["terminal", "pipe"])
@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_filter_shows_nothing_and_says_so(
    open_terminal: Callable[..., Terminal], secret_file: Path, tmp_path: Path, name: str, to: str
) -> None:
    """One line, exit 70 (or 126 where nothing could be started), the command hung up, the terminal as it was."""
    error = "OSError(11, 'no')" if "processes" in name or "pseudo" in name else "RuntimeError('the value')"
    (tmp_path / "driver.py").write_text(DRIVER.format(breakage=BROKEN[name], error=error))
    terminal = open_terminal(prefix=f"{sys.executable} driver.py --env-file {secret_file} --")
    before = terminal.run("stty -a").text
    sleep = unique_sleep()
    pipe = " | cat" if to == "pipe" else ""
    shown = terminal.run(
        f"w sh -c 'echo before; echo $API_TOKEN; exec {sleep}'{pipe}; echo ${{PIPESTATUS[0]}}"
    )
    assert SECRET not in terminal.everything()
    assert "Traceback" not in shown.text
    assert "the value" not in shown.text
    assert shown.text.count("creds: error:") == 1
    assert re.search(r"^(70|126)\r", shown.text, re.MULTILINE)
    assert terminal.run("stty -a").text == before
    eventually(lambda: not processes(sleep), "the command is gone")


LATE = """stream.Masker.feed = broken
import os, time
from creds_shell.process import monitor
run = monitor.Monitor.run
def late(self):
    while not os.path.exists("go"):
        time.sleep(0.01)
    run(self)
monitor.Monitor.run = late
"""


def test_a_monitor_that_comes_late_leaves_the_shell_its_terminal(
    open_terminal: Callable[..., Terminal], secret_file: Path, tmp_path: Path
) -> None:
    """On a busy machine it hears that the keyboard was taken when the shell's line editor has it already."""
    driver = tmp_path / "driver.py"
    driver.write_text(DRIVER.format(breakage=LATE, error="RuntimeError"))
    terminal = open_terminal(prefix=f"{sys.executable} {driver} --env-file {secret_file} --")
    terminal.run("w echo before")
    (terminal.cwd / "go").touch()
    eventually(lambda: not processes(str(driver)), "the monitor is gone")
    assert terminal.run("echo after").text == "after\r\n"


@pytest.mark.parametrize("program", ["SLEEP", "sh -c 'stty raw -echo; exec SLEEP'"])
def test_a_killed_wrapper_gives_the_terminal_back(home: Any, wrap: str, program: str) -> None:
    """SIGKILL of the front: the monitor restores the settings and hangs the command up. No shell helps here."""
    sleep = unique_sleep()
    # The shell keeps the session: a session leader that dies hangs its terminal up, and nobody could restore it.
    script = f"{wrap} {program.replace('SLEEP', sleep)}; echo en''ded; read x"
    child = pexpect.spawn("/bin/sh", ["-c", script], env=home.env, cwd=str(home.path), timeout=PATIENCE)
    try:
        eventually(lambda: not _cooked(termios.tcgetattr(child.child_fd)), "the keyboard is taken")
        front = eventually(lambda: _fronts(child.pid), "the front is there")[0]
        eventually(lambda: [p for p in processes(sleep) if _is(p, "sleep")], "the command runs")
        kill(front)
        child.expect("ended")
        eventually(lambda: _cooked(termios.tcgetattr(child.child_fd)), "the settings are back")
        eventually(lambda: not [p for p in processes(sleep) if _is(p, "sleep")], "the command is gone")
    finally:
        child.close(force=True)


def _fronts(shell: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{shell}/task/{shell}/children").read_text().split()]


def _cooked(now: Any) -> bool:
    edits = termios.ICANON | termios.ECHO | termios.ISIG
    return bool(now[3] & edits == edits and now[0] & termios.ICRNL and now[1] & termios.OPOST)


def _family(child_pid: int) -> tuple[int, int]:
    """(monitor, command) of a front."""

    def children(pid: int) -> list[int]:
        return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    monitor = eventually(lambda: children(child_pid), "the monitor is there")[0]
    command = eventually(lambda: children(monitor), "the command is there")[0]
    return monitor, command


def test_a_killed_monitor_ends_the_run(home: Any, wrap: str) -> None:
    """Exit 70, one line, terminal restored, command gone."""
    child = pexpect.spawn(
        f"{wrap} sh -c 'echo up; exec sleep 5311'", env=home.env, cwd=str(home.path), timeout=PATIENCE
    )
    child.expect("up")
    monitor, command = _family(child.pid)
    kill(monitor)
    child.expect("creds: error: the monitor died")
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 70
    eventually(lambda: gone(command), "the command is gone")


def test_a_killed_command_is_reported_as_bare(terminal: Terminal) -> None:
    """SIGKILL from elsewhere."""
    sleep = unique_sleep()
    terminal.line(f"w sh -c 'echo up; exec {sleep}'")
    terminal.see("\nup\r\n")
    for pid in eventually(lambda: [p for p in processes(sleep) if _is(p, "sleep")], "it runs"):
        kill(pid)
    shown = terminal.prompt()
    assert shown.status == 137
    assert "Killed" in shown.text


def _is(pid: int, name: str) -> bool:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip() == name
    except OSError:
        return False


def test_a_terminal_that_closes_ends_everything(home: Any, wrap: str) -> None:
    """The window is closed: front, monitor and command go, as the bare command goes."""
    child = pexpect.spawn(
        f"{wrap} sh -c 'echo up; exec sleep 5313'", env=home.env, cwd=str(home.path), timeout=PATIENCE
    )
    child.expect("up")
    front = child.pid
    family = (front, *_family(front))
    os.close(child.child_fd)
    for pid in family[1:]:
        eventually(lambda: gone(pid), "it ended with its terminal")  # noqa: B023
    os.waitpid(front, 0)


def test_nothing_of_ours_holds_the_value_in_argv_and_none_of_us_may_dump_core(terminal: Terminal) -> None:
    """Argv and environment of front and monitor, limits of both and of the command."""
    terminal.line("w sh -c 'ulimit -c; echo $PPID >pid; sleep 100'")
    pid = int(eventually(lambda: _read(terminal.cwd / "pid"), "the command runs"))
    parent = int(re.search(r"PPid:\t(\d+)", Path(f"/proc/{pid}/status").read_text())[1])  # type: ignore[index]
    for ours in (pid, parent):
        assert b"creds" in Path(f"/proc/{ours}/cmdline").read_bytes()
        assert SECRET.encode() not in Path(f"/proc/{ours}/cmdline").read_bytes()
        assert SECRET.encode() not in _environ(ours)
        eventually(lambda: _is_protected(ours), "no dump, once the command has run for a moment")  # noqa: B023
    terminal.control("c")
    terminal.prompt()


def _is_protected(pid: int) -> bool:
    limits = Path(f"/proc/{pid}/limits").read_text()
    # A process that is not dumpable belongs to root, says proc(5).
    return bool(re.search(r"Max core file size +0 +", limits)) and os.stat(f"/proc/{pid}/environ").st_uid == 0


def _environ(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except PermissionError:
        return b""


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_the_audit_record_has_the_programs_name_and_no_arguments(home: Any, terminal: Terminal) -> None:
    """Nor any value."""
    terminal.run("w printf %s an-argument")
    line = home.audit.read_text().splitlines()[-1]
    assert '"printf"' in line
    assert '"API_TOKEN"' in line
    assert "an-argument" not in line
    assert SECRET not in line


def test_the_command_keeps_its_own_limits_and_mask(home: Any, wrap: str) -> None:
    """Blocked and ignored signals and the core limit are those that the caller gave."""
    program = textwrap.dedent("""
        import re, subprocess, signal, sys
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
        signal.signal(signal.SIGUSR2, signal.SIG_IGN)
        for before in ([], sys.argv[1:]):
            shown = subprocess.run([*before, "cat", "/proc/self/status", "/proc/self/limits"], capture_output=True)
            blocked, ignored = re.findall(rb"Sig(?:Blk|Ign):.([0-9a-f]+)", shown.stdout)
            core = re.search(rb"Max core file size.*", shown.stdout)[0]
            # 32 and 33 are glibc's own, which posix_spawn(3) sets to be ignored
            print(int(blocked, 16), int(ignored, 16) & 0x7FFFFFFF, core)
    """)
    done = subprocess.run(
        [sys.executable, "-c", program, *wrap.split()],
        env=home.env,
        capture_output=True,
        text=True,
        check=True,
    )
    bare, wrapped = done.stdout.splitlines()
    assert wrapped == bare
    assert bare.startswith(f"{1 << signal.SIGUSR1 - 1} {1 << signal.SIGUSR2 - 1} ")
