"""The table of section "Running children": kinds of three descriptors → mode, streams, keyboard."""

import pytest

from creds_shell.process.plan import CLOSED, FILE, NULL, OURS, PIPE, SOCKET, TTY, Fd, Plan, plan

# kinds of stdin, stdout, stderr; an equal letter in the last column: the same file
TABLE = [
    # stdin, stdout, stderr, same, options → mode, streams, keyboard, stdin on the inner terminal
    (OURS, OURS, OURS, "", {}, "T", "slave(1, 2)->1t", "now", True),
    (PIPE, OURS, OURS, "", {}, "T", "slave(1, 2)->1t", "lazy", False),
    (NULL, OURS, OURS, "", {}, "T", "slave(1, 2)->1t", "lazy", False),
    (CLOSED, OURS, OURS, "", {}, "T", "slave(1, 2)->1t", "lazy", False),
    (OURS, OURS, PIPE, "", {}, "T", "slave(1,)->1t pipe(2,)->2", "now", True),
    (OURS, OURS, FILE, "", {}, "T", "slave(1,)->1t pipe(2,)->2", "now", True),
    (OURS, OURS, NULL, "", {}, "T", "slave(1,)->1t", "now", True),
    (OURS, OURS, CLOSED, "", {}, "T", "slave(1,)->1t", "now", True),
    (OURS, OURS, TTY, "", {}, "T", "slave(1,)->1t pty(2,)->2t", "now", True),
    (OURS, PIPE, OURS, "", {}, "P", "pipe(1,)->1 pty(2,)->2t", "never", False),
    (OURS, PIPE, PIPE, "", {}, "P", "pipe(1,)->1 pipe(2,)->2", "never", False),
    (OURS, PIPE, PIPE, "same", {}, "P", "pipe(1, 2)->1", "never", False),
    (OURS, FILE, FILE, "same", {}, "P", "pipe(1, 2)->1", "never", False),
    (OURS, SOCKET, SOCKET, "", {}, "P", "pipe(1,)->1 pipe(2,)->2", "never", False),
    (NULL, TTY, TTY, "same", {}, "P", "pty(1, 2)->1t", "never", False),
    (OURS, NULL, OURS, "", {}, "P", "pty(2,)->2t", "never", False),
    (OURS, CLOSED, PIPE, "", {}, "P", "pipe(2,)->2", "never", False),
    (OURS, NULL, NULL, "", {}, "X", "", "never", False),
    (OURS, CLOSED, CLOSED, "", {}, "X", "", "never", False),
    (OURS, OURS, OURS, "", {"secret": False}, "X", "", "never", False),
    (OURS, PIPE, PIPE, "", {"secret": False}, "X", "", "never", False),
    (OURS, OURS, OURS, "", {"session": True}, "X", "", "never", False),
    (OURS, OURS, NULL, "", {"session": True}, "X", "", "never", False),
    (OURS, OURS, PIPE, "", {"session": True}, "T", "slave(1,)->1t pipe(2,)->2", "now", True),
    (OURS, PIPE, OURS, "", {"session": True}, "P", "pipe(1,)->1 pty(2,)->2t", "never", False),
    (OURS, TTY, OURS, "", {"session": True}, "P", "pty(1,)->1t pty(2,)->2t", "never", False),
    (OURS, OURS, OURS, "", {"tty": "never"}, "P", "pipe(1, 2)->1t", "never", False),
    (OURS, OURS, OURS, "", {"tty": "lazy"}, "T", "slave(1, 2)->1t", "lazy", True),
    (OURS, PIPE, OURS, "", {"tty": "always"}, "T", "slave(1,)->1 pty(2,)->2t", "lazy", True),
    (NULL, PIPE, PIPE, "same", {"tty": "always"}, "T", "slave(1, 2)->1", "never", False),
    (NULL, PIPE, FILE, "", {"tty": "always"}, "T", "slave(1,)->1 pipe(2,)->2", "never", False),
]


def _plan(stdin: str, stdout: str, stderr: str, same: str, options: dict[str, bool | str]) -> Plan:
    keys = ("a", "b", "b" if same else "c")
    fds = tuple(Fd(kind, key) for kind, key in zip((stdin, stdout, stderr), keys, strict=True))
    return plan(fds, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: " ".join((*row[:4], *map(str, row[4].values()))))
def test_the_table(row: tuple[str, str, str, str, dict[str, bool | str], str, str, str, bool]) -> None:
    """Each row is one decision."""
    stdin, stdout, stderr, same, options, mode, streams, raw, inner = row
    decided = _plan(stdin, stdout, stderr, same, options)
    assert (decided.mode, " ".join(map(repr, decided.channels)), decided.raw, decided.stdin_slave) == (
        mode,
        streams,
        raw,
        inner,
    )


def test_a_descriptor_that_cannot_be_written_shows_nothing() -> None:
    """`1</dev/null`-like: passed on as it is."""
    fds = (Fd(OURS), Fd(PIPE, "a", writable=False), Fd(PIPE, "b"))
    assert [channel.fds for channel in plan(fds).channels] == [(2,)]
