"""A prompt at which nothing changed, and leaving: microseconds in each shell, beside direnv's hook in bash.

The shell itself calls what it calls before a prompt, many times, and reads its own clock.
"""

import re
import shutil
import subprocess

from report import Row, finish
from scene import Scene, scene

SECRETS, ROUNDS, SLOW_ROUNDS = 20, 2000, 40
BUDGET_US = 100.0

# shell: how it is started, what is typed. `before` is what the shell runs before a prompt.
BASH = """eval "$(creds hook bash)"
cd shop
before() {{ for c in "${{PROMPT_COMMAND[@]}}"; do eval "$c"; done; }}
t=$EPOCHREALTIME; for ((i = 0; i < {rounds}; i++)); do before; done; u=$EPOCHREALTIME
echo "same $((${{u/./}} - ${{t/./}}))"
t=$EPOCHREALTIME; for ((i = 0; i < {rounds}; i++)); do for c in : :; do eval "$c"; done; done; u=$EPOCHREALTIME
echo "loop $((${{u/./}} - ${{t/./}}))"
exit
"""
ZSH = """zmodload zsh/datetime
eval "$(creds hook zsh)"
cd shop
before() {{ for f in $precmd_functions; do $f; done; }}
t=$EPOCHREALTIME; for ((i = 0; i < {rounds}; i++)); do before; done; u=$EPOCHREALTIME
printf 'same %.0f\\n' $(( (u - t) * 1000000 ))
nothing() {{ : }}
t=$EPOCHREALTIME; for ((i = 0; i < {rounds}; i++)); do for f in nothing; do $f; done; done; u=$EPOCHREALTIME
printf 'loop %.0f\\n' $(( (u - t) * 1000000 ))
exit
"""
FISH = """creds hook fish | source
cd shop
set t (date +%s%N); for i in (seq {rounds}); emit fish_prompt; end; set u (date +%s%N)
echo same (math "($u - $t) / 1000")
set t (date +%s%N); for i in (seq {rounds}); emit nothing_at_all; end; set u (date +%s%N)
echo loop (math "($u - $t) / 1000")
exit
"""
DIRENV = """eval "$(direnv hook bash)"
cd direnv
t=$EPOCHREALTIME; for ((i = 0; i < {rounds}; i++)); do _direnv_hook; done; u=$EPOCHREALTIME
echo "same $((${{u/./}} - ${{t/./}}))"
echo "loop 0"
exit
"""
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], BASH, ROUNDS),
    "zsh": (["zsh", "-f", "-i"], ZSH, ROUNDS),
    "fish": (["fish", "--no-config", "-i"], FISH, ROUNDS),
    "direnv": (["bash", "--norc", "--noprofile", "-i"], DIRENV, SLOW_ROUNDS),
}


def microseconds(name: str, where: Scene) -> float:
    """Return one prompt's cost, the loop around it taken off."""
    command, text, rounds = SHELLS[name]
    done = subprocess.run(
        command, input=text.format(rounds=rounds), cwd=where.home, env=where.env | {"TERM": "dumb"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = dict(re.findall(r"^(same|loop) (\d+)", done.stdout, re.MULTILINE))
    return (int(found["same"]) - int(found["loop"])) / rounds


def main() -> None:
    """Measure each shell that is there."""
    rows = []
    with scene(SECRETS) as where:
        peer = ""
        if shutil.which("direnv"):
            subprocess.run(
                ("direnv", "allow"), cwd=where.twin, env=where.env, check=True, capture_output=True
            )
            theirs = microseconds("direnv", where)
            peer = f"direnv {theirs:.0f} µs, one process"
        for shell in ("bash", "zsh", "fish"):
            if shutil.which(shell):
                took = min(microseconds(shell, where) for _ in range(3))
                ratio = took / theirs if peer else None
                row = Row(
                    f"prompt, nothing changed, {shell}",
                    f"{took:.0f} µs",
                    ratio,
                    peer,
                    f"<= {BUDGET_US:.0f} µs",
                    took <= BUDGET_US,
                )
                rows.append(row)
    finish("The prompt", rows)


if __name__ == "__main__":
    main()
