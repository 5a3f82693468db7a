"""`creds exec`, used wrongly or where the system refuses: one error, the right status, no value and no traceback."""

import json
import os
import subprocess
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Creds = Callable[..., Any]

CREDS = os.path.join(sysconfig.get_path("scripts"), "creds")


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("exec",), 2, "no command"),
        (("exec", "--"), 2, "no command"),
        (("exec", "--nonsense", "--", "true"), 2, "--nonsense"),
        (("exec", "--allow-mis", "--", "true"), 2, "--allow-mis"),
        (("exec", "--only"), 2, "--only needs a value"),
        (("exec", "--reason", "--", "true"), 2, "--reason needs a value"),
        (("exec", "--env-file", "--only", "A_TOKEN", "--", "true"), 2, "--env-file needs a value"),
        (("exec", "--reason", "--project=other", "--", "true"), 2, "--reason needs a value"),
        (("exec", "--no-mask", "--patterns", "--", "true"), 2, "--no-mask shows what --patterns hides"),
        (("exec", "--tty=maybe", "--", "true"), 2, "--tty"),
        (("exec", "--env-file", "/no such", "--", "true"), 3, "hint: ls -l '/no such'"),
        (("exec", "--secret-env", "NOPE", "--", "true"), 3, "hint: --allow-missing goes on without it"),
        (("exec", "--access", "all", "--", "true"), 2, "--access"),
        (("exec", "--quiet=yes", "--", "true"), 2, "--quiet"),
        (("exec", "--", "no-such-program"), 127, "no-such-program: not found"),
        (("exec", "--", "./no-such-program"), 127, "not found"),
        (("exec", "--", "/tmp"), 126, "is a directory"),
        (("exec", "--", "/etc/passwd"), 126, "permission denied"),
        (("exec", "--", ""), 127, "not found"),
        (("exec", "--", "", "--", "true"), 127, "not found"),
        (("exec", "--no-mask", "--", "no-such-program"), 127, "not found"),
    ],
)
@pytest.mark.usefixtures("shop")
def test_bad_input(creds: Creds, words: tuple[str, ...], status: int, said: str) -> None:
    """One error, the right status, no traceback."""
    done = creds(*words)
    assert done.returncode == status
    assert done.stdout == ""
    assert said in done.stderr
    assert done.stderr.count("creds: error:") == 1


@pytest.mark.parametrize("first", ["#!/no/such/interpreter", "#!/bin/sh\r"])
@pytest.mark.usefixtures("shop")
def test_a_script_that_nothing_can_run_is_not_said_to_be_missing(
    creds: Creds, tmp_path: Path, first: str
) -> None:
    """The kernel has one error for both, and the file is there."""
    script = tmp_path / "script"
    script.write_text(f"{first}\n")
    script.chmod(0o755)
    done = creds("exec", "--", str(script))
    assert (done.returncode, done.stderr) == (
        127,
        f"creds: error: cannot run {script}: its interpreter is not found\n",
    )


@pytest.mark.usefixtures("shop")
def test_without_a_descriptor_to_spare_it_shows_no_traceback(home: Any, repo: Path) -> None:
    """Nothing is shown of the command either, where not even our own words can be loaded."""
    done = subprocess.run(
        ("sh", "-c", 'ulimit -n 7; exec "$0" exec -- echo started', CREDS),
        cwd=repo, env=home.env, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (70, "")
    assert done.stderr.splitlines()[-1].startswith("creds: error: ")
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("shop")
def test_errors_as_json(creds: Creds) -> None:
    """{version, error: {code, message, hints}} on stderr."""
    done = creds("exec", "--json", "--", "no-such-program")
    error = json.loads(done.stderr)
    assert error["version"] == 1
    assert set(error["error"]) == {"code", "message", "hints"}


@pytest.mark.usefixtures("shop")
def test_too_large_an_environment_names_the_largest_keys(creds: Creds, tmp_path: Path) -> None:
    """What the system refuses is explained, without a value."""
    big = tmp_path / "big.env"
    big.write_text("".join(f"BIG_{n}={'x' * (120_000 - n)}\n" for n in range(24)))
    done = creds("exec", "--env-file", str(big), "--", "true", *["y" * 100_000] * 12)
    assert done.returncode == 126
    assert "BIG_0" in done.stderr
    assert "xxx" not in done.stderr
    assert done.stderr.count("creds: error:") == 1
