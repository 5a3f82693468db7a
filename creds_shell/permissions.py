"""What a session with a database may do: READ_ONLY unless somebody said otherwise, and every refusal says why.

A decision here is advice to the program that asks; the boundary is a role of the database. It decides about kinds of
statements, never about their text: parameters belong into parameters.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum


class AccessLevel(Enum):
    """Levels, each including those before it."""

    READ_ONLY = "read"
    READ_WRITE = "write"
    ADMIN = "admin"

    @property
    def rank(self) -> int:
        """The level's place in the order, 0 is the least."""
        return list(AccessLevel).index(self)

    def covers(self, other: "AccessLevel") -> bool:
        """Whether this level includes `other`."""
        return self.rank >= other.rank


class OperationType(Enum):
    """Kinds of SQL statements."""

    SELECT = "select"
    EXPLAIN = "explain"
    INSERT = "insert"
    UPDATE = "update"
    CREATE = "create"
    COPY = "copy"
    DELETE = "delete"
    DROP = "drop"
    TRUNCATE = "truncate"
    ALTER = "alter"
    DROP_DATABASE = "drop_database"
    DROP_TABLE = "drop_table"
    TRUNCATE_TABLE = "truncate_table"


# operation: the least level; what destroys rows or structure needs ADMIN
REQUIRED: dict[OperationType, AccessLevel] = {
    OperationType.SELECT: AccessLevel.READ_ONLY,
    OperationType.EXPLAIN: AccessLevel.READ_ONLY,
    OperationType.INSERT: AccessLevel.READ_WRITE,
    OperationType.UPDATE: AccessLevel.READ_WRITE,
    OperationType.CREATE: AccessLevel.READ_WRITE,
    OperationType.COPY: AccessLevel.READ_WRITE,
    OperationType.DELETE: AccessLevel.ADMIN,
    OperationType.DROP: AccessLevel.ADMIN,
    OperationType.TRUNCATE: AccessLevel.ADMIN,
    OperationType.ALTER: AccessLevel.ADMIN,
    OperationType.DROP_DATABASE: AccessLevel.ADMIN,
    OperationType.DROP_TABLE: AccessLevel.ADMIN,
    OperationType.TRUNCATE_TABLE: AccessLevel.ADMIN,
}
DESTRUCTIVE = tuple(kind for kind, level in REQUIRED.items() if level is AccessLevel.ADMIN)


@dataclass
class PermissionConfig:
    """What one session may do.

    Attributes:
        access_level: the level; READ_ONLY by default.
        allowed_tables: only these tables; None = all, an empty list = none. One name may stand alone.
        denied_tables: never these; wins over `allowed_tables`.
        require_confirmation: kinds that a person confirms first; None = all destructive ones.

    A level or a kind may be given by its value, as "write" or "delete".

    Raises:
        ValueError: there is no such level or kind.
    """

    access_level: AccessLevel = AccessLevel.READ_ONLY
    allowed_tables: Iterable[str] | None = None
    denied_tables: Iterable[str] | None = None
    require_confirmation: Iterable[OperationType] | None = None

    def __post_init__(self) -> None:
        self.access_level = AccessLevel(self.access_level)
        self.allowed_tables = _names(self.allowed_tables)
        self.denied_tables = _names(self.denied_tables)
        if self.require_confirmation is None:
            self.require_confirmation = DESTRUCTIVE
        self.require_confirmation = [OperationType(kind) for kind in self.require_confirmation]

    def can_execute(self, operation: OperationType | str, table: str | None = None) -> tuple[bool, str]:
        """Decide about one statement.

        Args:
            operation: its kind.
            table: its table, `name` or `schema.name`; None where the kind alone decides.

        Returns:
            Whether it may run, and why: `Allowed`, or the rule that forbids it.
        """
        kind = OperationType(operation)
        required = REQUIRED[kind]
        if not self.access_level.covers(required):
            return False, f"Operation {kind.value} requires {required.value} access"
        if table is not None:
            if self.denied_tables is not None and _listed(table, self.denied_tables, bare=True):
                return False, f"Table '{table}' is in deny list"
            if self.allowed_tables is not None and not _listed(table, self.allowed_tables, bare=False):
                return False, f"Table '{table}' is not in allow list"
        return True, "Allowed"

    def needs_confirmation(self, operation: OperationType | str) -> bool:
        """Whether a person should confirm this kind first."""
        return OperationType(operation) in (self.require_confirmation or ())

    def describe(self) -> str:
        """Say in lines what is allowed."""
        lines = [f"Access Level: {self.access_level.value}"]
        allowed = "ALL" if self.allowed_tables is None else ", ".join(self.allowed_tables) or "NONE"
        lines.append(f"Allowed Tables: {allowed}")
        if self.denied_tables:
            lines.append(f"Denied Tables: {', '.join(self.denied_tables)}")
        if self.require_confirmation:
            names = ", ".join(kind.value for kind in self.require_confirmation)
            lines.append(f"Requires Confirmation: {names}")
        return "\n".join(lines)

    @classmethod
    def read_only(cls, tables: Iterable[str] | None = None) -> "PermissionConfig":
        """Return a configuration that reads, from all tables or these."""
        return cls(AccessLevel.READ_ONLY, tables)

    @classmethod
    def read_write(
        cls, tables: Iterable[str] | None = None, denied_tables: Iterable[str] | None = None
    ) -> "PermissionConfig":
        """Return a configuration that reads and writes."""
        return cls(AccessLevel.READ_WRITE, tables, denied_tables)

    @classmethod
    def admin(cls, require_confirmation: bool = True) -> "PermissionConfig":
        """Return a configuration that may do everything, destructive kinds after a confirmation."""
        return cls(AccessLevel.ADMIN, require_confirmation=None if require_confirmation else ())


def _names(tables: Iterable[str] | None) -> list[str] | None:
    """The tables as a list: an iterator would be empty at the second question, a string be taken letter by letter."""
    return [tables] if isinstance(tables, str) else None if tables is None else list(tables)


def _listed(table: str, tables: Iterable[str], *, bare: bool) -> bool:
    """Whether a table is listed, case and quotes aside; `bare`: `users` also stands for `public.users`."""
    name = _fold(table)
    names = {name, name.rpartition(".")[2]} if bare else {name}
    listed = {_fold(entry) for entry in tables}
    return bool(names & listed) or (bare and name in {entry.rpartition(".")[2] for entry in listed})


def _fold(table: str) -> str:
    return table.replace('"', "").strip().lower()
