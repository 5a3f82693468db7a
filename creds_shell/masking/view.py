r"""What a terminal would show of a piece of output: the text that needles are looked for in.

Colours and other CSI and short escapes are left out, `\r\n` is `\n`, and so are the sequences by which readline, zsh
and less wrap a long line. OSC and DCS strings stay, with the signs that begin and end them: titles, links and clipboard
writes are masked too, and what stands beside them is no part of them.
Every byte is judged as soon as it is there, except a blank or CR at the very end: what follows decides about it.
"""

from _bisect import bisect_left, bisect_right

ESC, CR, LF, BS, BLANK = b"\x1b", b"\r", b"\n", b"\b", b" "

LONGEST_CSI = 64
"""A control sequence longer than this is none: xterm and the Linux console stop reading parameters much earlier."""

_PARAMETERS = bytes(range(0x30, 0x40))
_INTERMEDIATES = bytes(range(0x20, 0x30))
_STRING_SIGNS = frozenset(b"P]X^_\\")  # DCS, OSC, SOS, PM, APC begin a string, ST ends one (ECMA-48 5.6)


_COLOUR = 24  # longer than the longest usual one, `38;2;255;255;255` with bold
_MANY = 4096
_END = 2048  # bytes at the end of a chunk, where almost everything that waits stands
_colours: "set[bytes]" = set()  # what was met between an ESC and the `m` that ends its sequence


def escape_end(data: bytes, start: int) -> "tuple[int, bool]":
    """Where the escape sequence at start ends (at start: it stays), and whether it may go on after data."""
    size = len(data)
    if start + 1 >= size:
        return size, True
    second = data[start + 1]
    if second in _STRING_SIGNS:
        return start, False
    if second == 0x5B:  # CSI: parameters, intermediates, one final byte (ECMA-48 5.4)
        return _sequence(data, start, start + 2, _PARAMETERS, 0x40)
    if 0x20 <= second <= 0x2F:  # character sets and the like: intermediates, one final byte
        return _sequence(data, start, start + 1, b"", 0x30)
    return (start + 2 if 0x30 <= second <= 0x7E else start + 1), False


def _sequence(data: bytes, start: int, inner: int, parameters: bytes, final: int) -> "tuple[int, bool]":
    """The end of a sequence with parameters, intermediates and a final byte; a byte that fits nowhere ends it."""
    body = data[inner : start + LONGEST_CSI]
    rest = body.lstrip(parameters) if parameters else body
    rest = rest.lstrip(_INTERMEDIATES)
    end = inner + len(body) - len(rest)
    if rest:
        return (end + 1 if final <= rest[0] <= 0x7E else end), False
    return end, end < start + LONGEST_CSI


def unfinished(data: bytes, end: int) -> bytes:
    """The end of data[:end] whose meaning the next byte decides: an escape that may go on, or a blank and CRs."""
    escape = data.rfind(ESC, max(0, end - LONGEST_CSI), end)
    first = 0
    if escape >= 0:
        part = data[escape:end]
        stop, more = escape_end(part, 0)
        if more:
            return part
        first = escape + stop
    stop = end
    while stop > first and data[stop - 1] == 13:
        stop -= 1
    blank = BLANK if stop > first and data[stop - 1] == 32 else b""
    return blank + CR if stop < end else blank


class View:
    """The visible text of some bytes and where each character of it came from.

    Args:
        data: the bytes; the first one must be outside any escape.
        final: nothing follows, so a last blank or CR is what it is.
        before: the last visible character before data, -1 at the start of the stream.

    Attributes:
        text: the visible text, without an undecided blank or CRs at the end.
        tail: where in data those begin; len(data) when there are none.
        endings: what they may turn out to show.
        only_line_ends: nothing is left out but the CR of line ends.
        echoes: where readline and zsh wrote the first character of a wrapped line again: (CR, after the character,
            where in data the first one stands, -1 before it).
    """

    __slots__ = (
        "_before",
        "_escapes",
        "_final",
        "_near",
        "_pieces",
        "_solid",
        "_starts",
        "data",
        "echoes",
        "endings",
        "only_line_ends",
        "tail",
        "text",
    )

    def __init__(self, data: bytes, *, final: bool, before: int = -1) -> None:
        self.data = data
        self.echoes: list[tuple[int, int, int]] = []
        self._before = before
        self._final = final
        self._near: View | None = None
        self._escapes: list[tuple[int, int]] | None = None
        self._pieces: list[tuple[int, int]] = []
        self._starts: list[int] = []
        escape = data.rfind(ESC)
        last = escape_end(data, escape)[0] if escape >= 0 else 0
        self.tail = len(data) if final else self._undecided(last)
        self.endings = _endings(data[self.tail :])
        # From here to the tail everything is visible: where something waits, it is almost always there.
        self._solid = max(last, data.rfind(CR, last, self.tail) + 2, data.rfind(BS, last, self.tail) + 2)
        body = data[: self.tail]
        lines = _unix(body) if CR in body else body
        self.only_line_ends = escape < 0
        if CR in lines or (BS in lines and b" \b" in lines):
            self.only_line_ends = False
            self.text = b"".join([data[start:end] for start, end in self._split()])
        else:  # nothing but line ends and escapes: no need to look at each place
            self.text = _without_escapes(lines) if escape >= 0 else lines

    def _found_escapes(self) -> "list[tuple[int, int]]":
        """Where each escape begins and ends, found when something first asks for it."""
        if self._escapes is None:
            self._escapes = []
            data = self.data
            start = data.find(ESC)
            while start >= 0:
                end = data.find(b"m", start, start + _COLOUR) + 1
                if not end or data[start + 1 : end - 1] not in _colours:
                    end, _ = escape_end(data, start)
                if end > start:
                    self._escapes.append((start, end))
                start = data.find(ESC, max(end, start + 1))
        return self._escapes

    def _undecided(self, first: int) -> int:
        """The start of an undecided blank or CRs at the end, not before first."""
        data = self.data
        stop = len(data)
        while stop > first and data[stop - 1] == 13:
            stop -= 1
        return stop - 1 if stop > first and data[stop - 1] == 32 else stop

    def _split(self) -> "list[tuple[int, int]]":
        """The visible pieces, found when something first asks where a character came from."""
        if not self._starts:
            add = self._visible if CR in self.data or b" \b" in self.data else self._add
            at = total = 0
            for start, end in self._found_escapes():
                add(at, min(start, self.tail))
                at = end
            add(at, self.tail)
            for start, end in self._pieces:
                self._starts.append(total)
                total += end - start
        return self._pieces

    def _visible(self, start: int, end: int) -> None:
        """Add what is visible between two escapes: no wrap sequence, no CR before LF."""
        data, at = self.data, start
        carriage, back = data.find(CR, start, end), data.find(b" \b", start, end)
        while carriage >= 0 or back >= 0:
            if carriage < 0 or 0 <= back < carriage:  # less wraps with blank BS
                self._add(at, back)
                at = back + 2
                back = data.find(b" \b", at, end)
                continue
            after = carriage + 1
            while after < end and data[after] == 13:
                after += 1
            if after < end and data[after] == 10:
                self._add(at, carriage)
                at = after
            elif carriage > at and data[carriage - 1] == 32:  # readline and zsh wrap with blank CR
                self._add(at, carriage - 1)
                at = after
            elif after < end and after == carriage + 1 and data[after] == self._last_shown(at, carriage):
                # or with the next line's first character, CR, and that character again
                self._add(at, carriage)
                at = after = after + 1
                self.echoes.append((carriage, after, self._pieces[-1][1] - 1 if self._pieces else -1))
            carriage = data.find(CR, after, end)
        self._add(at, end)

    def _last_shown(self, start: int, end: int) -> int:
        """The visible character before end, where start begins the piece that is not added yet."""
        if start < end:
            return self.data[end - 1]
        return self.data[self._pieces[-1][1] - 1] if self._pieces else self._before

    def _add(self, start: int, end: int) -> None:
        if start < end:
            self._pieces.append((start, end))

    def _end(self) -> "View | None":
        """The view of the last lines alone, while nothing has asked for the places of the others.

        Before it stands a newline, which is always visible and within no escape.
        """
        size = len(self.data)
        if self._near is None and not self._starts and size > 4 * _END:
            first = self.data.rfind(LF, size - 2 * _END, size - _END) + 1
            if first:
                self._near = View(self.data[first:], final=self._final, before=LF[0])
        return self._near

    def position(self, index: int) -> int:
        """Where in data the character of text at index is; where the undecided end begins, past the last one."""
        from_end = len(self.text) - index
        if from_end <= self.tail - self._solid:
            return self.tail - max(from_end, 0)
        end = self._end()
        if end is not None and from_end <= len(end.text):
            return self.tail - end.tail + end.position(len(end.text) - from_end)
        self._split()
        after = bisect_right(self._starts, index)
        if after == 0:
            return self.tail
        start, stop = self._pieces[after - 1]
        at = start + index - self._starts[after - 1]
        return at if at < stop else self.tail

    def index(self, position: int) -> int:
        """How many characters of text lie before position."""
        if position >= self.tail:
            return len(self.text)
        if position >= self._solid:
            return len(self.text) - (self.tail - position)
        end = self._end()
        if end is not None and position >= self.tail - end.tail:
            return len(self.text) - len(end.text) + end.index(position - self.tail + end.tail)
        piece = self._piece_from(position)
        if piece == len(self._pieces):
            return len(self.text)
        return self._starts[piece] + max(0, position - self._pieces[piece][0])

    def shows(self, start: int, end: int) -> bool:
        """Whether anything visible lies between two positions."""
        if end > self.tail:
            return True
        piece = self._piece_from(start)
        return piece < len(self._pieces) and self._pieces[piece][0] < end

    def _piece_from(self, position: int) -> int:
        """The first piece that ends after position."""
        after = bisect_left(self._split(), (position + 1,))
        return after - 1 if after and self._pieces[after - 1][1] > position else after

    def spans(self, start: int, end: int) -> "list[tuple[int, int]]":
        """The parts of data that hold text[start:end], without the escapes between them."""
        first, last = self.position(start), self.position(end - 1) + 1
        found = []
        escapes = self._found_escapes()
        number = bisect_left(escapes, (first,))
        while number < len(escapes) and escapes[number][0] < last:
            at, after = escapes[number]
            if at > first:
                found.append((first, at))
            first = after
            number += 1
        found.append((first, last))
        return found


def _unix(data: bytes) -> bytes:
    """CRLF as LF. To delete one character is five times as fast as to replace two by one."""
    lines = data.replace(CR, b"")
    return lines if len(data) - len(lines) == data.count(CR + LF) else data.replace(CR + LF, LF)


def _without_escapes(data: bytes) -> bytes:
    """What is outside of escapes. A split at ESC finds them all: no sequence holds another ESC."""
    first, *parts = data.split(ESC)
    out = [first]
    add, known = out.append, _colours
    for part in parts:
        colour, m, rest = part.partition(b"m")
        if colour in known:  # almost all that there is
            add(rest)
            continue
        end = escape_end(ESC + part[:LONGEST_CSI], 0)[0] - 1
        add(part[end:] if end >= 0 else ESC + part)
        if m and end == len(colour) + 1 and len(known) < _MANY:
            known.add(colour)
    return b"".join(out)


def _endings(tail: bytes) -> "tuple[bytes, ...]":
    r"""What an undecided end may show: nothing or itself; CRs may become a newline."""
    if not tail:
        return ()
    if tail == BLANK:
        return (BLANK,)
    return (LF,) if tail[:1] == CR else (b" \n",)
