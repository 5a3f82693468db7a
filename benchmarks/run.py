"""Runs every benchmark of this folder and writes one table to docs/benchmarks.md, with the machine described.

    python benchmarks/run.py [NAME…]

Peers are measured in the same run: direnv from Debian; dotenvx and varlock from npm, installed below build/peers.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from report import HEADS, Row, cells

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
PEERS = ROOT / "build" / "peers"
# package: version. varlock 1 says it needs Node 22 and runs on 20; without a version npm takes 0.0.2 there.
NPM_PEERS = {"@dotenvx/dotenvx": "2", "varlock": "1.20.0"}
NOT_BENCHMARKS = {"run.py", "report.py"}
BOUND = 1200  # seconds for one benchmark

INTRODUCTION = """\
# Benchmarks

Written by `make bench`; not edited by hand. Every figure is a median of interleaved runs on one machine, and what counts is the
ratio: the same work done by a peer, or by the bare command, on the same machine in the same run.
"""


def machine() -> list[str]:
    """Describe what the figures were measured on."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in _text("/proc/cpuinfo").splitlines()
            if line.startswith("model name")
        ),
        platform.machine(),
    )
    memory = _text("/proc/meminfo").partition("MemTotal:")[2].split("kB")[0].strip()
    name = next(
        (
            line.split("=", 1)[1].strip('"')
            for line in _text("/etc/os-release").splitlines()
            if line.startswith("PRETTY_NAME")
        ),
        platform.system(),
    )
    load = os.getloadavg()[0]
    busy = load > (os.cpu_count() or 1)
    note = "; **busy with other work: times are too high, ratios are interleaved**" if busy else ""
    return [
        f"- {os.cpu_count()} × {model}, {int(memory or 0) // 1048576} GiB",
        f"- {name}, Linux {platform.release()}",
        f"- Python {platform.python_version()}; {', '.join(versions())}",
        f"- {datetime.now(UTC):%Y-%m-%d}, load before the run {load:.2f}{note}",
    ]


def versions() -> list[str]:
    """The versions of the shells and peers that are present."""
    found = []
    for name in ("bash", "zsh", "fish", "direnv", "dotenvx", "varlock"):
        if shutil.which(name):
            done = subprocess.run((name, "--version"), capture_output=True, text=True, check=False)
            words = [w for w in done.stdout.replace(",", " ").split() if w[:1].isdigit() and "." in w]
            found.append(f"{name} {words[0].split('(')[0] if words else '?'}")
    return found


def _text(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except OSError:
        return ""


def install_peers() -> None:
    """Bring the peers that npm has; without npm their rows are missing, and the page says so."""
    wanted = [f"{p}@{v}" for p, v in NPM_PEERS.items() if not (PEERS / "node_modules" / p).exists()]
    if shutil.which("npm") and wanted:
        command = ("npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(PEERS), *wanted)
        subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    bins = PEERS / "node_modules" / ".bin"
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"], str(bins)])


def run(script: Path) -> str:
    """Run one benchmark and return its part of the page."""
    print(f"{script.name} …", file=sys.stderr)
    try:
        done = subprocess.run(
            (sys.executable, str(script), "--json"), capture_output=True, text=True, check=False, timeout=BOUND,
            stdin=subprocess.DEVNULL, cwd=ROOT,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"## {script.stem}\n\nnot measured: it took longer than {BOUND} s\n"
    if done.returncode != 0:
        print(done.stderr[-2000:], file=sys.stderr)
        return f"## {script.stem}\n\nnot measured: it failed with status {done.returncode}\n"
    try:
        result = json.loads(done.stdout.splitlines()[-1])
        rows = [Row(**row) for row in result["rows"]]
    except (ValueError, KeyError, TypeError, IndexError):
        return f"## {script.stem}\n\n```\n{done.stdout.strip()}\n```\n"
    return f"## {result['title']}\n\n{markdown(rows)}\n"


def markdown(rows: list[Row]) -> str:
    """Return rows as a table."""
    lines = [HEADS, ["---"] * len(HEADS), *(cells(row) for row in rows)]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)


def main() -> None:
    """Run the named benchmarks, or all, and write the page."""
    install_peers()
    scripts = sorted(p for p in HERE.glob("*.py") if p.name not in NOT_BENCHMARKS)
    if sys.argv[1:]:
        scripts = [p for p in scripts if p.stem in sys.argv[1:]]
    parts = [INTRODUCTION, "\n".join(machine()) + "\n", *(run(script) for script in scripts)]
    page = "\n".join(parts)
    (ROOT / "docs" / "benchmarks.md").write_text(page, encoding="utf-8")
    print(page)


if __name__ == "__main__":
    main()
