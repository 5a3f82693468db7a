"""A literal of a known shape, and the walks from it over the text around: forward, bounded, and never twice."""

from creds_shell.masking.lane import NEAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Verdict = tuple[int, int, int] | None
    Judge = Callable[["Hit"], Verdict]

LONGEST = 16384
"""A value, URL or key block is followed this far: a PEM block of a 16,384-bit RSA key has 12.6 KB."""

LOWER = b"abcdefghijklmnopqrstuvwxyz"
DIGITS = b"0123456789"
ALNUM = LOWER + LOWER.upper() + DIGITS
WORD = ALNUM + b"_"
BLANKS = b" \t"
SPACE = b" \t\r\n\v\f"
CONTROLS = bytes(byte for byte in (*range(32), 127) if byte not in SPACE)
ALNUM_SET = frozenset(ALNUM)

_others: "dict[bytes, bytes]" = {}  # sets of characters and their complements


class Hit:
    """A literal that was found, and the text around it.

    Args:
        text: the visible text.
        start: where the literal begins.
        end: where it ends.
        near: what stood before the text, at least the last NEAR bytes of it.
        final: nothing follows the text.
        runs: for sets of characters the run that was last walked over; hits come in rising order, so that walking
            over the same long run from each of many hits stays linear.
    """

    __slots__ = ("_near", "_runs", "before", "end", "final", "literal", "start", "text")

    def __init__(  # noqa: PLR0917 one is made for each hit
        self,
        text: bytes,
        start: int,
        end: int,
        near: bytes,
        final: bool,
        runs: "dict[bytes, tuple[int, int]]",
    ) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.literal = text[start:end].lower()
        self.final = final
        self._runs = runs
        self._near = near
        self.before = text[start - 1] if start else near[-1] if near else -1

    def behind(self) -> bytes:
        """The last NEAR bytes before the literal."""
        text = self.text[max(0, self.start - NEAR) : self.start]
        return text if len(text) == NEAR else (self._near + text)[-NEAR:]

    def over(self, chars: bytes, at: int, limit: int = LONGEST) -> int:
        """Where a run of these characters ends, at most limit further."""
        first, end = self._runs.get(chars, (0, -1))
        known = first <= at <= end
        if not known:
            first, end = at, at
        size = 64
        while end < at + limit:
            part = self.text[end : end + size]
            rest = part.lstrip(chars)
            end += len(part) - len(rest)
            if rest or not part:
                break
            size *= 4
        self._runs[chars] = (first, end)
        return min(end, at + limit)

    def until(self, stops: bytes, at: int, limit: int = LONGEST) -> int:
        """Where the first of these characters stands, or the last place that was looked at."""
        others = _others.get(stops)
        if others is None:
            others = _others[stops] = bytes(set(range(256)) - set(stops))
        return self.over(others, at, limit)

    def open(self, at: int) -> bool:
        """Whether the text ends here and more may come."""
        return at >= len(self.text) and not self.final

    def wait(self, shown: int) -> "Verdict":
        """More bytes decide; up to shown anybody may see the text."""
        return (-1, -1, shown)
