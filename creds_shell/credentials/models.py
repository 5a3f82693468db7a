"""What a program gets: a database or an API credential that shows itself with its secret masked."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote, urlencode

from creds_shell.base import SecretValue, UsageError
from creds_shell.core.access import OPTION, SETTING
from creds_shell.permissions import AccessLevel
from creds_shell.values import MASK, HidingMapping

PASSWORDS = ("password", "PGPASSWORD")  # what the drivers call it
PORTS = {"postgresql": 5432, "mysql": 3306}
# What else a URL may say to libpq (libpq 34.1.2), and the variable that says the same (34.15)
LIBPQ = {
    "application_name": "PGAPPNAME",
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslkey": "PGSSLKEY",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
# MySQL has no parameter for it; its drivers run this when they connect (PyMySQL, aiomysql, mysqlclient)
MYSQL_READ_ONLY = "SET SESSION TRANSACTION READ ONLY"

_URL = re.compile(r"([A-Za-z][\w+.-]*://)?([^/?#\\]*)(.*)", re.DOTALL)  # scheme, authority, the rest
_HOST = re.compile(
    r"(localhost|[a-z0-9.-]+\.[a-z]{2,})(:\d+)?"
)  # what is surely one, where no scheme says so


class Parameters(HidingMapping[Any]):
    """Connection parameters with their real values; the password shows itself as a mask."""

    __slots__ = ()

    def __setitem__(self, name: str, value: Any) -> None:
        hidden = name in PASSWORDS and value is not None
        super().__setitem__(name, SecretValue(value) if hidden else value)


def _text(value: object) -> str:
    """Return the text itself, also of a SecretValue, whose str() is a mask."""
    return value.get_secret_value() or "" if isinstance(value, SecretValue) else str(value)


@dataclass(frozen=True, repr=False)
class DatabaseCredentials:
    """How to connect to one database.

    Attributes:
        host: name, address or socket folder.
        port: of the server.
        database: its name.
        username: who connects.
        password: hidden; `dsn` has the real one.
        engine: postgresql or mysql.
        access: READ_ONLY makes every transaction read-only until the session says otherwise; it stops accidents,
            the boundary is a role of the database.
        sslmode: as libpq names it, or empty.
        options: further libpq options, as PGOPTIONS writes them.
        libpq: further libpq parameters of a URL (LIBPQ), as pairs; asyncpg takes none of them.
        source: which keys it was read from.
    """

    host: str
    port: int
    database: str
    username: str
    password: SecretValue
    engine: str = "postgresql"
    access: AccessLevel = AccessLevel.READ_ONLY
    sslmode: str = ""
    options: str = ""
    libpq: tuple[tuple[str, str], ...] = ()
    source: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "password", SecretValue(self.password))

    @classmethod
    def from_dict(  # noqa: PLR0917 lib.creds' own signature
        cls,
        data: Mapping[str, Any],
        host_key: str = "host",
        port_key: str = "port",
        database_key: str = "database",
        username_key: str = "username",
        password_key: str = "password",  # noqa: S107 the name of a field
    ) -> "DatabaseCredentials":
        """Return the credentials in a mapping, its keys named as you like; what is missing gets lib.creds' default."""
        password = data.get(password_key)
        engine = "mysql" if "my" in str(data.get("engine", "")).lower() else "postgresql"
        return cls(
            host=_text(data.get(host_key) or "localhost"),
            port=int(_text(data.get(port_key) or PORTS[engine])),
            database=_text(data.get(database_key) or data.get("dbname") or ""),
            username=_text(data.get(username_key) or ""),
            password=SecretValue(password if isinstance(password, str | bytes | None) else str(password)),
            engine=engine,
        )

    @property
    def masked_host(self) -> str:
        """The host to look at; one that holds a whole URL by a slip holds the password too."""
        return MASK if "@" in self.host else self.host

    @property
    def read_only(self) -> bool:
        """Whether sessions begin read-only."""
        return self.access is AccessLevel.READ_ONLY

    def with_access(self, access: "AccessLevel | str") -> "DatabaseCredentials":
        """Return the same with another access: `read_only`, `read_write` or an AccessLevel."""
        return replace(self, access=access_level(access))

    @property
    def dsn(self) -> Parameters:
        """The real parameters, for `asyncpg.connect(**creds.dsn)` (for MySQL: for its drivers)."""
        return self.dsn_for("asyncpg" if self.engine == "postgresql" else "pymysql")

    @property
    def dsn_masked(self) -> Parameters:
        """The same to look at, with the password masked."""
        return Parameters({**self.dsn, "host": self.masked_host, "password": MASK})

    def dsn_for(self, driver: str) -> Parameters:
        """Return the real parameters as one driver wants them.

        Args:
            driver: asyncpg, psycopg, psycopg2 (or libpq), pymysql, aiomysql, or `env` for libpq's variables.

        Raises:
            UsageError: a driver that is not known, or not this database's.
        """
        if driver not in DRIVERS:
            raise UsageError(f"there is no driver {driver}", f"there are: {', '.join(DRIVERS)}")
        engine, make = DRIVERS[driver]
        if engine != self.engine:
            raise UsageError(
                f"{driver} connects to {engine}, and this is {self.engine}", "choose another driver"
            )
        return Parameters(make(self))

    @property
    def connection_string(self) -> str:
        """A URL to look at, with the password masked."""
        return self._url(self.masked_host, MASK)

    def get_connection_string_unsafe(self) -> str:
        """Return a URL with the real password; never log it. `dsn` is the better way."""
        query = {"sslmode": self.sslmode} if self.sslmode else {}
        if self.engine == "postgresql":
            query |= dict(self.libpq)
            options = _libpq_options(self)
            query |= {"options": options} if options else {}
        ending = f"?{urlencode(query, quote_via=quote)}" if query else ""
        return (
            self._url(
                self.host, quote(self.password.get_secret_value() or "", safe="", errors="surrogateescape")
            )
            + ending
        )

    def _url(self, host: str, password: str) -> str:
        host = f"[{host}]" if ":" in host else quote(host, safe="*")
        user = quote(self.username, safe="")
        return f"{self.engine}://{user}:{password}@{host}:{self.port}/{quote(self.database, safe='')}"

    def __repr__(self) -> str:
        return (
            f"DatabaseCredentials(host={self.masked_host!r}, port={self.port}, database={self.database!r},"
            f" username={self.username!r}, password={self.password!r}, access={self.access.name})"
        )


@dataclass(frozen=True, repr=False)
class APICredentials:
    """A key for a service.

    Attributes:
        api_key: hidden; `api_key.get_secret_value()` is the real one.
        base_url: where the service is, or empty.
        name: what it was asked for as.
    """

    api_key: SecretValue
    base_url: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "api_key", SecretValue(self.api_key))

    @classmethod
    def from_value(cls, api_key: str, base_url: str = "", name: str = "") -> "APICredentials":
        """Return a credential of a plain key."""
        return cls(SecretValue(api_key), base_url, name)

    @property
    def masked_key(self) -> str:
        """What may be shown; no part of the key."""
        return MASK

    @property
    def masked_url(self) -> str:
        """Where the service is, to look at: user, path and query may hold a key, as those of a webhook do."""
        scheme, place, more = _URL.match(self.base_url).groups("")  # type: ignore[union-attr]  # it matches any text
        host = place.rpartition("@")[2]
        known = scheme or not place or _HOST.fullmatch(host)
        if not known or "@" in more:  # no URL at all, or a `/` in its password
            return f"{scheme}{MASK}"
        return f"{scheme}{host}" + (f"/{MASK}" if more.strip("/") else "")

    def __repr__(self) -> str:
        return f"APICredentials(name={self.name!r}, base_url={self.masked_url!r}, api_key={self.api_key!r})"


def access_level(access: "AccessLevel | str") -> AccessLevel:
    """Return the level of a word: read, read_only, write, read_write, admin.

    Raises:
        UsageError: it is none of them.
    """
    if isinstance(access, AccessLevel):
        return access
    word = access.lower().replace("-", "_")
    for level in AccessLevel:
        if word in (level.value, level.name.lower()):
            return level
    raise UsageError(f"there is no access {access!r}", "read_only or read_write")


def _common(creds: DatabaseCredentials, database: str) -> dict[str, Any]:
    """What every driver takes; they disagree on what the database is called."""
    return {
        "host": creds.host,
        "port": creds.port,
        database: creds.database,
        "user": creds.username,
        "password": creds.password.get_secret_value(),
    }


def _asyncpg(creds: DatabaseCredentials) -> dict[str, Any]:
    made = _common(creds, "database")
    settings = {"options": creds.options} if creds.options else {}  # as the protocol's first message has them
    if creds.read_only:
        settings[SETTING] = "on"  # the server takes it after the options: it wins over theirs
    if settings:
        made["server_settings"] = settings
    if creds.sslmode:
        made["ssl"] = creds.sslmode
    return made


def _psycopg(creds: DatabaseCredentials) -> dict[str, Any]:
    made = _common(creds, "dbname")
    options = _libpq_options(creds)
    if options:
        made["options"] = options
    if creds.sslmode:
        made["sslmode"] = creds.sslmode
    return made | dict(creds.libpq)


def _libpq_options(creds: DatabaseCredentials) -> str:
    return " ".join(filter(None, (creds.options, OPTION if creds.read_only else "")))


def _pymysql(creds: DatabaseCredentials) -> dict[str, Any]:
    made = _common(creds, "database")
    if creds.read_only:
        made["init_command"] = MYSQL_READ_ONLY
    return made


def _aiomysql(creds: DatabaseCredentials) -> dict[str, Any]:
    made = _pymysql(creds)
    made["db"] = made.pop("database")
    return made


def _variables(creds: DatabaseCredentials) -> dict[str, Any]:
    made = {
        "PGHOST": creds.host,
        "PGPORT": str(creds.port),
        "PGDATABASE": creds.database,
        "PGUSER": creds.username,
        "PGPASSWORD": creds.password.get_secret_value(),
        "PGOPTIONS": _libpq_options(creds),
        "PGSSLMODE": creds.sslmode,
        **{LIBPQ[name]: value for name, value in creds.libpq},
    }
    return {name: value for name, value in made.items() if value}


# driver: (its database, how its parameters are made)
DRIVERS: dict[str, tuple[str, Callable[[DatabaseCredentials], dict[str, Any]]]] = {
    "asyncpg": ("postgresql", _asyncpg),
    "psycopg": ("postgresql", _psycopg),
    "psycopg2": ("postgresql", _psycopg),
    "libpq": ("postgresql", _psycopg),
    "env": ("postgresql", _variables),
    "pymysql": ("mysql", _pymysql),
    "aiomysql": ("mysql", _aiomysql),
}
