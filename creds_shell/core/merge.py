"""Many tiers as one: earlier ones win, and a credential comes whole from the first tier that has any part of it.

So a repository can never add a host to a stored password: not within a family of names, and not by naming where the
secret of the same prefix goes.
"""

# the fields of the JSON that RDS writes (AWS Secrets Manager user guide, "JSON structure of secrets"), as keys
RDS_NAMES = ("host", "port", "dbname", "database", "db", "username", "user", "password", "engine")
GROUPS = (  # (group, families, names): one credential, taken whole
    ("database", ("DB_", "DATABASE_", "POSTGRES_", "POSTGRESQL_", "PG"), ("DATABASE_URL", "DB", *RDS_NAMES)),
    ("mysql", ("MYSQL_", "MARIADB_"), ()),
    ("redis", ("REDIS_",), ()),
    ("mongo", ("MONGO_", "MONGODB_"), ()),
    ("amqp", ("AMQP_", "RABBITMQ_"), ()),
    ("mail", ("SMTP_", "MAIL_", "EMAIL_"), ()),
    ("aws", ("AWS_",), ()),
)
# What tells a program where and how to send a secret, and the secrets that would go there: those of the same prefix,
# and the one whose name is that prefix.
DIRECTIONS = (
    *("_ENDPOINT_URL", "_BASE_URL", "_API_URL", "_API_BASE", "_ENDPOINT", "_HOSTNAME", "_HOST", "_PORT"),
    *("_CONNECTION_STRING", "_URL", "_URI", "_DSN", "_ADDRESS", "_ADDR", "_HOSTADDR", "_SERVER", "_PROXY"),
    *("_DOMAIN", "_SSLMODE", "_SSL_MODE"),
)
SECRET_PARTS = (
    *("PASSWORD", "PASSWD", "PASS", "PWD", "SECRET", "TOKEN", "KEY", "API_KEY", "APIKEY", "API_TOKEN"),
    *("SECRET_KEY", "API_SECRET", "ACCESS_KEY", "ACCESS_TOKEN", "AUTH_TOKEN", "CLIENT_SECRET", "URL", "DSN"),
)


def group_of(name: str) -> str | None:
    """The credential that a key is part of, or None."""
    for group, families, names in GROUPS:
        if name in names or (name.startswith(families) and not name.startswith("PGP")):
            return group
    return None


def _sent_by(name: str) -> list[str]:
    """The secrets that would go where a key says."""
    prefixes = [name[: -len(ending)] for ending in DIRECTIONS if name.endswith(ending)]
    return [
        key
        for prefix in prefixes
        if prefix
        for key in (prefix, *[f"{prefix}_{part}" for part in SECRET_PARTS])
    ]


def merge_layers(
    layers: "list[tuple[str, dict[str, bytes]]]",
) -> "list[tuple[str, bytes, str, tuple[str, ...]]]":
    """Merge tiers, first one first.

    Returns:
        (name, value, provider, providers that it shadows), sorted by name. Keys that are left out because an
        earlier tier has another part of the same credential are listed by `left_out`.
    """
    chosen: dict[str, tuple[bytes, str]] = {}
    shadows: dict[str, tuple[str, ...]] = {}
    for provider, values in layers:
        taken = _left_out_of(values, chosen)
        for name in values:
            if name in chosen:
                shadows[name] = (*shadows.get(name, ()), provider)
        for name, value in values.items():
            if name not in chosen and name not in taken:
                chosen[name] = (value, provider)
    return [(name, *chosen[name], shadows.get(name, ())) for name in sorted(chosen)]


def left_out(layers: "list[tuple[str, dict[str, bytes]]]") -> "list[tuple[str, str, str]]":
    """What the rule of whole credentials keeps out: (name, its provider, the key of an earlier tier that it would join)."""
    chosen: dict[str, tuple[bytes, str]] = {}
    result = []
    for provider, values in layers:
        taken = _left_out_of(values, chosen)
        result += [(name, provider, other) for name, other in sorted(taken.items())]
        for name, value in values.items():
            if name not in chosen and name not in taken:
                chosen[name] = (value, provider)
    return result


def _left_out_of(values: dict[str, bytes], chosen: "dict[str, tuple[bytes, str]]") -> dict[str, str]:
    """The keys of a later tier that would complete a credential of earlier ones, each with a key that it would join."""
    if not chosen:
        return {}
    groups: dict[str, str] = {}
    for name in chosen:
        group = group_of(name)
        if group is not None:
            groups.setdefault(group, name)
    out: dict[str, str] = {}
    for name in values:
        if name in chosen:
            continue
        group = group_of(name)
        if group is not None:
            if group in groups:
                out[name] = groups[group]
            continue
        joined = [key for key in _sent_by(name) if key in chosen]
        if joined:
            out[name] = joined[0]
    return out
