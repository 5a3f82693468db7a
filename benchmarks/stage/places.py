"""A home with a project of 20 secrets for creds and the same 20 for direnv, and the hooks of both."""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from stage.terminals import CREDS, SCRIPTS

COUNT = 20


@dataclass(frozen=True)
class Places:
    """Where to walk: `ours` and `theirs` are projects, each with `deep/er` in it; `outside` is neither."""

    env: dict[str, str]
    ours: Path
    theirs: Path
    outside: Path
    hooks: Path


@contextmanager
def places() -> Iterator[Places]:
    """Make the home, and take it away again."""
    home = Path(tempfile.mkdtemp(prefix="creds-bench-"))
    env = {
        "HOME": str(home),
        "PATH": f"{SCRIPTS}:{os.environ['PATH']}",
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        "CREDS_MESSAGES": "off",
    }
    found = Places(
        env, home / "src" / "ours", home / "src" / "theirs", home / "src" / "plain" / "er", home / "hooks"
    )
    for folder in (found.ours / "deep" / "er", found.theirs / "deep" / "er", found.outside, found.hooks):
        folder.mkdir(parents=True)
    values = "".join(f"KEY_{n}_TOKEN=value-{n:04}-{os.urandom(12).hex()}\n" for n in range(COUNT))
    run(("git", "init", "-q"), found.ours, env)
    subprocess.run(
        (CREDS, "import", "-", "--yes"),
        cwd=found.ours,
        env=env,
        input=values,
        text=True,
        check=True,
        capture_output=True,
    )
    (found.theirs / ".env").write_text(values)
    (found.theirs / ".envrc").write_text("dotenv\n")
    if shutil.which("direnv"):
        run(("direnv", "allow"), found.theirs, env)
    for shell in ("bash", "zsh", "fish"):
        (found.hooks / f"creds.{shell}").write_text(run((CREDS, "hook", shell), home, env))
        if shutil.which("direnv"):
            (found.hooks / f"direnv.{shell}").write_text(run(("direnv", "hook", shell), home, env))
    try:
        yield found
    finally:
        shutil.rmtree(home, ignore_errors=True)


def run(command: tuple[str, ...], cwd: Path, env: dict[str, str]) -> str:
    """Run a command that has to succeed; what it printed."""
    return subprocess.run(command, cwd=cwd, env=env, check=True, capture_output=True, text=True).stdout


def wall(command: tuple[str, ...], cwd: Path, env: dict[str, str]) -> float:
    """Seconds of one run, output thrown away."""
    began = time.perf_counter()
    subprocess.run(
        command,
        cwd=cwd,
        env=env,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    return time.perf_counter() - began


def median(values: list[float]) -> float:
    """The median."""
    return statistics.median(values)
