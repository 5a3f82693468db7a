"""Which way a command is run, decided from what descriptors 0 to 2 are. Pure: the table in its test is the rule.

T: standard output is our controlling terminal, so the command gets a terminal of its own behind the mask.
P: it is not, so each stream that could show something gets a pipe (or, where it is a terminal, an output-only
pseudo-terminal) and the command stays in our session and process group. X: there is nothing to mask, or a live
session masks this very terminal already, so we become the command.
"""

CLOSED, NULL, OURS, TTY, PIPE, SOCKET, FILE = "closed", "null", "ours", "tty", "pipe", "socket", "file"


class Fd:
    """One of descriptors 0 to 2: its kind, what it is the same as, and whether it may be written.

    `key` is equal for two descriptors of the same file, pipe or terminal.
    """

    def __init__(self, kind: str, key: object = None, writable: bool = True) -> None:
        self.kind = kind
        self.key = "ours" if kind == OURS else key
        self.writable = writable

    @property
    def shows(self) -> bool:
        """Whether anything written here could be seen by anybody."""
        return self.writable and self.kind not in (CLOSED, NULL)


class Channel:
    """One masked stream: the command's descriptors that feed it and ours that it ends in.

    `via` is "slave" (the session's terminal of mode T), "pty" (output only) or "pipe".
    """

    def __init__(self, via: str, fds: "tuple[int, ...]", to: int, terminal: bool) -> None:
        self.via, self.fds, self.to, self.terminal = via, fds, to, terminal

    def __repr__(self) -> str:
        return f"{self.via}{self.fds}->{self.to}{'t' if self.terminal else ''}"


class Plan:
    """The decision. `raw` (mode T): "now", "lazy" (when the command first wants the keyboard) or "never"."""

    def __init__(
        self, mode: str, channels: "tuple[Channel, ...]" = (), raw: str = "never", stdin_slave: bool = False
    ) -> None:
        self.mode, self.channels, self.raw, self.stdin_slave = mode, channels, raw, stdin_slave


def plan(fds: "tuple[Fd, Fd, Fd]", *, tty: str = "auto", secret: bool = True, session: bool = False) -> Plan:
    """Decide how the command runs.

    Args:
        fds: what descriptors 0, 1 and 2 are.
        tty: the option `--tty`: auto, always, never or lazy.
        secret: there is at least one value to mask.
        session: a live session masks our controlling terminal.
    """
    _, out, err = fds
    if not secret or not (out.shows or err.shows):
        return Plan("X")
    if session and all(fd.kind == OURS or not fd.shows for fd in (out, err)):
        return Plan("X")
    if tty != "never" and (out.kind == OURS or (tty == "always" and out.shows)):
        return _terminal(fds, tty)
    return Plan("P", _streams(fds, (1, 2), tty))


def _terminal(fds: "tuple[Fd, Fd, Fd]", tty: str) -> Plan:
    """One terminal for whatever is ours (and standard output), pipes for the rest."""
    inner = tuple(n for n in (1, 2) if n == 1 or (fds[n].shows and fds[n].key == fds[1].key))
    outer = fds[1].kind in (OURS, TTY)
    rest = tuple(n for n in (1, 2) if n not in inner)
    channels = (Channel("slave", inner, 1, outer), *_streams(fds, rest, tty))
    stdin_slave = fds[0].kind == OURS
    if not any(fd.kind == OURS for fd in fds):
        raw = "never"
    else:
        raw = "now" if stdin_slave and fds[1].kind == OURS and tty != "lazy" else "lazy"
    return Plan("T", channels, raw, stdin_slave)


def _streams(fds: "tuple[Fd, Fd, Fd]", numbers: "tuple[int, ...]", tty: str) -> "tuple[Channel, ...]":
    """A channel for each stream that shows something; two descriptors of one file share it, to keep their order."""
    channels: list[Channel] = []
    shown = [n for n in numbers if fds[n].shows]
    same = len(shown) == 2 and fds[1].key == fds[2].key
    groups: list[tuple[int, ...]] = [(1, 2)] if same else [(n,) for n in shown]
    for group in groups:
        terminal = fds[group[0]].kind in (OURS, TTY)
        via = "pty" if terminal and tty != "never" else "pipe"
        channels.append(Channel(via, group, group[0], terminal))
    return tuple(channels)
