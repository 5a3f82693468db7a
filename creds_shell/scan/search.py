"""What is found in one file's bytes: values of this project in any masked form, and tokens known by their shape.

The masking engine's own needles and detector do the work, so what `scan` finds is what the mask would hide.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from creds_shell.masking.matcher import Index
from creds_shell.masking.needle import TOKEN
from creds_shell.masking.variants import needles_of

SHORTEST_ENCODED = 6
"""Encoded needles shorter than this are not searched: six base64 characters occur once in 64**6 = 7e10 places by chance."""


@dataclass(frozen=True, order=True)
class Hit:
    """One finding in a file: its line, the key (None for a shape), and the form or shape that was found."""

    line: int
    key: str | None
    form: str


class Searcher:
    """The needles of a project, compiled once for all files.

    Args:
        secrets: names and values of what `list` shows as masked.
        shapes: whether to look for tokens known by their shape.
    """

    def __init__(self, secrets: Iterable[tuple[str, bytes]], *, shapes: bool = True) -> None:
        needles = []
        for name, value in secrets:
            found = needles_of(name, value)
            needles += [n for n in found if n.form == "raw" or len(n.text) >= SHORTEST_ENCODED]
        self._index = Index(needles)
        self._multiline = any(b"\n" in needle.text for needle in needles)
        self._empty = not needles
        self._shapes = shapes

    def search(self, data: bytes) -> list[Hit]:
        """Return what is in `data`, by line; each key at most once on a line."""
        if b"\r\n" in data and self._multiline:
            data = data.replace(b"\r\n", b"\n")  # needles have LF; the number of lines stays
        spans = [] if self._empty else self._values(data)
        if self._shapes:
            spans += self._new_shapes(data, spans)
        return _by_line(data, spans)

    def _values(self, data: bytes) -> list[tuple[int, int, str | None, str]]:
        found = self._index.matches(data)
        return [(a, b, n.name, n.form) for a, b, n in found if not n.border or _stands_alone(data, a, b)]

    def _new_shapes(
        self, data: bytes, known: list[tuple[int, int, str | None, str]]
    ) -> list[tuple[int, int, str | None, str]]:
        """Shapes that are not simply one of the project's own values again."""
        from creds_shell.masking.patterns import find_shapes

        spans = find_shapes(data)
        return [
            (start, end, None, name)
            for start, end, name in spans
            if not any(a < end and start < b for a, b, _, _ in known)
        ]


def _stands_alone(data: bytes, start: int, end: int) -> bool:
    """Whether a short value is a whole token here, as for the mask."""
    before = data[start - 1] if start else 32
    after = data[end] if end < len(data) else 32
    return before not in TOKEN and after not in TOKEN


def _by_line(data: bytes, spans: list[tuple[int, int, str | None, str]]) -> list[Hit]:
    hits: dict[tuple[int, str | None, str], Hit] = {}
    line, counted = 1, 0
    for start, _, key, form in sorted(spans, key=lambda span: span[0]):
        line += data.count(b"\n", counted, start)
        counted = start
        hits.setdefault((line, key, "" if key else form), Hit(line, key, form))
    return list(hits.values())
