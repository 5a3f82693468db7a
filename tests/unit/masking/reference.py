"""The filter as anybody would write it who had all the time in the world: the whole history, judged anew at each event.

It shares nothing with the real one but the needles themselves: no detector, no incremental state, byte by byte.
"""

from creds_shell.masking.needle import BASE64, TOKEN

VISIBLE, ESCAPE, NOISE = "visible", "escape", "noise"
IDLE = 0.025


def kinds(data, *, final):  # noqa: C901 one loop is easier to believe
    """What each byte is to a person at a terminal, and where an undecided end begins."""
    kind = [VISIBLE] * len(data)
    at = 0
    while at < len(data):
        if data[at] == 0x1B:
            stop = at + escape_length(data[at:])
            for i in range(at, min(stop, len(data))):
                kind[i] = ESCAPE
            at = max(stop, at + 1)
        else:
            at += 1
    undecided, echoes = len(data), []
    for i, byte in enumerate(data):
        if kind[i] != VISIBLE:
            continue
        if byte == 13 and (i == 0 or data[i - 1] != 13 or kind[i - 1] != VISIBLE):
            stop = i
            while stop < len(data) and data[stop] == 13 and kind[stop] == VISIBLE:
                stop += 1
            blank = i > 0 and data[i - 1] == 32 and kind[i - 1] == VISIBLE
            if stop == len(data) and not final:
                undecided = min(undecided, i - 1 if blank else i)
            elif stop < len(data) and data[stop] == 10:
                for j in range(i, stop):
                    kind[j] = NOISE
            elif blank and stop < len(data) + 1:
                for j in range(i - 1, stop):
                    kind[j] = NOISE
            elif stop == i + 1 and stop < len(data) and kind[stop] == VISIBLE:
                shown = [j for j in range(i) if kind[j] == VISIBLE]
                if shown and data[shown[-1]] == data[stop]:
                    kind[i] = kind[stop] = NOISE
                    echoes.append((i, shown[-1]))
        if byte == 8 and i > 0 and data[i - 1] == 32 and kind[i - 1] == VISIBLE:
            kind[i - 1] = kind[i] = NOISE
    if data[-1:] == b" " and kind[-1] == VISIBLE and not final:
        undecided = len(data) - 1
    return kind, undecided, echoes


def escape_length(data):
    """How many bytes from an ESC on belong to its sequence (all there are, when more may come)."""
    if len(data) == 1:
        return 1
    if data[1] in b"P]X^_\\":  # begins or ends a string: stays
        return 0
    if data[1] == ord("["):
        at = 2
        while at < len(data) and at < 64 and 0x30 <= data[at] <= 0x3F:
            at += 1
        while at < len(data) and at < 64 and 0x20 <= data[at] <= 0x2F:
            at += 1
        return at + 1 if at < len(data) and at < 64 and 0x40 <= data[at] <= 0x7E else at
    if 0x20 <= data[1] <= 0x2F:
        at = 1
        while at < len(data) and at < 64 and 0x20 <= data[at] <= 0x2F:
            at += 1
        return at + 1 if at < len(data) and at < 64 and 0x30 <= data[at] <= 0x7E else at
    return 2 if 0x30 <= data[1] <= 0x7E else 1


def run_before(text, at):
    count = 0
    while at - count > 0 and text[at - count - 1] in BASE64:
        count += 1
    return count


class SlowMasker:
    """The same interface as Masker, without typing and without extension while it runs."""

    def __init__(self, needles, terminal=False, mask=b"****"):
        self.needles = list(needles.index().needles.values())
        self.terminal, self.mask = terminal, mask
        self.data, self.given, self.masking = b"", 0, False
        self.deadline, self.limit = None, 0

    def feed(self, chunk, now=0.0):
        self.data += chunk
        out = self.advance(final=False)
        if self.terminal:
            self.deadline = now + IDLE if self.limit > self.given else None
        return out

    def release(self, now):
        if self.deadline is None or now < self.deadline:
            return b""
        self.deadline = None
        return self.give(self.limit, *self.judged)

    def flush(self):
        return self.advance(final=True)

    def advance(self, *, final):  # noqa: C901 likewise
        kind, undecided, echoes = kinds(self.data, final=final)
        places = [i for i in range(undecided) if kind[i] == VISIBLE]
        text = bytes(self.data[i] for i in places)
        dropped, waits = set(), []

        def cover(start, stop):
            for i in range(places[start], places[stop - 1] + 1):
                if kind[i] != ESCAPE:
                    dropped.add(i)

        def place(at):
            return places[at] if at < len(places) else undecided

        ends = [text]
        if not final and undecided < len(self.data):
            tail = self.data[undecided:]
            ends.append(text + (b" " if tail == b" " else b" \n" if tail[:1] == b" " else b"\n"))
        for needle in self.needles:
            for at in range(len(text)):
                self.whole(needle, text, at, final, cover, waits)
            for end in ends if not final else []:
                for at in range(len(end)):
                    self.beginning(needle, text, end, at, waits)
                if (
                    needle.left
                    and end
                    and end[-1] in needle.left
                    and run_before(end, len(end) - 1) % 4 == needle.offset
                ):
                    waits.append((len(end) - 1, len(end)))
            if final:
                for at in range(len(text)):
                    rest = text[at:]
                    touched = needle.border and at and text[at - 1] in TOKEN
                    if (
                        not touched
                        and len(rest) >= 8
                        and 2 * len(rest) >= len(needle.text)
                        and needle.text.startswith(rest)
                    ):
                        cover(at - self.left(needle, text, at), len(text))
        waits = [(place(at), place(limit)) for at, limit in waits]
        if 0x1B in self.data or 13 in self.data or 8 in self.data:
            self.as_they_are(dropped, waits, final)
        for carriage, first in echoes:
            if first in dropped:
                dropped.update((carriage, carriage + 1))
        cut = len(self.data) if final else min([at for at, _ in waits], default=len(self.data))
        self.judged = (kind, dropped, undecided)
        out = self.give(min(cut, undecided), kind, dropped, undecided)
        if cut > undecided and self.masking and undecided < len(self.data) and self.given <= undecided:
            cut = undecided
        else:
            out += self.give(cut, kind, dropped, undecided)
        self.limit = min([limit for _, limit in waits if limit < undecided], default=len(self.data))
        if cut == len(self.data):
            self.limit = 0
        return out

    def left(self, needle, text, at):
        """1 when the character before is one that the needle's first bits mix into."""
        mixed = needle.left and at and text[at - 1] in needle.left
        return 1 if mixed and run_before(text, at - 1) % 4 == needle.offset else 0

    def whole(self, needle, text, at, final, cover, waits):  # noqa: C901, PLR0917 likewise
        stop = at + len(needle.text)
        if text[at:stop] != needle.text:
            return
        if needle.border:
            if at and text[at - 1] in TOKEN:
                return
            if stop == len(text) and not final:
                waits.append((at, at + needle.allowance()))
                return
            if stop < len(text) and text[stop] in TOKEN:
                return
        at -= self.left(needle, text, at)
        if needle.right:
            if stop == len(text):
                waits.append((at, len(text)))
            elif text[stop] in needle.right:
                stop += 1
                for _ in range(needle.pads):
                    if stop == len(text):
                        waits.append((at, len(text)))
                    elif text[stop] == ord("="):
                        stop += 1
        cover(at, stop)

    def beginning(self, needle, text, end, at, waits):
        rest = end[at:]
        if len(rest) >= len(needle.text) or not needle.text.startswith(rest):
            return
        if needle.border and at and text[at - 1] in TOKEN:
            return
        at -= self.left(needle, text, at)
        waits.append((at, at + needle.allowance()))

    def as_they_are(self, dropped, waits, final):
        """Needles in the bytes themselves, escapes and all."""
        for needle in self.needles:
            if needle.border:
                continue
            for at in range(len(self.data)):
                rest = self.data[at:]
                if rest.startswith(needle.text):
                    dropped.update(range(at, at + len(needle.text)))
                elif needle.text.startswith(rest):
                    if not final:
                        waits.append((at, at + needle.allowance()))
                    elif len(rest) >= 8 and 2 * len(rest) >= len(needle.text):
                        dropped.update(range(at, len(self.data)))

    def give(self, stop, kind, dropped, _undecided):
        out = b""
        while self.given < stop:
            i = self.given
            if i in dropped:
                if not self.masking:
                    out += self.mask
                self.masking = True
            else:
                out += self.data[i : i + 1]
                if kind[i] == VISIBLE:
                    self.masking = False
            self.given += 1
        return out
