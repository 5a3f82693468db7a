"""Detectors: where do these keys occur in a chunk? Two of them behind one interface, fuzzed against each other.

`find(data)` gives every occurrence of every key, also overlapping ones, as (key number, position) in any order.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Simple = tuple[str | None, frozenset[int], tuple[bytes, ...]]
    Search = Callable[[bytes], list[tuple[int, int, int]]]

BATCH = 48
"""Keys in one automaton: up to here ahocorasick_rs searches with SIMD (1.7 GB/s in three batches of 140 needles,
against 0.15 GB/s with all of them in one)."""

FILLERS = tuple(bytes([byte]) * 16 for byte in (0xF5, 0xF6, 0xF7, 0xF8))
"""Keys of bytes that no UTF-8 text has. With few keys the library would look for three rare bytes that cover all of
them, which digits and letters never are (0.15 GB/s); four more keys that share nothing keep it on the SIMD path."""

DENSE = 800
"""From here on one DFA over shortened keys is faster than so many batches (280 MB/s at 1,400 and at 2,000 keys)."""

HUGE = 6000
"""From here on a DFA takes too long to build and too much memory; the compact automaton gives 120 MB/s."""

DENSE_KEY = 8
"""Key length in the one DFA: 2,000 whole needles make four times the states for the same speed."""


class PlainDetector:
    """One `bytes.find` loop for each key: nothing to build, so it also serves the first few kilobytes."""

    __slots__ = ("_keys",)

    def __init__(self, keys: "Sequence[bytes]") -> None:
        self._keys = list(enumerate(keys))

    def find(self, data: bytes) -> "list[tuple[int, int]]":
        """Every occurrence of every key in data."""
        found = []
        search = data.find
        for number, key in self._keys:
            at = search(key)
            while at >= 0:
                found.append((number, at))
                at = search(key, at + 1)
        return found

    def quick(self, data: bytes, _names: "Sequence[str | None]") -> "list[tuple[int, int, str]] | None":
        """Nothing when there is nothing; what there is takes the careful way."""
        for _, key in self._keys:
            if key in data:
                return None
        return []


class BatchedDetector:
    """ahocorasick_rs, leftmost-longest, in batches; occurrences that a reported one hides are looked up beside it.

    Raises:
        ImportError: the wheel is not there (musl); use PlainDetector.
    """

    __slots__ = ("_batches", "_keys")

    def __init__(self, keys: "Sequence[bytes]") -> None:
        from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind  # 1 ms: only when needed

        dense = len(keys) > DENSE
        kind = Implementation.DFA if dense and len(keys) <= HUGE else Implementation.ContiguousNFA
        self._keys = [key[:DENSE_KEY] for key in keys] if dense else list(keys)
        groups: dict[bytes, list[int]] = {}
        for number, key in enumerate(self._keys):
            groups.setdefault(key, []).append(number)
        distinct = list(groups)
        # Striding spreads keys that begin alike over the batches: a batch of one first byte loses the SIMD path.
        count = 1 if dense else max(1, -(-len(distinct) // BATCH))
        self._batches = []
        for first in range(count):
            part = [*distinct[first::count], *FILLERS]
            automaton = BytesAhoCorasick(part, MatchKind.LeftmostLongest, kind)
            self._batches.append(
                _Batch(automaton.find_matches_as_indexes, part, [groups.get(key, []) for key in part])
            )

    def find(self, data: bytes) -> "list[tuple[int, int]]":
        """Every occurrence of every key in data (of its first 8 bytes when there are very many keys)."""
        found: list[tuple[int, int]] = []
        for batch in self._batches:
            hits = batch.search(data)
            if hits:
                batch.expand(data, hits, found)
        return found

    def quick(self, data: bytes, names: "Sequence[str | None]") -> "list[tuple[int, int, str]] | None":
        """What `find` gives, sorted, as (start, end, name), if that is simple.

        Args:
            data: where to look.
            names: for each key its name when an occurrence is a match by itself, else None.

        Returns:
            None when an occurrence needs a closer look or another one may begin inside it.
        """
        found: list[tuple[int, int, str]] = []
        several = False
        for batch in self._batches:
            hits = batch.search(data)
            if hits:
                several = bool(found)
                if not batch.quick(data, hits, names, found):
                    return None
        if several:
            found.sort()
        return found


class _Batch:
    """One automaton and, for each of its keys that was ever found, what can start inside it."""

    __slots__ = ("_beginnings", "_hidden", "_numbers", "_part", "_simple", "_whole", "search")

    def __init__(self, search: "Search", part: "list[bytes]", numbers: "list[list[int]]") -> None:
        self.search = search
        self._part = part
        self._whole = {key: number for number, key in enumerate(part)}
        self._beginnings: dict[bytes, list[int]] = {}
        self._numbers = numbers
        self._hidden: dict[
            int, tuple[list[tuple[int, int]], list[tuple[bytes, int, int]], tuple[bytes, ...]]
        ] = {}
        self._simple: list[Simple | None] = [None] * len(part)

    def quick(
        self,
        data: bytes,
        hits: "list[tuple[int, int, int]]",
        names: "Sequence[str | None]",
        found: "list[tuple[int, int, str]]",
    ) -> bool:
        """Add the reported occurrences if each is a match by itself and hides no other one."""
        simple, add, size = self._simple, found.append, len(data)
        for number, start, end in hits:
            known = simple[number] or self._learn(number, names)
            name, firsts, tails = known
            if name is None or (end < size and data[end] in firsts and data.startswith(tails, end)):
                return False
            add((start, end, name))
        return True

    def _learn(self, number: int, names: "Sequence[str | None]") -> "Simple":
        """What `quick` needs to know of one key: its name, and what may follow it that needs a closer look."""
        inside, _, tails = self._hidden.get(number) or self._overlaps(number)
        numbers = self._numbers[number]
        name = names[numbers[0]] if len(numbers) == 1 and not inside else None
        known = self._simple[number] = (name, frozenset([tail[0] for tail in tails]), tails)
        return known

    def expand(self, data: bytes, hits: "list[tuple[int, int, int]]", found: "list[tuple[int, int]]") -> None:
        """Add the reported occurrences and those that start inside one of them."""
        for number, start, end in hits:
            hidden = self._hidden.get(number) or self._overlaps(number)
            inside, beyond, tails = hidden
            found += [(key, start) for key in self._numbers[number]]
            for other, delta in inside:
                found += [(key, start + delta) for key in self._numbers[other]]
            if tails and data.startswith(tails, end):
                for tail, other, delta in beyond:
                    if data.startswith(tail, end):
                        found += [(key, start + delta) for key in self._numbers[other]]

    def _starting_with(self, text: bytes) -> "list[int]":
        """The keys that begin with text and are longer."""
        if not self._beginnings:
            for number, key in enumerate(self._part):
                for length in range(1, len(key)):
                    self._beginnings.setdefault(key[:length], []).append(number)
        return self._beginnings.get(text, [])

    def _overlaps(
        self, number: int
    ) -> "tuple[list[tuple[int, int]], list[tuple[bytes, int, int]], tuple[bytes, ...]]":
        """Keys inside this one, and keys that start inside it and end after it with the tail that this needs."""
        key = self._part[number]
        inside: list[tuple[int, int]] = []
        beyond: list[tuple[bytes, int, int]] = []
        for delta in range(len(key)):
            rest = key[delta:]
            for length in range(1, len(rest) + 1):
                other = self._whole.get(rest[:length])
                if other is not None and (delta or other != number):
                    inside.append((other, delta))
            if delta:
                longer = self._starting_with(rest)
                beyond += [(self._part[other][len(rest) :], other, delta) for other in longer]
        self._hidden[number] = (inside, beyond, tuple({tail for tail, _, _ in beyond}))
        return self._hidden[number]


def detector(keys: "Sequence[bytes]") -> "BatchedDetector | PlainDetector":
    """The fastest detector that this Python has."""
    try:
        return BatchedDetector(keys)
    except ImportError:
        return PlainDetector(keys)
