"""The user's config.toml, where an unknown key is an error, and a repository's creds.toml, where it is a warning.

The repository's says only harmless things. Both end in the resolved record that the prompt reads instead of them.
"""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from creds_shell.core import paths
from creds_shell.core.binding import DEFAULT_PROVIDER, REPOSITORY_FILE, WARN_DAYS
from creds_shell.core.errors import DamagedFileError, SecretsError, step
from creds_shell.core.ids import is_project_id
from creds_shell.core.names import is_name
from creds_shell.core.record import read_source
from creds_shell.schema import REPOSITORY_SCHEMA, SCHEMA, problems
from creds_shell.state import keep, state_lock

TEXT_LIMIT = 500  # characters of a message or description from a repository that anybody will read


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
        wrong = next(problems(data, SCHEMA), None)
        if wrong is not None:
            raise DamagedFileError(f"{path}: {wrong}", step("edit", path), "creds help config")
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
        message: shown by `creds status`.
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
        warnings = [f"{REPOSITORY_FILE}: {problem}, ignored" for problem in problems(data, REPOSITORY_SCHEMA)]
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
            message=one_line(data.get("message")),
            keys=keys,
            warnings=tuple(warnings),
        )


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
            _remove(document, where)
        else:
            table[where[-1]] = value
        after = tomlkit.dumps(document).encode("utf-8")
        SecretsConfig.parse(after, path)
        keep(path, after)


def _remove(document: Any, where: Sequence[str]) -> None:
    """Take one setting out, and the table that it leaves empty, unless a comment lives there."""
    tables = [document]
    for name in where[:-1]:
        tables.append(tables[-1][name])
    tables[-1].pop(where[-1], None)
    for table, name in zip(reversed(tables[:-1]), reversed(where[:-1]), strict=True):
        if table[name] or table[name].as_string().strip(" \n{}"):
            return
        table.pop(name)


def confirm_name(project_id: str, name: str, tiers: Sequence[str]) -> None:
    """Record that the user wants this name set from these tiers."""
    known = SecretsConfig.load().project(project_id).get("keys", {}).get(name, {}).get("confirmed", [])
    if known is not True:
        set_project_option(project_id, ("keys", name, "confirmed"), sorted({*known, *tiers}))


def force_masks(project_id: str, keys: Iterable[str]) -> None:
    """Keep what `# mask` on an imported line says: not every tier has comments."""
    known = SecretsConfig.load().project(project_id).get("keys", {})
    for key in sorted(keys):
        if known.get(key, {}).get("mask") is not True:
            set_project_option(project_id, ("keys", key, "mask"), value=True)


def _toml(text: bytes, path: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise DamagedFileError(f"{path} is not UTF-8", step("edit", path)) from None
    except tomllib.TOMLDecodeError as error:
        raise DamagedFileError(
            f"{path} is not TOML: {_lower_first(str(error))}", step("edit", path)
        ) from None


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


def _kind_of(name: str) -> type:
    return str if name == "description" else bool if name in ("required", "secret") else type(None)


def one_line(text: object) -> str | None:
    """One printable line of a text that a repository wrote."""
    if not isinstance(text, str) or not text.strip():
        return None
    return " ".join(text.split())[:TEXT_LIMIT]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
