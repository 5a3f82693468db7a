"""`creds allow` and `creds deny`: who is bound to what, what is asked, and what a refusal says next."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pexpect
import pytest

from creds_shell.cli.app import ALSO_WHERE_DENIED, COMMANDS

from .conftest import reveal, set_key

Run = Callable[..., "subprocess.CompletedProcess[str]"]
NOT_THE_PROJECT = "this repository is not the project that holds these secrets"


def test_allow_binds_a_free_id_without_a_question(creds: Run, repo: Path) -> None:
    done = creds("allow")
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr == f"creds: shop, allowed in {repo}\n"
    assert (repo / ".git/creds-binding").is_file()
    assert creds("allow", str(repo), cwd="/").returncode == 0


def test_allow_outside_a_repository_names_the_way_out(creds: Run, tmp_path: Path) -> None:
    for command in ("allow", "deny"):
        done = creds(command, cwd=tmp_path, env={"GIT_CEILING_DIRECTORIES": str(tmp_path.parent)})
        assert done.returncode == 3
        assert "creds: error: not in a git repository\ncreds: hint: go to one, or name " in done.stderr
        assert "--project" in done.stderr


def test_a_path_that_is_not_there_and_settings_that_are_broken_bind_nothing(
    creds: Run, home: object, repo: Path
) -> None:
    assert "does not exist" in creds("allow", str(repo / "nowhere")).stderr
    home.config.mkdir(parents=True, mode=0o700)  # type: ignore[attr-defined]
    (home.config / "config.toml").write_text("what = 1\n")  # type: ignore[attr-defined]
    assert creds("allow").returncode == 1
    assert not (repo / ".git/creds-binding").exists()


def test_set_binds_and_a_second_repository_of_that_name_is_a_project_of_its_own(
    creds: Run, make_repo: Callable[..., Path], repo: Path, tmp_path: Path
) -> None:
    set_key(creds, "API_KEY", "first-value-12")
    other = make_repo("shop", parent=tmp_path / "other")
    for command in (("list",), ("get", "API_KEY"), ("exec", "--", "true"), ("delete", "API_KEY", "--yes")):
        done = creds(*command, cwd=other)
        assert done.returncode == 4
        assert NOT_THE_PROJECT in done.stderr
        assert "creds: hint: creds allow --adopt shop" in done.stderr
    set_key(creds, "API_KEY", "second-value-3", cwd=other)
    assert reveal(creds, "API_KEY", cwd=other) == "second-value-3"
    assert reveal(creds, "API_KEY", cwd=repo) == "first-value-12"


def test_a_store_without_a_binding_is_taken_over_only_by_its_typed_id(
    creds: Run, home: object, repo: Path
) -> None:
    store = home.store("shop")  # type: ignore[attr-defined]
    store.parent.mkdir(parents=True, mode=0o700)
    store.write_text("API_KEY=old-value-77\nDB_URL=x\n")
    for command in (("allow",), ("list",), ("set", "X", "--generate")):
        done = creds(*command)
        assert done.returncode == 4
        assert NOT_THE_PROJECT in done.stderr
        assert "creds: hint: creds allow --adopt shop\n" in done.stderr
    assert store.read_text() == "API_KEY=old-value-77\nDB_URL=x\n"

    unasked = creds("allow", "--adopt", "shop")
    assert unasked.returncode == 4
    assert "creds allow --adopt shop --yes" in unasked.stderr
    assert not (repo / ".git/creds-binding").exists()

    done = creds("allow", "--adopt", "shop", "--yes")
    assert done.returncode == 0
    assert f"repository {repo}, no origin" in done.stderr
    assert "shop has 2 keys: API_KEY, DB_URL" in done.stderr
    assert "old-value" not in done.stderr
    assert reveal(creds, "API_KEY") == "old-value-77"


@pytest.mark.parametrize(("typed", "status"), [("shop", 0), ("yes", 1), ("", 1)])
def test_the_id_is_typed_on_a_terminal(home: object, repo: Path, typed: str, status: int) -> None:
    store = home.store("shop")  # type: ignore[attr-defined]
    store.parent.mkdir(parents=True, mode=0o700)
    store.write_text("API_KEY=old-value-77\n")
    child = pexpect.spawn("creds", ["allow", "--adopt", "shop"], cwd=str(repo), env=home.env, timeout=60)  # type: ignore[attr-defined]
    child.expect_exact("type shop")
    child.sendline(typed)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == status
    assert (repo / ".git/creds-binding").exists() == (status == 0)


def test_a_second_clone_shares_what_it_adopts(creds: Run, repo: Path, tmp_path: Path) -> None:
    set_key(creds, "API_KEY", "shared-value-1")
    subprocess.run(("git", "clone", "-q", str(repo), str(tmp_path / "two")), check=True, capture_output=True)
    done = creds("allow", "--adopt", "shop", "--yes", cwd=tmp_path / "two")
    assert f"shop belongs to {repo}" in done.stderr
    assert f"origin {repo}" in done.stderr
    for root in (repo, tmp_path / "two"):
        assert reveal(creds, "API_KEY", cwd=root) == "shared-value-1"


def test_another_id_than_the_directorys_needs_adopt(creds: Run, repo: Path) -> None:
    (repo / "creds.toml").write_text('id = "boutique"\n')
    assert json.loads(creds("status", "--json").stdout)["project"] == "shop"
    assert creds("allow", "--adopt", "boutique", "--yes").returncode == 0
    assert json.loads(creds("status", "--json").stdout)["project"] == "boutique"


def test_a_moved_project_moves_its_binding_after_asking(creds: Run, repo: Path) -> None:
    set_key(creds, "API_KEY", "moved-value-88")
    moved = repo.rename(repo.parent / "boutique")
    for command in (("get", "API_KEY"), ("set", "X", "--generate"), ("exec", "--", "true")):
        done = creds(*command, cwd=moved)
        assert done.returncode == 4
        assert f"creds: error: this project moved from {repo}\ncreds: hint: creds allow\n" in done.stderr
    assert creds("allow", cwd=moved).returncode == 4
    assert creds("allow", "--yes", cwd=moved).returncode == 0
    assert reveal(creds, "API_KEY", cwd=moved) == "moved-value-88"


def test_a_copy_becomes_a_project_of_its_own(creds: Run, repo: Path) -> None:
    set_key(creds, "API_KEY", "original-value")
    copy = shutil.copytree(repo, repo.parent / "copy", symlinks=True)
    done = creds("set", "X", "--generate", cwd=copy)
    assert done.returncode == 4
    assert f"this repository is a copy of {repo}" in done.stderr
    assert creds("allow", cwd=copy).returncode == 0
    assert json.loads(creds("status", "--json", cwd=copy).stdout)["project"] == "copy"
    assert creds("list", "--json", cwd=copy).stdout.count("API_KEY") == 0
    assert reveal(creds, "API_KEY", cwd=repo) == "original-value"
    assert (copy / ".git/creds-binding").read_text() != (repo / ".git/creds-binding").read_text()


def test_a_submodule_is_confirmed_on_its_own(creds: Run, repo: Path, make_repo: Callable[..., Path]) -> None:
    set_key(creds, "API_KEY", "outer-value-9")
    part = make_repo("part", commit=True)
    subprocess.run(
        ("git", "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(part), "lib"),
        cwd=repo,
        check=True,
        capture_output=True,
    )
    assert creds("list", cwd=repo / "lib").returncode == 0
    for command in (("set", "X", "--generate"), ("allow",)):
        assert creds(*command, cwd=repo / "lib").returncode == 4
    assert creds("allow", "--yes", cwd=repo / "lib").returncode == 0
    set_key(creds, "API_KEY", "inner-value-9", cwd=repo / "lib")
    assert reveal(creds, "API_KEY", cwd=repo) == "outer-value-9"


ARGUMENTS = {
    "get": "API_KEY",
    "set": "X --generate",
    "delete": "API_KEY",
    "import": "/dev/null",
    "dump": "--format json --reveal",
    "rotate": "API_KEY --generate",
    "explain": "API_KEY",
    "exec": "-- true",
    "run": "-- true",
    "export": "bash",
    "mask": "--patterns",
    "scan": "--install-hook",
    "agent": "run -- true",
    "store": "status",
}


def test_deny_beats_everything_but_allow(creds: Run, repo: Path) -> None:
    """Every command but those of trust itself and those that concern no project."""
    set_key(creds, "API_KEY", "some-value-123")
    assert creds("deny").returncode == 0
    for command in COMMANDS.keys() - ALSO_WHERE_DENIED | {"agent"}:
        done = creds(command, *ARGUMENTS.get(command, "").split())
        assert (command, done.returncode) == (command, 4)
        assert "is denied\ncreds: hint: creds allow" in done.stderr
        assert done.stdout == ""
    for command in ("hook bash", "setup bash --print", "completion bash", "help"):
        assert creds(*command.split()).returncode == 0
    assert creds("list", "--project", "shop").returncode == 4
    assert creds("status").returncode == 0
    assert creds("deny").returncode == 0
    done = creds("allow")
    assert f"{repo} is no longer denied" in done.stderr
    assert reveal(creds, "API_KEY") == "some-value-123"


def test_an_agent_may_deny_and_not_allow(creds: Run) -> None:
    agent = {"CREDS_AGENT": "test"}
    assert creds("allow", env=agent).returncode == 4
    assert creds("use", "--also", "env-file", env=agent).returncode == 4
    assert creds("use", env=agent).returncode == 0
    assert creds("deny", env=agent).returncode == 0


def test_a_repository_of_a_stranger_is_refused(creds: Run, foreign_repo: Path) -> None:
    for command in (("allow",), ("list",), ("set", "X", "--generate")):
        done = creds(*command, cwd=foreign_repo)
        assert done.returncode == 4
        assert "belongs to another user" in done.stderr
    assert creds("list", "--project", "shop", cwd=foreign_repo).returncode == 0


def test_what_allow_and_deny_did_is_audited_without_values(creds: Run, home: object) -> None:
    creds("allow", "--reason", "new laptop")
    creds("deny")
    lines = [json.loads(line) for line in home.audit.read_text().splitlines()]  # type: ignore[attr-defined]
    assert [(line["action"], line["project"]) for line in lines] == [("allow", "shop"), ("deny", "shop")]
    assert lines[0]["reason"] == "new laptop"


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("../x", 2),
        ("a/b", 2),
        ("", 2),
        (".hidden", 2),
        ("UPPER", 2),
        ("a..b", 2),
        ("x" * 101, 2),
        ("ok-1.2_3", 0),
    ],
)
def test_ids_are_checked_before_anything_is_touched(creds: Run, home: Any, name: str, status: int) -> None:
    assert creds("list", "--project", name, cwd="/").returncode == status
    assert creds("allow", "--adopt", name, "--yes").returncode == status
    if status:
        assert creds("list", cwd="/", env={"CREDS_ID": name}).returncode == (status if name else 3)
    assert list(home.path.rglob("x")) == []


def test_a_suggested_id_is_shown_and_only_adopted_by_name(creds: Run, repo: Path) -> None:
    """A repository's own word binds nothing."""
    (repo / "creds.toml").write_text('id = "other"\n')
    hint = "creds.toml suggests the project id other: creds allow --adopt other"
    assert hint in creds("status").stderr
    done = creds("allow")
    assert hint in done.stderr
    assert json.loads(creds("status", "--json").stdout)["project"] == "shop"
    assert creds("allow", "--adopt", "other", "--yes").returncode == 0
    after = creds("status", "--json")
    assert json.loads(after.stdout)["project"] == "other"
    assert "suggests" not in creds("status").stderr
