"""Read the tiers of a project and decide which of their keys may become variables.

Earlier tiers win. A credential is taken whole from the first tier that has any part of it, so that a repository can
never add a host to a stored password. The repository's `.env` counts only while exactly this content is allowed.
"""

import posix

from creds_shell.core import binding as bindings
from creds_shell.core.binding import REPOSITORY_FILE, Record
from creds_shell.core.names import classify, shown, too_large, why_not
from creds_shell.core.paths import check_private, config_file, env_file_name, read_all, refuse, store_file
from creds_shell.core.resolve import Standing

STORE_LIMIT = 64 << 20  # bytes; far above any bundle, so that a wrong file cannot eat the memory
LOCAL, REPOSITORY, AWS = "dotenv-global", "env-file", "aws-secrets-manager"


class Loaded:
    """One variable to set: where it comes from, and how it is masked."""

    __slots__ = ("expose", "force_mask", "free_mask", "name", "provider", "shadows", "value")

    def __init__(self, name: str, value: bytes, provider: str, shadows: "tuple[str, ...]") -> None:
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
        withheld: how many only `exec` and `shell` may have, where neither asks.
        blocked: why the `.env` does not count, or None; `unblock` is the next step then.
        notes: lines for people.
        error: why nothing is loaded, or None; `hints` say what to do.
        watched: the files that this answer depends on.
        missing: required keys that no tier has.
    """

    def __init__(self) -> None:
        self.state = "empty"
        self.values: list[Loaded] = []
        self.skipped: list[tuple[str, str]] = []
        self.withheld = 0
        self.blocked: str | None = None
        self.unblock = ""
        self.notes: list[str] = []
        self.error: str | None = None
        self.hints: tuple[str, ...] = ()
        self.watched: list[str] = []
        self.missing: list[str] = []


class Layer:
    """One tier as read: its values, the keys marked `# mask`, and those that came from the process environment."""

    def __init__(self, provider: str) -> None:
        self.provider = provider
        self.values: dict[str, bytes] = {}
        self.forced: set[str] = set()
        self.inherited: set[str] = set()


def load(standing: Standing, purpose: str, fetched: "dict[str, dict[str, bytes]] | None" = None) -> Load:
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
            from creds_shell.core.envfile import read_repository

            read_repository(layer, standing, record, purpose, result)
        else:
            from creds_shell.core.remote import read_remote

            read_remote(layer, standing, record, purpose, result)
        layers.append(layer)
    if result.state in ("cold", "error", "off"):
        # never a part of the tiers: a later one would stand in for the one that is missing
        result.state = "empty" if result.state == "off" else result.state
        return result
    _decide(result, layers, record, standing.environment, purpose)
    return result


def watched_files(standing: Standing) -> "list[str]":
    """Every file whose change, appearance or removal may change the answer."""
    files = [config_file()]
    repository = standing.repository
    if repository is not None:
        if repository.problem or repository.kind == "foreign":  # its .git may become a repository of its own
            files.append(repository.root + "/.git/HEAD")
        if standing.binding is not None:
            files.append(bindings.binding_file(standing.binding.cookie))
        elif standing.state != "denied" and not repository.problem:  # of those no cookie counts
            cookie = bindings.read_cookie(repository)
            if cookie is not None:  # its record cannot be read, or is away: it may come back
                files.append(bindings.binding_file(cookie))
        if standing.state != "ready" or standing.binding is None:
            files += [bindings.deny_file(repository.anchor), bindings.cookie_path(repository)]
        else:
            # while it is bound, its binding alone tells of a denial and of a new one: every prompt asks less
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
        if posix.fstat(fd).st_mode & 0o170000 != 0o100000:  # a FIFO would read as an empty bundle
            refuse(f"{path} is not a regular file", "ls -ld", path)
        data = read_all(fd, path, STORE_LIMIT)
    finally:
        posix.close(fd)
    if data[:3] == b"age":  # the beginning of age's header; plain bundles never load its reader
        from creds_shell.core.encrypted import opened

        data = opened(data, path)
    parse_into(layer, data, path)


def parse_into(layer: Layer, data: bytes, path: str) -> None:
    """Fill a tier with what a file says."""
    from creds_shell.core.dotenv import parse

    for entry in parse(data, path):
        layer.values[entry.key] = entry.value
        if entry.comment and entry.mask_mark:
            layer.forced.add(entry.key)


def _unreadable(path: str, error: OSError) -> Exception:
    from creds_shell.core.errors import BadPermissionsError, ProviderNotAvailableError, step

    kind = BadPermissionsError if error.errno in (1, 13) else ProviderNotAvailableError  # EPERM, EACCES
    return kind(f"{LOCAL} cannot read {path}: {str(error.strerror).lower()}", step("ls -l", path))


def _merged(layers: "list[Layer]", notes: "list[str]") -> "list[tuple[str, bytes, str, tuple[str, ...]]]":
    """Name, value, provider and what it shadows; one tier alone needs no rules."""
    if len(layers) == 1:
        provider, values = layers[0].provider, layers[0].values
        return [(name, values[name], provider, ()) for name in sorted(values)]
    from creds_shell.core.merge import left_out, merge_layers

    plain = [(layer.provider, layer.values) for layer in layers]
    notes += [
        f"{name} of {tier} is left out: {key} comes from an earlier tier"
        for name, tier, key in left_out(plain)
    ]
    return merge_layers(plain)


def _decide(result: Load, layers: "list[Layer]", record: Record, environment: str, purpose: str) -> None:
    """Choose among merged keys: names that may be set, sizes that fit, exposure that covers the purpose."""
    by_provider = {layer.provider: layer for layer in layers}
    merged = _merged(layers, result.notes)
    usual = record.exposure("", environment)  # of a key that nothing is said about
    for name, value, provider, shadows in merged:
        exposure = record.exposure(name, environment) if name in record.keys else usual
        if exposure == "never" or (exposure == "exec" and purpose == "shell"):
            result.withheld += exposure == "exec"
            continue
        why = _why_skipped(name, value, provider, record)
        if why is not None:
            result.skipped.append((shown(name), why))
            continue
        item = Loaded(name, value, provider, shadows)
        item.expose = exposure
        if record.keys or by_provider[provider].forced:
            _choose_mask(item, by_provider[provider], record)
        result.values.append(item)
    required = [name for name, rule in record.keys.items() if rule.required]
    if required:
        have = {name for name, *_ in merged}
        result.missing = [name for name in required if name not in have]
    result.state = "blocked" if result.blocked else "loaded" if result.values else "empty"


def _choose_mask(item: Loaded, layer: Layer, record: Record) -> None:
    """The user's word, then the mark on the line, then what a repository says of its own file alone."""
    rule = record.keys.get(item.name)
    item.force_mask = item.name in layer.forced or (rule is not None and rule.mask is True)
    if rule is not None and not item.force_mask:
        own = layer.provider == REPOSITORY and item.name not in layer.inherited
        item.free_mask = rule.mask is False or (rule.free and own)


def _why_skipped(name: str, value: bytes, provider: str, record: Record) -> "str | None":
    if classify(name)[0] != "ok" or not name.isidentifier() or not name.isascii():
        why = why_not(
            name, provider, confirmed=record.confirmed(name, provider), from_repository=provider == REPOSITORY
        )
        if why is not None:
            return why
    if too_large(name, value):
        return f"too large for an environment variable ({len(value)} bytes)"
    return "holds a NUL byte" if b"\0" in value else None
