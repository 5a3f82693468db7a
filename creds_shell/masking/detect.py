"""Detectors: where do these keys occur in a chunk? Two of them behind one interface, fuzzed against each other.

`find(data)` gives every occurrence of every key, also overlapping ones, as (key number, position) in any order.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

BATCH = 48
"""Keys in one automaton: up to here ahocorasick_rs searches with SIMD (1.7 GB/s in three batches of 140 needles,
against 0.15 GB/s with all of them in one)."""

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


class BatchedDetector:
    """ahocorasick_rs, leftmost-longest, in batches; occurrences that a reported one hides are looked up beside it.

    Raises:
        ImportError: the wheel is not there (musl); use PlainDetector.
    """

    __slots__ = ("_batches", "_keys")

    def __init__(self, keys: "Sequence[bytes]") -> None:
        from ahocorasick_rs import BytesAhoCorasick, Implementation, MatchKind  # noqa: PLC0415 - 1 ms, and only needed here

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
            part = distinct[first::count]
            automaton = BytesAhoCorasick(part, MatchKind.LeftmostLongest, kind)
            self._batches.append(
                _Batch(automaton.find_matches_as_indexes, part, [groups[key] for key in part])
            )

    def find(self, data: bytes) -> "list[tuple[int, int]]":
        """Every occurrence of every key in data (of its first 8 bytes when there are very many keys)."""
        found: list[tuple[int, int]] = []
        for batch in self._batches:
            hits = batch.search(data)
            if hits:
                batch.expand(data, hits, found)
        return found


class _Batch:
    """One automaton and, for each of its keys that was ever found, what can start inside it."""

    __slots__ = ("_hidden", "_numbers", "_part", "search")

    def __init__(self, search, part: "list[bytes]", numbers: "list[list[int]]") -> None:  # type: ignore[no-untyped-def]
        self.search = search
        self._part = part
        self._numbers = numbers
        self._hidden: dict[
            int, tuple[list[tuple[int, int]], list[tuple[bytes, int, int]], tuple[bytes, ...]]
        ] = {}

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

    def _overlaps(
        self, number: int
    ) -> "tuple[list[tuple[int, int]], list[tuple[bytes, int, int]], tuple[bytes, ...]]":
        """Keys inside this one, and keys that start inside it and end after it with the tail that this needs."""
        key = self._part[number]
        inside = [(i, 0) for i, other in enumerate(self._part) if i != number and key.startswith(other)]
        beyond = []
        for delta in range(1, len(key)):
            rest = key[delta:]
            for i, other in enumerate(self._part):
                if rest.startswith(other):
                    inside.append((i, delta))
                elif other.startswith(rest):
                    beyond.append((other[len(rest) :], i, delta))
        self._hidden[number] = (inside, beyond, tuple({tail for tail, _, _ in beyond}))
        return self._hidden[number]


def detector(keys: "Sequence[bytes]") -> "BatchedDetector | PlainDetector":
    """The fastest detector that this Python has."""
    try:
        return BatchedDetector(keys)
    except ImportError:
        return PlainDetector(keys)
