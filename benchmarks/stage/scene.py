"""What several benchmarks stand on: a throw-away home with a project, the hook's own command, fair timing."""

import os
import pty
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

PATH = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
"""The search path with this interpreter's own `creds` first, whatever the caller's is."""

BARE = [sys.executable, "-I", "-S", "-c", "pass"]


@dataclass(frozen=True)
class Scene:
    """A home with a repository `shop` that has secrets, and a twin `direnv` with the same in a .env."""

    home: Path
    repo: Path
    twin: Path
    env: dict[str, str]

    def hook_command(self, shell: str = "bash") -> list[str]:
        """Return the process that the hook starts on entering."""
        shown = "; ".join(
            f'printf "%s\\0" "$__creds_{name}"' for name in ("python", "boot", "protocol", "mode")
        )
        text = subprocess.run(
            ("bash", "-c", f'eval "$(creds hook bash)"; {shown}'),
            env=self.env, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
        python, code, protocol, mode, _ = text.split("\0")
        return [python, "-I", "-S", "-c", code, shell, protocol, mode]


@contextmanager
def scene(secrets: int) -> Iterator[Scene]:
    """Make a scene with so many secrets."""
    with TemporaryDirectory(prefix="creds-bench-") as folder:
        home = Path(folder)
        (home / "run").mkdir(mode=0o700)
        env = {
            "HOME": folder,
            "PATH": PATH,
            "XDG_RUNTIME_DIR": str(home / "run"),
            "LANG": "C.UTF-8",
        }
        lines = "".join(f"KEY_{i}_TOKEN='token-value-{i}-0123456789abcdef'\n" for i in range(secrets))
        repo, twin = home / "shop", home / "direnv"
        for path in (repo, twin):
            subprocess.run(("git", "init", "-q", str(path)), check=True)
        subprocess.run(
            ("creds", "import", "-", "--yes"),
            input=lines, text=True, cwd=repo, env=env, check=True, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        (twin / ".env").write_text(lines)
        (twin / ".envrc").write_text("dotenv\n")
        yield Scene(home, repo, twin, env)


def interleaved(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Time each once a round, in milliseconds; in any order, so that none always comes after a slow neighbour."""
    times: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name in random.sample(list(runs), len(runs)):
            began = time.perf_counter()
            runs[name]()
            times[name].append(1000 * (time.perf_counter() - began))
    return times


def ratio_of(ours: list[float], theirs: list[float]) -> float:
    """Return the median of the ratios of each round: a machine whose speed drifts changes both alike."""
    return statistics.median(one / other for one, other in zip(ours, theirs, strict=True))


def quietly(command: list[str], cwd: Path, env: dict[str, str]) -> Callable[[], object]:
    """Return a function that runs a command on pipes and must succeed."""

    def run() -> object:
        return subprocess.run(
            command, cwd=cwd, env=env, capture_output=True, check=True, stdin=subprocess.DEVNULL
        )

    return run


def on_a_terminal(command: list[str], cwd: Path, env: dict[str, str]) -> Callable[[], object]:
    """Return a function that runs a command on a terminal of its own and must succeed."""

    def run() -> None:
        pid, fd = pty.fork()
        if pid == 0:
            os.chdir(cwd)
            os.execvpe(command[0], command, env)
        try:
            while os.read(fd, 65536):
                pass
        except OSError:
            pass  # Linux ends a terminal's master with EIO
        os.close(fd)
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit(f"failed on a terminal: {command[0]}")

    return run


def instructions(command: list[str], cwd: Path, env: dict[str, str]) -> int:
    """Count the instructions of one process under valgrind; the same on a busy machine."""
    valgrind = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", "--trace-children=no")
    done = subprocess.run(
        (*valgrind, *command),
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        check=True,
        stdin=subprocess.DEVNULL,
    )
    return int(re.findall(r"Collected : (\d+)", done.stderr)[0])
