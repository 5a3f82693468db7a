"""`creds validate` without a server: rows, JSON, exit status, what it finds in keys and files."""

import json
import subprocess

import pytest

from creds_shell.base import SecretBundle
from creds_shell.project import open_project
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider


@pytest.fixture
def store(repo, monkeypatch):
    """Puts keys into the project's bundle."""
    monkeypatch.chdir(repo)

    def put(**values):
        project = open_project(writing=True)
        DotEnvSecretsProvider().put_bundle(SecretBundle(project.id, values), "replace")

    return put


def rows(done):
    assert done.stdout, done.stderr
    body = json.loads(done.stdout)
    assert body["version"] == 1
    assert all(set(row) == {"status", "check", "detail", "next"} for row in body["rows"])
    assert all(row["status"] in ("ok", "warn", "fail", "skip") for row in body["rows"])
    return body["rows"]


def one(done, check):
    return next(row for row in rows(done) if row["check"] == check)


def test_all_parts_of_a_sound_project(store, creds):
    store(API_KEY="k-secret-12345", SERVICE_URL="https://example.org")
    done = creds("validate", "--json")
    assert done.returncode == 0, done.stdout
    checks = {row["check"] for row in rows(done)}
    assert {"secrets", "shape", "store", "git ignore", "aws", "database"} <= checks
    assert "k-secret" not in done.stdout + done.stderr


def test_people_get_a_table(store, creds):
    store(API_KEY="k-secret-12345")
    done = creds("validate", "--env")
    assert done.returncode == 0
    assert done.stdout.startswith("STATUS")
    assert "shop: 1 key from dotenv-global" in done.stdout


def test_a_required_key_that_is_missing_fails_and_names_the_command(store, creds, repo):
    store(API_KEY="k-secret-12345", EMPTY="")
    (repo / "creds.toml").write_text(
        '[keys.API_KEY]\nrequired = true\n[keys.OTHER]\nrequired = true\ndescription = "of the shop"\n'
        "[keys.EMPTY]\nrequired = true\n"
    )
    done = creds("validate", "--env", "--json")
    assert done.returncode == 1
    wrong = {row["detail"]: row["next"] for row in rows(done) if row["status"] == "fail"}
    assert wrong == {
        "OTHER is required and missing (of the shop)": "creds set OTHER",
        "EMPTY is required and empty": "creds set EMPTY",
    }


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DB_PORT", "54x32"),
        ("DB_PORT", "70000"),
        ("SERVICE_URL", "not a url at all"),
        ("SERVICE_URL", "https://[broken"),
    ],
)
def test_a_shape_that_is_wrong_names_the_key_and_not_the_value(store, creds, name, value):
    store(**{name: value, "OTHER": "fine-12345"})
    done = creds("validate", "--env", "--json")
    assert done.returncode == 1
    assert one(done, "shape")["detail"].startswith(name)
    assert value.strip() not in done.stdout


def test_white_space_at_an_end_is_a_warning(store, creds):
    store(TOKEN=" token-with-space", CERT="-----BEGIN\nline\n-----END\n")
    done = creds("validate", "--env", "--json")
    assert done.returncode == 0
    assert [row["detail"] for row in rows(done) if row["status"] == "warn"] == [
        "TOKEN begins or ends with white space"
    ]


def test_a_damaged_store_fails_with_its_line(store, creds, home):
    store(A="value-12345")
    with home.store("shop").open("a") as file:
        file.write('B="never closed\n')
    done = creds("validate", "--json")
    assert done.returncode == 1
    assert any(row["status"] == "fail" and row["check"] == "store" for row in rows(done))
    assert "never closed" not in done.stdout


def test_a_store_that_others_can_read_fails_with_the_command(store, creds, home):
    store(A="value-12345")
    home.store("shop").chmod(0o644)
    done = creds("validate", "--dotenv", "--json")
    assert done.returncode == 1
    assert one(done, "mode")["next"].startswith("chmod 600 ")


def test_an_env_file_in_git_fails_an_unignored_one_warns(store, creds, repo):
    store(A="value-12345")
    (repo / ".env").write_text("B=value-67890\n")
    (repo / ".env").chmod(0o600)
    assert one(creds("validate", "--dotenv", "--json"), "git ignore")["status"] == "warn"
    (repo / ".gitignore").write_text(".env\n")
    assert one(creds("validate", "--dotenv", "--json"), "git ignore")["status"] == "ok"
    subprocess.run(("git", "add", "-f", ".env"), cwd=repo, check=True)
    done = creds("validate", "--dotenv", "--json")
    assert done.returncode == 1
    assert one(done, "git ignore")["next"].startswith("git rm --cached")


def test_git_runs_nothing_of_the_repository(store, creds, repo):
    store(A="value-12345")
    (repo / ".env").write_text("B=value-67890\n")
    trap = repo / "trap.sh"
    trap.write_text(f"#!/bin/sh\ntouch {repo}/ran\n")
    trap.chmod(0o755)
    subprocess.run(("git", "config", "core.fsmonitor", str(trap)), cwd=repo, check=True)
    creds("validate", "--dotenv")
    assert not (repo / "ran").exists()


def test_a_blocked_env_file_fails_with_allow(store, creds, repo):
    store(A="value-12345")
    (repo / ".env").write_text("B=value-67890\n")
    (repo / ".env").chmod(0o600)
    assert creds("use", "dotenv-global", "--also", "env-file").returncode == 0
    done = creds("validate", "--dotenv", "--json")
    assert done.returncode == 1
    assert one(done, ".env")["next"] == "creds allow"


def test_aws_is_not_asked_by_a_project_that_does_not_use_it(store, creds):
    store(A="value-12345")
    done = creds(
        "validate", "--json", env={"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_REGION": "eu-west-1"}
    )
    assert done.returncode == 0
    assert one(done, "aws")["status"] == "skip"


def test_the_local_store_is_a_matter_of_those_who_use_it(store, creds):
    """A project on AWS was told to `creds set KEY`, which writes no local store."""
    words = ("validate", "--dotenv", "--json", "--project", "shop", "-e", "staging")
    found = [[r["check"] for r in json.loads(creds(*words, *more).stdout)["rows"]] for more in (
        (), ("--provider", "env-file"),
    )]  # fmt: skip
    assert ["store" in checks for checks in found] == [True, False]


def test_a_password_alone_is_no_broken_database(store, creds):
    """Its host may be in the program's own settings; only a check that was asked for needs all of it."""
    store(DB_PASSWORD="pw-secret-12345")
    done = creds("validate", "--json")
    assert (done.returncode, one(done, "database")["status"]) == (0, "skip")
    done = creds("validate", "--db", "--json")
    found = one(done, "database")
    assert (done.returncode, found["status"], found["next"]) == (1, "fail", "store it: creds set DB_USER")


def test_outside_of_any_project_it_is_exit_3(creds, tmp_path):
    done = creds("validate", cwd=tmp_path)
    assert done.returncode == 3
    assert "--project" in done.stderr
