"""What encryption at rest costs when a project is entered: the hook's own process, plain store against age files.

Two homes with the same 20 secrets, measured in turn; user plus system time of the child, which a busy machine
changes less than the clock.
"""

import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from report import Row, finish
from stage.scene import PATH

ROUNDS = 60
SECRETS = 20
BUDGET_MS = 3.0


def home(folder: Path, *, encrypted: bool) -> tuple[dict[str, str], Path]:
    """Make a home with a project of 20 secrets; return its environment and the repository."""
    runtime = folder / "run"
    runtime.mkdir(parents=True, mode=0o700)
    env = {
        "HOME": str(folder),
        "PATH": PATH,
        "XDG_RUNTIME_DIR": str(runtime),
        "LANG": "C.UTF-8",
    }
    repo = folder / "shop"
    subprocess.run(("git", "init", "-q", str(repo)), check=True)
    lines = "".join(f"KEY_{i}='value-{i}-0123456789abcdef'\n" for i in range(SECRETS))
    creds = ("creds", "import", "-", "--yes")
    subprocess.run(creds, input=lines, text=True, cwd=repo, env=env, check=True, stderr=subprocess.DEVNULL)
    if encrypted:
        command = ("creds", "store", "encrypt", "--yes")
        subprocess.run(command, cwd=repo, env=env, check=True, stderr=subprocess.DEVNULL)
    return env, repo


def boot(env: dict[str, str]) -> list[str]:
    """Return the command that the hook runs on entering."""
    shown = "; ".join(f'printf "%s\\0" "$__creds_{name}"' for name in ("python", "boot", "protocol", "mode"))
    text = subprocess.run(
        ("bash", "-c", f'eval "$(creds hook bash)"; {shown}'),
        env=env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    python, code, protocol, mode, _ = text.split("\0")
    return [python, "-I", "-S", "-c", code, "bash", protocol, mode]


def cost(command: list[str], env: dict[str, str], repo: Path) -> float:
    """Return the child's user and system time in milliseconds."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, env=env, cwd=repo, capture_output=True, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if b"KEY_0" not in done.stdout:
        sys.exit("nothing was loaded")
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def main() -> None:
    """Measure both in turn."""
    with tempfile.TemporaryDirectory(prefix="creds-bench-") as folder:
        plain = home(Path(folder) / "plain", encrypted=False)
        age = home(Path(folder) / "age", encrypted=True)
        command = boot(plain[0])
        costs: dict[str, list[float]] = {"plain": [], "age": []}
        for _ in range(ROUNDS):
            costs["plain"].append(cost(command, *plain))
            costs["age"].append(cost(command, *age))
    usual, sealed = (statistics.median(costs[name]) for name in ("plain", "age"))
    more = sealed - usual
    row = Row(
        "enter a project, encrypted store",
        f"{sealed:.1f} ms CPU (+{more:.1f} ms)",
        sealed / usual,
        f"plain store {usual:.1f} ms",
        f"at most +{BUDGET_MS:.0f} ms",
        kept=more <= BUDGET_MS,
    )
    finish("Encryption at rest", [row])


if __name__ == "__main__":
    main()
