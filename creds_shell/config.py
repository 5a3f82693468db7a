"""The user's config.toml, where an unknown key is an error, and a repository's creds.toml, where it is a warning.

The repository's says only harmless things. Both end in the resolved record that the prompt reads instead of them.
"""

import fcntl
import os
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from creds_shell.core import paths
from creds_shell.core.binding import digest, pack
from creds_shell.core.errors import DamagedFileError, SecretsError
from creds_shell.core.names import is_environment, is_name, is_project_id
from creds_shell.core.record import (
    DEFAULT_PROVIDER,
    FORMAT,
    REPOSITORY_FILE,
    KeyRule,
    Record,
    read_source,
    record_file,
    source_files,
)

EXPOSURES = ("shell", "exec", "never")
ACCESS = ("read_only", "read_write")
MESSAGES = ("off", "short", "names")
WARN_DAYS = 90  # the age from which a secret should be rotated
TEXT_LIMIT = 500  # characters of a message or description from a repository that anybody will read

_TIER: dict[str, Any] = {
    "provider": str,
    "layers": [str],
    "environment": str,
    "access": ACCESS,
    "expose": EXPOSURES,
}
# What config.toml may hold: a type, a tuple of allowed words, [type] for a list, a dict for a table ("*": any name).
# A confirmed name is confirmed for the tiers listed, or with `true` for every tier.
SCHEMA: dict[str, Any] = {
    "defaults": _TIER,
    "projects": {
        "*": {
            **_TIER,
            "secret_names": {"*": str},
            "keys": {"*": {"mask": bool, "expose": EXPOSURES, "confirmed": (bool, [str])}},
        }
    },
    "aws": {
        "region": str,
        "profile": str,
        "prefix": str,
        "endpoint_url": str,
        "role_arn": str,
        "offline": bool,
        "cache_ttl": int,
    },
    "rotation": {"warn_days": int},
    "audit": {"strict": bool},
    "agent": {"allow": [str]},
    "messages": {"show": MESSAGES},
}
# What creds.toml may hold; everything else is ignored with a warning.
REPOSITORY_SCHEMA: dict[str, Any] = {
    "id": str,
    "message": str,
    "keys": {"*": {"required": bool, "description": str, "secret": bool}},
}
_TYPES = {str: "a string", bool: "true or false", int: "a whole number"}


@dataclass(frozen=True)
class SecretsConfig:
    """The user's settings, checked.

    Attributes:
        data: the file as nested dicts; use the properties where there is one.
    """

    data: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def load(cls, path: str | os.PathLike[str] | None = None) -> "SecretsConfig":
        """Read config.toml; a missing one is empty.

        Args:
            path: another file than the user's own.

        Raises:
            DamagedFileError: not TOML, an unknown key, or a value of the wrong kind; it names the key.
            BadPermissionsError: somebody else could write it.
        """
        where = os.fspath(path) if path is not None else paths.config_file()
        return cls.parse(read_source(where) or b"", where)

    @classmethod
    def parse(cls, text: bytes, path: str) -> "SecretsConfig":
        """Check the text of a config.toml; see `load`."""
        data = _toml(text, path)
        problems = list(_problems(data, SCHEMA, ""))
        if problems:
            raise DamagedFileError(f"{path}: {problems[0]}", "creds help config", f"edit {path}")
        return cls(data)

    @property
    def default_provider(self) -> str:
        """The tier of a project that has none of its own."""
        return str(self._table("defaults").get("provider", DEFAULT_PROVIDER))

    @property
    def aws(self) -> dict[str, str]:
        """The `[aws]` table as text: booleans as true and false."""
        return {name: _text(value) for name, value in self._table("aws").items()}

    @property
    def rotation_warn_days(self) -> int:
        """The age from which `list` warns."""
        return int(self._table("rotation").get("warn_days", WARN_DAYS))

    @property
    def audit_strict(self) -> bool:
        """Whether an action that cannot be recorded is refused."""
        return bool(self._table("audit").get("strict", False))

    @property
    def agent_allow(self) -> tuple[str, ...]:
        """What the user grants coding agents."""
        return tuple(self._table("agent").get("allow", ()))

    @property
    def messages(self) -> str:
        """How much the hook says: off, short or names."""
        return str(self._table("messages").get("show", "short"))

    def project(self, project_id: str) -> dict[str, Any]:
        """The settings of one project over the defaults."""
        own = self._table("projects").get(project_id, {})
        return {**self._table("defaults"), **own}

    def _table(self, name: str) -> dict[str, Any]:
        return dict(self.data.get(name, {}))


@dataclass(frozen=True)
class RepositoryConfig:
    """The harmless things that a repository may say about itself.

    Attributes:
        id: a suggestion for `creds allow --adopt`.
        message: shown on entry.
        keys: name → {required, description, secret}.
        warnings: what was ignored, and why.
    """

    id: str | None = None
    message: str | None = None
    keys: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @classmethod
    def load(cls, root: str) -> "RepositoryConfig":
        """Read a repository's creds.toml; nothing in it can make this fail."""
        try:
            data = read_source(f"{root}/{REPOSITORY_FILE}")
            return cls.parse(data) if data is not None else cls()
        except SecretsError as error:
            return cls(warnings=(f"{REPOSITORY_FILE} is ignored: {error.message}",))

    @classmethod
    def parse(cls, text: bytes) -> "RepositoryConfig":
        """Take what may count out of a creds.toml.

        Raises:
            DamagedFileError: not TOML.
        """
        data = _toml(text, REPOSITORY_FILE)
        warnings = [
            f"{REPOSITORY_FILE}: {problem}, ignored" for problem in _problems(data, REPOSITORY_SCHEMA, "")
        ]
        tables = data.get("keys", {})
        keys = {}
        for name, table in tables.items() if isinstance(tables, dict) else ():
            if not is_name(name):
                warnings.append(f"{REPOSITORY_FILE}: keys.{name} is not a variable name, ignored")
            elif isinstance(table, dict):
                keys[name] = {k: v for k, v in table.items() if isinstance(v, _kind_of(k))}
        suggested = data.get("id")
        return cls(
            id=suggested if isinstance(suggested, str) and is_project_id(suggested) else None,
            message=_short(data.get("message")),
            keys=keys,
            warnings=tuple(warnings),
        )


def build_record(project_id: str, root: str | None) -> Record:
    """Resolve the settings of a project in a worktree; `error` is set if the user's config cannot be used."""
    record = Record()
    for path in source_files(root):
        record.sources.append((path, *_stamp(path)))
    try:
        _take_config(record, SecretsConfig.load(), project_id)
    except SecretsError as error:
        record.error = error.message
    repository = RepositoryConfig.load(root) if root is not None else RepositoryConfig()
    for name, said in repository.keys.items():
        rule = record.keys.setdefault(name, KeyRule())
        rule.declared = True
        rule.required = bool(said.get("required", False))
        rule.free = said.get("secret") is False
        rule.description = _short(said.get("description")) or ""
    if repository.message:
        record.options["message"] = repository.message
    record.warnings = list(repository.warnings)
    return record


def _take_config(record: Record, config: SecretsConfig, project_id: str) -> None:
    own = config.project(project_id)
    for name in ("provider", "environment", "access", "expose"):
        if own.get(name):
            record.options[name] = own[name]
    record.layers = tuple(dict.fromkeys(tier for tier in own.get("layers", ()) if tier != record.provider))
    record.secrets = dict(own.get("secret_names", {}))
    record.aws = config.aws
    record.grants = config.agent_allow
    record.options["messages"] = config.messages
    record.options["strict"] = _text(config.audit_strict)
    record.options["warn_days"] = str(config.rotation_warn_days)
    for name, said in own.get("keys", {}).items():
        rule = record.keys.setdefault(name, KeyRule())
        rule.declared = True
        rule.mask = said.get("mask")
        rule.expose = said.get("expose", "")
        tiers = said.get("confirmed", ())
        rule.confirmed = ("*",) if tiers is True else tuple(tiers or ())


def rows_of(record: Record) -> list[tuple[str, ...]]:
    """The record as rows for `pack`; `read_resolved` reads them back."""
    rows: list[tuple[str, ...]] = [("creds-record", FORMAT)]
    rows += [("source", path, str(mtime), content) for path, mtime, content in record.sources]
    rows += [("option", name, value) for name, value in sorted(record.options.items())]
    rows += [("layers", *record.layers)] if record.layers else []
    rows += [("grants", *record.grants)] if record.grants else []
    rows += [("secret", name, value) for name, value in sorted(record.secrets.items())]
    rows += [("aws", name, value) for name, value in sorted(record.aws.items())]
    rows += [("warning", text) for text in record.warnings]
    rows += [("error", record.error)] if record.error else []
    for name, rule in sorted(record.keys.items()):
        mask = "" if rule.mask is None else "yes" if rule.mask else "no"
        flags = "r" * rule.required + "f" * rule.free + "d" * rule.declared
        rows.append(("key", name, mask, rule.expose, flags, rule.description, *rule.confirmed))
    return rows


def write_record(record: Record, project_id: str, root: str | None) -> None:
    """Keep a record for the prompt; a state directory that cannot be written keeps none."""
    with suppress(SecretsError):
        keep(record_file(project_id, root), pack(rows_of(record)))


def keep(path: str, data: bytes) -> None:
    """Write a file of ours, with its folder.

    Raises:
        BadPermissionsError: somebody else could write there, or we cannot.
        SecretsError: the disk is full, broken or read-only.
    """
    try:
        paths.make_private_dir(os.path.dirname(path))
        paths.write_private(path, data)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: str, error: OSError) -> SecretsError:
    reason = (error.strerror or type(error).__name__).lower()
    return SecretsError(f"cannot write {path}: {reason}", f"df {os.path.dirname(path)}")


def set_project_option(project_id: str, where: Sequence[str], value: object) -> None:
    """Set or, with None, remove one setting of a project in config.toml; comments and order stay.

    Args:
        project_id: whose.
        where: the path below `[projects.<id>]`, as ("keys", "API_KEY", "mask").
        value: what TOML can hold, or None.

    Raises:
        DamagedFileError: the file, or what it would become, is not valid; it is left as it was.
    """
    edit_config(["projects", project_id, *where], value)


def edit_config(where: Sequence[str], value: object) -> None:
    """Set or, with None, remove one setting of config.toml; see `set_project_option`."""
    import tomlkit
    from tomlkit.items import Table

    path = paths.config_file()
    with state_lock("config"):
        before = read_source(path) or b""
        SecretsConfig.parse(before, path)
        document = tomlkit.parse(before.decode("utf-8"))
        table: Any = document
        for number, name in enumerate(where[:-1]):
            if name not in table:
                if value is None:
                    return
                table[name] = tomlkit.table(is_super_table=number < len(where) - 2)
            table = table[name]
            if isinstance(table, Table) and number == len(where) - 2:
                table._is_super_table = None  # noqa: SLF001 a table that gets a value of its own needs its header
        if value is None:
            table.pop(where[-1], None)
        else:
            table[where[-1]] = value
        after = tomlkit.dumps(document).encode("utf-8")
        SecretsConfig.parse(after, path)
        keep(path, after)


def confirm_name(project_id: str, name: str, tiers: Sequence[str]) -> None:
    """Record that the user wants this name set from these tiers."""
    known = SecretsConfig.load().project(project_id).get("keys", {}).get(name, {}).get("confirmed", [])
    if known is not True:
        set_project_option(project_id, ("keys", name, "confirmed"), sorted({*known, *tiers}))


@contextmanager
def state_lock(name: str) -> Iterator[None]:
    """Hold the lock of one kind of record; waits as long as the holder needs for one small file."""
    path = f"{paths.state_dir()}/{name}.lock"
    try:
        paths.make_private_dir(paths.state_dir())
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _stamp(path: str) -> tuple[int, str]:
    """The mtime, taken before the content, and the digest of a source."""
    try:
        mtime = os.stat(path).st_mtime_ns
        data = read_source(path)
    except (OSError, SecretsError):
        return -1, ""
    return (mtime, digest(data)) if data is not None else (-1, "")


def _toml(text: bytes, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DamagedFileError(f"{path} is not UTF-8", f"edit {path}") from None
    except tomllib.TOMLDecodeError as error:
        raise DamagedFileError(f"{path} is not TOML: {_lower_first(str(error))}", f"edit {path}") from None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _problems(data: Mapping[str, Any], schema: Mapping[str, Any], above: str) -> Iterator[str]:
    """Every key that the schema does not know, and every value of another kind."""
    for name, value in data.items():
        here = above + name
        wanted = schema.get(name, schema.get("*"))
        if wanted is None:
            yield f"unknown key {here}{_nearest(name, schema)}"
        elif isinstance(wanted, dict):
            if isinstance(value, dict):
                yield from _bad_name(above, name, here)
                yield from _problems(value, wanted, here + ".")
            else:
                yield f"{here} is not a table"
        elif not _fits(value, wanted):
            yield f"{here} is not {_describe(wanted)}"
        else:
            yield from _bad_word(name, value, here)


def _nearest(name: str, schema: Mapping[str, Any]) -> str:
    import difflib

    near = difflib.get_close_matches(name, schema, n=1)
    return f", did you mean {near[0]}" if near else ""


def _bad_name(above: str, name: str, here: str) -> Iterator[str]:
    if above == "projects." and not is_project_id(name):
        yield f"{here} is not a project id"


def _bad_word(name: str, value: object, here: str) -> Iterator[str]:
    if name == "environment" and isinstance(value, str) and not is_environment(value):
        yield f"{here} is not an environment"
    if name in ("warn_days", "cache_ttl") and isinstance(value, int) and value < 0:
        yield f"{here} is negative"


def _fits(value: object, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return isinstance(value, list) and all(_fits(item, wanted[0]) for item in value)
    if isinstance(wanted, tuple):
        if all(isinstance(word, str) for word in wanted):
            return value in wanted
        return any(_fits(value, kind) for kind in wanted)
    return isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))


def _describe(wanted: Any) -> str:
    if isinstance(wanted, list):
        return "a list of strings"
    if isinstance(wanted, tuple):
        if all(isinstance(word, str) for word in wanted):
            return " or ".join(f'"{word}"' for word in wanted)
        return " or ".join(_describe(kind) for kind in wanted)
    return _TYPES.get(wanted, "right")


def _kind_of(name: str) -> type:
    return str if name == "description" else bool if name in ("required", "secret") else type(None)


def _short(text: object) -> str | None:
    """One printable line of a text that a repository wrote."""
    if not isinstance(text, str) or not text.strip():
        return None
    return " ".join(text.split())[:TEXT_LIMIT]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
