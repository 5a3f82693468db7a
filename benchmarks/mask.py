"""How fast `creds mask` is through real pipes, beside `cat` and `sed` with the same secrets, in turn in each round.

    python benchmarks/mask.py [--mib N] [--rounds N] [--long]

Each figure is the median of the rounds; a ratio is made within a round, so that a busy machine slows both sides. CPU
is the filter's own user and system time. `--long` also sends 4 GiB through and compares the peak memory.
"""

import argparse
import os
import random
import statistics
import string
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from report import Row, finish

ALPHABET = string.ascii_letters + string.digits
CREDS = str(Path(sys.executable).parent / "creds")
MIB = 1 << 20
SLOW = 8  # MiB for what takes 200 times as long as cat


def tokens(count: int, seed: int) -> list[str]:
    """Return so many secrets of 16 to 40 letters and digits."""
    made = random.Random(seed)
    return ["".join(made.choice(ALPHABET) for _ in range(made.randint(16, 40))) for _ in range(count)]


def log(size: int, every: int = 0, secrets: list[str] | None = None, *, colour: bool = False) -> bytes:
    """Return log-like text; a secret in every so many lines."""
    made, lines, total = random.Random(3), [], 0
    block = min(size, 4 * MIB)
    while total < block:
        ident = "".join(made.choice(ALPHABET) for _ in range(8))
        line = f"2026-11-25T18:00:{made.randint(0, 59):02d} INFO worker[{made.randint(1, 999)}] handled request id={ident}"
        line += f" path=/api/v1/items status=200 in {made.randint(1, 999)} ms\n"
        if every == 1 and secrets:
            line = f"{line[:42]}{made.choice(secrets)}\n"
        elif every and len(lines) % every == 0 and secrets:
            line = f"{line[:60]}{made.choice(secrets)}\n"
        if colour:
            line = f"\x1b[32m{line[:20]}\x1b[0m{line[20:]}"
        lines.append(line.encode())
        total += len(line)
    return (b"".join(lines) * (size // block + 1))[:size]


def through(command: list[str], file: Path) -> tuple[float, float]:
    """Send a file through a filter between two pipes: seconds, and CPU seconds of the filter."""
    start = time.perf_counter()
    source = subprocess.Popen(("cat", str(file)), stdout=subprocess.PIPE)
    filter_ = subprocess.Popen(command, stdin=source.stdout, stdout=subprocess.PIPE)
    sink = subprocess.Popen(("cat",), stdin=filter_.stdout, stdout=subprocess.DEVNULL)
    source.stdout.close()
    filter_.stdout.close()
    _, status, usage = os.wait4(filter_.pid, 0)
    filter_.returncode = status
    sink.wait()
    source.wait()
    if status:
        raise SystemExit(f"{command[0]} failed with {status}")
    return time.perf_counter() - start, usage.ru_utime + usage.ru_stime


def peak_of(command: list[str], file: Path) -> int:
    """Return the filter's peak in KiB; started by a small process, because a child begins with its parent's peak."""
    small = "import os,sys\npid=os.posix_spawn(sys.argv[1],sys.argv[1:],os.environ)\nprint(os.wait4(pid,0)[2].ru_maxrss,file=sys.stderr)"
    with file.open("rb") as source:
        done = subprocess.run(
            (sys.executable, "-I", "-S", "-c", small, *command), stdin=source, stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE, check=True,
        )  # fmt: skip
    return int(done.stderr.split()[-1])


def env_file(folder: Path, secrets: list[str]) -> Path:
    """Write the secrets as an env file."""
    path = folder / f"{len(secrets)}-{hash(tuple(secrets)) & 0xFFFF}.env"
    path.write_text("".join(f"TOKEN_{number}={secret}\n" for number, secret in enumerate(secrets)))
    return path


def mask(folder: Path, secrets: list[str], *, raw: bool = False) -> list[str]:
    """Return the command that masks these secrets."""
    path = str(env_file(folder, secrets))
    return [sys.executable, __file__, "--raw", path] if raw else [CREDS, "mask", "--env-file", path]


def sed(folder: Path, secrets: list[str]) -> list[str]:
    """Return the sed that masks the same, raw forms alone."""
    path = folder / f"{len(secrets)}.sed"
    path.write_text("".join(f"s/{secret}/****/g\n" for secret in secrets))
    return ["sed", "-u", "-f", str(path)]


def measure(  # noqa: PLR0917
    folder: Path, name: str, data: bytes, command: list[str], rounds: int, budget: float | None
) -> Row:
    """Measure one filter against cat, in turn."""
    file = folder / "data"
    file.write_bytes(data)
    ratios, rates, cpu = [], [], []
    for _ in range(rounds):
        plain, _ = through(["cat"], file)
        ours, used = through(command, file)
        ratios.append(plain / ours)
        rates.append(len(data) / ours / 1e6)
        cpu.append(used / len(data) * 1e9)
    ratio = statistics.median(ratios)
    figure = f"{statistics.median(rates):.0f} MB/s, {statistics.median(cpu):.2f} ns CPU a byte"
    peer = f"cat {statistics.median(rates) / ratio:.0f} MB/s"
    return Row(name, figure, ratio, peer, f"≥ {budget} × cat" if budget else "", budget and ratio >= budget)


def absolute(  # noqa: PLR0917 likewise
    folder: Path, name: str, data: bytes, command: list[str], rounds: int, least: float
) -> Row:
    """Measure one filter against a rate."""
    row = measure(folder, name, data, command, rounds, None)
    rate = float(row.figure.split()[0])
    return Row(name, row.figure, row.ratio, row.peer, f"≥ {least:.0f} MB/s", rate >= least)


def start_up(folder: Path, count: int, budget_ms: float | None, budget_mb: float) -> list[Row]:
    """Measure start-up until the first masked line, beside an empty interpreter, and the peak memory."""
    secrets = tokens(count, 5)
    file = folder / "one"
    file.write_text(f"a line with {secrets[0]} in it\n" * 2000)
    command = mask(folder, secrets)
    empty = [sys.executable, "-I", "-S", "-c", "import sys; sys.stdout.buffer.write(sys.stdin.buffer.read())"]
    times, cpu, bare = [], [], []
    for _ in range(5):
        _, plain = through(empty, file)
        took, used = through(command, file)
        times.append(took * 1e3)
        cpu.append(used * 1e3)
        bare.append(plain * 1e3)
    peak = peak_of(command, file)
    used = statistics.median(cpu)
    figure = f"{used:.0f} ms CPU, {statistics.median(times):.0f} ms"
    budget = f"≤ {budget_ms:.0f} ms" if budget_ms else ""
    kept = used <= budget_ms if budget_ms else None
    peer = f"python -I -S {statistics.median(bare):.0f} ms CPU"
    return [
        Row(f"start-up, {count} secrets", figure, used / statistics.median(bare), peer, budget, kept),
        Row(
            f"peak memory, {count} secrets",
            f"{peak / 1024:.0f} MB",
            None,
            "",
            f"≤ {budget_mb:.0f} MB",
            peak / 1024 <= budget_mb,
        ),
    ]


def small_lines(folder: Path, secrets: list[str]) -> Row:
    """Measure a writer that writes every line by itself."""
    line = "print 'one short line of output'\n"
    writer = f"import os\nfor _ in range(100000): os.write(1, b{line!r})"
    took = {}
    for name, command in (("cat", ["cat"]), ("mask", mask(folder, secrets))):
        start = time.perf_counter()
        source = subprocess.Popen((sys.executable, "-c", writer), stdout=subprocess.PIPE)
        subprocess.run(command, stdin=source.stdout, stdout=subprocess.DEVNULL, check=True)
        source.wait()
        took[name] = time.perf_counter() - start
    return Row(
        "100,000 lines, one write each",
        f"{took['mask']:.2f} s",
        took["mask"] / took["cat"],
        f"cat {took['cat']:.2f} s",
    )


def long_run(folder: Path, secrets: list[str]) -> Row:
    """Send 4 GiB through and compare the peak with that of 64 MiB: the gate is loaded once, after 16."""
    file = folder / "data"
    file.write_bytes(log(64 * MIB, 100, secrets))
    command = mask(folder, secrets)
    short = peak_of(command, file)
    os.truncate(file, 4 << 30)
    peak = peak_of(command, file)
    return Row(
        "peak memory over 4 GiB",
        f"{peak / 1024:.1f} MB",
        peak / short,
        f"64 MiB: {short / 1024:.1f} MB",
        "flat",
        peak < short * 1.2,
    )


def raw_filter(path: str) -> int:
    """Be the filter with the raw forms alone: what other tools look for."""
    from creds_shell.cli.pump import pump
    from creds_shell.core.dotenv import parse
    from creds_shell.masking import variants
    from creds_shell.masking.stream import Masker, Needles

    variants.needles_of = lambda name, value, **_: [variants.Needle("raw", name, value)]
    needles = Needles()
    for entry in parse(Path(path).read_bytes(), path):
        needles.add(entry.key, entry.value)
    return pump(Masker(needles), 0, 1)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", action="store_true")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--raw", metavar="ENV_FILE")
    args = parser.parse_args()
    if args.raw:
        raise SystemExit(raw_filter(args.raw))
    size, rounds = args.mib * MIB, args.rounds
    one, twenty, two_hundred, two_thousand = tokens(1, 1), tokens(20, 2), tokens(200, 3), tokens(2000, 4)
    clean = log(size)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = [
            measure(folder, "1 secret, all forms, no hit", clean, mask(folder, one), rounds, None),
            measure(folder, "20 secrets, raw, no hit", clean, mask(folder, twenty, raw=True), rounds, 0.5),
            measure(folder, "20 secrets, all forms, no hit", clean, mask(folder, twenty), rounds, 0.5),
            measure(
                folder, "200 secrets, raw, no hit", clean, mask(folder, two_hundred, raw=True), rounds, 0.45
            ),
            measure(folder, "200 secrets, all forms, no hit", clean, mask(folder, two_hundred), rounds, None),
            measure(
                folder,
                "2,000 secrets, raw, no hit",
                clean,
                mask(folder, two_thousand, raw=True),
                rounds,
                0.05,
            ),
            measure(
                folder, "2,000 secrets, all forms, no hit", clean, mask(folder, two_thousand), rounds, None
            ),
            measure(
                folder, "20 secrets, few hits", log(size, 1000, twenty), mask(folder, twenty), rounds, None
            ),
            measure(
                folder,
                "20 secrets, a hit every 75 bytes",
                log(size, 1, twenty),
                mask(folder, twenty),
                rounds,
                0.1,
            ),
            measure(
                folder,
                "20 secrets, coloured",
                log(size // 4, colour=True),
                mask(folder, twenty),
                rounds,
                None,
            ),
            measure(
                folder,
                "20 secrets, CRLF",
                log(size // 4).replace(b"\n", b"\r\n"),
                mask(folder, twenty),
                rounds,
                None,
            ),
            absolute(folder, "aaa…ab in aaaa…", b"a" * size, mask(folder, ["a" * 63 + "b"]), rounds, 200),
            absolute(
                folder,
                "aaa…ab and 20 more in aaaa…",
                b"a" * size,
                mask(folder, ["a" * 63 + "b", *twenty]),
                rounds,
                200,
            ),
            measure(folder, "sed, 20 secrets, raw", clean[: SLOW * MIB], sed(folder, twenty), 1, None),
            small_lines(folder, twenty),
            *start_up(folder, 20, None, 40),
            *start_up(folder, 2000, 150, 150),
        ]
        if args.long:
            rows.append(long_run(folder, twenty))
    finish("Masking through pipes", rows)


if __name__ == "__main__":
    main()
