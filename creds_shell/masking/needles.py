"""The values to mask, shared by all streams of a run; forms are made when the first byte of output arrives."""

import gc
from _thread import allocate_lock

from creds_shell.masking.matcher import Index
from creds_shell.masking.rules import why_unmasked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from creds_shell.masking.needle import Needle
    from creds_shell.masking.patterns import Shapes

MASK = b"****"
"""The replacement: of one length whatever it hides, and without the key's name."""

OBJECTS = 200_000
"""New objects until the collector looks for cycles among them: a chunk full of matches makes 15,000, and none of them
is in a cycle. At the usual 700 the looking is a fifth of all work there."""


def collect_rarely() -> None:
    """Let the garbage collector look at a filter's work now and then, and never again at what is here already."""
    gc.freeze()
    gc.set_threshold(OBJECTS)
    gc.enable()


ALONE = "\0"
"""Stands for the value where a program gives one argument alone; told from a real value by being this very object."""


def value_bytes(value: "str | bytes | None") -> bytes:
    """The bytes of what a program gives as a value.

    Args:
        value: text, bytes or the like, a SecretValue (a str whose own text is the mask), or None where there is none.

    Raises:
        TypeError: it is something else; a number is no value, and `bytes(8080)` would be 8,080 zeros.
    """
    hidden = getattr(value, "get_secret_bytes", None)
    if hidden is not None:
        return bytes(hidden())
    return encoded(value) if isinstance(value, str) else bytes(memoryview(b"" if value is None else value))


def named(
    values: "Mapping[str, str | bytes | None] | Iterable[str | bytes | None]",
) -> "list[tuple[str, str | bytes | None]]":
    """Names and values of what a program gives: a mapping or bundle, values alone, or a single one.

    What has keys is a mapping, as for `dict`: iterated over like a list, it would give its names to mask.
    """
    if isinstance(values, (str, bytes)):
        return [("", values)]
    if hasattr(values, "keys"):
        return [(str(name), values[name]) for name in values]  # type: ignore[index] # it has keys
    return [("", value) for value in values]


def encoded(text: str) -> bytes:
    """The bytes of any str: UTF-8, bytes that are none, lone surrogates."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


class Needles:
    """The values to mask and all their forms; safe to extend from another thread while streams run.

    Args:
        mask_text: what replaces a match; `{key}` in it becomes the key's name.
        patterns: also mask secrets that are known by their shape alone.
    """

    def __init__(self, mask_text: bytes = MASK, *, patterns: bool = False) -> None:
        self.mask_text = mask_text
        self._fixed = None if b"{key}" in mask_text else mask_text
        self._lock = allocate_lock()
        self._values: dict[
            bytes, tuple[str, bool]
        ] = {}  # not yet made into needles: the first output does that
        self._made: dict[bytes, bool] = {}
        self._needles: dict[bytes, Needle] = {}
        self._index: Index | None = None
        self._patterns = patterns
        self._shapes: Shapes | None = None

    def add(
        self,
        name: str,
        value: bytes,
        *,
        force: bool = False,
        free: bool = False,
        declared_secret: bool = True,
    ) -> "str | None":
        """Add one value.

        Args:
            name: its key.
            value: its bytes.
            force: mask it from 4 characters on, common word or not.
            free: do not mask it.
            declared_secret: False when the key is declared to be no secret.

        Returns:
            Why it is not masked, or None when it is.
        """
        why = why_unmasked(name, value, force=force, free=free or not declared_secret)
        if why is None:
            with self._lock:
                known = self._values.get(value)
                if known is None or (force and not known[1]):
                    self._values[value] = (known[0] if known else name, force)
                    self._index = None
        return why

    def __len__(self) -> int:
        return len(self._values)

    def __bool__(self) -> bool:
        return bool(self._values) or self._patterns

    def index(self) -> Index:
        """The compiled set as it is now; the same object until something is added."""
        return self._index or self._compile()

    def _compile(self) -> Index:
        """Make the forms of the values that are new."""
        with self._lock:
            was_on = gc.isenabled()
            gc.disable()  # thousands of small objects that all stay: collecting meanwhile doubles the time
            try:
                self._make_needles()
                self._index = Index(self._needles, self._shapes, named=self._fixed is None)
            finally:
                if was_on:
                    gc.enable()
            return self._index

    def _make_needles(self) -> None:
        from creds_shell.masking.variants import needles_of

        known = self._needles
        for value, (name, force) in self._values.items():
            if self._made.get(value) == force:
                continue
            self._made[value] = force
            for needle in needles_of(name, value, force=force):
                other = known.setdefault(needle.text, needle)
                if other is not needle and other.edges() != needle.edges():
                    known[needle.text] = other.joined(needle)
        if self._patterns and self._shapes is None:
            from creds_shell.masking.patterns import Shapes

            self._shapes = Shapes()

    def mask(self, name: str) -> bytes:
        """The replacement for a match of a key."""
        if self._fixed is not None:
            return self._fixed
        return self.mask_text.replace(b"{key}", name.encode("utf-8", "surrogateescape"))

    @property
    def fixed(self) -> "bytes | None":
        """The replacement when it is the same for every key."""
        return self._fixed
