"""The filter: bytes in, bytes out, every needle replaced, whatever the cuts of the stream. No I/O and no clock.

`Needles` is the set that all streams of a run share; `Masker` is one stream. What a Masker holds back is
exactly the longest end of the stream that may still become a match. Output is given once: a match that began in
bytes already given keeps masking the rest of them.
"""

from _bisect import bisect_left, bisect_right

from creds_shell.masking.lane import Context, Lane
from creds_shell.masking.needles import ALONE, Needles, named, value_bytes
from creds_shell.masking.view import BLANK, BS, CR, ESC, View, unfinished

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creds_shell.masking.lane import Wait
    from creds_shell.masking.matcher import Index
    from creds_shell.masking.needle import Needle

    Kill = tuple[str | int, int, int]

__all__ = ["Masker", "Needles"]

_ESC, _CR, _BS = ESC + CR + BS  # as numbers, which `in` finds ten times as fast as bytes

IDLE = 0.025
"""Seconds after the last byte until an idle terminal shows a little of what is held: below what an eye notices."""

PATIENT = 512
"""From this many held bytes on, a chunk that continues the needle is only appended: a long secret that arrives
byte by byte stays linear."""


PATIENCE = 1 << 20
"""More than this, beside eight times the longest needle, is held for no needle: a beginning of one with a megabyte of
escape sequences behind it is given up, so that memory stays bounded."""


class Masker:
    """One stream through a set of needles.

    Args:
        needles: shared with other streams; or names and values, or values alone, for a set of its own, in which
            each value counts as forced (masked from 4 characters on).
        terminal: a person watches: what is held too long is shown a little (`deadline`, `release`, `typed`).

    Attributes:
        deadline: when `release` should be called if nothing else happens, on the clock of `feed`'s now; None when
            there is nothing that it would show.
    """

    def __init__(
        self, needles: "Needles | dict[str, str | bytes] | Iterable[str | bytes]" = (), terminal: bool = False
    ) -> None:
        if isinstance(needles, Needles):
            self.needles = needles
        else:
            self.needles = Needles()
            for name, value in named(needles):
                self.add(name, value)
        self.terminal = terminal
        self.deadline: float | None = None
        self._reset()

    def _reset(self) -> None:
        self._held = b""
        self._more: list[bytes] = []  # chunks after the held ones that continue a long needle
        self._long: list[tuple[Needle, int]] = []  # those needles and how much of them is held
        self._shown = 0  # how many of the held bytes were given already
        self._limit = 0  # up to where an idle terminal may show them
        self._echo = 0  # up to where it may show them as the echo of typing
        self._kills: list[Kill] = []  # parts of the held bytes that earlier matches cover
        self._lead = b""  # given bytes whose meaning was open: the beginning of an escape, a blank, CRs
        self._context = Context()  # what stood before lead and held
        self._masking = False  # the last visible thing given was a mask
        self._tail = 0  # where in the held bytes an undecided blank or CR begins
        self._covered = False  # the last visible thing given before that was a mask
        self._typed = 0
        self._index: Index | None = None
        self._view: View | None = None  # what is visible of the held bytes, where that is not all of them
        self._origin = 0  # where in the view they begin

    def add(self, name: "str | bytes | None", value: "str | bytes | None" = ALONE) -> "str | None":
        """Mask one more value from now on, also in what is held already.

        Args:
            name: its key; or the value, when it is the only argument.
            value: text (UTF-8, surrogateescape) or bytes; None is a variable that is not set.

        Returns:
            Why it is not masked, or None when it is.
        """
        if value is ALONE:
            name, value = "", name
        return self.needles.add(str(name), value_bytes(value), force=True)

    @property
    def pending(self) -> bool:
        """Whether bytes are held that were not given."""
        return bool(self._more) or self._shown < len(self._held)

    def typed(self, count: int) -> None:
        """Say that so many bytes were read from the keyboard: their echo need not wait."""
        self._typed += count

    def feed(self, chunk: "bytes | bytearray | memoryview", now: float = 0.0) -> bytes:
        """Take the next bytes of the stream.

        Args:
            chunk: any bytes, cut anywhere.
            now: the time, for a terminal stream.

        Returns:
            What may be shown now; the very object when all of it may.
        """
        if not isinstance(chunk, bytes):
            chunk = bytes(memoryview(chunk))
        if self._long and self._continues(chunk):
            return b""
        typed, self._typed = self._typed, max(0, self._typed - len(chunk))
        out = self._process(self._take(chunk), final=False)
        if self.terminal:
            if typed and self._held:
                out += self._show(min(self._shown + typed, self._echo))
            self.deadline = now + IDLE if self._limit > self._shown else None
        return out

    def release(self, now: float) -> bytes:
        """Give what an idle terminal may see of the held bytes, when the deadline has come."""
        out = b""
        if self.pending and self.needles.index() is not self._index:
            out = self._process(self._take(b""), final=False)
            if self.terminal and self.deadline is None and self._limit > self._shown:
                self.deadline = now + IDLE
        if self.deadline is None or now < self.deadline:
            return out
        self.deadline = None
        return out + self._show(self._limit)

    def flush(self) -> bytes:
        """End the stream: give the rest, mask a needle that was cut off, and be ready for a new stream."""
        if self._index is None:  # nothing ever came
            return b""
        out = self._process(self._take(b""), final=True)
        self._reset()
        self.deadline = None
        return out

    def _continues(self, chunk: bytes) -> bool:
        """Append a chunk that only continues a long needle: nothing of it can be shown before it ends."""
        going = [
            (needle, size + len(chunk)) for needle, size in self._long if needle.text.startswith(chunk, size)
        ]
        going = [(needle, size) for needle, size in going if size < len(needle.text)]
        if not going or self.needles.index() is not self._index:
            return False
        self._long = going
        self._more.append(chunk)
        return True

    def _take(self, chunk: bytes) -> bytes:
        """The held bytes and the new ones."""
        if self._more:
            chunk = b"".join([self._held, *self._more, chunk])
            self._more = []
            return chunk
        return self._held + chunk if self._held else chunk

    def _process(self, data: bytes, *, final: bool) -> bytes:
        """Judge the held and new bytes together; give the decided ones and hold the rest."""
        index = self._index = self.needles.index()
        if not data and not final:
            return b""
        lead = self._lead
        if _ESC in data or _CR in data or _BS in data or (lead and lead != BLANK):
            return self._process_view(index, data, final)
        if lead:
            self._context, self._lead = self._context.at(BLANK, 1), b""
        undecided = not final and data[-1:] == BLANK
        if not (undecided or self._held or index.begins_in(data)):
            self._context = self._context.at(data, len(data))
            self._masking = self._covered = False
            return data
        text, endings = (data[:-1], (BLANK,)) if undecided else (data, ())
        lane = Lane(index, text, self._context, endings, final=final, timed=self.terminal)
        tail = len(data) - undecided
        self._view = None
        return self._settle(data, tail, lane.matches, lane.waits, lane.free, lane)

    def _process_view(self, index: "Index", data: bytes, final: bool) -> bytes:
        """The same where escapes or CRs are about: in the visible text, and in the bytes as they are."""
        shift = len(self._lead)
        near = self._context.near
        view = View(self._lead + data, final=final, before=near[-1] if near else -1)
        lane = Lane(index, view.text, self._context, view.endings, final=final, timed=self.terminal)
        kills = [
            (name, max(start - shift, 0), end - shift)
            for name, first, last in _unions(lane.matches)
            for start, end in view.spans(first, last)
            if end > shift
        ]
        waits = [
            (view.position(at) - shift, view.position(idle) - shift, view.position(echo) - shift)
            for at, idle, echo in lane.waits
        ]
        free = min(view.position(lane.free), view.tail) - shift
        if not view.only_line_ends or index.has_line_ends:
            bare = Lane(index, data, Context(), final=final, plain=True, timed=self.terminal)
            kills += bare.matches
            waits += bare.waits
            free = min(free, bare.free)
        unions = _unions(kills + self._kills) if view.echoes else []
        for start, end, first in view.echoes:
            # The copy of a masked character goes with it.
            if _covers(unions, first - shift) if first >= shift else self._covered:
                kills.append(("", max(start - shift, 0), end - shift))
        self._view, self._origin = view, shift
        return self._settle(data, view.tail - shift, kills, waits, free, lane)

    def _settle(  # noqa: PLR0917 what the lanes say, in the positions of data
        self, data: bytes, tail: int, kills: "list[Kill]", waits: "list[Wait]", free: int, lane: Lane
    ) -> bytes:
        """Give what is decided and what everybody may see; keep the state for the rest."""
        size = len(data)
        if self._kills:
            kills = kills + self._kills
        if kills is not lane.simple:
            kills.sort(key=_outermost)
        cut, idle, echo = map(min, zip(*waits, strict=True)) if waits else (size, size, size)
        cut = max(0, min(cut, size))
        if size - cut > PATIENCE + 8 * self._longest():
            cut = size
        out = self._give_decided(data, min(cut, tail), kills)
        if cut > tail:
            # A blank that may be a line's wrap must not come between two masks that touch.
            if self._masking and 0 <= tail < size:
                cut = tail
            else:
                rest = self._give(data, cut, kills)
                out = out + rest if out else rest
        self._hold_from(data, cut, kills, lane)
        self._tail = tail - cut
        # A limit at the decided end allows everything.
        self._limit = (idle if idle < tail else size) - cut
        self._echo = (echo if echo < tail else size) - cut
        return out + self._show_free(free - cut) if self._held and free > cut else out

    def _show_free(self, free: int) -> bytes:
        """Give held bytes that no wait may hide, and the blank behind them, unless it may be the wrap after a mask."""
        out = self._give_decided(self._held, min(free, self._tail), self._kills)
        return out if free <= self._tail or self._masking else out + self._show(len(self._held))

    def _give(self, data: bytes, stop: int, kills: "list[Kill]") -> bytes:
        """Give data from what was shown up to stop, masks in place of the killed parts."""
        at = self._shown
        if stop <= at:
            return b""
        self._shown = stop
        if not kills:
            self._see(at, stop)
            return data if at == 0 and stop == len(data) else data[at:stop]
        mask = self.needles.fixed
        if mask is None or self._view is not None:
            return b"".join(self._masked(data, at, stop, kills))
        pieces = _between(data, at, stop, kills, masking=self._masking)
        self._masking = not pieces[-1]
        return mask.join(pieces)

    def _give_decided(self, data: bytes, stop: int, kills: "list[Kill]") -> bytes:
        """Give up to a place before an undecided end; a CR there may announce the last character once more."""
        if stop <= self._shown:
            return b""
        out = self._give(data, stop, kills)
        self._covered = self._masking
        return out

    def _masked(self, data: bytes, at: int, stop: int, kills: "list[Kill]") -> "Iterator[bytes]":
        """The parts of data[at:stop] that are shown, and masks."""
        for name, start, end in kills:
            if end <= at:
                continue
            if start >= stop:
                break
            if start > at:
                yield data[at:start]
                self._see(at, start)
            if not self._masking:
                yield self.needles.mask(str(name))
                self._masking = True
            at = min(end, stop)
        if at < stop:
            yield data[at:stop]
            self._see(at, stop)

    def _see(self, start: int, stop: int) -> None:
        """Note that bytes were given as they are: a visible one ends the mask before it."""
        if self._masking:
            view = self._view
            self._masking = view is not None and not view.shows(start + self._origin, stop + self._origin)

    def _hold_from(self, data: bytes, cut: int, kills: "list[Kill]", lane: Lane) -> None:
        """Keep data[cut:], and of the past only what the future depends on."""
        size, view = len(data), self._view
        if view is None:
            self._lead = BLANK if cut == size and data[-1:] == BLANK else b""
            self._context = self._context.at(lane.text, min(cut - len(self._lead), len(lane.text)))
        else:
            self._origin += cut
            self._lead = unfinished(view.data, self._origin)
            self._context = self._context.at(lane.text, view.index(self._origin - len(self._lead)))
        self._held = data[cut:] if cut < size else b""
        self._shown = max(0, self._shown - cut)
        self._kills = []
        if kills and cut < size:
            near = bisect_left(kills, cut - self._longest(), key=_start) if kills is lane.simple else 0
            left = [(name, max(start - cut, 0), end - cut) for name, start, end in kills[near:] if end > cut]
            self._kills = list(dict.fromkeys(left))  # what was held before was found again
        self._long = []
        if not self._held:
            self._view = None
        elif len(self._held) > PATIENT and view is None:
            self._long = [
                (needle, len(self._held))
                for at, needle in self._index_beginnings()
                if at == 0 and not needle.left
            ]

    def _longest(self) -> int:
        return self._index.longest if self._index else 0

    def _index_beginnings(self) -> "list[tuple[int, Needle]]":
        return self._index.beginnings(self._held) if self._index else []

    def _show(self, limit: int) -> bytes:
        """Give held bytes up to limit, and remember that they were given."""
        out = self._give_decided(self._held, min(limit, self._tail), self._kills)
        return out + self._give(self._held, limit, self._kills)


def _start(kill: "Kill") -> int:
    return kill[1]


def _outermost(kill: "Kill") -> "tuple[int, int]":
    return kill[1], -kill[2]


def _unions(kills: "list[Kill]") -> "list[Kill]":
    """Overlapping parts as one with the first one's name. Not touching ones: a line's wrap may stand between them."""
    found: list[Kill] = []
    for kill in sorted(kills, key=_outermost):
        if found and kill[1] < found[-1][2]:
            name, start, end = found[-1]
            found[-1] = (name, start, max(end, kill[2]))
        else:
            found.append(kill)
    return found


def _covers(unions: "list[Kill]", position: int) -> bool:
    """Whether a position lies in one of the parts that `_unions` gave."""
    after = bisect_right(unions, position, key=_start)
    return after > 0 and position < unions[after - 1][2]


def _between(data: bytes, at: int, stop: int, kills: "list[Kill]", *, masking: bool) -> "list[bytes]":
    """The parts of data[at:stop] that masks stand between; the first or the last one is empty where a mask is there.

    Args:
        data: the bytes.
        at: the first one to show or to mask.
        stop: where to end.
        kills: what must be masked, sorted by where it starts.
        masking: a mask was the last thing given, so that one that touches it at the beginning is the same.
    """
    pieces: list[bytes] = []
    add = pieces.append
    for _, start, end in kills:
        if start > at:
            if start >= stop:
                break
            add(data[at:start])
            at = end
        elif end > at:
            if not pieces and not masking:
                add(b"")
            at = end
    add(data[at:stop])
    return pieces
