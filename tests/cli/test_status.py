"""`creds status`: one answer everywhere, exit status 0, and a JSON shape that programs can rely on."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., "subprocess.CompletedProcess[str]"]
KEYS = [
    "version",
    "project",
    "anchor",
    "root",
    "provider",
    "tier",
    "environment",
    "state",
    "reason",
    "next",
    "count",
    "keys",
    "since",
    "mode",
    "agent",
]


def status(creds: Run, *args: str, **where: Any) -> dict[str, Any]:
    done = creds("status", "--json", *args, **where)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert list(found) == KEYS
    assert found["version"] == 1
    assert found["count"] == len(found["keys"])
    return found


def test_outside_a_project(creds: Run, tmp_path: Path) -> None:
    found = status(creds, cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
    assert (found["state"], found["project"], found["root"]) == ("none", None, None)
    assert found["reason"] == "not in a git repository"
    text = creds("status", cwd="/").stdout
    assert "no project: not in a git repository" in text


def test_from_unbound_to_ready_to_denied(creds: Run, repo: Path) -> None:
    found = status(creds)
    assert (found["state"], found["project"], found["next"]) == ("unbound", "shop", "creds set KEY")
    creds("set", "API_KEY", "--stdin", input="some-value-123")
    found = status(creds, cwd=repo)
    assert found == {
        "version": 1,
        "project": "shop",
        "anchor": f"{repo}/.git",
        "root": str(repo),
        "provider": "dotenv-global",
        "tier": 0,
        "environment": "default",
        "state": "ready",
        "reason": None,
        "next": None,
        "count": 1,
        "keys": ["API_KEY"],
        "since": None,
        "mode": None,
        "agent": None,
    }
    creds("deny")
    found = status(creds)
    assert (found["state"], found["next"], found["count"]) == ("denied", "creds allow", 0)


def test_text_names_tier_form_and_what_is_not_used(creds: Run, repo: Path) -> None:
    creds("set", "API_KEY", "--stdin", input="some-value-123")
    (repo / ".env").write_text("B=2\n")
    done = creds("status")
    assert "provider     dotenv-global (tier 0), plain\n" in done.stdout
    assert "state        ready, not loaded in this shell\n" in done.stdout
    assert "keys         1: API_KEY\n" in done.stdout
    assert ".env is there and not used: creds use --also env-file" in done.stderr
    assert "some-value" not in done.stdout + done.stderr
    assert creds("status", "--quiet").stdout == ""


@pytest.mark.parametrize("state", ["foreign", "moved", "copied"])
def test_what_must_be_settled_first_is_unbound_with_a_reason(
    creds: Run, repo: Path, home: Any, state: str
) -> None:
    if state == "foreign":
        home.store("shop").parent.mkdir(parents=True, mode=0o700)
        home.store("shop").write_text("A=1\n")
    else:
        creds("allow")
        if state == "copied":
            subprocess.run(("cp", "-a", str(repo), f"{repo}-old"), check=True)
            repo = Path(f"{repo}-old")
        else:
            repo = repo.rename(f"{repo}-new")
    found = status(creds, cwd=repo)
    assert (found["state"], found["count"]) == ("unbound", 0)
    assert found["next"].startswith("creds allow")
    assert found["reason"]


def test_an_environment_and_a_provider_of_this_run(creds: Run) -> None:
    creds("set", "API_KEY", "--stdin", "-e", "staging", input="some-value-123")
    assert status(creds, "-e", "staging")["keys"] == ["API_KEY"]
    assert status(creds, env={"CREDS_ENV": "staging"})["environment"] == "staging"
    assert status(creds, "--provider", "env-file")["tier"] == 1
    assert status(creds, "--project", "other", cwd="/")["state"] == "ready"


def test_broken_settings_and_stores_are_an_error_that_says_what_next(
    creds: Run, home: Any, repo: Path
) -> None:
    creds("set", "API_KEY", "--stdin", input="some-value-123")
    home.store("shop").write_text("broken 'line\n")
    found = status(creds)
    assert (found["state"], found["count"]) == ("error", 0)
    assert (found["project"], found["provider"], found["tier"]) == ("shop", "dotenv-global", 0)
    home.store("shop").write_text("A=1\n")
    (home.config / "config.toml").write_text("what = 1\n")
    found = status(creds)
    assert (found["state"], found["next"]) == ("error", f"edit {home.config}/config.toml")
    assert "unknown key what" in found["reason"]
    assert creds("list").returncode == 1
    (home.config / "config.toml").unlink()
    repo.chmod(0o777)
    found = status(creds)
    assert (found["state"], found["next"]) == ("error", f"chmod go-w {repo}")
    assert creds("list").returncode == 4
    repo.chmod(0o755)


def test_a_provider_that_is_not_there_is_a_slip_of_the_command_line(creds: Run) -> None:
    """Named by hand it is no state of this place; a variable of the shell is one."""
    creds("set", "API_KEY", "--stdin", input="some-value-123")
    done = creds("status", "--provider", "nope")
    assert (done.returncode, done.stdout) == (2, "")
    assert "error: there is no provider nope\n" in done.stderr
    assert status(creds, env={"CREDS_PROVIDER": "nope"})["state"] == "error"


def test_the_next_command_is_whole_where_a_path_has_a_comma(creds: Run, make_repo: Any) -> None:
    place = make_repo("a, b")
    place.chmod(0o777)
    assert status(creds, cwd=place)["next"] == f"chmod go-w '{place}'"


def test_a_repository_whose_name_is_taken_is_told_commands_that_can_be_pasted(
    creds: Run, repo: Path, make_repo: Any
) -> None:
    creds("set", "API_KEY", "--stdin", input="some-value-123")
    other = make_repo("elsewhere/shop")
    hints = [
        line for line in creds("list", cwd=other).stderr.splitlines() if line.startswith("creds: hint: ")
    ]
    assert hints == [
        "creds: hint: creds allow",
        "creds: hint: creds allow --adopt shop",
    ]
    found = status(creds, cwd=other)
    assert found["next"] == "creds allow"
    own = found["reason"].partition("this one would be ")[2].rstrip(")")
    creds("allow", cwd=other)
    assert status(creds, cwd=other)["project"] == own


def test_an_agent_is_named_with_the_variable_that_says_so(creds: Run) -> None:
    assert status(creds, env={"CLAUDECODE": "1"})["agent"] == "claude (CLAUDECODE)"


def test_what_the_shell_has_loaded_is_loaded(creds: Run, repo: Path) -> None:
    creds("set", "API_KEY", "--stdin", input="some-value-123")
    shell = {"__CREDS_NAMES": "API_KEY:", "__CREDS_GIT": f"{repo}/.git", "API_KEY": "some-value-123"}
    (repo / "sub").mkdir()
    found = status(creds, env=shell, cwd=repo / "sub")
    assert (found["state"], found["keys"], found["mode"]) == ("loaded", ["API_KEY"], "export")
    elsewhere = {**shell, "__CREDS_GIT": "/elsewhere/.git"}
    assert status(creds, env=elsewhere)["state"] == "ready"


def test_what_the_environment_has_already_is_loaded(creds: Run, repo: Path) -> None:
    """The user exports the very same, so that the hook sets nothing; or `creds exec` gave it."""
    for key in ("FIRST", "SECOND"):
        creds("set", key, "--stdin", input=f"stored-{key}-1")
    profile = {"FIRST": "stored-FIRST-1", "SECOND": "stored-SECOND-1"}
    hook = {"__CREDS_NAMES": "", "__CREDS_GIT": f"{repo}/.git"}
    found = status(creds, env={**profile, **hook})
    assert (found["state"], found["keys"], found["mode"]) == ("loaded", ["FIRST", "SECOND"], "export")
    found = status(creds, env={"FIRST": "stored-FIRST-1", "SECOND": "x", **hook, "__CREDS_NAMES": "SECOND:"})
    assert (found["state"], found["count"]) == ("loaded", 2)
    given = json.loads(creds("exec", "--", "creds", "status", "--json").stdout)
    assert (given["state"], given["count"], given["mode"]) == ("loaded", 2, None)
    # one that is alike by chance is no load
    assert status(creds, env={"FIRST": "stored-FIRST-1"})["state"] == "ready"
    assert status(creds, env={**profile, "SECOND": "mine"})["state"] == "ready"


def test_text_says_since_when_and_what_differs_from_the_store(creds: Run, repo: Path) -> None:
    """What the user changed in the shell, and what is not set there; names alone."""
    for key in ("CHANGED", "SAME", "UNSET"):
        creds("set", key, "--stdin", input=f"stored-{key}-1")
    shell = {
        "__CREDS_NAMES": "CHANGED:SAME:UNSET:",
        "__CREDS_GIT": f"{repo}/.git",
        "__CREDS_SINCE": "2026-01-02T03:04:05Z",
        "CHANGED": "mine-instead",
        "SAME": "stored-SAME-1",
    }
    done = creds("status", env=shell)
    assert "since        2026-01-02T03:04:05Z\n" in done.stdout
    assert f"anchor       {repo}/.git\n" in done.stdout
    assert "keys         2: CHANGED, SAME\n" in done.stdout
    assert done.stderr == (
        "creds: changed in this shell: CHANGED\ncreds: stored and not set in this shell: UNSET\n"
    )
    assert "mine" not in done.stdout + done.stderr


def test_what_only_exec_may_have_is_why_it_is_not_loaded_and_no_difference(
    creds: Run, home: Any, repo: Path
) -> None:
    """The hook never sets it: that it is not set is as it should be."""
    creds("set", "API_KEY", "--stdin", "-e", "production", input="some-value-123")
    found = status(creds, "-e", "production")
    assert (found["state"], found["reason"], found["next"]) == (
        "ready",
        "its keys are only for creds exec and creds shell",
        "creds exec -- COMMAND",
    )
    creds("set", "LEVEL", "--stdin", "-e", "production", input="info")
    by_chance = {"LEVEL": "info"}
    assert status(creds, "-e", "production", env=by_chance)["state"] == "ready"
    assert status(creds, "-e", "production", env={**by_chance, "API_KEY": "some-value-123"})["count"] == 2
    creds("set", "SHOWN", "--stdin", input="other-value-123")
    creds("set", "ONLY", "--stdin", input="third-value-123")
    (home.config / "config.toml").write_text('[projects.shop.keys.ONLY]\nexpose = "exec"\n')
    shell = {"__CREDS_NAMES": "SHOWN:", "__CREDS_GIT": f"{repo}/.git", "SHOWN": "other-value-123"}
    done = creds("status", env=shell)
    assert "keys         1: SHOWN\n" in done.stdout
    assert done.stderr == ""


def test_a_path_that_is_no_text_is_json_all_the_same(creds: Run, make_repo: Any) -> None:
    """JSON is UTF-8 (RFC 8259); Python reads the same path back."""
    root = make_repo("sh\udcffop")
    done = creds("status", "--json", cwd=root)
    assert "\\udcff" in done.stdout
    assert json.loads(done.stdout)["root"] == str(root)


def test_why_nothing_is_loaded(creds: Run, repo: Path) -> None:
    creds("set", "API_KEY", "--stdin", input="some-value-123")
    found = status(creds, env={"CREDS_DISABLE": "1"})
    assert (found["state"], found["reason"], found["next"]) == (
        "ready",
        "CREDS_DISABLE is set",
        "unset CREDS_DISABLE",
    )
    found = status(creds, env={"CLAUDECODE": "1"})
    assert (found["state"], found["next"]) == ("ready", "creds exec -- COMMAND")
    # the hook was here, and a chmod came later, or the first set of all
    found = status(creds, env={"__CREDS_GIT": f"{repo}/.git"})
    assert (found["state"], found["next"]) == ("ready", "cd /")
    assert found["reason"] == "this shell found nothing to load when it looked; coming back looks again"
    found = status(creds, env={"__CREDS_GIT": f"{repo}/.git", "__CREDS_NAMES": "A_KEY:"})  # unset since
    assert (found["state"], found["reason"]) == ("ready", None)
    assert status(creds, env={"__CREDS_GIT": f"{repo}/.git", "CREDS_ENV": "default"})["reason"] is None
    found = status(creds, env={"CREDS_PROVIDER": "nope"})
    assert (found["state"], found["reason"]) == ("error", "there is no provider nope")
    assert status(creds, env={"CREDS_PROVIDER": "nope"}, cwd=repo.parent)["state"] == "none"


def test_what_the_output_variables_say_is_never_believed(creds: Run) -> None:
    creds("allow")
    lies = {"CREDS_PROJECT": "other", "CREDS_STATUS": "loaded", "CREDS_COUNT": "9", "CREDS_SHELL": "1"}
    found = status(creds, env=lies)
    assert (found["project"], found["state"]) == ("shop", "ready")


def test_warnings_about_the_repositorys_file_are_said(creds: Run, repo: Path) -> None:
    (repo / "creds.toml").write_text('provider = "aws-secrets-manager"\nmessage = "ask \\u001b[31mAnna"\n')
    creds("allow")
    done = creds("status")
    assert "creds: creds.toml says: ask \\x1b[31mAnna\n" in done.stderr
    assert "creds.toml: unknown key provider, ignored" in done.stderr
    assert "dotenv-global" in done.stdout
    assert "unknown key provider" in creds("list").stderr
