"""`creds validate --db` against a real server: what it finds, what it never does."""

import json
import socket

import pytest

from creds_shell.base import SecretBundle
from creds_shell.project import open_project
from creds_shell.providers.dotenv_global import DotEnvSecretsProvider
from creds_shell.validation import probe


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
    return {row["check"]: row for row in json.loads(done.stdout)["rows"]}


def test_the_owner_can_write_and_that_is_said(postgres, store, creds):
    store(**postgres.keys())
    done = creds("validate", "--db", "--json")
    found = rows(done)
    assert done.returncode == 0, done.stdout
    assert found["database"]["status"] == "ok"
    assert "****" in found["database"]["detail"]
    assert found["database access"]["status"] == "ok"
    assert found["database role"]["status"] == "warn"
    assert "can write" in found["database role"]["detail"]
    assert postgres.password not in done.stdout + done.stderr


def test_a_role_that_only_reads_is_found_so(postgres, store, creds, reader_password):
    store(DATABASE_URL=postgres.url("reader", reader_password) + "?connect_timeout=9&application_name=shop")
    found = rows(creds("validate", "--db", "--json"))
    assert found["database role"] == {
        "status": "ok",
        "check": "database role",
        "detail": "the role reader cannot write",
        "next": "",
    }


def test_a_wrong_password_fails_without_showing_it(postgres, store, creds):
    store(DATABASE_URL=postgres.url("owner", "wrong-s3cret"))
    done = creds("validate", "--db", "--json")
    assert done.returncode == 1
    assert "the password is not accepted" in rows(done)["database"]["detail"]
    assert "wrong-s3cret" not in done.stdout + done.stderr


def test_a_closed_port_fails_and_a_project_without_a_database_is_skipped(store, creds):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    store(DB_HOST="127.0.0.1", DB_PORT=str(port), DB_USER="app", DB_PASSWORD="pw-secret-1", DB_NAME="x")
    done = creds("validate", "--db", "--json")
    assert done.returncode == 1
    assert "nothing listens there" in rows(done)["database"]["detail"]
    store(API_KEY="only-this-1")
    done = creds("validate", "--db", "--json")
    assert (done.returncode, rows(done)["database"]["status"]) == (0, "skip")


def test_variables_of_the_calling_shell_do_not_redirect_the_connection(postgres, store, creds):
    """libpq obeys PGHOSTADDR even when a host is given: it would send the password elsewhere."""
    store(**postgres.keys())
    hostile = {
        "PGHOSTADDR": "192.0.2.1",
        "PGSERVICE": "evil",
        "PGOPTIONS": "-c default_transaction_read_only=off",
    }
    found = rows(creds("validate", "--db", "--json", env=hostile))
    assert found["database"]["status"] == "ok"
    assert found["database access"]["status"] == "ok"


def test_a_file_of_the_repository_never_names_the_host_for_a_stored_password(store, creds, repo):
    """Neither a `.env` that is not allowed nor one that is: a credential is one tier's as a whole."""
    store(DB_USER="app", DB_PASSWORD="stored-s3cret", DB_NAME="shop", DB_HOST="127.0.0.1", DB_PORT="1")
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.settimeout(0.2)
        (repo / ".env").write_text(
            f"DB_PORT={trap.getsockname()[1]}\nDATABASE_URL=postgres://u:p@127.0.0.1/x\n"
        )
        (repo / ".env").chmod(0o600)
        use = creds("use", "dotenv-global", "--also", "env-file")
        assert use.returncode == 0, use.stderr
        assert creds("validate", "--db").returncode == 1
        assert creds("allow", "--yes").returncode == 0
        assert creds("validate", "--db").returncode == 1
        with pytest.raises(TimeoutError):
            trap.accept()


def test_a_certificate_authority_that_is_not_there_is_no_missing_database():
    """libpq says that its file `does not exist`, as of a user or a database."""
    text = 'root certificate file "/nowhere/root.crt" does not exist'
    assert "sslrootcert" in probe._sentence(OSError(text))


def test_a_mode_of_tls_that_is_none_is_called_that(postgres, store, creds):
    store(DATABASE_URL=postgres.url() + "?sslmode=sometimes")
    assert "sslmode is none that libpq knows" in creds("validate", "--db").stdout


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("NOLOGIN", "this user may not connect"),
        ("LOGIN CONNECTION LIMIT 0", "the server has no free connection"),
    ],
)
def test_what_the_server_refuses_is_said_in_words(postgres, store, creds, role, said):
    """A refused connection has no code, only a text."""
    import psycopg

    with psycopg.connect(postgres.url(), autocommit=True) as owner:
        owner.execute(f"CREATE ROLE guest {role} PASSWORD 'pg-s3cret-guest'")
        try:
            store(DATABASE_URL=postgres.url("guest", "pg-s3cret-guest"))
            done = creds("validate", "--db")
        finally:
            owner.execute("DROP ROLE guest")
    assert done.returncode == 1
    assert f"(dotenv-global): {said}  " in done.stdout
    assert "pg-s3cret-guest" not in done.stdout + done.stderr
