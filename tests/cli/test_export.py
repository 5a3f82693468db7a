"""`creds export SHELL` for scripts: all of it or nothing."""

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[..., object]
VALUES = {"API_KEY": "s3cret'one", "MULTI": "a\nb\t$(x)`y`\\", "EMPTY": "", "ODD": "\udcff\udcfe é"}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_script_evaluates_it(creds: Run, home: object, repo: Path, shell: str) -> None:
    """Every byte arrives, in a strict script too, and the audit log has one record."""
    for key, value in VALUES.items():
        done = creds("set", key, "--file", "/dev/stdin", input=os.fsencode(value), text=False)
        assert done.returncode == 0, done.stderr
    use = "creds export fish | source" if shell == "fish" else f'set -eu; eval "$(creds export {shell})"'
    code = f"{use}; command env -0"
    done = subprocess.run([shell, "-c", code], cwd=repo, env=home.env, capture_output=True, check=True)
    got = dict(item.split(b"=", 1) for item in done.stdout.split(b"\0") if b"=" in item)
    assert {key: got[key.encode()] for key in VALUES} == {
        key: os.fsencode(value) for key, value in VALUES.items()
    }
    assert done.stderr == b""
    records = [json.loads(line) for line in home.audit.read_text().splitlines()]
    assert [one["action"] for one in records].count("export") == 1
    assert "s3cret" not in home.audit.read_text()


def test_unbound_blocked_and_denied_print_nothing(creds: Run, repo: Path) -> None:
    """Exit 4, stdout empty."""
    done = creds("export", "bash")
    assert (done.returncode, done.stdout) == (4, "")
    assert "creds: hint: " in done.stderr
    creds("set", "API_KEY", "--stdin", input="s3cret-one")
    creds("use", "dotenv-global", "--also", "env-file")
    (repo / ".env").write_text("FROM_FILE=x\n")
    done = creds("export", "bash")
    assert (done.returncode, done.stdout) == (4, "")
    assert "creds allow" in done.stderr
    creds("deny")
    done = creds("export", "bash")
    assert (done.returncode, done.stdout) == (4, "")


def test_what_a_script_would_miss_is_said(creds: Run, repo: Path, home: object) -> None:
    """Nothing at all, a name that is not confirmed, a required key, and what only exec and shell may have."""
    creds("set", "API_KEY", "--stdin", input="s3cret-one")
    with home.store("shop").open("a") as store:
        store.write('LD_PRELOAD="/x.so"\n')
    (repo / "creds.toml").write_text("[keys.MUST]\nrequired = true\n")
    done = creds("export", "bash")
    assert done.stdout == "unset -v API_KEY; export API_KEY='s3cret-one'\n"
    assert "creds: warning: LD_PRELOAD not set, " in done.stderr
    assert "creds: warning: required and missing: MUST" in done.stderr
    assert "shop has no secrets here" in creds("export", "bash", "-e", "staging").stderr
    creds("set", "API_KEY", "--stdin", "-e", "production", input="s3cret-two")
    done = creds("export", "bash", "-e", "production")
    assert (done.returncode, done.stdout) == (0, "")
    assert "1 of shop (production) not set, only exec and shell may have them: creds exec" in done.stderr


def test_outside_of_a_repository_and_with_a_named_project(creds: Run, tmp_path: Path) -> None:
    """--project needs no repository."""
    creds("set", "API_KEY", "--stdin", input="s3cret-one")
    done = creds("export", "bash", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (3, "")
    done = creds("export", "bash", "--project", "shop", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "unset -v API_KEY; export API_KEY='s3cret-one'\n")
    done = creds("--project", "shop", "export", "zsh", cwd=tmp_path)
    assert done.returncode == 0
    assert "API_KEY='s3cret-one'" in done.stdout


def test_agents_get_nothing(creds: Run) -> None:
    """A person's config may grant it."""
    creds("set", "API_KEY", "--stdin", input="s3cret-one")
    done = creds("export", "bash", env={"CLAUDECODE": "1"})
    assert (done.returncode, done.stdout) == (4, "")


def test_errors_as_json_and_usage(creds: Run) -> None:
    """The command line answers what is not plain."""
    done = creds("export", "bash", "--json")
    assert done.returncode == 4
    assert json.loads(done.stderr)["error"]["code"]
    assert creds("export").returncode == 2
    assert creds("export", "tcsh").returncode == 2
    assert creds("export", "bash", "--nonsense").returncode == 2
    assert creds("export", "--help").returncode == 0


def test_a_damaged_store_prints_nothing(creds: Run, home: object) -> None:
    """Exit 1."""
    creds("set", "API_KEY", "--stdin", input="s3cret-one")
    with home.store("shop").open("a") as file:
        file.write("nonsense s3cret-one\n")
    done = creds("export", "bash")
    assert (done.returncode, done.stdout) == (1, "")
    assert "s3cret" not in done.stderr


def test_settings_decide(creds: Run, home: object) -> None:
    """Exposure from config.toml, read anew when it changed."""
    creds("set", "API_KEY", "--stdin", input="s3cret-one")
    (home.config / "config.toml").write_text('[projects.shop.keys.API_KEY]\nexpose = "exec"\n')
    done = creds("export", "bash")
    assert (done.returncode, done.stdout) == (0, "")


@pytest.mark.parametrize(("extra", "status"), [((), 2), (("--reveal",), 0)])
def test_a_terminal_needs_reveal(
    creds: Run, home: object, repo: Path, extra: tuple[str, ...], status: int
) -> None:
    """Values are for a shell, not for a screen."""
    creds("set", "API_KEY", "--stdin", input="s3cret-one")
    master, slave = pty.openpty()
    done = subprocess.run(
        ["creds", "export", "bash", *extra],
        cwd=repo,
        env=home.env,
        stdin=subprocess.DEVNULL,
        stdout=slave,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.set_blocking(master, False)
    os.close(slave)
    try:
        shown = os.read(master, 65536)
    except (OSError, BlockingIOError):
        shown = b""
    os.close(master)
    assert done.returncode == status
    assert (b"s3cret-one" in shown) is bool(extra)
