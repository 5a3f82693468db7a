"""Connect to one PostgreSQL and say what is found: run as a program of its own, in a cleaned environment.

The credential comes on standard input as JSON, so that it is in no argument and no environment; the answer is JSON
on standard output. libpq would otherwise obey PGHOSTADDR, PGSERVICE and others of the calling shell.
"""

import json
import sys
from typing import Any

CONNECT_TIMEOUT = 5  # seconds
STATEMENT_TIMEOUT = "5s"

# Whether this role could write if nobody held it back: rows, tables or whole databases.
CAN_WRITE = """
SELECT r.rolsuper, r.rolcreatedb OR r.rolcreaterole,
       has_database_privilege(current_database(), 'CREATE'),
       EXISTS (SELECT 1 FROM pg_namespace n
               WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                 AND has_schema_privilege(n.oid, 'CREATE')),
       EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
               WHERE c.relkind IN ('r', 'p', 'v', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
                 AND (has_table_privilege(c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')
                      OR has_any_column_privilege(c.oid, 'INSERT, UPDATE')))
FROM pg_roles r WHERE r.rolname = current_user
"""
REASONS = (
    "it is a superuser",
    "it may create databases or roles",
    "it may create schemas",
    "it may create tables",
    "it may change rows",
)
TLS = "SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()"
# A refused connection has no SQLSTATE, only PostgreSQL's own first line, which names user, database and host.
SQLSTATES = {
    "28P01": "the password is not accepted",
    "28000": "this user may not connect",
    "3D000": "the database does not exist",
    "53300": "the server has no free connection",
    "57P03": "the server is starting or stopping",
}
TEXTS = (
    ("password authentication failed", SQLSTATES["28P01"]),
    ("no password supplied", "a password is needed and none is stored"),
    ("invalid sslmode", "sslmode is none that libpq knows"),
    ("root certificate file", "the file of the certificate authority (sslrootcert) is not there"),
    ("does not exist", "the user or the database does not exist"),
    ("no pg_hba.conf entry", SQLSTATES["28000"]),
    ("not permitted to log in", SQLSTATES["28000"]),
    ("permission denied for database", SQLSTATES["28000"]),
    ("not currently accepting connections", SQLSTATES["28000"]),
    ("too many", SQLSTATES["53300"]),
    ("connection slots", SQLSTATES["53300"]),
    ("database system is", SQLSTATES["57P03"]),
    ("timeout", "no answer in time"),
    ("refused", "nothing listens there"),
    ("translate host name", "the host name is not known"),
    ("resolve host", "the host name is not known"),
    ("certificate", "the server's certificate is not accepted"),
    ("ssl", "TLS could not be agreed on"),
)


def probe(parameters: dict[str, Any]) -> dict[str, Any]:
    """Connect, look, disconnect.

    Args:
        parameters: for psycopg, as `DatabaseCredentials.dsn_for("psycopg")` gives them.

    Returns:
        `error` (a sentence), or server, user, tls, read_only and what the role could write.
    """
    import psycopg

    ours = {"connect_timeout": CONNECT_TIMEOUT, "application_name": "creds validate"}
    try:
        with psycopg.connect(**{**parameters, **ours}) as connection:
            connection.execute(f"SET statement_timeout = '{STATEMENT_TIMEOUT}'")
            connection.execute("SELECT 1")
            read_only = _one(connection.execute("SHOW transaction_read_only"))
            tls = connection.execute(TLS).fetchone() or (False, None)
            rights = connection.execute(CAN_WRITE).fetchone() or ()
            return {
                "server": f"PostgreSQL {connection.info.server_version // 10000}",
                "user": connection.info.user,
                "tls": str(tls[1]) if tls[0] else "",
                "read_only": read_only == "on",
                "can_write": [why for why, has in zip(REASONS, rights, strict=False) if has],
            }
    except psycopg.Error as error:
        return {"error": _sentence(error)}


def _one(cursor: Any) -> object:
    row = cursor.fetchone()
    return row[0] if row else None


def _sentence(error: Any) -> str:
    """Say what is wrong without the library's text, which may hold a connection string."""
    state = getattr(error, "sqlstate", None)
    if state in SQLSTATES:
        return SQLSTATES[state]
    text = str(error).lower()
    for words, sentence in TEXTS:
        if words in text:
            return sentence
    return f"it cannot be used ({state or type(error).__name__})"


if __name__ == "__main__":
    sys.stdout.write(json.dumps(probe(json.loads(sys.stdin.read()))))
