"""`creds exec --access read -- psql`: the programs that creds starts are read-only where they should be."""

import shutil
from pathlib import Path

import pytest

from creds_shell.base import SecretBundle
from creds_shell.project import open_project
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

INSERT = "INSERT INTO items VALUES ('three')"


@pytest.fixture
def psql(postgres):
    """The client."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/psql"), reverse=True)
    found = shutil.which("psql") or (str(places[0]) if places else "")
    if not found:
        pytest.skip("psql is not installed (apt install postgresql-client)")
    return found


@pytest.fixture
def stored(postgres, repo, monkeypatch):
    """The project's bundle holds libpq's own variables."""
    monkeypatch.chdir(repo)
    project = open_project(writing=True)
    values = {
        "PGHOST": postgres.host,
        "PGPORT": str(postgres.port),
        "PGDATABASE": postgres.database,
        "PGUSER": postgres.owner,
        "PGPASSWORD": postgres.password,
    }
    DotEnvSecretsProvider().put_bundle(SecretBundle(project.id, values), "replace")


def test_an_insert_fails_with_read_access_and_succeeds_with_write_access(stored, creds, psql):
    refused = creds("exec", "--access", "read", "--", psql, "-X", "-c", INSERT)
    assert refused.returncode == 1
    assert "read-only transaction" in refused.stderr
    done = creds("exec", "--access", "write", "--", psql, "-X", "-c", INSERT)
    assert done.returncode == 0, done.stderr
    assert "INSERT 0 1" in done.stdout


def test_an_agent_is_read_only_unless_asked_otherwise(stored, creds, psql):
    agent = {"CLAUDECODE": "1"}
    assert creds("exec", "--", psql, "-X", "-c", INSERT, env=agent).returncode == 1
    assert creds("exec", "--access", "write", "--", psql, "-X", "-c", INSERT, env=agent).returncode == 0
    assert creds("exec", "--", psql, "-X", "-c", INSERT).returncode == 0


def test_the_users_config_makes_it_the_default_and_pgoptions_of_the_caller_stay(stored, creds, psql, home):
    home.config.mkdir(parents=True, exist_ok=True)
    (home.config / "config.toml").write_text('[projects.shop]\naccess = "read_only"\n')
    (home.config / "config.toml").chmod(0o600)
    assert creds("exec", "--", psql, "-X", "-c", INSERT).returncode == 1
    options = {"PGOPTIONS": "-c statement_timeout=4321"}
    shown = creds("exec", "--", psql, "-X", "-At", "-c", "SHOW statement_timeout", env=options)
    assert shown.stdout == "4321ms\n"
