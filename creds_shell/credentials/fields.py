"""How a credential is written in keys: five variables, a URL, or the JSON of RDS; one table of names.

An error names the key and never what is in it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote, urlsplit

from creds_shell.base import InvalidValueError, SecretNotFoundError
from creds_shell.credentials.models import LIBPQ, PORTS, APICredentials, DatabaseCredentials

# field: endings that mean it, behind DB_, POSTGRES_ and the like (the first that is there counts)
ENDINGS: dict[str, tuple[str, ...]] = {
    "host": ("HOST", "HOSTNAME", "SERVER", "HOSTADDR"),
    "port": ("PORT",),
    "database": ("NAME", "DATABASE", "DB", "DBNAME"),
    "username": ("USER", "USERNAME"),
    "password": ("PASSWORD", "PASS", "PWD"),
    "engine": ("ENGINE", "CONNECTION", "DRIVER", "TYPE", "DIALECT"),
    "sslmode": ("SSLMODE", "SSL_MODE"),
}
URL_ENDINGS = ("URL", "DSN", "URI", "CONNECTION_STRING")
# the fields of the JSON that RDS and its rotation functions write
# (AWS Secrets Manager user guide, "JSON structure of secrets")
RDS: dict[str, tuple[str, ...]] = {
    "host": ("host",),
    "port": ("port",),
    "database": ("dbname", "database", "db"),
    "username": ("username", "user"),
    "password": ("password",),
    "engine": ("engine",),
}
# where the database of a project is, in this order; libpq's names have no underscore
DATABASE_PREFIXES = ("DB_", "DATABASE_", "POSTGRES_", "POSTGRESQL_", "PG", "PG_", "MYSQL_", "MARIADB_")
API_KEYS = ("API_KEY", "KEY", "TOKEN", "API_TOKEN", "ACCESS_TOKEN", "SECRET_KEY", "SECRET")
BASE_URLS = ("BASE_URL", "API_URL", "URL", "ENDPOINT", "HOST")
MYSQL_WORDS = ("mysql", "mariadb")


@dataclass
class Fields:
    """What was found of one credential, and in which keys."""

    values: dict[str, str] = field(default_factory=dict, repr=False)
    keys: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, value: str, key: str) -> None:
        """Note one field."""
        if value:
            self.values[name] = value
            self.keys[name] = key

    @property
    def complete(self) -> bool:
        """Whether somebody could connect with it."""
        return "username" in self.values and ("password" in self.values or "host" in self.values)


def database(values: Mapping[str, str], secret_id: str) -> DatabaseCredentials | None:
    """Return the database credential that an id names, or None.

    Args:
        values: all keys of the project.
        secret_id: `DB` for the project's database, else a prefix or the name of one key.

    Raises:
        SecretNotFoundError: a part is missing; it is named.
        InvalidValueError: a part cannot be understood; its key is named.
    """
    found = [fields for fields in _candidates(values, secret_id) if fields.values]
    if not found:
        return None
    return _credentials(next((fields for fields in found if fields.complete), found[0]), secret_id)


def _candidates(values: Mapping[str, str], secret_id: str) -> Iterator[Fields]:
    whole = secret_id.upper().replace("-", "_")
    prefixes = DATABASE_PREFIXES if whole == "DB" else (f"{whole}_",)
    for prefix in prefixes:
        yield _by_prefix(values, prefix)
        for ending in URL_ENDINGS:
            yield _from_text(values.get(prefix + ending, ""), prefix + ending)
    for key in {secret_id: None, whole: None}:
        yield _from_text(values.get(key, ""), key)
    if whole == "DB" and ("password" in values or "username" in values):
        yield _from_mapping(values, RDS, "")


def _by_prefix(values: Mapping[str, str], prefix: str) -> Fields:
    found = _from_mapping(values, ENDINGS, prefix)
    if prefix == "PG":
        found.add("options", values.get("PGOPTIONS", ""), "PGOPTIONS")
    return found if found.values.keys() & {"host", "username", "password"} else Fields()


def _from_mapping(values: Mapping[str, str], table: Mapping[str, tuple[str, ...]], prefix: str) -> Fields:
    found = Fields()
    for name, endings in table.items():
        key = next((prefix + ending for ending in endings if values.get(prefix + ending)), "")
        if key:
            found.add(name, values[key], key)
    if prefix in ("MYSQL_", "MARIADB_"):
        found.values.setdefault("engine", "mysql")
    return found


def _from_text(text: str, key: str) -> Fields:
    """Read one value that holds a whole credential: a URL, or JSON as RDS writes it."""
    if "://" in text:
        return _from_url(text, key)
    if text.lstrip().startswith("{"):
        try:
            data = json.loads(text)
        except ValueError:
            return Fields()
        found = _from_mapping({str(k): str(v) for k, v in data.items() if v is not None}, RDS, "")
        found.keys = dict.fromkeys(found.keys, key)
        return found
    return Fields()


def _from_url(text: str, key: str) -> Fields:
    found = Fields()
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise InvalidValueError(
            f"{key} is not a URL that can be understood",
            f"one host and port, special characters of the password percent-encoded: `creds set {key}`",
        ) from None
    scheme = url.scheme.split("+")[0].removeprefix("jdbc:")
    if scheme not in ("postgres", "postgresql", *MYSQL_WORDS):
        return found
    found.add("engine", scheme, key)
    found.add("host", _decoded(url.hostname or ""), key)
    found.add("port", str(port or ""), key)
    found.add("database", _decoded(url.path.removeprefix("/")), key)
    found.add("username", _decoded(url.username or ""), key)
    found.add("password", _decoded(url.password or ""), key)
    for name, value in parse_qsl(url.query):
        known = {"dbname": "database", "user": "username"}.get(name, name)
        if known in ENDINGS or known == "options" or known in LIBPQ:
            found.add(known, value, key)
    return found


def _decoded(text: str) -> str:
    return unquote(text, errors="surrogateescape")


def _credentials(found: Fields, secret_id: str) -> DatabaseCredentials:
    values = found.values
    if "username" not in values and "password" not in values:
        raise SecretNotFoundError(
            f"the credential {secret_id} has no user and no password",
            f"store them: creds set {_like(found)}USER, creds set {_like(found)}PASSWORD",
        )
    if "username" not in values:
        raise SecretNotFoundError(
            f"the credential {secret_id} has no user", f"store it: creds set {_like(found)}USER"
        )
    engine = "mysql" if values.get("engine", "").lower().startswith(MYSQL_WORDS) else "postgresql"
    return DatabaseCredentials(
        host=values.get("host", "localhost"),
        port=_port(found, engine),
        database=values.get("database", values["username"]),
        username=values["username"],
        password=values.get("password"),  # type: ignore[arg-type]  # __post_init__ hides it
        engine=engine,
        sslmode=values.get("sslmode", ""),
        options=values.get("options", ""),
        libpq=tuple((name, values[name]) for name in LIBPQ if name in values),
        source=tuple(sorted(set(found.keys.values()))),
    )


def _like(found: Fields) -> str:
    """The prefix that the keys have which are there."""
    key = next(iter(found.keys.values()), "DB_")
    return next((prefix for prefix in DATABASE_PREFIXES if key.startswith(prefix)), "DB_")


def _port(found: Fields, engine: str) -> int:
    text = found.values.get("port", "")
    if not text:
        return PORTS[engine]
    if text.isascii() and text.isdigit() and 0 < int(text) < 65536:
        return int(text)
    raise InvalidValueError(f"{found.keys['port']} is not a port number", f"creds set {found.keys['port']}")


def api(values: Mapping[str, str], secret_id: str) -> tuple[APICredentials, tuple[str, ...]] | None:
    """Return the API credential that an id names and its keys, or None."""
    whole = secret_id.upper().replace("-", "_")
    keys = (secret_id, whole, *(f"{whole}_{ending}" for ending in API_KEYS))
    key = next((key for key in keys if values.get(key)), None)
    if key is None:
        return None
    urls = [f"{whole}_{ending}" for ending in BASE_URLS if values.get(f"{whole}_{ending}")]
    url = values[urls[0]] if urls else ""
    return APICredentials.from_value(values[key], url, secret_id), (key, *urls[:1])
