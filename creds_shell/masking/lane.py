"""The rules about one visible text: which needles count there, how far the mask reaches, and what must wait.

Positions are those of the text. A wait is the end of a text that the next bytes may turn into a match: where it
begins, from where on an idle terminal must not show it, and from where on not even as the echo of typing.
"""

from creds_shell.masking.needle import BASE64, TOKEN

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.masking.matcher import Index
    from creds_shell.masking.needle import Needle

    Match = tuple[str | int, int, int]
    Wait = tuple[int, int, int]

_BASE64 = bytes(BASE64)
_FLAGS = bytes([byte not in BASE64 for byte in range(256)])
_PAD = 61
NEAR = 128
"""How much of the past a context keeps for those who look back."""

CUT_OFF = 8
"""A needle cut off by the end of the stream is masked when this many bytes and half of it were printed."""


class Context:
    """What stood before a text: its last bytes (none at the start of the stream) and the run of base64 at its end."""

    __slots__ = ("near", "run")

    def __init__(self, near: bytes = b"", run: int = 0) -> None:
        self.near = near
        self.run = run

    def at(self, text: bytes, position: int) -> "Context":
        """The context of a later position of the text."""
        if position == 0:
            return self
        near = text[max(0, position - NEAR) : position]
        if len(near) < NEAR:
            near = (self.near + near)[-NEAR:]
        return Context(near, _run(text, 0, position, self.run))


def _run(text: bytes, start: int, end: int, before: int) -> int:
    """How many base64 characters text[start:end] ends with; so many stand right before it."""
    near = text[max(start, end - NEAR) : end]
    run, size = len(near) - len(near.rstrip(_BASE64)), end - start
    if run == NEAR:
        # Flags, because rstrip takes 6 ns for each byte of a long run, and translate 1.
        run = size - 1 - text[start:end].translate(_FLAGS).rfind(1)
    return run + before if run == size else run


class _Runs:
    """How many base64 characters stand right before a position; asked in rising order, so that it stays linear."""

    __slots__ = ("_at", "_run", "_start", "_text")

    def __init__(self, text: bytes, context: Context) -> None:
        self._text = text
        self._at = 0
        self._run = context.run
        self._start = context.run

    def before(self, position: int) -> int:
        if position < self._at:
            self._at, self._run = 0, self._start
        self._run = _run(self._text, self._at, position, self._run)
        self._at = position
        return self._run


class Lane:
    """One text, judged once.

    Args:
        index: the needles.
        text: the visible bytes that are decided.
        context: what stood before them.
        endings: what an undecided blank or CR after the text may show.
        final: nothing follows.
        timed: somebody will ask from where on an idle terminal must not show a wait.
        plain: these are the bytes as they are: no token borders and no mixed characters, which only a view can judge.

    Attributes:
        matches: (name, start, end) of all that must be masked, the mixed base64 characters included.
        simple: the same list, if it is sorted and has nothing but whole needles; else None.
        waits: see the module.
        free: up to where everybody may see the text at once, because what the waits may hide begins there or later; one
            more than the text when that is so for a blank behind it.
    """

    __slots__ = (
        "_context",
        "_final",
        "_index",
        "_plain",
        "_runs",
        "_timed",
        "free",
        "matches",
        "simple",
        "text",
        "waits",
    )

    def __init__(
        self,
        index: "Index",
        text: bytes,
        context: Context,
        endings: "tuple[bytes, ...]" = (),
        *,
        final: bool,
        plain: bool = False,
        timed: bool = True,
    ) -> None:
        self._index = index
        self._context = context
        self._final = final
        self._plain = plain
        self._timed = timed
        self._runs: _Runs | None = None
        self.text = text
        self.waits: list[Wait] = []
        self.simple = index.quick(text)
        self.matches: list[Match] = [] if self.simple is None else self.simple
        if self.simple is None:
            for start, end, needle in sorted(index.matches(text), key=_start):
                if needle.border:
                    self._whole_token(start, end, needle)
                elif needle.left or needle.right:
                    self._mixed(start, end, needle)
                else:
                    self.matches.append((needle.name, start, end))
        if final:
            self._cut_off()
        else:
            self._hold(text)
            for ending in endings:
                self._hold(text + ending)
        self.free = min(self.waits)[0] if self.waits else len(text) + 1
        if index.shapes is not None and not plain:
            known, waits, free = index.shapes.judge(text, context.near, final=final)
            self.matches = [*self.matches, *known]
            self.waits += waits
            if free == len(text) and endings == (b" ",):
                free = index.shapes.judge(text + b" ", context.near, final=False)[2]
            self.free = min(self.free, free)

    def _whole_token(self, start: int, end: int, needle: "Needle") -> None:
        """Take a very short value where no token continues on either side; wait for the right one."""
        if self._plain or self._touched(start):
            return
        if end < len(self.text):
            if self.text[end] not in TOKEN:
                self.matches.append((needle.name, start, end))
        elif self._final:
            self.matches.append((needle.name, start, end))
        else:
            self.waits.append((start, start + needle.allowance(), end - 1))

    def _mixed(self, start: int, end: int, needle: "Needle") -> None:
        """Take a match of base64 with the characters that it shares with its neighbours."""
        if not self._plain:
            first = self._mixed_start(start, needle)
            start, end = first, self._mixed_end(first, end, needle)
        self.matches.append((needle.name, start, end))

    def _touched(self, start: int) -> bool:
        """Whether a token continues into this position."""
        before = self.text[start - 1 : start] if start else self._context.near[-1:]
        return before != b"" and before[0] in TOKEN

    def _mixed_start(self, start: int, needle: "Needle") -> int:
        """One further back when the character before mixes bits of the value with a neighbour's."""
        if not needle.left or self._plain or start == 0 or self.text[start - 1] not in needle.left:
            return start
        runs = self._runs = self._runs or _Runs(self.text, self._context)
        return start - 1 if runs.before(start - 1) % 4 == needle.offset else start

    def _mixed_end(self, start: int, end: int, needle: "Needle") -> int:
        """Over the mixed character after the text and the padding; waits for them at the end of the text."""
        text, size = self.text, len(self.text)
        if not needle.right or (end < size and text[end] not in needle.right):
            return end
        stop = min(end + 1, size)
        pads = stop + needle.pads
        while stop < size and stop < pads and text[stop] == _PAD:
            stop += 1
        if stop == size and stop < max(pads, end + 1) and not self._final:
            self.waits.append((start, size, size))
        return stop

    def _hold(self, text: bytes) -> None:
        """Wait for every needle that the end of the text may begin."""
        for at, needle in self._index.beginnings(text):
            if needle.border and (self._plain or self._touched(at)):
                continue
            start = self._mixed_start(at, needle) if needle.left else at
            self.waits.append((start, start + needle.allowance() if self._timed else start, len(text)))
        last = len(text) - 1
        if last < 0 or self._plain:
            return
        lefts = self._index.lefts
        if text[last] in lefts[1] or text[last] in lefts[2]:
            run = _run(text, 0, last, self._context.run) % 4
            if 0 < run < 3 and text[last] in lefts[run]:
                self.waits.append((last, last + 1, len(text)))  # one character is within every allowance

    def _cut_off(self) -> None:
        """At the end of the stream: needles of which at least half and 8 bytes are there."""
        size = len(self.text)
        for at, needle in self._index.beginnings(self.text):
            if needle.border and (self._plain or self._touched(at)):
                continue
            shown = size - at
            if shown >= CUT_OFF and 2 * shown >= len(needle.text):
                start = self._mixed_start(at, needle)
                self.matches = [*self.matches, (needle.name, start, size)]


def _start(match: "tuple[int, int, Needle]") -> int:
    return match[0]
