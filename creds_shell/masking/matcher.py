"""Many needles in one chunk: every complete match, and every end of the chunk that may begin one.

An Index is immutable; the detector finds short keys, one for all spellings of a value where they share a part,
and each hit is verified against the whole needle.
"""

from creds_shell.masking.detect import PlainDetector, detector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from creds_shell.masking.detect import BatchedDetector
    from creds_shell.masking.needle import Needle

KEY = 16
"""The longest key: enough to be rare, short enough that building stays cheap and verifying linear."""

HEAD = 4
"""The shortest needle, so the length of beginning by which the end of a chunk is looked up."""

WINDOW = 512
"""Needles longer than this are looked for at the chunk's end one by one, with `bytes.find`."""

WARM = 16384
"""Bytes scanned by the plain detector before an automaton pays for its building (about 1 ms for 20 secrets)."""

_ALNUM = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
_FOLD = bytes(
    [
        49 if 48 <= byte <= 57 else 65 if 65 <= byte <= 90 else 97 if 97 <= byte <= 122 else 32
        for byte in range(256)
    ]
)


def key_offset(text: bytes) -> "tuple[int, int]":
    """Choose which part of a needle the detector looks for.

    The best run of letters and digits: every spelling of a value shares it, whatever it does to the signs. A needle
    that begins like `aaaa…` takes the place where the repetition breaks: there a search meets nothing in `aaaa…`.

    Returns:
        The key's start and end in text.
    """
    for period in (1, 2, 3):
        if len(text) > 2 * HEAD and text[period : 2 * HEAD] == text[: 2 * HEAD - period]:
            for at in range(2 * HEAD, len(text)):
                if text[at] != text[at - period]:
                    return at - HEAD + 1, min(at - HEAD + 1 + KEY, len(text))
            return 0, min(KEY, len(text))
    best, bounds = 0, (0, min(KEY, len(text)))
    at = 0
    for run in text.translate(_FOLD).split(b" "):
        if len(run) >= 2 * HEAD:
            score = min(len(run), KEY) + 6 * (b"1" in run) + 4 * (b"A" in run and b"a" in run)
            if score > best:
                best, bounds = score, (at, min(at + KEY, at + len(run)))
        at += len(run) + 1
    return bounds


class Index:
    """A fixed set of needles, compiled when the first bytes arrive.

    Args:
        needles: in the order in which their keys were added; the first one of equal texts names the match.
    """

    __slots__ = (
        "_detector",
        "_heads",
        "_keys",
        "_long",
        "_scanned",
        "_spellings",
        "_stubs",
        "lefts",
        "needles",
        "window",
    )

    def __init__(self, needles: "Sequence[Needle]") -> None:
        self.needles = needles
        self._keys: list[bytes] = []
        self._spellings: list[list[tuple[int, Needle]]] = []
        self._heads: dict[bytes, list[Needle]] = {}
        self._stubs: dict[bytes, list[Needle]] = {}
        self._long: list[Needle] = []
        self._scanned = 0
        self.window = 0
        self.lefts = [b"", b"", b""]
        self._compile()
        self._detector: BatchedDetector | PlainDetector = PlainDetector(self._keys)

    def _compile(self) -> None:
        """Fill the tables."""
        keys: dict[bytes, list[tuple[int, Needle]]] = {}
        lefts: list[set[int]] = [set(), set(), set()]
        for needle in self.needles:
            text = needle.text
            start, end = key_offset(text)
            keys.setdefault(text[start:end], []).append((start, needle))
            self._heads.setdefault(text[:HEAD], []).append(needle)
            for length in range(1, HEAD):
                self._stubs.setdefault(text[:length], []).append(needle)
            if len(text) > WINDOW:
                self._long.append(needle)
            lefts[needle.offset].update(needle.left)
            self.window = max(self.window, min(len(text), WINDOW) - 1)
        self._keys, self._spellings = list(keys), list(keys.values())
        self.lefts = [bytes(chars) for chars in lefts]

    def matches(self, data: bytes) -> "list[tuple[int, int, Needle]]":
        """Every complete occurrence of every needle's text, as (start, end, needle), also overlapping, in any order."""
        if self._scanned <= WARM:
            self._scanned += len(data)
            if self._scanned > WARM:
                self._detector = detector(self._keys)
        found = []
        for number, at in self._detector.find(data):
            for offset, needle in self._spellings[number]:
                start = at - offset
                if start >= 0 and data.startswith(needle.text, start):
                    found.append((start, start + len(needle.text), needle))
        return found

    def beginnings(self, data: bytes) -> "list[tuple[int, Needle]]":
        """Every (position, needle) where the rest of data from there is a proper beginning of the needle's text."""
        size = len(data)
        found = []
        first = max(0, size - self.window)
        heads = self._heads
        for at in range(first, size - HEAD + 1):
            needles = heads.get(data[at : at + HEAD])
            if needles:
                rest = data[at:]
                found += [(at, n) for n in needles if len(n.text) > size - at and n.text.startswith(rest)]
        for at in range(max(size - HEAD + 1, 0), size):
            needles = self._stubs.get(data[at:])
            if needles:
                found += [(at, needle) for needle in needles]
        for needle in self._long:
            self._long_beginnings(data, needle, found)
        return found

    def _long_beginnings(self, data: bytes, needle: "Needle", found: "list[tuple[int, Needle]]") -> None:
        """The longest beginning of a long needle that reaches further back than the window.

        The last bytes are compared first: with a repetitive needle almost every place fails there at once.
        """
        size, text = len(data), needle.text
        stop = size - self.window
        head, end = text[:KEY], data[-KEY:]
        at = data.find(head, max(0, size - len(text) + 1), max(0, stop) + KEY - 1)
        while 0 <= at < stop:
            if text.startswith(end, size - at - KEY) and text.startswith(data[at:]):
                found.append((at, needle))
                return
            at = data.find(head, at + 1, stop + KEY - 1)
