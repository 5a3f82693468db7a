"""Values and bundles that never show themselves.

`SecretValue.get_secret_value()` and the items of a mapping (`SecretBundle.secrets`, `DatabaseCredentials.dsn`) are the
ways to a plain value; every other way that Python has of showing an object (str, format, json, rich, pytest, dataclass
tools) ends at `****`.
"""

from collections.abc import Iterator, KeysView, Mapping
from copy import deepcopy
from datetime import UTC, datetime
from hmac import compare_digest
from typing import Any, Generic, NoReturn, Self, TypeVar, cast

from creds_shell.core.errors import InvalidValueError
from creds_shell.core.talk import counted

MASK = "****"
V = TypeVar("V")


class _Hidden:
    """Holds one string where `vars`, inspectors and debuggers show a mask."""

    __slots__ = ("text",)

    def __init__(self, text: str | None) -> None:
        self.text = text

    def __repr__(self) -> str:
        return MASK

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret value is never pickled")


class SecretValue(str):
    """A value that shows as `****` wherever it ends up; `get_secret_value()` is the way out.

    It is a `str` whose text *is* `****`: json, csv, `%` and C code that look at the text itself find the mask, while
    `len`, `bool`, `==` and `hash` work on the value (`==` also against a plain string, in constant time).
    Values are text with surrogateescape, so that any bytes survive; `get_secret_bytes()` returns them.
    Made from None it is empty and `get_secret_value()` returns None, as in lib.creds.
    """

    __slots__ = ("_hidden",)
    _hidden: _Hidden

    def __new__(cls, value: "str | bytes | SecretValue | None" = None) -> Self:
        """Hide `value`.

        Raises:
            TypeError: it is neither text nor bytes nor None; only its type is named.
        """
        if not isinstance(value, str | bytes | None):
            raise TypeError(f"a SecretValue is made of text or bytes, not {type(value).__name__}")
        self = super().__new__(cls, "" if value is None else MASK)
        self._hidden = _Hidden(_plain(value))
        return self

    def get_secret_value(self) -> str:
        """Return the plain value."""
        return self._hidden.text  # type: ignore[return-value]  # None only where None was put in

    def get_secret_bytes(self) -> bytes:
        """Return the plain value as the bytes that a process gets."""
        return (self._hidden.text or "").encode("utf-8", "surrogateescape")

    def __repr__(self) -> str:
        return f"SecretValue({None if self._hidden.text is None else MASK!r})"

    def __str__(self) -> str:
        return "" if self._hidden.text is None else MASK

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __rich_repr__(self) -> Iterator[object]:
        yield MASK

    def __len__(self) -> int:
        return len(self._hidden.text or "")

    def __bool__(self) -> bool:
        return bool(self._hidden.text)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return False
        mine, theirs = self._hidden.text, _plain(other)
        if mine is None or theirs is None:
            return mine is theirs
        return compare_digest(mine.encode("utf-8", "surrogatepass"), theirs.encode("utf-8", "surrogatepass"))

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self._hidden.text)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a SecretValue is never pickled; pass get_secret_value() if you must")


def _plain(value: "str | bytes | None") -> str | None:
    if isinstance(value, SecretValue):
        return value._hidden.text  # noqa: SLF001 the same module
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return value


class HidingMapping(Generic[V]):
    """Key → value, like a dict; what is kept as a SecretValue comes out plain, and its repr shows a mask there.

    It is no dict and no `collections.abc.Mapping` on purpose: json, rich and pytest's assertions walk into those and
    show what is inside. `dict(mapping)` gives a plain one, `**mapping` passes plain values on.
    """

    __slots__ = ("_values",)

    def __init__(self, values: "Mapping[str, Any] | HidingMapping[Any] | None" = None) -> None:
        self._values: dict[str, Any] = {}
        self.update(values)

    def __getitem__(self, key: str) -> V:
        value: V | SecretValue = self._values[key]
        return cast("V", value.get_secret_value()) if isinstance(value, SecretValue) else value

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value

    def __delitem__(self, key: str) -> None:
        del self._values[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        return key in self._values

    def __eq__(self, other: object) -> bool:
        if isinstance(other, HidingMapping):
            return self._values == other._values
        return isinstance(other, Mapping) and self._values == other

    __hash__ = None  # type: ignore[assignment]  # it changes

    def keys(self) -> KeysView[str]:
        """Return the names."""
        return self._values.keys()

    def items(self) -> Iterator[tuple[str, V]]:
        """Yield name and plain value."""
        return ((key, self[key]) for key in self._values)

    def values(self) -> Iterator[V]:
        """Yield the plain values."""
        return (self[key] for key in self._values)

    def get(self, key: str, default: V | None = None) -> V | None:
        """Return one plain value, or `default`."""
        return self[key] if key in self._values else default

    def pop(self, key: str, default: V | None = None) -> V | None:
        """Remove one key and return its plain value, or `default`."""
        value = self.get(key, default)
        self._values.pop(key, None)
        return value

    def update(self, values: "Mapping[str, Any] | HidingMapping[Any] | None" = None, /, **more: Any) -> None:
        """Set several keys."""
        for given in (values or {}, more):
            for key in given:
                self[key] = given[key]

    def setdefault(self, key: str, default: V) -> V:
        """Return one plain value, which is `default` from now on if there was none."""
        if key not in self._values:
            self[key] = default
        return self[key]

    def __or__(self, other: "Mapping[str, Any] | HidingMapping[Any]") -> Self:
        if not isinstance(other, Mapping | HidingMapping):
            return NotImplemented
        both = self.copy()
        both.update(other)
        return both

    def __ror__(self, other: "Mapping[str, Any] | HidingMapping[Any]") -> Self:
        if not isinstance(other, Mapping | HidingMapping):
            return NotImplemented
        both = type(self)(other)
        both.update(self)
        return both

    def copy(self) -> Self:
        """Return another one with the same values."""
        return type(self)(self)

    def _shown(self) -> dict[str, Any]:
        return {key: MASK if isinstance(value, SecretValue) else value for key, value in self._values.items()}

    def __repr__(self) -> str:
        return repr(self._shown())

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __rich_repr__(self) -> Iterator[object]:
        yield from self._shown().items()

    __copy__ = copy

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return type(self)(deepcopy(self._values, memo))

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("secret values are never pickled")


class SecretMapping(HidingMapping[str]):
    """Key → plain value, each of them a secret."""

    __slots__ = ()

    def __setitem__(self, key: str, value: "str | bytes") -> None:
        if not isinstance(value, str | bytes):
            raise InvalidValueError(f"the value of {key} is no text but {type(value).__name__}")
        if _plain(value) is None:
            raise InvalidValueError(f"the value of {key} is not set")
        self._values[key] = SecretValue(value)


class _Keys(list[str]):
    """The names of a bundle's keys, sorted; `bundle.keys()` and `bundle.keys` (lib.creds) are both in use."""

    def __call__(self) -> "_Keys":
        return self


class SecretBundle:
    """All secrets of one project in one environment.

    Args:
        project_id: who owns them.
        secrets: key → value, `str` (surrogateescape), `bytes` or SecretValue.
        environment: `default`, `staging`, `production` …
        version: names this state of the bundle; a provider sets it on reading.
        updated_at: when it was last written, if the provider knows.
        provider: the id of the provider it came from.

    Attributes:
        forced: keys that are masked whatever they look like, because their line says `# mask`.
        inherited: keys that came from the process environment and not from where the bundle lives.
    """

    def __init__(
        self,
        project_id: str,
        secrets: "Mapping[str, str | bytes] | SecretMapping | None" = None,
        *,
        environment: str = "default",
        version: str | None = None,
        updated_at: datetime | None = None,
        provider: str = "",
    ) -> None:
        self.project_id = project_id
        self.environment = environment
        self.secrets = SecretMapping(secrets)
        self.version = version
        self.updated_at = updated_at
        self.provider = provider
        self.forced: frozenset[str] = frozenset()
        self.inherited: frozenset[str] = frozenset()

    @property
    def keys(self) -> _Keys:
        """The names, sorted; also callable."""
        return _Keys(sorted(self.secrets))

    def get(self, key: str, default: Any = None) -> Any:
        """Return the SecretValue of `key`, or `default`."""
        return SecretValue(self.secrets[key]) if key in self.secrets else default

    def set(self, key: str, value: "str | bytes") -> None:
        """Set one value here; `put_bundle` stores it."""
        self.secrets[key] = value
        self.updated_at = datetime.now(UTC)

    def delete(self, key: str) -> bool:
        """Remove one key here; returns whether it was there."""
        if key not in self.secrets:
            return False
        del self.secrets[key]
        self.updated_at = datetime.now(UTC)
        return True

    def as_bytes(self) -> dict[str, bytes]:
        """Return key → the bytes that a process gets."""
        return {key: value.encode("utf-8", "surrogateescape") for key, value in self.secrets.items()}

    def __getitem__(self, key: str) -> SecretValue:
        return SecretValue(self.secrets[key])

    def __contains__(self, key: object) -> bool:
        return key in self.secrets

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __len__(self) -> int:
        return len(self.secrets)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretBundle):
            return NotImplemented
        mine, theirs = (self.project_id, self.environment), (other.project_id, other.environment)
        return mine == theirs and self.as_bytes() == other.as_bytes()

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        return (
            f"SecretBundle(project_id={self.project_id!r}, environment={self.environment!r},"
            f" keys={list(self.keys)!r}, provider={self.provider!r})"
        )

    def __str__(self) -> str:
        lines = [f"{self.project_id}, {self.environment} ({counted(len(self), 'secret')})"]
        return "\n".join([*lines, *(f"  {key}={MASK}" for key in self.keys)])

    def __format__(self, spec: str) -> str:
        return format(str(self), spec)

    def __rich_repr__(self) -> Iterator[object]:
        yield "project_id", self.project_id
        yield "environment", self.environment
        yield "keys", list(self.keys)

    def __copy__(self) -> "SecretBundle":
        copy = SecretBundle(self.project_id)
        vars(copy).update(vars(self), secrets=self.secrets.copy())
        return copy

    def __deepcopy__(self, memo: dict[int, Any]) -> "SecretBundle":
        return self.__copy__()

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a SecretBundle is never pickled")
