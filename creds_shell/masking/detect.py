"""Detectors: where do these keys occur in a chunk? Two of them behind one interface, fuzzed against each other.

`find(data)` gives every occurrence of every key, also overlapping ones, as (key number, position) in any order.
"""

from _bisect import bisect_left
from _operator import itemgetter

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ahocorasick_rs import BytesAhoCorasick

    Group = list[int]  # keys that are one pattern here
    Whole = list[tuple[int, dict[bytes, Group]]]  # a length, and the keys of that length by their text
    Overlaps = tuple[list[tuple[Group, int]], list[tuple[bytes, Group, int]], tuple[bytes, ...]]
    Places = list[tuple[int, int]]  # key number, position
    Name = Callable[[int, bytes], str | None]
    Simple = tuple[str | None, tuple[bytes, ...]]
    Found = list[tuple[str | int, int, int]]  # name or any number, start, end
    Hits = list[tuple[int, int, int]]  # number of a pattern, start, end
    Search = Callable[[bytes], Hits]

BATCH = 64
"""Keys in one automaton, up to which ahocorasick_rs searches with SIMD (Teddy): 5 GB/s and more for each batch, against
0.15 GB/s with one key more."""

NUL, BACKSLASH = RARE = 0, 92
"""Two of a token's eight needles hold one of these (UTF-16, and what bash traces) and most texts do not: without it
their batches rest, and are not even made."""

FILLERS = tuple(bytes([byte]) * 16 for byte in (0xF5, 0xF6, 0xF7, 0xF8))
"""Keys of bytes that no UTF-8 text has. With few keys the library would look for three rare bytes that cover all of
them, which digits and letters never are (0.15 GB/s); four more keys that share nothing keep it on the SIMD path. More
than sixty keys need none: three bytes that all of them have are not to be expected."""

DENSE = 800
"""From here on one DFA over shortened keys is faster than so many batches (280 MB/s at 1,400 and at 2,000 keys)."""

HUGE = 6000
"""From here on a DFA takes too long to build and too much memory; the compact automaton gives 120 MB/s."""

GATE, GATE_KEY = 1 << 24, 1 << 12
"""Bytes searched until the gate before the batches is built, and so many more for each key: about where it has paid."""

DENSE_KEY = 5
"""Key length in the one automaton: whole needles make several times the states, and the building time, for no speed."""

FEW = 8
"""So many keys or needles that begin alike are looked at one by one; of more, those are looked up that can be meant."""

_start = itemgetter(1)
_ANY = frozenset(range(256))


class PlainDetector:
    """One `bytes.find` loop for each key: nothing to build, so it also serves the first few kilobytes."""

    __slots__ = ("_keys",)

    def __init__(self, keys: "Sequence[bytes]") -> None:
        self._keys = keys

    def find(self, data: bytes) -> "Places":
        """Every occurrence of every key in data."""
        found = []
        search = data.find
        for number, key in enumerate(self._keys):
            at = search(key)
            while at >= 0:
                found.append((number, at))
                at = search(key, at + 1)
        return found

    def quick(self, data: bytes, _name: "Name", *, named: bool) -> "Found | None":  # noqa: ARG002
        """Nothing when there is nothing; what there is takes the careful way."""
        search = data.find  # `in` asks first whether the key is a number, which takes as long again
        for key in self._keys:
            if search(key) >= 0:
                return None
        return []


class BatchedDetector:
    """ahocorasick_rs, leftmost-longest, in batches; occurrences that a reported one hides are looked up beside it.

    Raises:
        ImportError: the wheel is not there (musl); use PlainDetector.
    """

    __slots__ = ("_gate", "_keys", "_last", "_rare", "_searched", "_usual")

    def __init__(self, keys: "Sequence[bytes]") -> None:
        self._keys = keys
        self._usual = self._made_for(None)
        self._rare: dict[int, list[_Batch | _Dense]] = {}
        self._gate: Callable[[bytes], Places | None] | None = None  # made when it pays
        self._searched = 0
        self._last: tuple[bytes | None, Places | None] = (None, None)

    def _few(self, data: bytes) -> "Places | None":
        """What the gate finds, if it is little; None when the batches must look."""
        if self._gate is None:
            self._searched += len(data)
            if self._searched < GATE + GATE_KEY * len(self._keys):
                return None
            from creds_shell.masking.gate import closed, gate

            self._gate = gate(self._keys) if len(self._keys) > BATCH else closed
        known, places = self._last
        if known is not data:
            places = self._gate(data)
            self._last = data, places
        return places

    def _for(self, data: bytes) -> "list[_Batch | _Dense]":
        """The batches that can find anything in data."""
        batches = self._usual
        for byte in RARE:
            if byte in data:
                if byte not in self._rare:
                    self._rare[byte] = self._made_for(byte)
                batches = batches + self._rare[byte]
        return batches

    def _made_for(self, rare: "int | None") -> "list[_Batch | _Dense]":
        """The batches of the keys with NUL, of others with a backslash, or of the rest."""
        if rare == NUL:
            numbers = [number for number, key in enumerate(self._keys) if NUL in key]
        else:
            slash = rare == BACKSLASH
            narrow = [(number, key) for number, key in enumerate(self._keys) if NUL not in key]
            numbers = [number for number, key in narrow if (BACKSLASH in key) == slash]
        return _batches(self._keys, numbers)

    def find(self, data: bytes) -> "Places":
        """Every occurrence of every key in data (of its first bytes when there are very many keys)."""
        few = self._few(data)
        if few is not None:
            return few
        found: Places = []
        for batch in self._for(data):
            hits = batch.search(data)
            if hits:
                batch.expand(data, hits, found)
        return found

    def quick(self, data: bytes, name: "Name", *, named: bool) -> "Found | None":
        """What `find` gives, sorted, as (name, start, end), if that is simple.

        Args:
            data: where to look.
            name: gives the name of a key when what was found of it is a match by itself, else None.
            named: whether names are wanted; else any number stands for them, and the hits need not be touched.

        Returns:
            None when an occurrence needs a closer look or another one may begin inside it.
        """
        few = self._few(data)
        if few is not None:
            return None if few else []
        found: Found = []
        for batch in self._for(data):
            hits = batch.search(data)
            if hits:
                more = batch.simple(data, hits, name, named=named)
                if more is None:
                    return None
                found = sorted(found + more, key=_start) if found else more
        return found


def _batches(keys: "Sequence[bytes]", numbers: "list[int]") -> "list[_Batch | _Dense]":
    """Automata for some of the keys: as many as stay on the SIMD path, or one when there are very many keys."""
    from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind  # 1 ms: only when needed

    if len(numbers) > DENSE:
        groups = grouped([keys[number][:DENSE_KEY] for number in numbers], numbers)
        kind = Implementation.DFA if len(numbers) <= HUGE else Implementation.ContiguousNFA
        return [_Dense(BytesAhoCorasick(groups, MatchKind.Standard, kind), list(groups.values()), keys)]
    groups = grouped([keys[number] for number in numbers], numbers)
    distinct = list(groups)
    count = -(-len(distinct) // BATCH)
    made: list[_Batch | _Dense] = []
    for number in range(count):
        first, stop = (len(distinct) * end // count for end in (number, number + 1))
        part = [*distinct[first:stop], *FILLERS][:BATCH]
        automaton = BytesAhoCorasick(part, MatchKind.LeftmostLongest, Implementation.ContiguousNFA)
        made.append(_Batch(automaton.find_matches_as_indexes, part, groups))
    return made


def grouped(keys: "list[bytes]", numbers: "Iterable[int]") -> "dict[bytes, Group]":
    """The numbers of those that are one pattern, by their text."""
    groups: dict[bytes, Group] = {}
    for key, number in zip(keys, numbers, strict=True):
        if key in groups:
            groups[key].append(number)
        else:
            groups[key] = [number]
    return groups


class _Dense:
    """One automaton over the beginnings of very many keys: it reports overlapping ones itself, and none is simple."""

    __slots__ = ("_automaton", "_groups", "_keys", "_whole")

    def __init__(self, automaton: "BytesAhoCorasick", groups: "list[Group]", keys: "Sequence[bytes]") -> None:
        self._automaton = automaton
        self._groups = groups
        self._keys = keys
        self._whole: dict[int, Whole] = {}

    def search(self, data: bytes) -> "Hits":
        """All that was found, also overlapping."""
        return self._automaton.find_matches_as_indexes(data, overlapping=True)

    def simple(self, _data: bytes, _hits: "Hits", _name: "Name", *, named: bool) -> None:
        """A beginning alone is never a match."""

    def expand(self, data: bytes, hits: "Hits", found: "Places") -> None:
        """Add the keys that begin so; where many do (`KEY00001`, `KEY00002`, …), those that stand there whole."""
        groups = self._groups
        for number, start, _ in hits:
            group = groups[number]
            if len(group) <= FEW:
                found += [(key, start) for key in group]
                continue
            for size, texts in self._whole.get(number) or self._learn(number):
                keys = texts.get(data[start : start + size])
                if keys:
                    found += [(key, start) for key in keys]

    def _learn(self, number: int) -> "Whole":
        """The keys of a large group by their length and text."""
        sizes: dict[int, dict[bytes, Group]] = {}
        for key in self._groups[number]:
            text = self._keys[key]
            sizes.setdefault(len(text), {}).setdefault(text, []).append(key)
        whole = self._whole[number] = list(sizes.items())
        return whole


class _Batch:
    """One automaton and, for each of its keys that was ever found, what can start inside it."""

    __slots__ = ("_groups", "_hidden", "_odd", "_part", "_shortest", "_simple", "_sorted", "search")

    def __init__(self, search: "Search", part: "list[bytes]", groups: "dict[bytes, list[int]]") -> None:
        self.search = search
        self._part = part
        self._groups = groups
        self._sorted: list[bytes] = []
        self._shortest = 0
        self._hidden: dict[int, Overlaps] = {}
        self._simple: list[Simple | None] = [None] * len(part)
        # What needs a closer look right behind a key: every byte, until the key itself was looked at.
        self._odd = [_ANY] * len(part)

    def simple(self, data: bytes, hits: "Hits", name: "Name", *, named: bool) -> "Found | None":
        """The reported occurrences, if each is a match by itself and hides no other one."""
        odd = self._odd
        closer = [(number, end) for number, _, end in hits[:-1] if data[end] in odd[number]]
        closer.append((hits[-1][0], hits[-1][2]))
        for number, end in closer:
            label, tails = self._simple[number] or self._learn(number, name)
            if label is None or data.startswith(tails, end):
                return None
        if not named:
            return list(hits)
        simple = self._simple
        return [(simple[number][0], start, end) for number, start, end in hits]  # type: ignore[index,misc]

    def _learn(self, number: int, name: "Name") -> "Simple":
        """What `simple` needs to know of one key: its name, and what may follow it that needs a closer look."""
        inside, _, tails = self._hidden.get(number) or self._overlaps(number)
        keys = inside[0][0]
        label = name(keys[0], self._part[number]) if len(keys) == 1 and len(inside) == 1 else None
        if label is not None:
            self._odd[number] = frozenset([tail[0] for tail in tails])
        known = self._simple[number] = (label, tails)
        return known

    def expand(self, data: bytes, hits: "Hits", found: "Places") -> None:
        """Add the reported occurrences and those that start inside one of them."""
        for number, start, end in hits:
            inside, beyond, tails = self._hidden.get(number) or self._overlaps(number)
            for keys, delta in inside:
                found += [(key, start + delta) for key in keys]
            if tails and data.startswith(tails, end):
                for tail, keys, delta in beyond:
                    if data.startswith(tail, end):
                        found += [(key, start + delta) for key in keys]

    def _overlaps(self, number: int) -> "Overlaps":
        """Keys inside this one, itself first, and keys that start in it and end after it with the tail they need."""
        if not self._sorted:
            self._sorted = sorted(self._part)
            self._shortest = min(map(len, self._part))
        key = self._part[number]
        inside: list[tuple[list[int], int]] = [(self._groups.get(key, []), 0)]
        beyond: list[tuple[bytes, list[int], int]] = []
        for delta in range(len(key)):
            rest = key[delta:]
            alike = rest[: self._shortest]
            at = bisect_left(self._sorted, alike)
            while at < len(self._sorted) and self._sorted[at].startswith(alike):
                other = self._sorted[at]
                at += 1
                if rest.startswith(other) and (delta or other != key):
                    inside.append((self._groups.get(other, []), delta))
                elif delta and other.startswith(rest):
                    beyond.append((other[len(rest) :], self._groups.get(other, []), delta))
        known = self._hidden[number] = (inside, beyond, tuple({tail for tail, _, _ in beyond}))
        return known


def detector(keys: "Sequence[bytes]") -> "BatchedDetector | PlainDetector":
    """The fastest detector that this Python has."""
    try:
        return BatchedDetector(keys)
    except ImportError:
        return PlainDetector(keys)
