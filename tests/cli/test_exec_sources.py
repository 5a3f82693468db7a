"""`creds exec`: where values come from, and what is not started when they cannot come from there."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from .conftest import lengths

Creds = Callable[..., Any]


def test_an_env_file_is_enough(creds: Creds, home: Any, tmp_path: Path) -> None:
    """Outside any repository, repeatable, the later one wins."""
    (tmp_path / "one.env").write_text("A_TOKEN=first-secret\nB_TOKEN=kept-secret-22\n")
    (tmp_path / "two.env").write_text("A_TOKEN=second-secret-1\n")
    found = lengths(
        creds, "--env-file", str(tmp_path / "one.env"), "--env-file", str(tmp_path / "two.env"), cwd=home.path
    )
    assert found == {"A_TOKEN": 15, "B_TOKEN": 14}


def test_a_line_that_says_mask_is_masked_whatever_its_value_looks_like(
    creds: Creds, home: Any, tmp_path: Path
) -> None:
    """And so is what --keep-existing leaves in its place."""
    (tmp_path / "one.env").write_text("MODE=blue # mask\nPLACE=rome\n")
    file = ("--env-file", str(tmp_path / "one.env"))
    show = ("--", "sh", "-c", "echo $MODE $PLACE")
    assert creds("exec", *file, *show, cwd=home.path).stdout == "**** rome\n"
    done = creds("exec", *file, "--keep-existing", *show, cwd=home.path, env={"MODE": "cyan"})
    assert done.stdout == "**** rome\n"


@pytest.mark.parametrize(("text", "status"), [(None, 3), ("KEY='unclosed\n", 1)])
def test_an_env_file_that_cannot_be_used_starts_nothing(
    creds: Creds, home: Any, tmp_path: Path, text: str | None, status: int
) -> None:
    """Missing, or with a line that cannot be parsed: its number, nothing of its text."""
    path = tmp_path / "bad.env"
    if text is not None:
        path.write_text(text)
    done = creds("exec", "--env-file", str(path), "--", "echo", "started", cwd=home.path)
    assert (done.returncode, done.stdout) == (status, "")
    assert str(path) in done.stderr
    assert "unclosed" not in done.stderr


def test_an_env_file_without_an_end_starts_nothing(creds: Creds, home: Any) -> None:
    """Not a part of it either."""
    done = creds("exec", "--env-file", "/dev/zero", "--", "echo", "started", cwd=home.path)
    assert (done.returncode, done.stdout) == (1, "")
    assert "/dev/zero is larger than" in done.stderr


def test_an_env_file_may_not_make_the_command_run_code(creds: Creds, home: Any, tmp_path: Path) -> None:
    """LD_PRELOAD and its kin are left out with a line; what only redirects is the user's word."""
    path = tmp_path / "one.env"
    path.write_text("LD_PRELOAD=/tmp/x.so\nA_TOKEN=some-secret-1\nKUBECONFIG=/tmp/k\nPATH=/tmp\n")
    show = "import os; print('LD_PRELOAD' in os.environ, 'KUBECONFIG' in os.environ, os.environ['PATH'] == '/tmp')"
    done = creds("exec", "--env-file", str(path), "--", sys.executable, "-c", show, cwd=home.path)
    assert done.stdout == "False True False\n"
    assert "LD_PRELOAD" in done.stderr


def test_a_value_of_an_env_file_that_no_process_can_have_is_left_out(
    creds: Creds, home: Any, tmp_path: Path
) -> None:
    """A NUL ends what a program sees of it."""
    path = tmp_path / "one.env"
    path.write_bytes(b"A_TOKEN=some-secret-1\nB_TOKEN='half\0way'\n")
    done = creds(
        "exec", "--env-file", str(path), "--", "sh", "-c", "echo ${A_TOKEN} ${B_TOKEN-none}", cwd=home.path
    )
    assert (done.returncode, done.stdout) == (0, "**** none\n")
    assert done.stderr == f"creds: warning: B_TOKEN of {path} is left out: holds a NUL byte\n"


def test_an_inherited_variable_is_masked(creds: Creds, home: Any) -> None:
    """--secret-env, also with a clean environment; one that is not there is an error."""
    env = {"A_TOKEN": "inherited-secret"}
    for options in ((), ("--clean-env",)):
        done = creds(
            "exec",
            "--secret-env",
            "A_TOKEN",
            *options,
            "--",
            "sh",
            "-c",
            "echo $A_TOKEN",
            cwd=home.path,
            env=env,
        )
        assert done.stdout == "****\n"
    done = creds("exec", "--secret-env", "NOT_THERE", "--", "echo", "started", cwd=home.path)
    assert (done.returncode, done.stdout) == (3, "")


def test_a_source_named_by_hand_needs_no_trusted_repository(
    creds: Creds, foreign_repo: Path, tmp_path: Path
) -> None:
    """In somebody else's repository, as in CI containers: its project gives nothing, the file does."""
    path = tmp_path / "one.env"
    path.write_text("A_TOKEN=some-secret-1\n")
    assert creds("exec", "--", "echo", "started", cwd=foreign_repo).returncode == 4
    done = creds("exec", "--env-file", str(path), "--", "sh", "-c", "echo $A_TOKEN", cwd=foreign_repo)
    assert (done.returncode, done.stdout) == (0, "****\n")


def test_outside_a_repository_it_wants_a_source(creds: Creds, home: Any) -> None:
    """Exit 3 with the three ways."""
    done = creds("exec", "--", "echo", "started", cwd=home.path)
    assert (done.returncode, done.stdout) == (3, "")
    for way in ("--project", "--env-file", "--secret-env"):
        assert way in done.stderr


@pytest.mark.usefixtures("repo")
def test_an_empty_bundle_warns_once_and_runs(creds: Creds) -> None:
    """The command is started."""
    done = creds("exec", "--", "echo", "started")
    assert (done.returncode, done.stdout) == (0, "started\n")
    assert done.stderr.count("creds: warning:") == 1
    assert creds("exec", "--quiet", "--", "true").stderr == ""


@pytest.mark.usefixtures("shop")
def test_a_named_project_works_anywhere(creds: Creds, home: Any) -> None:
    """--project before or after the command's name, CREDS_ID."""
    for words in (("--project", "shop", "exec"), ("exec", "--project=shop"), ("exec", "--project", "shop")):
        assert creds(*words, "--", "sh", "-c", "echo $A_TOKEN", cwd=home.path).stdout == "****\n"
    assert (
        creds("exec", "--", "sh", "-c", "echo $A_TOKEN", cwd=home.path, env={"CREDS_ID": "shop"}).stdout
        == "****\n"
    )


def test_a_denied_or_foreign_project_starts_nothing(
    creds: Creds, shop: Path, make_repo: Callable[..., Path]
) -> None:
    """Exit 4 and the next step."""
    other = make_repo("shop", parent=shop.parent / "elsewhere")
    done = creds("exec", "--", "echo", "started", cwd=other)
    assert (done.returncode, done.stdout) == (4, "")
    assert "hint:" in done.stderr
    assert creds("deny", cwd=shop).returncode == 0
    done = creds("exec", "--", "echo", "started", cwd=shop)
    assert (done.returncode, done.stdout) == (4, "")


def test_a_blocked_env_file_starts_nothing_unless_it_is_skipped(creds: Creds, shop: Path) -> None:
    """With env-file as a layer and content that is not allowed."""
    (shop / ".env").write_text("EXTRA_TOKEN=extra-secret-3\n")
    done = creds("use", "dotenv-global", "--also", "env-file", cwd=shop)
    assert done.returncode == 0, done.stderr
    (shop / ".env").write_text("EXTRA_TOKEN=changed-secret-4\n")
    done = creds("exec", "--", "echo", "started", cwd=shop)
    assert (done.returncode, done.stdout) == (4, "")
    assert "creds allow" in done.stderr
    done = creds("exec", "--skip-blocked", "--", "sh", "-c", "echo $A_TOKEN ${EXTRA_TOKEN-none}", cwd=shop)
    assert (done.returncode, done.stdout) == (0, "**** none\n")
    (shop / ".env").rename(shop / "real")
    (shop / ".env").symlink_to("real")  # allow could not allow it either
    done = creds("exec", "--", "echo", "started", cwd=shop)
    assert f".env is a symbolic link\ncreds: hint: put the file itself there: rm {shop}/.env\n" in done.stderr
    assert "creds allow" not in done.stderr


def test_a_missing_required_key_starts_nothing(creds: Creds, shop: Path) -> None:
    """Exit 3, the key's name, and the way to go on without it."""
    (shop / "creds.toml").write_text("[keys.NEEDED_TOKEN]\nrequired = true\n")
    done = creds("exec", "--", "echo", "started", cwd=shop)
    assert (done.returncode, done.stdout) == (3, "")
    assert "NEEDED_TOKEN" in done.stderr
    assert creds("exec", "--allow-missing", "--", "echo", "started", cwd=shop).stdout == "started\n"
