"""The resolved record: what the fast path needs of config.toml and creds.toml, so that it reads no TOML.

Each source's mtime and digest stand in it; one whose source changed is stale, and an explicit command writes it anew.
Where there is neither file there is no record either, and nothing loads this module.
"""

from creds_shell.core.binding import RECORD_LIMIT, Record, digest, mtime, source_files, unpack
from creds_shell.core.paths import fsencode, read_private, state_dir

FORMAT = "1"
# in place of the mtime of a source that is there and may not be read; -1 is one that is not there
UNREADABLE = -2


class KeyRule:
    """What is said about one key.

    Attributes:
        mask: True forces, False frees, None leaves it to the rules.
        expose: `shell`, `exec`, `never` or "" (the project's).
        confirmed: tiers from which a name that needs it was confirmed.
        required, description, free: what the repository's creds.toml says; `free` is its `secret = false`.
    """

    __slots__ = ("confirmed", "description", "expose", "free", "mask", "required")

    def __init__(self) -> None:
        self.mask: bool | None = None
        self.expose = ""
        self.confirmed: tuple[str, ...] = ()
        self.required = False
        self.free = False
        self.description = ""


def record_file(project_id: str, root: str | None) -> str:
    """Where a project's record lies; each worktree has its own, because each has its own creds.toml."""
    name = project_id if root is None else project_id + "@" + digest(fsencode(root))
    return state_dir() + "/records/" + name


def read(project_id: str, root: str | None) -> Record | None:
    """The record of a project, or None when it is stale or missing; see `binding.read_resolved`."""
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
    return found if all(_unchanged(path, known.get(path)) for path in source_files(root)) else None


def _unchanged(path: str, known: tuple[int, str] | None) -> bool:
    if known is None:
        return False
    if mtime(path) == known[0]:
        return True
    from creds_shell.core.errors import SecretsError

    # touched, or written again by a checkout: the content decides; one that was not there had none
    try:
        data = read_source(path)
    except SecretsError:
        return known[0] == UNREADABLE
    return data is not None and digest(data) == known[1]


def read_source(path: str) -> bytes | None:
    """A TOML file as bytes; None when it is not there.

    Raises:
        BadPermissionsError, DamagedFileError: as `read_private`.
    """
    return read_private(path, RECORD_LIMIT)


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
            found.error, found.error_code, found.error_hints = words[0], int(words[1]), tuple(words[2:])
    return found


def _rule(words: list[str]) -> KeyRule:
    _, mask, expose, flags, description, *tiers = words
    rule = KeyRule()
    rule.mask = None if mask == "" else mask == "yes"
    rule.expose = expose
    rule.required, rule.free = "r" in flags, "f" in flags
    rule.description = description
    rule.confirmed = tuple(tiers)
    return rule
