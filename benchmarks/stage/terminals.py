"""Programs in pseudo-terminals and pipes, timed: start to end, throughput, a key until its echo."""

import fcntl
import os
import pty
import select
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCRIPTS = Path(sys.executable).parent
CREDS = str(SCRIPTS / "creds")
RELAY = (sys.executable, "-I", "-S", "-c", "import sys, pty; pty.spawn(sys.argv[1:])")
CHUNK = 1 << 18


@contextmanager
def project(count: int = 20) -> Iterator[dict[str, str]]:
    """The environment of somebody with a project `bench` of so many secrets."""
    home = Path(tempfile.mkdtemp(prefix="creds-bench-"))
    runtime = home / "run"
    runtime.mkdir(mode=0o700)
    env = {
        "HOME": str(home),
        "PATH": f"{SCRIPTS}:{os.environ['PATH']}",
        "TERM": "xterm",
        "LANG": "C.UTF-8",
        "XDG_RUNTIME_DIR": str(runtime),
        "CREDS_ID": "bench",
        "DIRENV_LOG_FORMAT": "",
    }
    values = "".join(f"KEY_{n}_TOKEN=value-{n:04}-{os.urandom(12).hex()}\n" for n in range(count))
    subprocess.run(
        (CREDS, "import", "-", "--yes"),
        env=env,
        input=values,
        text=True,
        check=True,
        capture_output=True,
        cwd=home,
    )
    try:
        yield env
    finally:
        shutil.rmtree(home, ignore_errors=True)


def start(command: tuple[str, ...], env: dict[str, str]) -> tuple[int, int]:
    """(pid, terminal) of a command in a terminal of its own, 24 × 80."""
    pid, master = pty.fork()
    if pid == 0:
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
        os.execvpe(command[0], command, env)
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    return pid, master


def drained(master: int) -> int:
    """Read a terminal to its end; how many bytes."""
    count = 0
    while True:
        try:
            data = os.read(master, CHUNK)
        except OSError:
            return count
        if not data:
            return count
        count += len(data)


def seconds_in_terminal(command: tuple[str, ...], env: dict[str, str]) -> float:
    """Wall time of a run in a terminal."""
    began = time.perf_counter()
    pid, master = start(command, env)
    drained(master)
    os.waitpid(pid, 0)
    taken = time.perf_counter() - began
    os.close(master)
    return taken


def seconds_in_pipes(command: tuple[str, ...], env: dict[str, str]) -> tuple[float, float]:
    """(wall, CPU of the process itself) of a run whose output is read through a pipe."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, env=env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, bufsize=0
    ) as run:
        assert run.stdout
        while os.read(run.stdout.fileno(), CHUNK):
            pass
        _, _, used = os.wait4(run.pid, 0)
        run.returncode = 0
    return time.perf_counter() - began, used.ru_utime + used.ru_stime


class Typist:
    """Types keys at a program in a terminal and waits for each echo."""

    def __init__(self, command: tuple[str, ...], env: dict[str, str], ready: bytes = b"") -> None:
        self.pid, self.master = start(command, env)
        if ready:
            self.until(ready)
        else:
            time.sleep(0.5)

    def until(self, wanted: bytes, bound: float = 20.0) -> float:
        """Seconds until a text was shown."""
        began = time.perf_counter()
        seen = b""
        while wanted not in seen:
            left = bound - (time.perf_counter() - began)
            if left <= 0 or not select.select([self.master], [], [], left)[0]:
                sys.exit(f"never seen: {wanted!r} in {seen[-200:]!r}")
            seen += os.read(self.master, CHUNK)
        return time.perf_counter() - began

    def echo(self, key: bytes) -> float:
        """Seconds from a key to its echo."""
        os.write(self.master, key)
        return self.until(key)

    def close(self) -> None:
        """End the program."""
        os.kill(self.pid, signal.SIGKILL)  # script does not end with its terminal
        os.close(self.master)
        os.waitpid(self.pid, 0)


def median_echoes(typists: dict[str, Typist]) -> dict[str, float]:
    """The median of each over many keys, 2 ms apart; in turn: what disturbs the machine disturbs all alike."""
    taken: dict[str, list[float]] = {name: [] for name in typists}
    for _ in range(30):
        for name, typist in typists.items():
            for key in b"abcdefghij":
                taken[name].append(typist.echo(bytes([key])))
                time.sleep(0.002)
    return {name: statistics.median(times) for name, times in taken.items()}


def of_proc(pid: int, file: str, name: str) -> int:
    """A number out of /proc/PID/FILE."""
    lines = Path(f"/proc/{pid}/{file}").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(name)).split()[1])


def family(pid: int) -> list[int]:
    """A process and its descendants whose program is creds."""
    below = [int(n) for n in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    ours = b"creds" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return ([pid] if ours else []) + [p for child in below for p in family(child)]
