"""A real PostgreSQL for every test here: initdb in a temporary folder, as an unprivileged user (it refuses root)."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

PASSWORD = "pg-s3cret-owner!"
READER_PASSWORD = "pg-s3cret-reader!"
START_TIMEOUT = 60.0  # seconds; a start takes about one
# The server ends with whoever holds the other end of this shell's standard input, also a test run that was killed.
WITH_US = 'exec 3<&0; "$0" "$@" </dev/null 3<&- & read -r _ <&3; kill -INT $!; wait $!'
SETUP = (
    "CREATE TABLE items (name text)",
    "INSERT INTO items VALUES ('one')",
    f"CREATE ROLE reader LOGIN PASSWORD '{READER_PASSWORD}'",
    "GRANT SELECT ON items TO reader",
    "REVOKE CREATE ON SCHEMA public FROM PUBLIC",
    "REVOKE TEMPORARY ON DATABASE postgres FROM PUBLIC",
)


@dataclass(frozen=True)
class Server:
    """Where it listens and who may do what: `owner` writes, `reader` cannot."""

    port: int
    host: str = "127.0.0.1"
    database: str = "postgres"
    owner: str = "owner"
    password: str = field(default=PASSWORD, repr=False)

    def keys(self, prefix: str = "DB_") -> dict[str, str]:
        """The owner's credential as keys of a bundle."""
        return {
            f"{prefix}HOST": self.host,
            f"{prefix}PORT": str(self.port),
            f"{prefix}NAME": self.database,
            f"{prefix}USER": self.owner,
            f"{prefix}PASSWORD": self.password,
        }

    def url(self, user: str = "owner", password: str = PASSWORD) -> str:
        """A credential as a URL."""
        from urllib.parse import quote

        return f"postgresql://{user}:{quote(password, safe='')}@{self.host}:{self.port}/{self.database}"


def _binary(name: str) -> str:
    found = shutil.which(name)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), reverse=True)
    return found or (str(places[0]) if places else "")


def _as_user(*words: str) -> tuple[str, ...]:
    return ("runuser", "-u", "nobody", "--", *words) if os.geteuid() == 0 else words


def _run(*words: str, folder: Path) -> None:
    done = subprocess.run(_as_user(*words), cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A running server."""
    if not _binary("initdb"):
        pytest.skip("PostgreSQL is not installed (apt install postgresql)")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    (folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        account = pwd.getpwnam("nobody")
        for path in (folder, folder / "password"):
            os.chown(path, account.pw_uid, account.pw_gid)
    try:
        auth = ("-U", "owner", "-A", "scram-sha-256", "--pwfile", str(folder / "password"))
        _run(_binary("initdb"), "-D", str(folder / "data"), *auth, "--no-sync", folder=folder)
        yield from _serve(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def reader_password() -> str:
    """Of the role `reader`, which may only SELECT."""
    return READER_PASSWORD


def _serve(folder: Path) -> Iterator[Server]:
    port = _free_port()
    options = (
        "-c",
        f"port={port}",
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        f"unix_socket_directories={folder}",
    )
    quick = ("-c", "fsync=off", "-c", "full_page_writes=off")
    words = _as_user("sh", "-c", WITH_US, _binary("postgres"), "-D", str(folder / "data"), *options, *quick)
    null = subprocess.DEVNULL
    server = subprocess.Popen(words, cwd=folder, stdin=subprocess.PIPE, stdout=null, stderr=null)
    try:
        _set_up(Server(port), server)
        yield Server(port)
    finally:
        server.communicate(timeout=60)  # closes its standard input


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _set_up(where: Server, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not _is_set_up(where):
        assert server.poll() is None, "PostgreSQL did not start"
        assert time.monotonic() < deadline, "PostgreSQL did not start in time"
        time.sleep(0.1)


def _is_set_up(where: Server) -> bool:
    import psycopg

    try:
        with psycopg.connect(where.url(), connect_timeout=5, autocommit=True) as connection:
            for statement in SETUP:
                connection.execute(statement)
    except psycopg.OperationalError:
        return False
    return True
