"""The line between front and monitor: five-byte messages, one letter and a number, and its end as a message too."""

import posix

SIZE = 5
# front → monitor
SIGNAL = b"S"  # to the command alone, as kill(2) would
ALL = b"A"  # to the command's group, as killpg(3) would
GROUP = b"G"  # to the group in the foreground, as the terminal would
FORE = b"F"  # the command's group gets the terminal, and is continued
BACK = b"B"  # it loses the terminal, and is continued
RAW = b"R"  # 1: the outer terminal is ours to restore, 0: it is not
HELD = b"H"  # our death can be heard from now on (robust.py)
UNREAD = (
    b"U"  # we write no more keys: hand over those that nobody has read, and leave the terminal after the end
)
# monitor → front
PID = b"P"  # the command was started
STOPPED = b"T"
CONTINUED = b"C"
ENDED = b"X"
LETHAL = b"L"  # before that: a key's signal that would have ended it, had it come in time
KEY = b"K"  # one byte that was typed ahead and that the command left unread
DONE = b"D"  # those were all


class Line:
    """One end: `reading` is what to wait for, `writing` takes messages. Two pipes; _socket would cost a millisecond."""

    __slots__ = ("reading", "writing")

    def __init__(self, reading: int, writing: int) -> None:
        self.reading, self.writing = reading, writing

    def close(self) -> None:
        """Leave it to the other processes that hold it."""
        posix.close(self.reading)
        posix.close(self.writing)

    def send(self, kind: bytes, number: int = 0) -> bool:
        """Send one message; False when the peer is gone, which is noticed by whoever reads, too."""
        try:
            posix.write(self.writing, kind + number.to_bytes(4, "big", signed=True))
        except OSError:
            return False
        return True

    def receive(self, buffer: bytearray) -> list[tuple[bytes, int]] | None:
        """Whole messages that came; None at the end of the line."""
        try:
            data = posix.read(self.reading, 4096)
        except OSError:
            return None
        if not data:
            return None
        buffer += data
        messages = []
        while len(buffer) >= SIZE:
            messages.append((bytes(buffer[:1]), int.from_bytes(buffer[1:SIZE], "big", signed=True)))
            del buffer[:SIZE]
        return messages


def pair() -> tuple[Line, Line]:
    """Two connected ends."""
    here, there = posix.pipe(), posix.pipe()
    return Line(here[0], there[1]), Line(there[0], here[1])
