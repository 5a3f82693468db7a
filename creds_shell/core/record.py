"""The resolved record: what the fast path needs of config.toml and creds.toml, so that it reads no TOML.

Explicit commands write it; each source's mtime and digest stand in it, and a record whose source changed is stale.
"""

import posix

from creds_shell.core.binding import RECORD_LIMIT, digest, unpack
from creds_shell.core.paths import config_file, fsencode, read_private, state_dir

FORMAT = "1"
DEFAULT_PROVIDER = "dotenv-global"
DEFAULT_ENVIRONMENT = "default"
REPOSITORY_FILE = "creds.toml"


class KeyRule:
    """What is said about one key.

    Attributes:
        mask: True forces, False frees, None leaves it to the rules.
        expose: `shell`, `exec`, `never` or "" (the project's).
        confirmed: tiers from which a name that needs it was confirmed.
        required, description, free: what the repository's creds.toml says; `free` is its `secret = false`.
        declared: creds.toml or the user's config names the key.
    """

    __slots__ = ("confirmed", "declared", "description", "expose", "free", "mask", "required")

    def __init__(self) -> None:
        self.mask: bool | None = None
        self.expose = ""
        self.confirmed: tuple[str, ...] = ()
        self.required = False
        self.free = False
        self.declared = False
        self.description = ""


class Record:
    """The settings that hold for one project in one worktree.

    Attributes:
        options: `provider`, `environment`, `access`, `expose`, `message`, `messages`, `strict`, `warn_days` as text.
        layers: the tiers after the provider.
        keys: rules by name.
        secrets: environment → bundle name in AWS.
        aws: the `[aws]` table as text.
        grants: what `[agent] allow` grants.
        warnings: what is ignored in the repository's creds.toml.
        error: why the sources cannot be used, or "".
        sources: (path, mtime in ns or -1, digest or "").
    """

    __slots__ = ("aws", "error", "grants", "keys", "layers", "options", "secrets", "sources", "warnings")

    def __init__(self) -> None:
        self.options: dict[str, str] = {}
        self.layers: tuple[str, ...] = ()
        self.keys: dict[str, KeyRule] = {}
        self.secrets: dict[str, str] = {}
        self.aws: dict[str, str] = {}
        self.grants: tuple[str, ...] = ()
        self.error = ""
        self.warnings: list[str] = []
        self.sources: list[tuple[str, int, str]] = []

    @property
    def provider(self) -> str:
        """The first tier."""
        return self.options.get("provider", DEFAULT_PROVIDER)

    @property
    def environment(self) -> str:
        """The environment when none is named."""
        return self.options.get("environment", DEFAULT_ENVIRONMENT)

    def exposure(self, name: str, environment: str) -> str:
        """Who may have a key: `shell`, `exec` or `never` (exec in an environment named production)."""
        rule = self.keys.get(name)
        if rule is not None and rule.expose:
            return rule.expose
        return self.options.get("expose") or ("exec" if environment == "production" else "shell")

    def confirmed(self, name: str, tier: str) -> bool:
        """Whether the user confirmed this name from this tier."""
        rule = self.keys.get(name)
        return rule is not None and (tier in rule.confirmed or "*" in rule.confirmed)


def record_file(project_id: str, root: str | None) -> str:
    """Where a project's record lies; each worktree has its own, because each has its own creds.toml."""
    name = project_id if root is None else project_id + "@" + digest(fsencode(root))
    return state_dir() + "/records/" + name


def source_files(root: str | None) -> tuple[str, ...]:
    """The files that a record is made from, present or not."""
    return (config_file(),) if root is None else (config_file(), root + "/" + REPOSITORY_FILE)


def read_resolved(project_id: str, root: str | None) -> Record | None:
    """The record, the built-in settings where there is no source at all, or None when it is stale or missing.

    Raises:
        BadPermissionsError: somebody else could write the record.
    """
    sources = source_files(root)
    if all(_mtime(path) < 0 for path in sources):
        return Record()
    data = read_private(record_file(project_id, root), RECORD_LIMIT)
    if data is None:
        return None
    rows = unpack(data)
    if not rows or rows[0] != ["creds-record", FORMAT]:
        return None
    found = _fill(rows[1:])
    known = {path: (mtime, content) for path, mtime, content in found.sources}
    return found if all(_unchanged(path, known.get(path)) for path in sources) else None


def _unchanged(path: str, known: tuple[int, str] | None) -> bool:
    if known is None:
        return False
    mtime = _mtime(path)
    if mtime == known[0]:
        return True
    if mtime < 0 or known[0] < 0:
        return False
    # touched, or written again by a checkout: the content decides
    data = read_source(path)
    return data is not None and digest(data) == known[1]


def read_source(path: str) -> bytes | None:
    """A TOML file as bytes; None when it is not there.

    Raises:
        BadPermissionsError, DamagedFileError: as `read_private`.
    """
    return read_private(path, RECORD_LIMIT)


def _mtime(path: str) -> int:
    try:
        return posix.stat(path).st_mtime_ns
    except OSError:
        return -1


def _fill(rows: list[list[str]]) -> Record:
    found = Record()
    tables = {"option": found.options, "secret": found.secrets, "aws": found.aws}
    for kind, *words in rows:
        if kind in tables:
            tables[kind][words[0]] = words[1]
        elif kind == "key":
            found.keys[words[0]] = _rule(words)
        elif kind == "source":
            found.sources.append((words[0], int(words[1]), words[2]))
        elif kind in ("layers", "grants"):
            setattr(found, kind, tuple(words))
        elif kind == "warning":
            found.warnings.append(words[0])
        elif kind == "error":
            found.error = words[0]
    return found


def _rule(words: list[str]) -> KeyRule:
    _, mask, expose, flags, description, *tiers = words
    rule = KeyRule()
    rule.mask = None if mask == "" else mask == "yes"
    rule.expose = expose
    rule.required, rule.free, rule.declared = "r" in flags, "f" in flags, "d" in flags
    rule.description = description
    rule.confirmed = tuple(tiers)
    return rule
