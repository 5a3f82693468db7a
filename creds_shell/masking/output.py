"""Masking for programs: text in, text out, over the same filter that `exec` and `mask` use."""

import codecs
import contextlib
import io
import logging
import re
import select
import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from types import NoneType
from typing import IO, Any, NoReturn, Self, cast

from creds_shell.masking.needles import encoded, named, value_bytes
from creds_shell.masking.patterns import find_shapes
from creds_shell.masking.rules import SHORTEST, characters
from creds_shell.masking.stream import Masker, Needles

__all__ = [
    "Finding",
    "Masker",
    "MaskingFilter",
    "OutputMasker",
    "mask_output",
    "mask_stream",
    "scan_for_secrets",
]

MASK = "****"
_CHUNK = 1 << 16

Pattern = str | re.Pattern[str]
Values = Mapping[str, str | bytes | None] | Iterable[str | bytes | None]


class Finding(str):
    """What was found and where, as a sentence without the value: `line 3: password`.

    Attributes:
        kind: the kind of shape, or `registered secret`.
        line: its line, from 1.
        start: where the secret part begins in the text, in UTF-8 bytes.
        end: where it ends.
    """

    __slots__ = ("end", "kind", "line", "start")

    kind: str
    line: int
    start: int
    end: int

    def __new__(cls, kind: str, line: int, start: int, end: int) -> Self:
        """Make the sentence."""
        found = super().__new__(cls, f"line {line}: {kind}")
        found.kind, found.line, found.start, found.end = kind, line, start, end
        return found

    def __getnewargs__(self) -> tuple[str, int, int, int]:  # type: ignore[override] # a str has one, this has four
        """What a copy is made of."""
        return self.kind, self.line, self.start, self.end


class OutputMasker:
    """Masks registered values in every form, and secrets that are known by their shape; for any number of threads.

    Args:
        additional_patterns: regular expressions of your own, ignoring case: a pattern, whose whole match becomes
            `****`, or a pair of pattern and replacement (None: `scan` reports it, `mask` leaves it). Several, or one.
    """

    def __init__(
        self, additional_patterns: "Pattern | Iterable[Pattern | tuple[Pattern, str | None]] | None" = None
    ) -> None:
        if hasattr(additional_patterns, "keys"):  # its names would be the patterns, its values be shown
            raise TypeError("an OutputMasker takes patterns; register_secret takes a value, Masker a mapping")
        if isinstance(additional_patterns, (str, re.Pattern)):
            additional_patterns = [additional_patterns]
        self._values: set[bytes] = set()
        self._needles: Needles | None = None
        self._lock = threading.Lock()
        self._patterns: list[tuple[re.Pattern[str], str | None]] = []
        for entry in additional_patterns or ():
            pattern, replacement = entry if isinstance(entry, tuple) else (entry, MASK)
            self._patterns.append(
                (re.compile(pattern, 0 if isinstance(pattern, re.Pattern) else re.IGNORECASE), replacement)
            )

    def __repr__(self) -> str:
        return f"OutputMasker({len(self._values)} secrets)"

    def __getstate__(self) -> NoReturn:
        raise TypeError("an OutputMasker is never pickled: it holds secret values")

    def register_secret(self, value: "str | bytes | None") -> None:
        """Mask this value from now on; None and values under 4 characters are ignored."""
        data = value_bytes(value)
        if characters(data) < SHORTEST:
            return
        with self._lock:
            self._values.add(data)
            if self._needles is not None:
                self._needles.add("", data, force=True)

    def unregister_secret(self, value: "str | bytes | None") -> None:
        """Forget a value; one that was never registered is no error."""
        data = value_bytes(value)
        with self._lock:
            self._values.discard(data)
            self._needles = None

    def mask(self, text: str) -> str:
        """Give the text with every secret in it replaced by `****`."""
        if not text:
            return text
        masked = masked_text(self._compiled(), text)
        for pattern, replacement in self._patterns:
            if replacement is not None:
                masked = pattern.sub(replacement, masked)
        return masked

    def scan(self, text: str) -> list[Finding]:
        """Say what kinds of secrets the text holds and on which lines; never the values."""
        if not text:
            return []
        data = encoded(text)
        found = [(start, end, name) for start, end, name in find_shapes(data)]
        found += [(start, end, "registered secret") for start, end in self._registered(data)]
        for pattern, _ in self._patterns:
            for match in pattern.finditer(text):
                start = len(encoded(text[: match.start()]))
                found.append((start, start + len(encoded(match.group())), "additional pattern"))
        return _findings(data, found)

    def _registered(self, data: bytes) -> set[tuple[int, int]]:
        index = self._compiled().index()
        found = [(start, end, needle.border) for start, end, needle in index.matches(data)]
        return {(start, end) for start, end, border in found if not border}

    def _compiled(self) -> Needles:
        with self._lock:
            if self._needles is None:
                self._needles = Needles(patterns=True)
                for value in sorted(self._values):
                    self._needles.add("", value, force=True)
            return self._needles


def masked_text(needles: Needles, text: str) -> str:
    """Give a whole text with what `needles` finds in it replaced; any str, lone surrogates too."""
    masker = Masker(needles)
    data = encoded(text)
    return _decoded(masker.feed(data) + masker.flush())


class MaskingFilter(logging.Filter):
    """A filter for a log handler: messages, exceptions, stack traces and the texts in `extra` come out masked.

    On a logger it sees only what is logged there and nothing from its children.

    Args:
        masker: an OutputMasker, or the values to mask.
        name: as in logging.Filter.
    """

    def __init__(self, masker: "OutputMasker | Values | None" = None, name: str = "") -> None:
        super().__init__(name)
        if isinstance(masker, OutputMasker):
            self._masker = masker
        else:
            self._masker = OutputMasker()
            for _, value in named(masker or ()):
                self._masker.register_secret(value)

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record in place; every record passes that logging.Filter lets pass."""
        if not super().filter(record):
            return False
        mask = self._masker.mask
        record.msg, record.args = mask(_message(record)), None
        if record.exc_info and not record.exc_text:
            record.exc_text = logging.Formatter().formatException(record.exc_info)
        if record.exc_text:
            record.exc_text, record.exc_info = mask(record.exc_text), None
        if record.stack_info:
            record.stack_info = mask(record.stack_info)
        for name in record.__dict__.keys() - _OWN_FIELDS:
            record.__dict__[name] = _masked_field(mask, record.__dict__[name])
        return True


_OWN_FIELDS = frozenset(logging.makeLogRecord({}).__dict__) | {"message", "asctime", "taskName"}
"""What logging itself notes of a record; the rest came as `extra` and is printed by formatters for JSON."""


_DEEPEST = 16
"""A list in so many others, or in itself, is masked as one text."""


def _masked_field(mask: "Callable[[str], str]", value: object, left: int = _DEEPEST) -> object:
    """A field with the texts in its lists and mappings masked; one that holds no secret stays the very object."""
    masked: object = value
    if isinstance(value, str):
        masked = mask(value)
    elif isinstance(value, bytes):
        masked = encoded(mask(_decoded(value)))
    elif isinstance(value, (dict, list, tuple, set, frozenset)):
        masked = _masked_parts(mask, value, left - 1) if left else mask(str(value))
    elif not isinstance(value, (int, float, complex, NoneType)):
        return _masked_object(mask, value)
    return value if masked == value else masked


def _masked_object(mask: "Callable[[str], str]", value: object) -> object:
    """An object that shows a secret, an error or a dataclass say, as the masked text of it."""
    for show in (str, repr):
        with contextlib.suppress(Exception):  # as in `_message`
            text = show(value)
            masked = mask(text)
            if masked != text:
                return masked
    return value


def _masked_parts(mask: "Callable[[str], str]", value: "Collection[object]", left: int) -> object:
    if isinstance(value, dict):
        pairs = [*value.items()]
        return {_masked_field(mask, key, left): _masked_field(mask, item, left) for key, item in pairs}
    parts = [_masked_field(mask, part, left) for part in [*value]]
    kinds: tuple[type, ...] = (list, set, frozenset, tuple)
    return next(kind for kind in kinds if isinstance(value, kind))(parts)


def _message(record: logging.LogRecord) -> str:
    """The message; one whose arguments do not fit is shown as it came, as logging itself would report it.

    A `__str__` may raise anything, and logging lets nothing of it through to the program.
    """
    for show in (record.getMessage, lambda: f"{record.msg!s} {record.args!r}"):
        with contextlib.suppress(Exception):
            return show()
    return f"a message of {type(record.msg).__name__} that cannot be shown"


def mask_output(text: str) -> str:
    """Hide secrets that are known by their shape: `mask_output("password=secret123")` is `password=****`.

    Args:
        text: any text; its size decides the time, nothing else.

    Returns:
        The text with the secret parts replaced. Git hashes, UUIDs and digests stay.
    """
    return _PLAIN.mask(text)


def scan_for_secrets(text: str) -> list[Finding]:
    """Say which shapes of secrets a text holds: an empty list, or sentences like `line 3: password`."""
    return _PLAIN.scan(text)


def mask_stream(
    src: "IO[Any]", dst: "IO[Any]", values: "Values", *, patterns: bool = False, mask_text: str = MASK
) -> None:
    """Copy a stream and mask values in it; what can be shown is written at once, of a text file line by line.

    Args:
        src: where to read, bytes or text; anything with `read`.
        dst: where to write, of the same kind.
        values: a mapping of names to values, or the values; None is none. They count as forced: masked from 4
            characters on.
        patterns: mask known shapes, too.
        mask_text: what replaces a secret; `{key}` in it becomes its name.
    """
    needles = Needles(mask_text.encode(), patterns=patterns)
    for name, value in named(values):
        needles.add(name, value_bytes(value), force=True)
    masker = Masker(needles)
    # a file of text, which alone has `newlines`, reads until it has all that was asked for
    read = src.readline if hasattr(src, "newlines") else getattr(src, "read1", src.read)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    text = False
    while chunk := read(_CHUNK):
        text = isinstance(chunk, str)
        shown = masker.feed(encoded(chunk) if text else bytes(chunk))
        if shown:
            _write(dst, decoder.decode(shown) if text else shown)
    rest = masker.flush()
    if text or rest:
        _write(dst, decoder.decode(rest, final=True) if text else rest)


def _write(dst: "IO[Any]", data: "str | bytes") -> None:
    """Write everything at once; a file without a buffer may take less than it is given, or nothing yet."""
    left, raw = data, isinstance(dst, io.RawIOBase)
    while left:
        done = cast("int | None", dst.write(left))
        if raw and done is None:  # it is full and does not block
            select.select([], [dst], [])
        else:
            left = left[done:] if raw else left[:0]
    dst.flush()


def _decoded(data: bytes) -> str:
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "surrogateescape")


def _findings(data: bytes, found: list[tuple[int, int, str]]) -> list[Finding]:
    findings = []
    line, counted = 1, 0
    for start, end, kind in sorted(set(found)):
        line += data.count(b"\n", counted, start)
        counted = start
        findings.append(Finding(kind, line, start, end))
    return findings


_PLAIN = OutputMasker()
