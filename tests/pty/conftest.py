"""A real bash in a real terminal, twice: once with `w COMMAND` being the bare command, once wrapped by creds.

A scenario is a function of a Terminal; `both(scenario)` plays it on each and gives back what they showed.
"""

import io
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pexpect
import pytest

SECRET = "tok-9f8e7d6c5b4a39281706"
PATIENCE = 40.0  # seconds; a step takes milliseconds, a loaded CI machine much longer
PROMPT = "ready:([0-9]+)> "


def default_signals() -> None:
    """As a login shell has them: Python ignores two and nohup another, and what they start would inherit that."""
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
        signal.signal(number, signal.SIG_DFL)


@dataclass(frozen=True)
class Shown:
    """What a command line showed and its status."""

    text: str
    status: int


class Terminal:
    """One bash in a pseudo-terminal of 24 × 300; `w` runs a command bare or wrapped."""

    def __init__(self, env: dict[str, str], cwd: Path, wrap: str) -> None:
        self.wrap, self.cwd = wrap, cwd
        self.child = pexpect.spawn(
            "bash",
            ["--norc", "--noprofile", "-i"],
            env=env | {"PS1": "", "TERM": "xterm", "W": wrap},
            cwd=str(cwd),
            dimensions=(24, 300),
            timeout=PATIENCE,
            encoding="utf-8",
            codec_errors="surrogateescape",
            preexec_fn=default_signals,
        )
        self.child.delaybeforesend = None
        self.child.logfile_read = self._log = io.StringIO()
        self.line("bind 'set enable-bracketed-paste off'; shopt -s expand_aliases; set +m; set -m")
        self.line(f"alias w='{wrap}'; PS1='rea''dy:$?> '")
        self.child.expect(PROMPT)

    @property
    def wrapped(self) -> bool:
        """Whether `w` is creds."""
        return bool(self.wrap)

    def everything(self) -> str:
        """All that was ever shown."""
        return self._log.getvalue()

    def line(self, text: str) -> None:
        """Type a line."""
        self.child.send(text + "\r")

    def keys(self, text: str) -> None:
        """Type keys."""
        self.child.send(text)

    def control(self, letter: str) -> None:
        """Type a control key."""
        self.child.sendcontrol(letter)

    def see(self, pattern: str) -> str:
        """Wait until something is shown; what came before it."""
        self.child.expect(pattern)
        return str(self.child.before)

    def prompt(self) -> Shown:
        """Wait for the prompt; what came before it, and the status that it tells."""
        self.child.expect(PROMPT)
        assert self.child.match
        return Shown(str(self.child.before), int(self.child.match[1]))

    def stopped(self) -> None:
        """Wait until the shell has a stopped command's terminal, and hears.

        The kernel empties the queue as it stops a command by a key; under load that takes a line typed at the next
        prompt along, from a bare shell too.
        """
        self.see("Stopped")
        self.prompt()
        for attempt in range(20):
            self.line(f"echo hea''rd {attempt}")
            if self.child.expect([f"heard {attempt}\r\n", pexpect.TIMEOUT], timeout=PATIENCE / 20) == 0:
                break
        self.prompt()

    def run(self, text: str) -> Shown:
        """Type a command line and wait for its end; without the echo of the line."""
        self.line(text)
        shown = self.prompt()
        return Shown(shown.text.partition("\r\n")[2], shown.status)

    def close(self) -> None:
        """End the shell and everything in its session."""
        self.child.close(force=True)


@pytest.fixture
def secret_file(home: Any) -> Path:
    """A .env file with one secret."""
    path = Path(home.path) / "one.env"
    path.write_text(f'API_TOKEN="{SECRET}"\n')
    return path


@pytest.fixture
def wrap(secret_file: Path) -> str:
    """What stands before a command to wrap it."""
    return f"creds exec --env-file {secret_file} --"


@pytest.fixture
def open_terminal(home: Any, tmp_path: Path, wrap: str) -> Iterator[Callable[..., Terminal]]:
    """A function that opens terminals: open_terminal(wrapped=True)."""
    opened: list[Terminal] = []

    def make(*, wrapped: bool = True, prefix: str | None = None) -> Terminal:
        terminal = Terminal(home.env, tmp_path, (prefix or wrap) if wrapped else "")
        opened.append(terminal)
        return terminal

    yield make
    for terminal in opened:
        terminal.close()


@pytest.fixture
def terminal(open_terminal: Callable[..., Terminal]) -> Terminal:
    """A terminal where `w` is creds."""
    return open_terminal()


Both = Callable[[Callable[[Terminal], Any]], tuple[Any, Any]]


@pytest.fixture
def both(open_terminal: Callable[..., Terminal]) -> Both:
    """A function that plays a scenario bare and wrapped and returns what each gave."""

    def play(scenario: Callable[[Terminal], Any]) -> tuple[Any, Any]:
        return scenario(open_terminal(wrapped=False)), scenario(open_terminal())

    return play


def eventually(condition: Callable[[], Any], what: str) -> Any:
    """Poll until a condition holds."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"it never came true: {what}")


def processes(needle: str) -> list[int]:
    """Pids whose command line contains a text."""
    found = []
    for name in os.listdir("/proc"):
        if name.isdigit():
            try:
                words = Path(f"/proc/{name}/cmdline").read_bytes()
            except OSError:
                continue
            if needle.encode() in words.replace(b"\0", b" ") and int(name) != os.getpid():
                found.append(int(name))
    return found


def unique_sleep() -> str:
    """A `sleep` that no other test, in whatever process, has started."""
    return f"sleep 5{os.getpid()}.{time.monotonic_ns() % 10**9:09}"


def gone(pid: int) -> bool:
    """Whether a process has ended (a zombie has)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] in "ZX"
    except OSError:
        return True


def without_names(text: str) -> str:
    """Job listings without the wrapper's own words and pids."""
    return re.sub(r"creds exec --env-file \S+ -- ", "", re.sub(r"\[(\d+)\] \d+", r"[\1] PID", text))


def kill(pid: int, number: int = signal.SIGKILL) -> None:
    """Send a signal to a process that may be gone."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
