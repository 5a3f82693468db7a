"""READ_ONLY in a real session: an INSERT fails unless somebody asked for write access."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import asyncpg
import psycopg
import pytest

from creds_shell import get_credentials
from creds_shell.base import SecretBundle
from creds_shell.project import open_project
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider

INSERT = "INSERT INTO items VALUES ('two')"


@pytest.fixture
def stored(postgres, repo, monkeypatch):
    """Puts a credential into the project's bundle."""
    monkeypatch.chdir(repo)

    def put(values):
        project = open_project(writing=True)
        DotEnvSecretsProvider().put_bundle(SecretBundle(project.id, values), "replace")
        return project

    return put


def spellings(server):
    return {
        "DB_*": server.keys(),
        "POSTGRES_*": {
            "POSTGRES_HOST": server.host,
            "POSTGRES_PORT": str(server.port),
            "POSTGRES_DB": server.database,
            "POSTGRES_USER": server.owner,
            "POSTGRES_PASSWORD": server.password,
        },
        "PG*": {
            "PGHOST": server.host,
            "PGPORT": str(server.port),
            "PGDATABASE": server.database,
            "PGUSER": server.owner,
            "PGPASSWORD": server.password,
        },
        "DATABASE_URL": {"DATABASE_URL": server.url()},
    }


async def _insert(dsn):
    connection = await asyncpg.connect(**dsn)
    try:
        await connection.execute(INSERT)
    finally:
        await connection.close()


def _insert_in_a_thread(dsn):
    """A browser test of the same worker may have left a running loop in this thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(_insert(dsn))).result()


@pytest.mark.parametrize("spelling", ["DB_*", "POSTGRES_*", "PG*", "DATABASE_URL"])
def test_an_insert_fails_through_the_dsn_and_succeeds_with_write_access(postgres, stored, spelling):
    stored(spellings(postgres)[spelling])
    with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
        _insert_in_a_thread(get_credentials().dsn)
    _insert_in_a_thread(get_credentials(access="read_write").dsn)


def test_the_same_through_psycopg_and_through_a_url(postgres, stored):
    stored(postgres.keys())
    creds = get_credentials()
    with psycopg.connect(**creds.dsn_for("psycopg")) as reading:
        assert reading.execute("SELECT 1").fetchone() == (1,)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            reading.execute(INSERT)
    url = creds.get_connection_string_unsafe()
    with psycopg.connect(url) as reading, pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        reading.execute(INSERT)
    with psycopg.connect(**creds.with_access("read_write").dsn_for("psycopg")) as writing:
        writing.execute(INSERT)


async def _settings(dsn):
    connection = await asyncpg.connect(**dsn)
    try:
        names = ("search_path", "default_transaction_read_only")
        return [await connection.fetchval(f"SHOW {name}") for name in names]
    finally:
        await connection.close()


def test_the_options_of_a_url_hold_and_do_not_lift_read_only(postgres, stored):
    options = "-c%20search_path%3Dsomewhere%20-c%20default_transaction_read_only%3Doff"
    stored({"DATABASE_URL": f"{postgres.url()}?options={options}"})
    with ThreadPoolExecutor(1) as pool:
        shown = pool.submit(lambda: asyncio.run(_settings(get_credentials().dsn))).result()
    assert shown == ["somewhere", "on"]
