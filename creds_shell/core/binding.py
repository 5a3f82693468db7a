"""Which project an anchor is bound to, what the user allowed or denied, and the resolved record; written by L1.

A binding holds when the anchor's path *and* the cookie in its common directory are those of the record. Records
are small files of tab-separated lines in the state directory, one record a file, 0600, replaced at once.

The resolved record holds what the fast path needs of config.toml and creds.toml, so that it reads no TOML. Each
source's mtime and digest stand in it; one whose source changed is stale, and an explicit command writes it anew.
"""

import posix
import sys

from creds_shell.core.paths import config_file, fsdecode, fsencode, read_private, refuse, state_dir
from creds_shell.core.repository import Repository

if sys.version_info >= (3, 12):
    from _sha2 import sha256
else:
    from _sha256 import sha256

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

COOKIE_FILE = "creds-binding"
COOKIE_LENGTH = 32  # hex digits: 128 random bits
RECORD_LIMIT = 262144  # bytes; a record is a few lines, the largest one lists a project's keys
_OWNER_ONLY = 0o077
FORMAT = "1"
DEFAULT_PROVIDER = "dotenv-global"
DEFAULT_ENVIRONMENT = "default"
REPOSITORY_FILE = "creds.toml"
WARN_DAYS = 90  # the age from which a secret should be rotated; rotation.warn_days


class Binding:
    """One anchor's project.

    Attributes:
        anchor: the path (or pair) that the user bound.
        project_id: what it is bound to.
        remote: where origin pointed then; a hint for people, never trusted.
        created: seconds since the epoch, as text.
        secrets: environment → name of the bundle in AWS, as remembered at the first write.
        cookie: hash of the cookie, also the record's file name.
    """

    def __init__(
        self, cookie: str, anchor: str, project_id: str, remote: str = "", created: str = ""
    ) -> None:
        self.cookie = cookie
        self.anchor = anchor
        self.project_id = project_id
        self.remote = remote
        self.created = created
        self.secrets: dict[str, str] = {}


def digest(*parts: bytes) -> str:
    """Hash a list of byte strings, each with its length, so that no two lists are mistaken for each other."""
    state = sha256()
    for part in parts:
        state.update(b"%d:" % len(part))
        state.update(part)
    result: str = state.hexdigest()[:32]  # 128 bits
    return result


def pack(rows: "Sequence[tuple[str, ...]]") -> bytes:
    """Write rows of words as lines; tabs, newlines and backslashes inside a word are escaped."""
    lines = ["\t".join([_escape(word) for word in row]) for row in rows]
    return fsencode("\n".join(lines) + "\n")


def unpack(data: bytes) -> list[list[str]]:
    """The reverse of pack."""
    text = fsdecode(data)
    rows = [line.split("\t") for line in text.split("\n") if line]
    return [[_unescape(word) for word in row] for row in rows] if "\\" in text else rows


def _escape(word: str) -> str:
    return word.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n")


def _unescape(word: str) -> str:
    first, *rest = word.split("\\\\")
    parts = [part.replace("\\t", "\t").replace("\\n", "\n") for part in [first, *rest]]
    return "\\".join(parts)


def cookie_path(repository: Repository) -> str:
    """Where the cookie lies; a foreign one has a name of its own, so that it can never touch its host's."""
    name = COOKIE_FILE
    if repository.kind == "foreign":
        name += "-" + digest(fsencode(repository.root))
    return repository.common_dir + "/" + name


def read_cookie(repository: Repository) -> str | None:
    """The hash of the cookie, or None when there is none.

    Raises:
        BadPermissionsError: others could read, replace or write it.
    """
    path = cookie_path(repository)
    data = read_private(path, 4096)
    if data is None:
        return None
    if posix.lstat(path).st_mode & _OWNER_ONLY:
        refuse(f"{path} can be read by others", f"chmod 600 {path}")
    word = data.strip()
    if len(word) != COOKIE_LENGTH or word.strip(b"0123456789abcdef"):
        return None
    return digest(word)


def binding_file(cookie: str) -> str:
    """The record of a cookie's hash."""
    return state_dir() + "/bindings/" + cookie


def read_record(cookie: str) -> Binding | None:
    """The binding of a cookie's hash, wherever its anchor is now."""
    data = read_private(binding_file(cookie), RECORD_LIMIT)
    if data is None:
        return None
    found = Binding(cookie, "", "")
    for row in unpack(data):
        if row[0] == "secret" and len(row) == 3:
            found.secrets[row[1]] = row[2]
        elif row[0] in ("anchor", "created", "project_id", "remote") and len(row) == 2:
            setattr(found, row[0], row[1])
    return found if found.anchor and found.project_id else None


def read_binding(repository: Repository) -> tuple[str, Binding | None]:
    """Where a repository stands.

    Returns:
        `bound`, `moved` (the record's anchor is gone) or `copied` (it is still there), each with the record; or
        `free` and None.
    """
    cookie = read_cookie(repository)
    found = read_record(cookie) if cookie else None
    if found is None:
        return "free", None
    if found.anchor == repository.anchor:
        return "bound", found
    return "copied" if exists_or_hidden(found.anchor) else "moved", found


def place_of(anchor: str) -> str:
    """An anchor as people know it: the worktree's directory, or the bare repository's."""
    pair = anchor.partition("//")
    return "/" + pair[2] if pair[1] else anchor.removesuffix("/.git") or "/"


def exists_or_hidden(path: str) -> bool:
    """Whether something is there, or may be: only a plain "no such file" counts as gone."""
    try:
        posix.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def all_bindings() -> list[Binding]:
    """Every binding; only looked through where a repository is not bound."""
    try:
        names = posix.listdir(state_dir() + "/bindings")
    except OSError:
        return []
    found = [read_record(name) for name in sorted(names) if name.isalnum()]
    return [binding for binding in found if binding]


def deny_file(anchor: str) -> str:
    """The record that says no."""
    return state_dir() + "/denied/" + digest(fsencode(anchor))


def is_denied(anchor: str) -> bool:
    """Whether the user denied this anchor; any entry of that name counts, readable or not."""
    return exists_or_hidden(deny_file(anchor))


def content_key(anchor: str, relative_path: str, data: bytes) -> str:
    """The key under which a file's content is allowed: another byte, path or repository is another key."""
    return digest(fsencode(anchor), fsencode(relative_path), data)


def allow_file(key: str) -> str:
    """The record of one allowed content."""
    return state_dir() + "/allowed/" + key


def is_allowed(key: str) -> bool:
    """Whether the user allowed exactly this content."""
    return read_private(allow_file(key), RECORD_LIMIT) is not None


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

    @property
    def warn_days(self) -> int:
        """The age in days from which `list` warns."""
        return int(self.options.get("warn_days", WARN_DAYS))

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
    try:
        found = _fill(rows[1:])
    except (IndexError, ValueError):  # cut off, or another program's: an explicit command writes it anew
        return None
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
