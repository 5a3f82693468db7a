"""`creds doctor` finds what is wrong, says the next command, changes nothing and shows no value."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from creds_shell.doctor import machine, store

SECRET = "doctor-Value-0123456789"


@pytest.fixture
def rows(creds):
    """Run doctor and return its rows by check."""

    def run(*args, **options):
        done = creds("doctor", "--json", *args, **options)
        assert SECRET not in done.stdout + done.stderr
        found = json.loads(done.stdout)
        assert found["version"] == 1
        by_check: dict[str, list[dict[str, str]]] = {}
        for row in found["rows"]:
            assert set(row) == {"status", "check", "detail", "next"}
            assert row["status"] in {"ok", "warn", "fail", "skip"}
            by_check.setdefault(row["check"], []).append(row)
        assert done.returncode == (1 if any(r["status"] == "fail" for r in found["rows"]) else 0)
        return by_check

    return run


@pytest.fixture
def stored(creds):
    """A project with one secret."""
    assert creds("set", "API_KEY", "--stdin", input=SECRET).returncode == 0


def test_every_finding_has_a_next_command(rows):
    for found in rows().values():
        for row in found:
            assert row["next"] or row["status"] in {"ok", "skip"}


def test_a_command_to_run_is_not_broken_in_a_narrow_terminal():
    """It stands on a line of its own below the finding; in a wide one it has a column."""
    long = "chmod -R go-rwx ~/.config/claude-power-pack/secrets/shop"
    code = (
        "from creds_shell.cli.render import rows_out\n"
        f"rows_out([dict(status='warn', check='command', detail='it is not on PATH', next={long!r})], as_json=False)"
    )
    narrow, wide, none = (creds_table(code, columns) for columns in ("80", "120", "0"))
    assert "".join(none).count("PATH") == 1
    assert narrow[1:] == ["warn    command  it is not on PATH", f"                 next: {long}"]
    assert wide[0].endswith("NEXT")
    assert wide[1:] == [f"warn    command  it is not on PATH  {long}"]


def creds_table(code, columns):
    env = os.environ | {"FORCE_COLOR": "1", "COLUMNS": columns, "NO_COLOR": ""}
    done = subprocess.run((sys.executable, "-c", code), env=env, capture_output=True, text=True, check=True)
    return [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout).splitlines()]


def test_uncompiled_modules_matter_where_nobody_can_compile_them(monkeypatch, tmp_path):
    """A fresh installation by uv compiles at the first use."""
    (tmp_path / "core").mkdir()
    (tmp_path / "core" / "one.py").write_text("")
    monkeypatch.setattr(machine.creds_shell, "__file__", str(tmp_path / "__init__.py"))
    (row,) = machine._compiled()
    assert (row["status"], row["detail"]) == ("ok", "1 module, 1 of them at their first use")
    monkeypatch.setattr(machine.os, "access", lambda *_: False)
    (row,) = machine._compiled()
    assert (row["status"], row["detail"]) == ("warn", "1 of 1 modules are not compiled")


def test_it_names_version_and_interpreter(rows):
    assert "creds 0." in rows()["version"][0]["detail"]
    assert sys.executable.rpartition("/")[0] in rows()["version"][0]["detail"]


def test_a_login_shell_without_the_hook_is_a_warning(rows, home):
    """Nothing is wrong for somebody who uses `creds exec` alone: exit 0."""
    found = rows(env={"SHELL": "/bin/bash"})["bash hook"][0]
    assert found == {
        "status": "warn",
        "check": "bash hook",
        "detail": f"not in {home.path}/.bashrc, so cd loads nothing",
        "next": "creds setup bash",
    }


@pytest.mark.parametrize(
    ("shell", "file", "line"),
    [
        ("bash", ".bashrc", 'eval "$(creds hook bash)"'),
        ("zsh", ".zshrc", 'eval "$(creds hook zsh)"'),
        ("fish", ".config/fish/config.fish", "creds hook fish | source"),
    ],
)
def test_the_hooks_line_is_found(shell, file, line, rows, home):
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    path = home.path / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"# mine\n{line}\n")
    assert rows()[f"{shell} hook"][0]["status"] == "ok"
    path.write_text(f"# {line}\n")
    assert rows()[f"{shell} hook"][0]["status"] != "ok"


@pytest.mark.usefixtures("stored")
def test_a_readable_bundle_is_found_with_its_chmod(rows, home):
    path = home.store("shop")
    assert rows()["permissions"][0]["status"] == "ok"
    path.chmod(0o644)
    found = rows()["permissions"]
    assert [(r["status"], r["next"]) for r in found] == [("warn", f"chmod 600 {path}")]
    path.chmod(0o400)
    assert [(r["status"], r["next"]) for r in rows()["permissions"]] == [("warn", f"chmod 600 {path}")]
    path.chmod(0o666)
    assert rows()["permissions"][0]["status"] == "fail"
    assert path.stat().st_mode & 0o777 == 0o666  # nothing was changed


@pytest.mark.usefixtures("stored")
def test_a_damaged_audit_chain_is_found(rows, home):
    assert rows()["audit"][0]["status"] == "ok"
    lines = home.audit.read_text().splitlines(keepends=True)
    home.audit.write_text("".join(lines).replace("API_KEY", "OTHER_K"))
    assert rows()["audit"][0]["next"] == "creds audit --verify"


def test_a_store_that_cannot_be_made_is_found(rows, home):
    """Before the first `creds set` fails."""
    shutil.rmtree(home.path / ".config", ignore_errors=True)
    (home.path / ".config").write_text("")
    found = rows(env={"XDG_CONFIG_HOME": str(home.path / ".config")})["permissions"][0]
    assert (found["status"], found["detail"]) == ("fail", f"{home.path / '.config'} is no folder")


def test_where_the_home_is_of_somebody_else_no_chmod_is_told(monkeypatch):
    """A job without HOME, as nobody, whose home is /nonexistent: `chmod u+wx /` is no way on."""
    monkeypatch.setattr(os, "access", lambda *_: False)
    (row,) = store._writable("/nonexistent/.config")
    assert (row["status"], row["detail"]) == (
        "fail",
        "/ cannot be written, so /nonexistent/.config cannot be made",
    )
    owner = os.lstat("/").st_uid
    for user, step in ((owner, "chmod u+wx /"), (owner + 1, "set HOME to a folder of yours")):
        monkeypatch.setattr(os, "geteuid", lambda user=user: user)
        assert [row["next"] for row in store._writable("/nonexistent/.config")] == [step]


@pytest.mark.usefixtures("stored")
def test_a_tracked_env_file_fails_and_an_ignored_one_is_fine(rows, repo):
    assert rows()["git ignore"][0]["status"] == "ok"
    (repo / ".env").write_text("A=b\n")
    assert rows()["git ignore"][0]["status"] == "warn"
    (repo / ".gitignore").write_text(".env\n")
    assert rows()["git ignore"][0]["status"] == "ok"
    subprocess.run(("git", "add", "-f", ".env"), cwd=repo, check=True)
    assert rows()["git ignore"][0]["status"] == "fail"


@pytest.mark.usefixtures("stored")
def test_what_is_not_masked_is_named_with_the_reason(rows, creds):
    assert rows()["masking"][0]["status"] == "ok"
    creds("set", "STAGE", "--stdin", input="production")
    found = rows()["masking"][0]
    assert found["status"] == "warn"
    assert "STAGE is not masked: a common word" in found["detail"]
    assert found["next"] == "creds explain STAGE"


def test_a_damaged_bundle_is_a_row_and_stops_nothing(rows, home, stored):
    home.store("shop").write_text("API_KEY='unclosed\n")
    found = rows()
    assert "fail" in {row["status"] for row in found["secrets"]}
    assert "terminal server" in found


def test_outside_of_a_repository_the_project_is_skipped(rows, tmp_path):
    assert rows(cwd=tmp_path)["project"][0]["status"] == "skip"


def test_an_agent_in_a_loaded_shell_is_told(rows):
    found = rows(env={"CLAUDECODE": "1", "__CREDS_NAMES": "API_KEY:", "API_KEY": "x"})["agent"][0]
    assert found["status"] == "warn"
    assert "claude (CLAUDECODE)" in found["detail"]
    assert "creds agent run" in found["next"]


def test_a_tmux_server_from_a_loaded_shell_is_found(rows, home):
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    socket = str(home.path / "tmux.sock")
    env = home.env | {"__CREDS_NAMES": "API_KEY:", "API_KEY": SECRET}
    tmux = ("tmux", "-S", socket, "-f", "/dev/null")
    subprocess.run((*tmux, "new-session", "-d", "sleep 60"), env=env, check=True)
    try:
        pid = subprocess.run(
            (*tmux, "display", "-p", "#{pid}"), env=env, check=True, capture_output=True, text=True
        )
        found = [row for row in rows()["terminal server"] if f"({pid.stdout.strip()})" in row["detail"]]
        assert [row["status"] for row in found] == ["warn"]
        assert "holds 1 value;" in found[0]["detail"]
    finally:
        subprocess.run((*tmux, "kill-server"), env=env, check=False)


def test_the_table_for_people_has_the_same_rows(creds):
    done = creds("doctor", env={"COLUMNS": "200"})
    assert done.stdout.splitlines()[0].split() == ["STATUS", "CHECK", "DETAIL", "NEXT"]
    assert os.path.basename(sys.executable) in done.stdout
