"""`--db`: a real connection with the project's credential: does it work, is it encrypted, is it read-only, could it write.

The credential is one tier's as a whole (`core.merge.merge_layers`), so a file of the repository can never name the
host for a stored password; a `.env` that is not allowed names nothing at all.
"""

import json
import os
import sys
from collections.abc import Iterator
from importlib.util import find_spec

from creds_shell.core.errors import SecretNotFoundError, SecretsError
from creds_shell.credentials import DatabaseCredentials, fields
from creds_shell.project import Project
from creds_shell.providers.layers import load_bundle
from creds_shell.validation import programs
from creds_shell.validation.row import Row, fail, failed, ok, skip, warn

# Our own folder comes last on the path: nothing beside the package may stand in front of a library.
STARTER = (
    "import runpy, sys; sys.path.append(sys.argv.pop(1));"
    " runpy.run_module('creds_shell.validation.probe', run_name='__main__')"
)
LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1")


def check(project: Project, *, asked: bool) -> Iterator[Row]:
    """Give the rows of `--db`; keys that are not a whole credential are a fault only if the user asked for this check."""
    try:
        bundle = load_bundle(project)
        values = {name: key.value.get_secret_value() for name, key in bundle.keys.items()}
        creds = fields.database(values, "DB")
    except SecretNotFoundError as error:
        row = failed("database", error)
        yield row if asked else skip("database", row["detail"], row["next"])
        return
    except SecretsError as error:
        yield failed("database", error, "creds status")
        return
    if creds is None:
        yield skip("database", f"{project.id} has no database credential", "creds set DATABASE_URL")
        return
    tier = next((bundle.keys[key].provider for key in creds.source if key in bundle.keys), project.provider)
    yield from _connect(creds, f"{creds.connection_string} ({tier})")


def _connect(creds: DatabaseCredentials, where: str) -> Iterator[Row]:
    if creds.engine != "postgresql":
        yield skip("database", f"{where}: only PostgreSQL can be tried")
        return
    if find_spec("psycopg") is None:
        yield skip("database", f"{where}: psycopg is not installed", "pip install 'creds-shell[postgres]'")
        return
    told = _ask(creds)
    if "error" in told:
        yield fail("database", f"{where}: {told['error']}", "creds get DB")
        return
    yield ok("database", f"{where}: connected, {told['server']}, SELECT 1 answered")
    yield from _tls(creds, str(told.get("tls", "")))
    yield from _access(told)


def _ask(creds: DatabaseCredentials) -> dict[str, object]:
    folder = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    data = json.dumps(dict(creds.dsn_for("psycopg"))).encode()
    done = programs.run((sys.executable, "-I", "-c", STARTER, folder), data=data)
    try:
        told = json.loads(done[1]) if done is not None else {"error": "no answer in time"}
    except ValueError:
        told = {}
    return told if isinstance(told, dict) and told else {"error": "the check itself failed"}


def _tls(creds: DatabaseCredentials, version: str) -> Iterator[Row]:
    if version:
        yield ok("database tls", f"encrypted ({version})")
    elif creds.host in LOCAL_HOSTS or creds.host.startswith("/"):
        yield ok("database tls", "not encrypted, on this machine")
    else:
        yield warn("database tls", f"the connection to {creds.host} is not encrypted", "add ?sslmode=require")


def _access(told: dict[str, object]) -> Iterator[Row]:
    if told.get("read_only"):
        yield ok("database access", "creds' sessions are read-only by default")
    else:
        yield fail("database access", "the session is not read-only", "creds help database")
    reasons = told.get("can_write")
    if isinstance(reasons, list) and reasons:
        yield warn(
            "database role",
            f"the role {told.get('user')} can write: {', '.join(map(str, reasons))}",
            "use a role that may only SELECT; read-only sessions stop accidents, a role stops the rest",
        )
    else:
        yield ok("database role", f"the role {told.get('user')} cannot write")
