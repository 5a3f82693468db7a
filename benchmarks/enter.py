"""What entering a project with 20 secrets costs: the hook's one process beside direnv's, in time and in instructions."""

import re
import shutil
import subprocess
import sys

from report import Row, finish
from stage.places import COUNT, Places, median, places, wall
from stage.terminals import CREDS

ROUNDS = 40
PASS = (sys.executable, "-I", "-S", "-c", "pass")


def hook_command(found: Places) -> tuple[str, ...]:
    """The very command line that the bash hook starts."""
    script = f'. {found.hooks}/creds.bash; printf "%s\\n" "$__creds_python" "$__creds_boot" "$__creds_protocol" "$__creds_mode"'
    done = subprocess.run(
        ("bash", "--norc", "-c", script), env=found.env, capture_output=True, text=True, check=True
    )
    python, boot, protocol, mode = done.stdout.splitlines()
    return (python, "-X", "utf8", "-I", "-S", "-c", boot, "bash", protocol, mode)


def instructions(command: tuple[str, ...], found: Places) -> int | None:
    """Instructions of a run under valgrind, None without it."""
    if not shutil.which("valgrind"):
        return None
    words = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", *command)
    done = subprocess.run(words, cwd=found.ours, env=found.env, capture_output=True, text=True, check=True)
    counted = re.search(r"Collected : (\d+)", done.stderr)
    return int(counted.group(1)) if counted else None


def main() -> None:
    """Time them in turn, then count."""
    with places() as found:
        hook = hook_command(found)
        commands = {
            "hook": (hook, found.ours),
            "command": ((CREDS, "export", "bash"), found.ours),
            "python": (PASS, found.ours),
        }
        if shutil.which("direnv"):
            commands["direnv"] = (("direnv", "export", "bash"), found.theirs)
        times: dict[str, list[float]] = {name: [] for name in commands}
        wall(hook, found.ours, found.env)
        for _ in range(ROUNDS):
            for name, (command, cwd) in commands.items():
                times[name].append(wall(command, cwd, found.env))
        ours = median(times["hook"])
        rows = []
        for name, figure in (("enter", ours), ("`creds export bash` by itself", median(times["command"]))):
            if "direnv" in times:
                peer = median(times["direnv"])
                rows.append(
                    Row(
                        f"{name}, {COUNT} secrets", f"{figure * 1000:.1f} ms", figure / peer,
                        f"direnv {peer * 1000:.1f} ms", "≤ 0.35 ×" if name == "enter" else "",
                        figure / peer <= 0.35 if name == "enter" else None,
                    )
                )  # fmt: skip
        bare = median(times["python"])
        rows.append(
            Row("enter", f"{ours * 1000:.1f} ms", ours / bare, f"python -I -S -c pass {bare * 1000:.1f} ms")
        )
        counted, least = instructions(hook, found), instructions(PASS, found)
        if counted and least:
            peer = f"python -I -S -c pass {least / 1e6:.2f} million"
            rows.append(
                Row(
                    "enter, instructions",
                    f"{counted / 1e6:.2f} million",
                    counted / least,
                    peer,
                    "≤ 1.25 ×",
                    counted / least <= 1.25,
                )
            )
    finish(f"entering a project, {COUNT} secrets", rows)


if __name__ == "__main__":
    main()
