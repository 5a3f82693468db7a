"""Read the tiers of a project and decide which of their keys may become variables.

Earlier tiers win. A credential is taken whole from the first tier that has any part of it, so that a repository can
never add a host to a stored password. The repository's `.env` counts only while exactly this content is allowed.
"""

import posix

from creds_shell.core import binding as bindings
from creds_shell.core.names import SIZE_LIMIT, classify, why_not
from creds_shell.core.paths import (
    WRITABLE_BY_OTHERS,
    check_private,
    config_file,
    env_file_name,
    environ,
    read_all,
    store_file,
)
from creds_shell.core.record import REPOSITORY_FILE, Record
from creds_shell.core.resolve import Standing

ENV_FILE_LIMIT = 1 << 20  # bytes
ENV_FILE_KEYS = 4096
STORE_LIMIT = 64 << 20  # bytes; far above any bundle, so that a wrong file cannot eat the memory
LOCAL, REPOSITORY, AWS = "dotenv-global", "env-file", "aws-secrets-manager"

GROUPS = (  # (group, families, names): one credential, taken whole
    ("database", ("DB_", "DATABASE_", "POSTGRES_", "POSTGRESQL_", "PG"), ("DATABASE_URL", "DB")),
    ("mysql", ("MYSQL_", "MARIADB_"), ()),
    ("redis", ("REDIS_",), ()),
    ("mongo", ("MONGO_", "MONGODB_"), ()),
    ("amqp", ("AMQP_", "RABBITMQ_"), ()),
    ("mail", ("SMTP_", "MAIL_", "EMAIL_"), ()),
    ("aws", ("AWS_",), ()),
)
# What tells a program where to send a secret, longest first, and the secrets of the same prefix that would go there.
DIRECTIONS = (
    *("_ENDPOINT_URL", "_BASE_URL", "_API_URL", "_API_BASE", "_ENDPOINT", "_HOSTNAME", "_HOST", "_PORT"),
    *("_URL", "_URI", "_DSN", "_ADDRESS", "_ADDR", "_SERVER", "_PROXY", "_DOMAIN"),
)
SECRET_PARTS = (
    *("PASSWORD", "PASSWD", "PASS", "PWD", "SECRET", "TOKEN", "KEY", "API_KEY", "APIKEY", "API_TOKEN"),
    *("SECRET_KEY", "API_SECRET", "ACCESS_KEY", "ACCESS_TOKEN", "AUTH_TOKEN", "CLIENT_SECRET", "URL", "DSN"),
)


class Loaded:
    """One variable to set: where it comes from, and how it is masked."""

    __slots__ = ("expose", "force_mask", "free_mask", "name", "provider", "shadows", "value")

    def __init__(self, name: str, value: bytes, provider: str, shadows: tuple[str, ...]) -> None:
        self.name = name
        self.value = value
        self.provider = provider
        self.shadows = shadows
        self.force_mask = False
        self.free_mask = False
        self.expose = "shell"


class Load:
    """What a project gives here and now.

    Attributes:
        state: `loaded`, `empty`, `blocked` (the `.env` is not allowed; the other tiers are loaded), `cold` (a tier
            must be fetched first) or `error`.
        values: what may be set.
        skipped: (name, reason) of what may not.
        blocked: why the `.env` does not count, or None.
        notes: lines for people.
        error: why nothing is loaded, or None; `hints` say what to do.
        watched: the files that this answer depends on.
        missing: required keys that no tier has.
    """

    __slots__ = ("blocked", "error", "hints", "missing", "notes", "skipped", "state", "values", "watched")

    def __init__(self) -> None:
        self.state = "empty"
        self.values: list[Loaded] = []
        self.skipped: list[tuple[str, str]] = []
        self.blocked: str | None = None
        self.notes: list[str] = []
        self.error: str | None = None
        self.hints: tuple[str, ...] = ()
        self.watched: list[str] = []
        self.missing: list[str] = []


class Layer:
    """One tier as read: its values, the keys marked `# mask`, and those that came from the process environment."""

    __slots__ = ("forced", "inherited", "provider", "values")

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.values: dict[str, bytes] = {}
        self.forced: set[str] = set()
        self.inherited: set[str] = set()


def load(standing: Standing, purpose: str, fetched: dict[str, dict[str, bytes]] | None = None) -> Load:
    """Read the tiers of a resolved project.

    Args:
        standing: as `resolve` gave it, with its record.
        purpose: `shell` (the prompt) or `exec`; what a key's exposure is compared with.
        fetched: provider → values that the caller got already; they win over any copy.

    Raises:
        SecretsError: a store that is damaged or not private; the caller shows it.
    """
    result = Load()
    result.watched = watched_files(standing)
    if standing.state != "ready" or standing.project_id is None:
        return result
    record = standing.record
    if record is None:
        result.state, result.error = "error", "the settings changed and were not read yet"
        result.hints = ("creds status",)
        return result
    layers: list[Layer] = []
    for provider in standing.layers:
        layer = Layer(provider)
        if fetched is not None and provider in fetched:
            layer.values = fetched[provider]
        elif provider == LOCAL:
            read_store(layer, standing.project_id, standing.environment)
        elif provider == REPOSITORY:
            _read_repository(layer, standing, record, purpose, result)
        else:
            _read_remote(layer, standing, record, purpose, result)
        layers.append(layer)
    if result.state in ("cold", "error", "off"):
        # never a part of the tiers: a later one would stand in for the one that is missing
        result.state = "empty" if result.state == "off" else result.state
        return result
    _decide(result, layers, record, standing.environment, purpose)
    return result


def watched_files(standing: Standing) -> list[str]:
    """Every file whose change, appearance or removal may change the answer."""
    files = [config_file()]
    repository = standing.repository
    if repository is not None:
        files += [bindings.cookie_path(repository), bindings.deny_file(repository.anchor)]
        if standing.binding is not None:
            files.append(bindings.binding_file(standing.binding.cookie))
        if standing.state == "ready":
            files.append(repository.root + "/" + REPOSITORY_FILE)
    if standing.state == "ready" and standing.project_id is not None:
        if LOCAL in standing.layers:
            files.append(store_file(standing.project_id, standing.environment))
        if REPOSITORY in standing.layers and repository is not None:
            files.append(repository.root + "/" + env_file_name("default"))
    return files


def read_store(layer: Layer, project_id: str, environment: str) -> None:
    """Read the local bundle; none is an empty one."""
    path = store_file(project_id, environment)
    check_private(path)
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return
    except OSError as error:
        raise _unreadable(path, error) from None
    try:
        data = read_all(fd, path, STORE_LIMIT)
    finally:
        posix.close(fd)
    if data[:3] == b"age":  # the beginning of age's header; plain bundles never load its reader
        from creds_shell.core.encrypted import opened

        data = opened(data, path)
    _parse(layer, data, path)


def _parse(layer: Layer, data: bytes, path: str) -> None:
    from creds_shell.core.dotenv import parse

    for entry in parse(data, path):
        layer.values[entry.key] = entry.value
        if entry.comment and entry.mask_mark:
            layer.forced.add(entry.key)


def _unreadable(path: str, error: OSError) -> Exception:
    from creds_shell.core.errors import BadPermissionsError, ProviderNotAvailableError

    kind = BadPermissionsError if error.errno in (1, 13) else ProviderNotAvailableError  # EPERM, EACCES
    return kind(f"{LOCAL} cannot read {path}: {str(error.strerror).lower()}", f"ls -l {path}")


def _read_repository(layer: Layer, standing: Standing, record: Record, purpose: str, result: Load) -> None:
    """The repository's `.env` while its content is allowed, then variables that are declared as secrets."""
    if standing.repository is not None:
        data, why = read_env_file(standing.repository.root)
        key = bindings.content_key(standing.repository.anchor, ".env", data) if data is not None else ""
        if key:
            result.watched.append(bindings.allow_file(key))
        if why or (key and not bindings.is_allowed(key)):
            result.blocked = why or ".env is new or changed since it was allowed"
        elif data is not None:
            _parse(layer, data, standing.repository.root + "/.env")
            if len(layer.values) > ENV_FILE_KEYS:
                layer.values.clear()
                result.blocked = f".env has more than {ENV_FILE_KEYS} keys"
    if purpose == "exec":
        given = environ()
        for name in declared_names(record):
            value = given.get(name.encode("ascii"))
            if value is not None and name not in layer.values:
                layer.values[name] = value
                layer.inherited.add(name)


def declared_names(record: Record) -> list[str]:
    """The variables of the process environment that are secrets here; never PATH, HOME and the like."""
    return [name for name, rule in record.keys.items() if rule.declared and classify(name)[0] == "ok"]


def read_env_file(root: str) -> tuple[bytes | None, str | None]:
    """The repository's `.env`, read once.

    Returns:
        (bytes, None); (None, None) when there is none; (None, why) when it cannot be trusted whatever it says.
    """
    path = root + "/.env"
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except OSError as error:
        from errno import ELOOP

        why = "is a symbolic link" if error.errno == ELOOP else f"cannot be read: {error.strerror}"
        return None, f".env {why}"
    try:
        found = posix.fstat(fd)
        if found.st_mode & 0o170000 != 0o100000:
            return None, ".env is not a regular file"
        if found.st_uid != posix.geteuid():
            return None, f".env belongs to another user (uid {found.st_uid})"
        if found.st_mode & WRITABLE_BY_OTHERS:
            return None, f".env can be written by others: chmod go-w {path}"
        if found.st_size > ENV_FILE_LIMIT:
            return None, ".env is larger than 1 MiB"
        return read_all(fd, path, ENV_FILE_LIMIT), None
    finally:
        posix.close(fd)


def _read_remote(layer: Layer, standing: Standing, record: Record, purpose: str, result: Load) -> None:
    """A tier that is not asked from here: the copy that an explicit command or a refresh left."""
    if layer.provider != AWS or standing.project_id is None:
        result.state = "cold"
        return
    from creds_shell.core.cache import make_source, read_bundle

    name = bundle_name(standing, record)
    source = make_source(standing.project_id, standing.environment, record.aws, name)
    copy = read_bundle(source)
    if copy.path:
        result.watched.append(copy.path)
    if copy.usable:
        layer.values = copy.values
        result.notes += [copy.problem] if copy.problem else []
    elif purpose == "exec" or copy.state in ("cold", "expired"):
        result.state = "cold"
        if purpose == "shell":
            from creds_shell.core.detach import start_refresh

            start_refresh(source, copy)
    elif copy.state == "failed":
        result.state, result.error, result.hints = "error", copy.problem, ("creds refresh",)
    else:
        result.state = "off"
        result.notes.append(copy.problem)


def bundle_name(standing: Standing, record: Record) -> str | None:
    """The name of the bundle in AWS: what the user chose, what the first write used, or None for the usual one."""
    chosen = record.secrets.get(standing.environment)
    if chosen is None and standing.binding is not None:
        chosen = standing.binding.secrets.get(standing.environment)
    return chosen


def group_of(name: str) -> str | None:
    """The credential that a key is part of, or None."""
    for group, families, names in GROUPS:
        if name in names or (name.startswith(families) and not name.startswith("PGP")):
            return group
    return None


def _prefix_of_direction(name: str) -> str | None:
    for ending in DIRECTIONS:
        if name.endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)] + "_"
    return None


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
        prefix = _prefix_of_direction(name)
        if prefix:
            joined = [prefix + part for part in SECRET_PARTS if prefix + part in chosen]
            out.update({name: joined[0]} if joined else {})
    return out


def _decide(result: Load, layers: list[Layer], record: Record, environment: str, purpose: str) -> None:
    """Choose among merged keys: names that may be set, sizes that fit, exposure that covers the purpose."""
    by_provider = {layer.provider: layer for layer in layers}
    plain = [(layer.provider, layer.values) for layer in layers]
    for name, value, provider, shadows in merge_layers(plain):
        why = _why_skipped(name, value, provider, record)
        if why is not None:
            result.skipped.append((name, why))
            continue
        item = Loaded(name, value, provider, shadows)
        item.expose = record.exposure(name, environment)
        if item.expose == "never" or (item.expose == "exec" and purpose == "shell"):
            continue
        rule = record.keys.get(name)
        item.force_mask = name in by_provider[provider].forced or (rule is not None and rule.mask is True)
        own = provider == REPOSITORY and name not in by_provider[provider].inherited
        freed = rule is not None and (rule.mask is False or (rule.free and own))
        item.free_mask = freed and not item.force_mask
        result.values.append(item)
    if len(plain) > 1:
        for name, provider, other in left_out(plain):
            result.notes.append(f"{name} of {provider} is left out: {other} comes from an earlier tier")
    have = {item.name for item in result.values}
    result.missing = [name for name, rule in record.keys.items() if rule.required and name not in have]
    result.state = "blocked" if result.blocked else "loaded" if result.values else "empty"


def _why_skipped(name: str, value: bytes, provider: str, record: Record) -> str | None:
    if classify(name)[0] != "ok" or not name.isidentifier() or not name.isascii():
        why = why_not(
            name, provider, confirmed=record.confirmed(name, provider), from_repository=provider == REPOSITORY
        )
        if why is not None:
            return why
    if len(name) + len(value) + 2 > SIZE_LIMIT:
        return f"too large for an environment variable ({len(value)} bytes)"
    if b"\0" in value:
        return "holds a NUL byte"
    return None
