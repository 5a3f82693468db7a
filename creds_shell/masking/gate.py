"""One pass before the batches, however many the keys are: mostly there is nothing in a chunk, or very little.

The batches search once for every 60 keys. Vectorscan's SIMD literal search takes as long for 14,000 keys as for 100
(3 GB/s), but 40 µs for each key to build, and 0.7 µs for each place that it reports: a dense chunk is left to them.
"""

from _thread import allocate_lock

from creds_shell.masking.detect import grouped

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Places = list[tuple[int, int]]  # key number, position

FEW = 64
"""Places in a chunk until the batches are faster."""

KEY = 16
"""So much of a key is looked for: more takes longer to build and is not rarer."""

FILLERS = tuple(bytes((0xF5 + number % 11, 0x80 + number)) * (KEY // 2) for number in range(64))
"""Keys that no UTF-8 text has: of fewer than 100 the library makes a single automaton (0.3 to 0.5 GB/s)."""


def gate(keys: "Sequence[bytes]") -> "Callable[[bytes], Places | None]":
    """Build the search.

    Args:
        keys: what to look for.

    Returns:
        A function of a chunk: every place where a key may begin (its first 16 bytes are there), as (key number,
        position) in any order; None when the batches must look. It always says so where the search cannot be had: no
        wheel, or a processor without SSSE3.
    """
    try:
        from pyperscan import BlockDatabase, Pattern, Scan

        groups = grouped([key[:KEY] for key in keys], range(len(keys)))
        sizes, numbers = [len(key) for key in groups], list(groups.values())
        patterns = [Pattern(_literal(key), tag=tag) for tag, key in enumerate((*groups, *FILLERS))]
        found: list[tuple[int, int]] = []

        def report(_context: object, tag: int, _start: int, end: int) -> Scan:
            if tag < len(sizes):
                found.append((tag, end))
            return Scan.Continue if len(found) < FEW else Scan.Terminate

        scan = BlockDatabase(*patterns).build(None, report).scan
    except Exception:  # noqa: BLE001 whatever the library has to say, the batches find the same
        return closed
    one_at_a_time = allocate_lock()

    def places(data: bytes) -> "Places | None":
        if not one_at_a_time.acquire(blocking=False):
            return None
        try:
            found.clear()
            scan(data)
            if sum([len(numbers[tag]) for tag, _ in found]) >= FEW:  # many keys may begin alike
                return None
            return [(number, end - sizes[tag]) for tag, end in found for number in numbers[tag]]
        finally:
            one_at_a_time.release()

    return places


def _literal(key: bytes) -> bytes:
    return b"".join([b"\\x%02x" % byte for byte in key])


def closed(_data: bytes) -> None:
    """Know nothing of any chunk."""
