"""The front's death is heard before its parent hears of it, so that zsh finds the terminal as it was."""

import os
import re
import signal
import sys
from pathlib import Path
from typing import Any

import pexpect
import pytest

from creds_shell.process import inner, robust
from tests.pty.conftest import PATIENCE, Terminal, eventually, kill

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="robust mutexes across processes: Linux")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_every_waiter_hears_of_an_end_whatever_it_was(number: int) -> None:
    """A process that holds the mutexes dies."""
    shared = _memory()
    ready, told = os.pipe()
    holder = os.fork()
    if holder == 0:
        held = robust.hold(shared)
        os.write(told, bytes([len(held)]))
        signal.pause()
        os._exit(1)
    assert os.read(ready, 1) == bytes([robust.WAITERS])
    kill(holder, number)
    affinity = os.sched_getaffinity(0)
    try:
        assert all(robust.outlive(shared, waiter) for waiter in range(robust.WAITERS))
    finally:
        os.sched_setaffinity(0, affinity)
        os.waitpid(holder, 0)


def test_without_an_owner_nobody_has_died() -> None:
    """Memory that holds no mutex: locking it succeeds, which is no death."""
    shared = _memory()
    affinity = os.sched_getaffinity(0)
    try:
        assert not robust.outlive(shared, 0)
    finally:
        os.sched_setaffinity(0, affinity)


def test_a_run_does_without_where_there_is_no_such_memory(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A container without /dev/shm, or a full one."""
    monkeypatch.setattr(inner, "_NAMELESS", os.O_RDONLY)
    before = len(os.listdir("/proc/self/fd"))
    assert inner._shared_memory() == -1
    assert len(os.listdir("/proc/self/fd")) == before
    (terminal.cwd / "run.py").write_text(
        "import sys\n"
        "from creds_shell.process import inner, run\n"
        "inner._shared_memory = lambda: -1\n"
        "sys.exit(run.main(sys.argv[1:]))\n"
    )
    words = terminal.wrap.partition(" exec ")[2]
    shown = terminal.run(f"{sys.executable} run.py {words} sh -c 'sleep 0.1; echo fine; exit 3'")
    assert (shown.text, shown.status) == ("fine\r\n", 3)


def test_zsh_keeps_its_terminal_when_the_wrapper_is_killed(home: Any, wrap: str) -> None:
    """It is a race that a machine under load can lose, so one of some rounds has to be won, and each has its waiters."""
    env = home.env | {"PROMPT": "rea''dy> ", "TERM": "xterm"}
    child = pexpect.spawn(
        "zsh", ["-f", "-i"], env=env, cwd=str(home.path), timeout=PATIENCE, encoding="utf-8"
    )
    child.delaybeforesend = None
    try:
        for round_ in range(5):
            child.send(f"{wrap} sh -c 'echo u\"\"p; exec sleep 1000'; echo en''ded{round_}\r")
            child.expect(r"\nup\r\n")
            front = _children(child.pid)[0]
            waiters = f"/proc/{_children(front)[0]}/task"
            eventually(lambda: len(os.listdir(waiters)) == 1 + robust.WAITERS, "somebody waits")  # noqa: B023
            kill(front)
            child.expect(f"ended{round_}")
            child.send("stty -a; stty sane; echo sho''wn\r")
            child.expect("shown")
            if re.search(r"(?<!-)isig.*(?<!-)icanon", child.before):
                break
        else:
            raise AssertionError(child.before)
    finally:
        child.close(force=True)


def _memory() -> int:
    shared = inner._shared_memory()
    assert shared >= 0
    return shared


def _children(pid: int) -> list[int]:
    return [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
