"""What `allow` lets count besides the binding: the content of a `.env`, names that need care, keys to show."""

import json
from collections.abc import Callable
from pathlib import Path

import pexpect
import pytest

from .conftest import reveal, set_key

Run = Callable[..., object]


def test_allow_shows_the_env_file_and_offers_it(creds: Run, repo: Path) -> None:
    (repo / ".env").write_text("API_KEY=from-the-file\nDEBUG=1\n")
    done = creds("allow")
    assert done.returncode == 0
    assert ".env has 2 keys: API_KEY, DEBUG" in done.stderr
    assert "creds use --also env-file" in done.stderr
    assert "from-the-file" not in done.stderr
    assert json.loads(creds("list", "--json").stdout)["keys"] == []

    assert creds("allow", "--yes").returncode == 0
    assert reveal(creds, "API_KEY") == "from-the-file"
    (repo / ".env").write_text("API_KEY=changed-value\n")
    blocked = creds("exec", "--", "true")
    assert blocked.returncode == 4
    assert "creds allow" in blocked.stderr
    assert json.loads(creds("status", "--json").stdout)["state"] == "blocked"
    assert creds("allow").returncode == 0
    assert reveal(creds, "API_KEY") == "changed-value"


@pytest.mark.parametrize(("answer", "keys"), [("y", ["API_KEY"]), ("n", []), ("", [])])
def test_the_offer_is_a_question_on_a_terminal(
    creds: Run, home: object, repo: Path, answer: str, keys: list[str]
) -> None:
    (repo / ".env").write_text("API_KEY=from-the-file\n")
    child = pexpect.spawn("creds", ["allow"], cwd=str(repo), env=home.env, timeout=60)  # type: ignore[attr-defined]
    child.expect_exact("use .env as well")
    child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    assert child.exitstatus == 0
    assert json.loads(creds("status", "--json").stdout)["keys"] == keys


def test_an_env_file_that_cannot_be_trusted_is_not_allowed(creds: Run, repo: Path) -> None:
    creds("allow")
    creds("use", "--also", "env-file")
    (repo / ".env").write_text("A=1\nnot a 'line\n")
    done = creds("allow")
    assert done.returncode == 1
    assert ".env:2" in done.stderr
    (repo / ".env").write_text("A=1\n")
    (repo / ".env").chmod(0o666)
    done = creds("allow")
    assert done.returncode == 4
    assert f"chmod go-w {repo}/.env" in done.stderr


def test_a_name_is_confirmed_for_this_project_alone(creds: Run, home: object, repo: Path) -> None:
    set_key(creds, "API_KEY", "some-value-123")
    store = home.store("shop")  # type: ignore[attr-defined]
    store.write_text(store.read_text() + 'LD_LIBRARY_PATH="/x"\nIFS="x"\n')
    assert reveal(creds, "LD_LIBRARY_PATH") == ""
    done = creds("allow", "--name", "LD_LIBRARY_PATH")
    assert "creds: shop may set LD_LIBRARY_PATH" in done.stderr
    assert reveal(creds, "LD_LIBRARY_PATH") == "/x"
    assert creds("allow", "--name", "IFS").returncode == 2
    assert creds("allow", "--name", "A-B").returncode == 2
    named = creds("allow", "--project", "other", "--name", "PATH", cwd="/")
    assert named.returncode == 0
    assert "[projects.other.keys.PATH]" in (home.config / "config.toml").read_text()  # type: ignore[attr-defined]
    assert creds("allow", "--project", "other", cwd="/").returncode == 2
    assert repo.exists()


def test_unmask_frees_a_key(creds: Run) -> None:
    set_key(creds, "API_URL", "https://example.invalid/v1")
    assert creds("exec", "--", "printenv", "API_URL").stdout == "****\n"
    assert creds("allow", "--unmask", "API_URL").returncode == 0
    assert creds("exec", "--", "printenv", "API_URL").stdout == "https://example.invalid/v1\n"


def test_a_name_that_can_never_be_set_is_refused_before_anything_is_bound(creds: Run, repo: Path) -> None:
    done = creds("allow", "--name", "GOOD", "--name", "IFS")
    assert done.returncode == 2
    assert "IFS can never be set" in done.stderr
    assert not (repo / ".git/creds-binding").exists()


def test_unmask_takes_no_key_that_is_not_there(creds: Run, home: object, repo: Path) -> None:
    """A slip leaves the key that was meant masked: it is said, and nothing is changed, also nothing bound."""
    done = creds("allow", "--unmask", "API_URL")
    assert (done.returncode, done.stdout) == (3, "")
    assert "creds: error: shop has no key API_URL\n" in done.stderr
    assert not (repo / ".git/creds-binding").exists()
    set_key(creds, "API_URL", "https://example.invalid/v1")
    for where in ((), ("--project", "shop")):
        done = creds("allow", "--unmask", "API_URL", "--unmask", "API_URI", *where)
        assert done.returncode == 3
        assert "creds: hint: did you mean API_URL?" in done.stderr
    assert not (home.config / "config.toml").exists()  # type: ignore[attr-defined]


def test_unmask_takes_a_key_that_is_declared_and_not_stored_yet(creds: Run, repo: Path) -> None:
    (repo / "creds.toml").write_text("[keys.API_URL]\nsecret = false\n")
    assert creds("allow", "--unmask", "API_URL").returncode == 0
    set_key(creds, "API_URL", "https://example.invalid/v1")
    assert creds("exec", "--", "printenv", "API_URL").stdout == "https://example.invalid/v1\n"


def test_unmask_in_a_denied_repository_takes_the_denial_back(creds: Run) -> None:
    set_key(creds, "API_URL", "https://example.invalid/v1")
    creds("deny")
    assert creds("allow", "--unmask", "API_URL").returncode == 0
    assert creds("exec", "--", "printenv", "API_URL").stdout == "https://example.invalid/v1\n"


def test_unmask_says_of_a_key_in_a_new_env_file_that_the_file_is_not_allowed(creds: Run, repo: Path) -> None:
    set_key(creds, "API_URL", "https://example.invalid/v1")
    creds("use", "--also", "env-file")
    (repo / ".env").write_text("OTHER_URL=https://example.invalid/v2\n")
    done = creds("allow", "--unmask", "OTHER_URL")
    assert done.returncode == 4
    assert ".env is new or changed since it was allowed\n" in done.stderr
    assert creds("allow", "--unmask", "API_URL").returncode == 0


def test_a_damaged_env_file_that_is_no_layer_stops_nothing(creds: Run, repo: Path) -> None:
    """It is said; the project is bound without it."""
    (repo / ".env").write_text("no such line\n")
    assert "creds allow" in creds("status").stderr
    done = creds("allow")
    assert done.returncode == 0
    assert "so .env cannot be used" in done.stderr


@pytest.mark.parametrize("denied", [False, True])
def test_an_env_file_that_counts_and_cannot_be_used_changes_nothing(
    creds: Run, repo: Path, home: object, denied: bool
) -> None:
    """Neither bound nor taken back from a denial."""
    settings = home.config / "config.toml"  # type: ignore[attr-defined]
    settings.parent.mkdir(parents=True, mode=0o700, exist_ok=True)
    settings.write_text('[defaults]\nlayers = ["env-file"]\n')
    (repo / ".env").symlink_to("elsewhere")
    if denied:
        assert creds("deny").returncode == 0
    done = creds("allow")
    assert done.returncode == 4
    assert f"creds: hint: put the file itself there: rm {repo}/.env" in done.stderr
    state = json.loads(creds("status", "--json").stdout)["state"]
    assert state == ("denied" if denied else "unbound")


def test_the_audit_log_names_what_was_confirmed(creds: Run) -> None:
    """Names, as everywhere in it."""
    set_key(creds, "API_URL", "https://example.invalid/v1")
    assert creds("allow", "--name", "PATH", "--unmask", "API_URL").returncode == 0
    (record,) = json.loads(creds("audit", "-n", "1", "--json").stdout)["records"]
    assert (record["action"], record["keys"]) == ("allow", ["API_URL", "PATH"])


def test_a_name_is_confirmed_for_the_tiers_in_use_and_for_no_other(creds, repo):
    """A yes to what the user stored is none to what a repository's file may say later."""
    assert creds("allow", "--name", "PYTHONPATH").returncode == 0
    (repo / ".env").write_text("PYTHONPATH=/from/the/repository\n")
    assert creds("use", "dotenv-global", "--also", "env-file").returncode == 0
    assert creds("allow", "--yes").returncode == 0
    done = creds("exec", "--", "sh", "-c", "echo ${PYTHONPATH-none}")
    assert done.stdout == "none\n"
    assert "PYTHONPATH is left out" in done.stderr


def test_what_other_tools_resolve_in_it_is_named(creds, repo):
    """It loads as it stands: a program would get `op://…` for its password."""
    (repo / ".env").write_text("DB_PASSWORD=op://vault/db/password\nAPI_TOKEN=hunter2-b\n")
    done = creds("allow", "--yes")
    assert done.returncode == 0
    assert (
        "creds: warning: DB_PASSWORD: a reference to 1Password, which is loaded as it stands" in done.stderr
    )
