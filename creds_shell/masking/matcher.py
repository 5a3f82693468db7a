"""Many needles in one chunk: every complete match, and every end of the chunk that may begin one.

An Index is fixed; the detector finds keys, one for all spellings of a value where they share a part, and each hit is
verified against the whole needle.
"""

from _bisect import bisect_left, bisect_right

from creds_shell.masking.detect import BACKSLASH, DENSE, FEW, NUL, PlainDetector, detector

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from creds_shell.masking.detect import BatchedDetector
    from creds_shell.masking.needle import Needle
    from creds_shell.masking.patterns import Shapes

    Spelling = tuple[int, Needle]  # where the key begins in a needle, and the needle

KEY = 16
"""The longest key that several needles share: rare enough, and verifying a hit stays cheap."""

TOKEN = 60
"""A needle of letters and digits alone is its own key up to this length: a hit needs no verifying. So long are the lines
of `xxd -p`, which share their key with the hex that they begin."""

HEAD = 4
"""The shortest needle, so the length of beginning by which the end of a chunk is looked up."""

PERIODS = 3
"""What counts as a repetition: up to so many bytes, over and over."""

WINDOW = 512
"""Needles longer than this are looked for at the chunk's end one by one, with `bytes.find`."""

WARM = 2_500_000
"""Key-bytes searched by the plain detector before an automaton pays for its building (20 secrets: about 16 KiB)."""

ALIKE = 64
"""The length by which needles are told from each other that share a key."""

FEED = 128
"""What one call costs the plain detector for each key, in bytes of text."""

KEYSTROKES = 64
"""As much as a terminal echoes at once: so few bytes are looked at one by one."""

CRLF = b"\r\n"

_DIGIT, _UPPER, _LOWER = b"1Aa"

_FOLD = bytes(
    [
        49 if 48 <= byte <= 57 else 65 if 65 <= byte <= 90 else 97 if 97 <= byte <= 122 else 32
        for byte in range(256)
    ]
)


def _allowance(needle: "Needle") -> int:
    return needle.allowance()


def key_bounds(text: bytes) -> "tuple[int, int]":
    """Choose which part of a needle the detector looks for.

    The best run of letters and digits: every spelling of a value shares it, whatever it does to the signs. A needle
    that begins like `aaaa…` takes the place where the repetition breaks: there a search meets nothing in `aaaa…`.

    Returns:
        The key's start and end in text.
    """
    period = _period(text)
    if period:
        return _break_of(text, period)
    if text.isalnum():
        return 0, min(TOKEN, len(text))
    best, bounds, at = 0, (0, min(KEY, len(text))), 0
    if NUL in text or text[0] == BACKSLASH == text[2]:  # no run of two, most likely
        return bounds
    for run in text[:WINDOW].translate(_FOLD).split(b" "):
        size = len(run)
        if size >= 2 * HEAD:
            score = min(size, KEY) + 6 * (_DIGIT in run) + 4 * (_UPPER in run and _LOWER in run)
            if score > best:
                best, bounds = score, (at, at + min(size, TOKEN if size == len(text) else KEY))
        at += size + 1
    return bounds


def _period(text: bytes) -> int:
    """After how many bytes a text repeats what it begins with; 0 when it does not."""
    period = text.find(text[: 2 * HEAD - PERIODS], 1, 2 * HEAD)
    if period < 0 or len(text) <= 2 * HEAD or text[period : 2 * HEAD] != text[: 2 * HEAD - period]:
        return 0
    return period


def _break_of(text: bytes, period: int) -> "tuple[int, int]":
    """The first place where a text stops repeating its beginning, three bytes earlier: `aaab`."""
    low, high = 2 * HEAD, len(text)
    if text[period:] == text[:-period]:
        return 0, min(KEY, len(text))
    while low < high:  # the longest beginning of this period, by halving: a secret may have a megabyte
        middle = (low + high) // 2
        if text[period : middle + 1] == text[: middle + 1 - period]:
            low = middle + 1
        else:
            high = middle
    return low - HEAD + 1, min(low - HEAD + 1 + KEY, len(text))


class Index:
    """A fixed set of needles, compiled when the first bytes arrive.

    Args:
        needles: by their texts.
        shapes: the secrets known by their shape, where they are wanted.
        named: whether it matters which key a match belongs to.

    Attributes:
        longest: the length of the longest needle.
        has_line_ends: whether CRLF occurs in a needle (also as a character in UTF-16): not found in text without CRs.
        lefts: for each base64 offset, the characters that may begin a match by mixing a neighbour's bits in.
    """

    __slots__ = (
        "_detector",
        "_finder",
        "_heads",
        "_keys",
        "_kinds",
        "_long",
        "_named",
        "_others",
        "_parts",
        "_shortest",
        "_sorted",
        "_spent",
        "_tables",
        "_window",
        "has_line_ends",
        "lefts",
        "longest",
        "needles",
        "shapes",
    )

    def __init__(
        self, needles: "dict[bytes, Needle]", shapes: "Shapes | None" = None, *, named: bool = True
    ) -> None:
        self.shapes = shapes
        self._named = named
        self.needles = needles  # may grow: what is added has an index of its own
        self._sorted = sorted(needles)
        self._heads = {text[:HEAD] for text in self._sorted}
        sizes = {*map(len, needles)} or {1}
        self.longest, self._shortest = max(sizes), min(sizes)
        far = self.longest > WINDOW
        self._long = [needle for needle in needles.values() if len(needle.text) > WINDOW] if far else []
        self._window = min(self.longest, WINDOW) - 1
        lefts = {(needle.offset, needle.left) for needle in needles.values() if needle.left}
        self.lefts = [b"".join([left for offset, left in lefts if offset == each]) for each in range(3)]
        first = {head[0] for head in self._heads}.union(*self.lefts)
        self._others = bytes({*range(256)} - first) if shapes is None else b""
        self.has_line_ends = False
        self._keys: list[bytes] = []
        self._parts: dict[bytes, list[Spelling]] = {}
        self._choose_keys()
        self._tables: dict[int, list[tuple[tuple[int, int], dict[bytes, list[Spelling]]]]] = {}
        self._spent = 0
        self._kinds: dict[bytes, list[Needle]] = {}
        self._detector: BatchedDetector | PlainDetector = PlainDetector(self._keys)
        self._finder: BatchedDetector | PlainDetector | None = None

    def _choose_keys(self) -> None:
        """Most needles are their own keys; of the others, collect those that share one."""
        needles, parts = self.needles, self._parts
        self._keys = [
            text
            for text in needles
            if text.isalnum()
            and len(text) <= TOKEN
            and (text[0] not in text[1 : PERIODS + 1] or not _period(text))  # most are told by that byte
        ]
        whole = set(self._keys)
        for text, needle in needles.items():
            if text not in whole:
                start, end = key_bounds(text)
                parts.setdefault(text[start:end], []).append((start, needle))
                self.has_line_ends = self.has_line_ends or text.find(CRLF) >= 0
        for key, spellings in parts.items():
            if key in whole:
                spellings.append((0, needles[key]))
            else:
                self._keys.append(key)
        if len(self._keys) <= DENSE:  # what is usual in one batch: what it finds alone is in order
            self._keys.sort(key=self._is_unusual)

    def _is_unusual(self, key: bytes) -> bool:
        """Whether no value as it is has this key."""
        return all(needle.form != "raw" for _, needle in self._spellings(key))

    def _spellings(self, key: bytes) -> "list[Spelling]":
        """The needles that have a key in them."""
        return self._parts.get(key) or [(0, self.needles[key])]

    def _warm_up(self, size: int) -> None:
        """Count what the plain detector costs, and build the automata once they pay."""
        self._spent += (size + FEED) * len(self._keys)
        if self._spent > WARM:
            self._detector = detector(self._keys)
            if len(self._heads) <= DENSE:
                self._finder = detector([*self._heads])

    def _simple_name(self, number: int, found: bytes) -> "str | None":
        """The name of the one needle with this key, when what was found is all of it and it has no conditions."""
        (_, needle), *others = self._spellings(self._keys[number])
        if others or needle.text != found or needle.border or needle.left or needle.right:
            return None
        return needle.name

    def begins_in(self, data: bytes) -> bool:
        """Whether a match may begin in data; of more than a few bytes it is not asked."""
        return len(data) > KEYSTROKES or data.strip(self._others) != b""

    def quick(self, data: bytes) -> "list[tuple[str | int, int, int]] | None":
        """Every match as (name, start, end) in order, if all are simple; None when `matches` must look closer.

        Any number stands for a name where names do not matter.
        """
        if len(data) < self._shortest:  # the echo of a key
            return []
        if self._spent <= WARM:
            self._warm_up(len(data))
        return self._detector.quick(data, self._simple_name, named=self._named)

    def matches(self, data: bytes) -> "list[tuple[int, int, Needle]]":
        """Every complete occurrence of every needle's text, as (start, end, needle), also overlapping, in any order."""
        if self._spent <= WARM:
            self._warm_up(len(data))
        found = []
        for number, at in self._detector.find(data):
            spellings = self._spellings(self._keys[number])
            if len(spellings) > FEW:
                spellings = self._alike(number, data, at)
            for offset, needle in spellings:
                start = at - offset
                if start >= 0 and data.startswith(needle.text, start):
                    found.append((start, start + len(needle.text), needle))
        return found

    def _alike(self, number: int, data: bytes, at: int) -> "list[Spelling]":
        """Of many needles that share a key, those whose text around it can be the one that stands there."""
        if number not in self._tables:
            table: dict[tuple[int, int], dict[bytes, list[Spelling]]] = {}
            for offset, needle in self._spellings(self._keys[number]):
                text = needle.text[:ALIKE]
                table.setdefault((offset, len(text)), {}).setdefault(text, []).append((offset, needle))
            self._tables[number] = list(table.items())
        found: list[Spelling] = []
        for (offset, size), texts in self._tables[number]:
            found += texts.get(data[max(0, at - offset) : at - offset + size], ())
        return found

    def beginnings(self, data: bytes) -> "list[tuple[int, Needle]]":
        """Where the rest of data is a proper beginning of a needle's text, as (position, needle).

        Of each needle without a border only the longest beginning, and where fewer than HEAD bytes are left one needle
        of each kind: what must wait or be cut off is decided by them.
        """
        size = len(data)
        found: list[tuple[int, Needle]] = []
        heads = self._heads
        for needle in self._long:
            self._long_beginning(data, needle, found)
        seen = {needle for _, needle in found}
        for at in self._places(data, max(0, size - self._window)):
            if data[at : at + HEAD] not in heads:
                continue
            for needle in self._starting_with(data[at:]):
                if needle not in seen and len(needle.text) > size - at:
                    found.append((at, needle))
                    if not needle.border:
                        seen.add(needle)
        for at in range(max(size - HEAD + 1, 0), size):
            kinds = self._kinds_of(data[at:])
            if kinds:
                found += [(at, needle) for needle in kinds if needle not in seen]
        return found

    def _starting_with(self, stub: bytes) -> "list[Needle]":
        """The needles whose text begins so."""
        size, texts = len(stub), self._sorted
        first = bisect_left(texts, stub)
        if first == len(texts) or not texts[first].startswith(stub):
            return []
        last = bisect_right(texts, stub, first, key=lambda text: text[:size])
        return [self.needles[text] for text in texts[first:last]]

    def _kinds_of(self, stub: bytes) -> "Sequence[Needle]":
        """Of the needles that begin with a text shorter than a head the one of each kind that shows least."""
        kinds = self._kinds.get(stub)
        if kinds is None and (needles := self._starting_with(stub)):
            needles.sort(key=_allowance, reverse=True)
            each = {(needle.border, needle.offset, needle.left): needle for needle in needles}
            kinds = self._kinds[stub] = list(each.values())
        return kinds or ()

    def _places(self, data: bytes, first: int) -> "Sequence[int]":
        """Where after first the head of a needle may stand."""
        if self._finder is None or len(data) < 2 * HEAD:
            return range(first, len(data) - HEAD + 1)
        return sorted([at + first for _, at in self._finder.find(data[first:])])

    def _long_beginning(self, data: bytes, needle: "Needle", found: "list[tuple[int, Needle]]") -> None:
        """The longest beginning of a long needle that reaches further back than the window.

        The last bytes are compared first: with a repetitive needle almost every place fails there at once.
        """
        size, text = len(data), needle.text
        stop = size - self._window
        head, end = text[:KEY], data[-KEY:]
        at = data.find(head, max(0, size - len(text) + 1), max(0, stop) + KEY - 1)
        while 0 <= at < stop:
            if text.startswith(end, size - at - KEY) and text.startswith(data[at:]):
                found.append((at, needle))
                return
            at = data.find(head, at + 1, stop + KEY - 1)
