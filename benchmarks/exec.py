"""`creds exec -- true` with 20 masked secrets, on pipes and on a terminal, against direnv, dotenvx, varlock and Python."""

import shutil
import subprocess
import sys
from statistics import median

from report import Row, finish
from stage.installed import installed
from stage.relay import relay_rows
from stage.scene import BARE, Scene, instructions, interleaved, on_a_terminal, quietly, ratio_of, scene

SECRETS, ROUNDS = 20, 30
DIRENV_BUDGET, PIPE_BUDGET, TERMINAL_BUDGET = 0.8, 1.6, 2.2
EXEC = ["exec", "--", "true"]


def runs(where: Scene, ours: list[str]) -> dict[str, object]:
    """What is compared; peers that are not installed are left out."""
    compared = {
        "pipes": quietly(ours, where.repo, where.env),
        "python": quietly(BARE, where.repo, where.env),
        "terminal": on_a_terminal(ours, where.repo, where.env),
        "python on a terminal": on_a_terminal(BARE, where.repo, where.env),
    }
    if shutil.which("direnv"):
        subprocess.run(("direnv", "allow"), cwd=where.twin, env=where.env, check=True, capture_output=True)
        compared["direnv exec"] = quietly(["direnv", "exec", ".", "true"], where.twin, where.env)
    peers = {
        "dotenvx run": ["dotenvx", "run", "--redact", "--", "true"],
        "varlock run": ["varlock", "run", "--", "true"],
    }
    for name, command in peers.items():
        if shutil.which(command[0]) and works(command, where):
            compared[name] = quietly(command, where.twin, where.env)
    return compared


def works(command: list[str], where: Scene) -> bool:
    """Whether a peer runs here at all (varlock wants a newer Node than some machines have)."""
    done = subprocess.run(
        command, cwd=where.twin, env=where.env, capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    return done.returncode == 0


def main() -> None:
    """Measure and report."""
    with scene(SECRETS) as where:
        ours = [str(installed(where.home)), *EXEC]
        times = interleaved(runs(where, ours), ROUNDS)  # type: ignore[arg-type]
        counted = (
            [instructions(command, where.repo, where.env) for command in (ours, BARE)]
            if shutil.which("valgrind")
            else []
        )
    took = {name: median(found) for name, found in times.items()}
    rows = []
    for what, floor, budget in (
        ("pipes", "python", PIPE_BUDGET),
        ("terminal", "python on a terminal", TERMINAL_BUDGET),
    ):
        ratio = ratio_of(times[what], times[floor])
        rows.append(
            Row(f"creds exec -- true, {what}", f"{took[what]:.1f} ms", ratio, f"python -I -S -c pass {took[floor]:.1f} ms",
                f"<= {budget} x", kept=ratio <= budget)
        )  # fmt: skip
    for peer in ("direnv exec", "dotenvx run", "varlock run"):
        if peer in took:
            ratio = ratio_of(times["pipes"], times[peer])
            budget = DIRENV_BUDGET if peer == "direnv exec" else None
            rows.append(
                Row("creds exec -- true, pipes", f"{took['pipes']:.1f} ms", ratio, f"{peer} {took[peer]:.1f} ms",
                    f"<= {budget} x" if budget else "", kept=ratio <= budget if budget else None)
            )  # fmt: skip
    if counted:
        million = [f"{number / 1e6:.1f} million" for number in counted]
        rows.append(
            Row("creds exec -- true, pipes, instructions", million[0], counted[0] / counted[1],
                f"python -I -S -c pass {million[1]}")
        )  # fmt: skip
    rows += relay_rows()
    finish("Running a command", rows)


if __name__ == "__main__":
    sys.exit(main())
