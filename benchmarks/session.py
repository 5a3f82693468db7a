"""What working in `creds shell` costs: a key's echo, throughput, registering values; beside a bare PTY relay and script."""

import os
import statistics
import sys
from pathlib import Path

from report import Row, finish
from stage.terminals import CREDS, RELAY, Typist, median_echoes, project, seconds_in_terminal

BYTES = (4 if "--quick" in sys.argv else 32) << 20
MIB = 1 << 20
SHELL = "#!/bin/sh\nPS1='rea''dy> ' ENV= exec bash --norc --noprofile -i\n"
REGISTER = """
import os, time
from creds_shell.core import frame
values = [os.urandom(16).hex().encode() for _ in range(300)]
names = [f"FRESH_{n}_TOKEN" for n in range(300)]
began = time.perf_counter()
answer = frame.register(values, names)
print("registered", answer, round((time.perf_counter() - began) * 1000, 2), "end")
"""


def echo(env: dict[str, str], shell: str) -> list[Row]:
    """A key at the prompt of bash until its echo."""
    commands = {
        "creds": (CREDS, "shell", "--shell", shell),
        "a bare PTY relay (pty.spawn)": (*RELAY, shell),
        "script -qc": ("script", "-qc", shell, "/dev/null"),
        "no relay": (shell,),
    }
    typists = {name: Typist(command, env, b"ready> ") for name, command in commands.items()}
    medians = median_echoes(typists)
    ours = typists["creds"]
    os.write(ours.master, b"\x15")
    beginning = statistics.median(ours.echo(b"value-0"[n : n + 1]) for n in range(7))
    for typist in typists.values():
        typist.close()
    rows = [
        Row(
            "key echo at a prompt",
            f"{medians['creds'] * 1e6:.0f} µs",
            medians["creds"] / median,
            f"{name} {median * 1e6:.0f} µs",
            "≤ 2" if name.startswith("a bare") else "",
            medians["creds"] / median <= 2 if name.startswith("a bare") else None,
        )
        for name, median in medians.items()
        if name != "creds"
    ]
    text = f"{beginning * 1e6:.0f} µs"
    rows.append(
        Row(
            "… of keys that begin a secret",
            text,
            beginning / medians["creds"],
            "any other key",
            "no delay",
            beginning < 0.02,
        )
    )
    return rows


def throughput(env: dict[str, str], folder: Path) -> list[Row]:
    """A long output in the session."""
    script = folder / "long"
    script.write_text(f"#!/bin/sh\nexec head -c {BYTES} /dev/zero\n")
    script.chmod(0o755)
    runs = {
        "creds": (CREDS, "shell", "--quiet", "--shell", str(script)),
        "a bare PTY relay (pty.spawn)": (*RELAY, str(script)),
        "script -qc": ("script", "-qc", str(script), "/dev/null"),
    }
    taken = {name: min(seconds_in_terminal(command, env) for _ in range(3)) for name, command in runs.items()}
    speed = {name: f"{BYTES / seconds / MIB:.0f} MiB/s" for name, seconds in taken.items()}
    return [
        Row(
            f"{BYTES // MIB} MiB of output", speed["creds"], seconds / taken["creds"], f"{name} {speed[name]}"
        )
        for name, seconds in taken.items()
        if name != "creds"
    ]


def registering(env: dict[str, str], shell: str, folder: Path) -> list[Row]:
    """300 fresh values until the acknowledgement."""
    (folder / "register.py").write_text(REGISTER)
    typist = Typist((CREDS, "shell", "--session", "--shell", shell), env, b"ready> ")
    os.write(typist.master, f"{sys.executable} {folder}/register.py\r".encode())
    seen = b""
    while b" end" not in seen:
        seen += os.read(typist.master, 65536)
    typist.close()
    milliseconds = seen.partition(b"acked ")[2].split()[0].decode()
    return [Row("300 values registered and acknowledged", f"{milliseconds} ms")]


def main() -> None:
    """Measure all and print."""
    with project() as env:
        folder = Path(env["HOME"])
        os.chdir(folder)
        shell = folder / "shell"
        shell.write_text(SHELL)
        shell.chmod(0o755)
        rows = [*echo(env, str(shell)), *throughput(env, folder), *registering(env, str(shell), folder)]
        finish("session", rows)


if __name__ == "__main__":
    main()
