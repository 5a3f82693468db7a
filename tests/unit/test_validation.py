"""What `validate` finds wrong, and that no finding stops the others."""

import json
import time
from pathlib import Path

import pytest

from creds_shell.base import SecretBundle
from creds_shell.credentials import DatabaseCredentials
from creds_shell.project import Project, open_project
from creds_shell.providers import metadata
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider
from creds_shell.validation import databases, keys, programs
from creds_shell.validation.report import validate


@pytest.fixture
def shop(repo: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.chdir(repo)
    return open_project(writing=True)


def put(project: Project, **values: str) -> None:
    DotEnvSecretsProvider().put_bundle(SecretBundle(project.id, values), "replace")


def findings(project: Project, part: str, *statuses: str) -> dict[str, str]:
    return {row["detail"]: row["next"] for row in validate(project, (part,)) if row["status"] in statuses}


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("DB_PORT", "1", True),
        ("PORT", "65535", True),
        ("PGPORT", "5432", True),
        ("DB_PORT", "0", False),
        ("PGPORT", "65536", False),
        ("PORT", "-1", False),
        ("DB_PORT", "٣", False),
        ("DB_PORT", "", False),
        ("SERVICE_URL", "https://example.org", True),
        ("REDIS_URI", "redis://:pw@h:6379/0", True),
        ("URL", "sqlite:///shop.db", True),
        ("URL", "example.org", False),
        ("SERVICE_URL", "https://", False),
        ("SERVICE_URI", "https://h:99999/x", False),
        ("PASSPORT", "x", None),
        ("CURL", "x", None),
    ],
)
def test_what_a_name_says_of_its_value(name: str, value: str, right: bool | None) -> None:
    problem = keys.shape_problem(name, value)
    assert (None if problem is None else not problem) is right


def test_old_keys_and_names_that_are_not_loaded_are_warnings(shop: Project) -> None:
    put(shop, NEW_TOKEN="n-secret-12345", OLD_TOKEN="o-secret-12345", LD_PRELOAD="/x.so", MAIL_PORT="25")
    path = Path(metadata.metadata_file(shop.id, "default", "dotenv-global"))
    stored = json.loads(path.read_text())
    stored["keys"]["OLD_TOKEN"]["changed"] = time.time() - 91 * 86400 - 60
    path.write_text(json.dumps(stored))
    assert findings(shop, "env", "warn", "fail") == {
        "OLD_TOKEN is 91 days old": "creds rotate OLD_TOKEN",
        "LD_PRELOAD is not loaded: can run code and is not confirmed for dotenv-global:"
        " creds allow --name LD_PRELOAD": "creds explain LD_PRELOAD",
    }
    assert "1 value looks right" in findings(shop, "env", "ok")


def test_a_check_that_breaks_says_so_without_its_text_and_the_others_go_on(
    shop: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: Project) -> None:
        raise ValueError("s3cret in a library's message")

    monkeypatch.setattr(keys, "check", broken)
    rows = validate(shop, ("env", "dotenv"))
    assert rows[0] == {
        "status": "fail",
        "check": "env",
        "detail": "could not be checked: ValueError",
        "next": "creds validate --env",
    }
    assert {row["check"] for row in rows[1:]} == {"store", "git ignore"}


def test_an_env_file_is_named_as_what_it_is(shop: Project, repo: Path) -> None:
    """Not used, allowed, or with a line that nobody can read."""
    (repo / ".env").write_text("A=1\nB=2\n")
    assert "2 keys, not used (env-file is no layer of shop)" in findings(shop, "dotenv", "ok")
    layered = open_project(provider="env-file")
    assert findings(layered, "dotenv", "fail") == {
        "it is new or changed since it was allowed, so nothing of it counts": "creds allow"
    }
    (repo / ".env").write_text("A=1\nB='s3cret\n")
    assert [detail.rpartition("/")[2] for detail in findings(layered, "dotenv", "fail")] == [
        ".env:2: this line cannot be read"
    ]


@pytest.mark.parametrize(
    ("host", "version", "status"),
    [
        ("db.example", "TLSv1.3", "ok"),
        ("db.example", "", "warn"),
        ("localhost", "", "ok"),
        ("::1", "", "ok"),
        ("/run/postgresql", "", "ok"),
        ("localhost.example", "", "warn"),
    ],
)
def test_a_password_that_crosses_a_network_in_the_clear_is_a_warning(
    host: str, version: str, status: str
) -> None:
    creds = DatabaseCredentials.from_dict({"host": host, "username": "app", "password": "pw-s3cret"})
    assert [row["status"] for row in databases._tls(creds, version)] == [status]


def test_a_session_that_can_write_is_a_failure() -> None:
    rows = list(databases._access({"read_only": False, "user": "app", "can_write": []}))
    assert [row["status"] for row in rows] == ["fail", "ok"]


def test_a_helper_sees_neither_the_loaded_secrets_nor_what_redirects_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("API_KEY", "PGHOSTADDR", "GIT_DIR", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "x")
    done = programs.run(("env",))
    assert done is not None
    names = {line.partition(b"=")[0] for line in done[1].splitlines()}
    assert {b"PATH", b"HOME"} <= names <= {name.encode() for name in programs.KEPT}


def test_a_helper_that_is_not_there_or_does_not_end_is_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "TIMEOUT", 0.05)
    assert programs.run(("/nowhere/git",)) is None
    assert programs.run(("sleep", "60")) is None
