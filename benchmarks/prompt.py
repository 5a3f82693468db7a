"""What a prompt costs in each shell: unchanged outside and inside, `cd` inside, entering and leaving; beside direnv.

Each figure is the difference between a script that does it N times and one that does it never, divided by N; the
hook's functions are called as the prompt calls them.
"""

import shutil

from report import Row, finish
from stage.places import Places, median, places, wall

ROUNDS = 5
CHEAP, DEAR = 2000, 20  # repetitions: of what starts no process, and of what does
HOOKS = {
    ("creds", "bash"): "__creds_hook; __creds_heal",
    ("creds", "zsh"): "__creds_hook",
    ("creds", "fish"): "__creds_hook",
    ("direnv", "bash"): "_direnv_hook",
    ("direnv", "zsh"): "_direnv_hook",
    ("direnv", "fish"): "__direnv_export_eval",
}
LOOPS = {
    "bash": ". {file}; cd {where}; {hook}; {hook}; for ((i = 0; i < {n}; i++)); do {body}; done",
    "zsh": "source {file}; cd {where}; {hook}; {hook}; for ((i = 0; i < {n}; i++)); do {body}; done",
    "fish": "source {file}; cd {where}; {hook}; {hook}; for i in (seq {n}); {body}; end",
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
    measured: list[float] = []
    for _ in range(ROUNDS):
        spent = []
        for n in (times, 0):
            text = LOOPS[shell].format(
                file=found.hooks / f"{tool}.{shell}",
                where=where,
                hook=hook,
                n=n,
                body=body.replace("@", hook),
            )
            spent.append(wall((shell, *FLAGS[shell], "-c", text), found.outside, found.env))
        measured.append((spent[0] - spent[1]) / times)
    return median(measured)


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
