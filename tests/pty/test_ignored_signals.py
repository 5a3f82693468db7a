"""What a calling shell ignores, the command finds ignored, and nothing else: the interpreter's own habits stay ours."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import default_signals

LOOK = "bash -c trap"  # names those that it found ignored
SHELLS = ("bash", "zsh", "dash", "fish")
IGNORES = {
    "nothing": "{w} {look}; true",
    "SIGPIPE": "trap '' PIPE; {w} {look}; true",
    "SIGTERM and SIGHUP": "trap '' TERM HUP; {w} {look}; true",
}


@pytest.mark.parametrize("name", [*IGNORES, *(f"{name}, by a script" for name in IGNORES)])
@pytest.mark.parametrize("shell", SHELLS)
def test_the_command_finds_what_the_shell_passes_on(
    home: Any, wrap: str, tmp_path: Path, shell: str, name: str
) -> None:
    """Also where a script has given its process a name that is no shell's, and under fish, which ignores for itself."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not here")
    found = []
    for prefix in ("", wrap):
        text = IGNORES[name.partition(",")[0]].format(w=prefix, look=LOOK)
        script = tmp_path / "script"
        script.write_text(f"#!{program}\n{text}\n")
        script.chmod(0o755)
        command = [str(script)] if name.endswith("script") else [program, "-c", text]
        done = subprocess.run(
            command, env=home.env, capture_output=True, timeout=60, check=True, preexec_fn=default_signals
        )
        found.append((done.stdout, done.stderr))
    assert found[1] == found[0]


def test_a_shell_that_an_upgrade_has_replaced_passes_on_what_it_ignores(
    home: Any, wrap: str, tmp_path: Path
) -> None:
    """It runs on, from a file that has no name any more."""
    shell = tmp_path / "bash"
    shutil.copy(shutil.which("bash") or "", shell)
    text = f"rm {shell}; trap '' PIPE; {wrap} {LOOK}; true"
    done = subprocess.run(
        [shell, "-c", text],
        env=home.env,
        capture_output=True,
        timeout=60,
        check=True,
        preexec_fn=default_signals,
    )
    assert done.stdout == b"trap -- '' SIGPIPE\n"
