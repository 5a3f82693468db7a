"""What is found in one file's bytes: values of this project in any masked form, and tokens known by their shape.

The masking engine's own needles, detector and view do the work, so what `scan` finds is what the mask would hide.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from creds_shell.masking.detect import detector
from creds_shell.masking.matcher import Index
from creds_shell.masking.needle import TOKEN, Needle
from creds_shell.masking.prefixes import TOKENS
from creds_shell.masking.rules import SHORTEST, is_common
from creds_shell.masking.variants import needles_of
from creds_shell.masking.view import View

SHORTEST_ENCODED = 6
"""Encoded needles shorter than this are not searched: six base64 characters occur once in 64**6 = 7e10 places by chance."""

SHORTEST_KEY = 64
"""A private key has at least so many characters between its lines (Ed25519: 64 of base64 in PKCS#8)."""

_EXAMPLES = frozenset((b"pass", b"passwd", b"passphrase"))
"""What stands for a password in `https://user:pass@host`, beside the common words and one sign again and again."""

Span = tuple[int, int, str | None, str]
"""Start, end, key (None for a shape), form or shape."""

_HINTS = detector([*(prefix for prefix, *_ in TOKENS), b"eyJ", b"-----BEGIN "])


@dataclass(frozen=True, order=True)
class Hit:
    """One finding in a file: its line, the key (None for a shape), and the form or shape that was found."""

    line: int
    key: str | None
    form: str


class Searcher:
    """The needles of a project, compiled once for all files.

    Args:
        secrets: names and values of what `list` shows as masked, and whether the user forced it.
        shapes: whether to look for tokens known by their shape.
    """

    def __init__(self, secrets: Iterable[tuple[str, bytes, bool]], *, shapes: bool = True) -> None:
        self._needles: dict[bytes, list[Needle]] = {}  # several, where keys have the same value
        for name, value, force in secrets:
            for needle in needles_of(name, value, force=force):
                if needle.form == "raw" or len(needle.text) >= SHORTEST_ENCODED:
                    self._needles.setdefault(needle.text, []).append(needle)
        self._index = Index({text: same[0] for text, same in self._needles.items()})
        self._multiline = any(b"\n" in text for text in self._needles)
        self._shapes = shapes

    def search(self, data: bytes) -> list[Hit]:
        """Return what is in `data`, by line; each key at most once on a line."""
        if b"\r\n" in data and self._multiline:
            data = data.replace(b"\r\n", b"\n")  # needles have LF; the number of lines stays
        spans = self._values(data) if self._needles else []
        if self._needles and b"\x1b" in data and b"\0" not in data:
            spans += self._through_escapes(data)
        if self._shapes:
            spans += self._new_shapes(data, spans)
        return _by_line(data, spans)

    def _values(self, data: bytes) -> list[Span]:
        return [
            (start, end, needle.name, needle.form)
            for start, end, first in self._index.matches(data)
            for needle in self._needles[first.text]
            if not needle.border or _stands_alone(data, start, end)
        ]

    def _through_escapes(self, data: bytes) -> list[Span]:
        """Values with a colour or a line's wrap within them, in a recorded terminal session."""
        view = View(data, final=True)
        return [
            (view.position(start), view.position(end - 1) + 1, key, form)
            for start, end, key, form in self._values(view.text)
        ]

    def _new_shapes(self, data: bytes, known: list[Span]) -> list[Span]:
        """Tokens that are not simply one of the project's own values again."""
        return [span for span in shapes(data) if not any(a < span[1] and span[0] < b for a, b, _, _ in known)]


def shapes(data: bytes) -> list[Span]:
    """Tokens known by their shape: a published prefix, a web token, a private key, a password in a URL.

    `password = …` is none of them here: in a tree of source code it is nearly always a variable.
    """
    if not _HINTS.find(data) and not (b"://" in data and b"@" in data):
        return []  # most files end here, five times faster than the whole search
    from creds_shell.masking.patterns import find_shapes

    return [
        (start, end, None, kind) for start, end, kind in find_shapes(data) if _counts(kind, data[start:end])
    ]


def _counts(kind: str, value: bytes) -> bool:
    """Whether a shape is worth stopping a commit for."""
    if kind == "password in a URL":
        example = is_common(value) or value.lower() in _EXAMPLES or len(set(value)) == 1
        placeholder = example or len(value) < SHORTEST or b"$" in value or b"{" in value
        return not placeholder and value.isascii() and value.decode().isprintable()
    if kind == "private key":
        return len(value) >= SHORTEST_KEY
    return kind.startswith("token ") or kind == "JSON web token"


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    """Whether a short value is a whole token here, as for the mask."""
    before = data[start - 1] if start else 32
    after = data[end] if end < len(data) else 32
    return before not in TOKEN and after not in TOKEN


def _by_line(data: bytes, spans: list[Span]) -> list[Hit]:
    hits: dict[tuple[int, str | None, str], Hit] = {}
    line, counted = 1, 0
    for start, _, key, form in sorted(spans, key=lambda span: span[0]):
        line += data.count(b"\n", counted, start)
        counted = start
        hits.setdefault((line, key, "" if key else form), Hit(line, key, form))
    return list(hits.values())
