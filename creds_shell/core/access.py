"""READ_ONLY for the programs that creds starts: PGOPTIONS, and whether a bundle describes a PostgreSQL credential.

It stops accidents; the boundary is a database role. PGOPTIONS is libpq's (its documentation, section 34.15):
psql, psycopg, PHP, Ruby and everything else built on libpq obey it, and drivers of their own (pgjdbc) do not.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

SETTING = "default_transaction_read_only"
OPTION = f"-c {SETTING}=on"

# Names that speak of PostgreSQL whatever their values are: libpq's own and the container image's.
POSTGRES_NAMES = (
    "PGHOST",
    "PGHOSTADDR",
    "PGPORT",
    "PGDATABASE",
    "PGUSER",
    "PGPASSWORD",
    "PGPASSFILE",
    "PGSERVICE",
    "PGSERVICEFILE",
)
POSTGRES_PREFIXES = ("POSTGRES_", "POSTGRESQL_", "PG_")
POSTGRES_SCHEMES = (b"postgres:", b"postgresql:", b"postgres+", b"postgresql+", b"jdbc:postgresql:")
URL_NAMES = ("DATABASE_URL", "DB_URL", "DATABASE_DSN", "DB_DSN")
GENERIC_NAMES = ("DB_HOST", "DB_PASSWORD", "DB_USER", "DB_NAME", "DATABASE_PASSWORD", "DATABASE_HOST")
ENGINE_NAMES = ("DB_ENGINE", "DB_CONNECTION", "DB_DRIVER", "DB_TYPE", "DB_DIALECT", "engine")


def pgoptions(existing: bytes | None) -> bytes:
    """Return PGOPTIONS with the read-only default appended, where the last one wins; twice is the same as once."""
    ours = OPTION.encode()
    if not existing or not existing.strip():
        return ours
    return existing if existing.endswith(ours) else existing + b" " + ours


def describes_postgres(values: "dict[str, bytes] | Iterable[str]") -> bool:
    """Whether a bundle (key → value, or its names alone) describes a PostgreSQL credential.

    `DB_*` and `DATABASE_URL` count unless a value says that it is another database.
    """
    known = values if isinstance(values, dict) else dict.fromkeys(values, b"")
    if any(name in POSTGRES_NAMES or name.startswith(POSTGRES_PREFIXES) for name in known):
        return True
    if any(value.lower().startswith(POSTGRES_SCHEMES) for value in known.values()):
        return True
    if any(known.get(name, b"") for name in URL_NAMES):  # a URL of another scheme
        return False
    engines = [known[name].lower() for name in ENGINE_NAMES if known.get(name)]
    if any(b"postg" not in engine and not engine.startswith(b"pg") for engine in engines):
        return False
    return any(name in known for name in (*GENERIC_NAMES, *URL_NAMES))


def is_readonly(option: str | None, configured: str | None, *, agent: bool) -> bool:
    """Whether a child gets read-only database access.

    Args:
        option: `--access`, which wins.
        configured: `access` in the user's config, which comes next.
        agent: a coding agent runs us; then read-only is the default.
    """
    wanted = option or configured
    if not wanted:
        return agent
    return wanted.replace("-", "_") in ("read", "read_only", "readonly")
