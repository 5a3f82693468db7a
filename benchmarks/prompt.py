"""What a prompt costs in each shell: unchanged outside and inside, `cd` inside, entering and leaving; beside direnv.

The hook's functions are called as the prompt calls them, in a loop of one running shell, which is timed by that shell's
own clock in turn with an empty loop. A figure is the quickest round of the one less the quickest of the other: whatever
else the machine does can only add to a round.
"""

import shutil
import subprocess

from report import Row, finish
from stage.places import Places, places

ROUNDS = 7
CHEAP, DEAR = 500, 5  # repetitions in a round: of what starts no process, and of what does
HOOKS = {
    ("creds", "bash"): "__creds_hook; __creds_heal",
    ("creds", "zsh"): "__creds_hook",
    ("creds", "fish"): "__creds_hook",
    ("direnv", "bash"): "_direnv_hook",
    ("direnv", "zsh"): "_direnv_hook",
    ("direnv", "fish"): "__direnv_export_eval",
}
# Each prints a line for a round: microseconds of the loop, and of the empty one.
LOOPS = {
    "bash": """
. {file}; cd {where}; {hook}; {hook}
for ((round = 0; round < {rounds}; round++)); do
  began=${{EPOCHREALTIME/[.,]/}}; for ((i = 0; i < {n}; i++)); do {body}; done
  middle=${{EPOCHREALTIME/[.,]/}}; for ((i = 0; i < {n}; i++)); do :; done
  echo $((middle - began)) $((${{EPOCHREALTIME/[.,]/}} - middle))
done""",
    "zsh": """
zmodload zsh/datetime; source {file}; cd {where}; {hook}; {hook}; integer began middle end
for ((round = 0; round < {rounds}; round++)); do
  ((began = EPOCHREALTIME * 1000000)); for ((i = 0; i < {n}; i++)); do {body}; done
  ((middle = EPOCHREALTIME * 1000000)); for ((i = 0; i < {n}; i++)); do :; done
  ((end = EPOCHREALTIME * 1000000)); echo $((middle - began)) $((end - middle))
done""",
    "fish": """
source {file}; cd {where}; {hook}; {hook}
for round in (seq {rounds})
  set began (date +%s%6N); for i in (seq {n}); {body}; end
  set middle (date +%s%6N); for i in (seq {n}); true; end
  set end (date +%s%6N); echo (math $middle - $began) (math $end - $middle)
end""",
}
FLAGS = {"bash": ("--norc",), "zsh": ("-f",), "fish": ("--no-config",)}
CASES = (
    ("unchanged, outside", 0.1),
    ("unchanged, inside", 0.1),
    ("cd inside", None),
    ("enter and leave", None),
)


def seconds(found: Places, who: tuple[str, str], where: str, body: str, times: int) -> float:
    """Seconds of one repetition of `body`, in which `@` is the call of the hook of `who` (tool, shell)."""
    tool, shell = who
    hook = HOOKS[who]
    text = LOOPS[shell].format(
        file=found.hooks / f"{tool}.{shell}",
        where=where,
        hook=hook,
        n=times,
        rounds=ROUNDS,
        body=body.replace("@", hook),
    )
    done = subprocess.run(
        (shell, *FLAGS[shell], "-c", text),
        cwd=found.outside,
        env=found.env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        check=True,
    )
    rounds = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    return (min(spent for spent, _ in rounds) - min(empty for _, empty in rounds)) / times / 1e6


def figure_of(found: Places, who: tuple[str, str], what: str) -> float:
    """Seconds of one case for one tool in one shell."""
    root = found.ours if who[0] == "creds" else found.theirs
    where, body, times = {
        "unchanged, outside": (found.outside, "@", CHEAP),
        "unchanged, inside": (root / "deep", "@", CHEAP),
        "cd inside": (root, f"cd {root}/deep/er; @; cd {root}; @", CHEAP),
        "enter and leave": (found.outside, f"cd {root}; @; cd {found.outside}; @", DEAR),
    }[what]
    return seconds(found, who, str(where), body, DEAR if who[0] == "direnv" else times)


def rows_of(found: Places, shell: str) -> list[Row]:
    """All rows of one shell."""
    rows = []
    for what, budget in CASES:
        ours = figure_of(found, ("creds", shell), what)
        peer = figure_of(found, ("direnv", shell), what) if shutil.which("direnv") else None
        rows.append(
            Row(
                f"{shell}: {what}",
                f"{ours * 1000:.3f} ms",
                ours / peer if peer else None,
                f"direnv {peer * 1000:.2f} ms" if peer else "",
                f"≤ {budget} ms" if budget else "",
                ours * 1000 <= budget if budget else None,
            )
        )
    return rows


def main() -> None:
    """Measure every shell that is here."""
    with places() as found:
        rows = [
            row for shell in ("bash", "zsh", "fish") if shutil.which(shell) for row in rows_of(found, shell)
        ]
    finish("a prompt", rows)


if __name__ == "__main__":
    main()
