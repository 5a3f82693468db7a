"""Standard streams that are closed, full or no longer read: what was asked for is done, and said where it can be."""

import os
import subprocess
import sys
import sysconfig

import pytest

from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

BIN = sysconfig.get_path("scripts")


@pytest.fixture
def shell(home, repo, creds):
    """Run a line of sh in a project that has a secret."""
    assert creds("set", "FIRST", "--stdin", input="first-value").returncode == 0

    def run(line):
        return subprocess.run(
            ("sh", "-c", line),
            cwd=repo,
            env=home.env | {"PATH": f"{BIN}{os.pathsep}{os.defpath}"},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


@pytest.mark.parametrize(
    "command",
    ["list", "list --json", "get FIRST", "status", "help", "list --help", "mask --patterns <.git/HEAD"],
)
@pytest.mark.parametrize(
    ("where", "said"),
    [
        pytest.param(
            "/dev/full",
            "cannot write to stdout: no space left on device",
            marks=pytest.mark.skipif(sys.platform == "darwin", reason="no /dev/full there"),
        ),
        ("&-", "stdout is closed"),
    ],
)
def test_output_that_cannot_be_written_is_an_error(shell, command, where, said):
    """Exit 1 and one line; no traceback of the interpreter's last flush."""
    done = shell(f"FORCE_COLOR=1 creds {command} >{where}")
    assert (done.returncode, done.stdout) == (1, "")
    assert said in done.stderr
    assert "Exception" not in done.stderr


@pytest.mark.parametrize("command", ["hook bash", "export bash"])
def test_shell_code_for_a_closed_stdout_is_an_error_too(shell, command):
    """No report of an internal fault: the caller closed it."""
    done = shell(f"creds {command} >&-")
    assert (done.returncode, "stdout is closed" in done.stderr) == (1, True)


@pytest.mark.parametrize("closed", ["2>&-", ">&-", ">&- 2>&-"])
def test_a_closed_stream_takes_nothing_from_a_write(shell, home, closed):
    """Nothing that creds opens lands on the number that messages are written to."""
    assert shell(f"printf second-value | creds set SECOND --stdin {closed}").returncode == 0
    stored = DotEnvSecretsProvider().get_bundle("shop").as_bytes()
    assert stored == {"FIRST": b"first-value", "SECOND": b"second-value"}
    assert "creds:" not in home.store("shop").read_text()


def test_a_closed_stdin_is_no_value(shell):
    """And no terminal either."""
    assert shell("creds set SECOND --stdin <&-").returncode == 1
    assert shell("creds set SECOND <&-").returncode == 2


def test_a_reader_that_goes_early_is_success(shell):
    """`creds list | head`."""
    done = shell("{ creds help; echo $? >&2; } | head -n 1")
    assert (done.stdout.count("\n"), done.stderr) == (1, "0\n")
