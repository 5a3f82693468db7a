"""Which project an anchor is bound to, what the user allowed or denied, and the settings that hold; written by L1.

A binding holds when the anchor's path *and* the cookie in its common directory are those of the record. Records
are small files of tab-separated lines in the state directory, one record a file, 0600, replaced at once.
"""

import posix

from creds_shell.core.paths import config_file, fsdecode, fsencode, read_private, refuse, state_dir
from creds_shell.core.repository import Repository

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from creds_shell.core.record import KeyRule

COOKIE_FILE = "creds-binding"
COOKIE_LENGTH = 32  # hex digits: 128 random bits
RECORD_LIMIT = 262144  # bytes; a record is a few lines, the largest one lists a project's keys
_OWNER_ONLY = 0o077
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
    """Hash a list of byte strings, each with its length, so that no two lists are mistaken for each other.

    Another hash would forget every binding, allow and deny that is recorded: they are found by it.
    """
    from _blake2 import blake2b

    state = blake2b(digest_size=16)
    for part in parts:
        state.update(b"%d:" % len(part))
        state.update(part)
    result: str = state.hexdigest()
    return result


def pack(rows: "Sequence[tuple[str, ...]]") -> bytes:
    """Write rows of words as lines; tabs, newlines and backslashes inside a word are escaped."""
    lines = ["\t".join([_escape(word) for word in row]) for row in rows]
    return fsencode("\n".join(lines) + "\n")


def unpack(data: bytes) -> "list[list[str]]":
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


def read_cookie(repository: Repository) -> "str | None":
    """The hash of the cookie, or None when there is none.

    Raises:
        BadPermissionsError: others could read, replace or write it.
    """
    path = cookie_path(repository)
    data = read_private(path, 4096)
    if data is None:
        return None
    if posix.lstat(path).st_mode & _OWNER_ONLY:
        refuse(f"{path} can be read by others", "chmod 600", path)
    word = data.strip()
    if len(word) != COOKIE_LENGTH or word.strip(b"0123456789abcdef"):
        return None
    return digest(word)


def binding_file(cookie: str) -> str:
    """The record of a cookie's hash."""
    return state_dir() + "/bindings/" + cookie


def read_record(cookie: str) -> "Binding | None":
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


def read_binding(repository: Repository) -> "tuple[str, Binding | None]":
    """Where a repository stands.

    Returns:
        `bound`, `moved` (the record's anchor is gone, or leads here) or `copied` (it is still there), each with the
        record; or `free` and None.
    """
    cookie = read_cookie(repository)
    found = read_record(cookie) if cookie else None
    if found is None:
        return "free", None
    if found.anchor == repository.anchor:
        return "bound", found
    is_copy = exists_or_hidden(found.anchor) and not _is_one(found.anchor, repository.anchor)
    return "copied" if is_copy else "moved", found


def _is_one(path: str, other: str) -> bool:
    """Whether both name the same directory: a link was left where it was, or it is mounted twice."""
    try:
        one, two = posix.stat(path), posix.stat(other)
    except OSError:
        return False
    return (one.st_dev, one.st_ino) == (two.st_dev, two.st_ino)


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


def all_bindings() -> "list[Binding]":
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
        error, error_code, error_hints: why the sources cannot be used, or ""; the exit code; the next steps.
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
        self.error_code = 1
        self.error_hints: tuple[str, ...] = ()
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


def source_files(root: "str | None") -> "tuple[str, ...]":
    """The files that a record is made from, present or not."""
    return (config_file(),) if root is None else (config_file(), root + "/" + REPOSITORY_FILE)


def read_resolved(project_id: str, root: "str | None") -> "Record | None":
    """The record, the built-in settings where there is no source at all, or None when it is stale or missing.

    Raises:
        BadPermissionsError: somebody else could write the record.
    """
    sources = source_files(root)
    if all(mtime(path) < 0 for path in sources):
        return Record()
    from creds_shell.core.record import read

    return read(project_id, root)


def mtime(path: str) -> int:
    """When a file was changed, in nanoseconds; -1 when it is not there."""
    try:
        return posix.stat(path).st_mtime_ns
    except OSError:
        return -1
