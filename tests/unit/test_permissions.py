"""Decisions about database access, each with its reason."""

import pytest

from creds_shell.permissions import AccessLevel, OperationType, PermissionConfig

READ = {"SELECT", "EXPLAIN"}
WRITE = READ | {"INSERT", "UPDATE", "CREATE", "COPY"}
TABLE = {"READ_ONLY": READ, "READ_WRITE": WRITE, "ADMIN": set(OperationType.__members__)}


@pytest.mark.parametrize("level", AccessLevel)
@pytest.mark.parametrize("operation", OperationType)
def test_the_table_of_levels(level, operation):
    """What each level may do, over all kinds."""
    allowed, reason = PermissionConfig(access_level=level).can_execute(operation)
    assert allowed == (operation.name in TABLE[level.name])
    assert reason == "Allowed" if allowed else reason.startswith(f"Operation {operation.value} requires ")


def test_read_only_is_the_default():
    """And deletion needs more than writing."""
    assert PermissionConfig().can_execute(OperationType.SELECT, "users") == (True, "Allowed")
    assert PermissionConfig().can_execute(OperationType.INSERT) == (
        False,
        "Operation insert requires write access",
    )
    assert PermissionConfig.read_write().can_execute(OperationType.DELETE) == (
        False,
        "Operation delete requires admin access",
    )


@pytest.mark.parametrize(
    ("table", "allowed", "denied", "expected"),
    [
        ("users", ["users"], None, (True, "Allowed")),
        ("Users", ["users"], None, (True, "Allowed")),
        ("orders", ["users"], None, (False, "Table 'orders' is not in allow list")),
        ("users", None, ["users"], (False, "Table 'users' is in deny list")),
        ("users", ["users"], ["users"], (False, "Table 'users' is in deny list")),
        ("public.users", None, ["users"], (False, "Table 'public.users' is in deny list")),
        ('"Users"', None, ["users"], (False, "Table '\"Users\"' is in deny list")),
        ("users", None, ["public.users"], (False, "Table 'users' is in deny list")),
        ("other.users", ["users"], None, (False, "Table 'other.users' is not in allow list")),
        ("users", [], None, (False, "Table 'users' is not in allow list")),
    ],
)
def test_tables(table, allowed, denied, expected):
    """Deny wins; case, quotes and schemas open no way around it."""
    config = PermissionConfig(allowed_tables=allowed, denied_tables=denied)
    assert config.can_execute(OperationType.SELECT, table) == expected


def test_destructive_kinds_want_a_confirmation():
    """Unless somebody says otherwise."""
    assert PermissionConfig.admin().needs_confirmation(OperationType.DROP_TABLE)
    assert not PermissionConfig.admin().needs_confirmation(OperationType.SELECT)
    assert not PermissionConfig.admin(require_confirmation=False).needs_confirmation(OperationType.DROP)


def test_describe_says_it_in_lines():
    """For people."""
    text = PermissionConfig.read_write(["a"], ["b"]).describe().splitlines()
    assert text[:3] == ["Access Level: write", "Allowed Tables: a", "Denied Tables: b"]
    assert text[3].startswith("Requires Confirmation: delete, ")


def test_tables_of_any_kind_are_asked_about_more_than_once():
    """A rule that an iterator or a single name could switch off is none."""
    for tables in ("users", iter(["users"]), ("users",), {"users"}):
        config = PermissionConfig.read_write(denied_tables=tables)
        assert [config.can_execute(OperationType.INSERT, "users")[0] for _ in range(2)] == [False, False]


def test_no_allowed_table_is_not_all_of_them():
    config = PermissionConfig.read_only(tables=[])
    assert config.can_execute(OperationType.SELECT, "users") == (False, "Table 'users' is not in allow list")
    assert "Allowed Tables: NONE" in config.describe()


def test_a_kind_by_its_word_is_that_kind():
    """`needs_confirmation("drop")` was no: a word is no member of the list."""
    config = PermissionConfig("write", require_confirmation=["drop"])  # type: ignore[arg-type]
    assert config.needs_confirmation("drop")
    assert not config.needs_confirmation("delete")
    assert config.can_execute("insert", "users") == (True, "Allowed")
    assert config.can_execute("drop") == (False, "Operation drop requires admin access")
    for wrong in (
        lambda: config.can_execute("destroy"),
        lambda: config.needs_confirmation("destroy"),
        lambda: PermissionConfig("root"),  # type: ignore[arg-type]
    ):
        with pytest.raises(ValueError, match="is not a valid"):
            wrong()
