"""The outer terminal's output settings follow those of the inner one."""

import os
import pty
import termios

from creds_shell.process import terminal
from creds_shell.process.outer import Outer


def test_line_ends_pass_as_they_were_written_whatever_the_settings_are_by_now() -> None:
    r"""A command turned \n → \r\n off, wrote, and turned it on again before we read."""
    ends = [*pty.openpty(), *pty.openpty()]
    master, _, _, ours = ends
    outer = Outer(present=False)
    outer.fd = os.open(os.ttyname(ours), os.O_RDWR | os.O_NONBLOCK | os.O_NOCTTY)
    ends.append(outer.fd)
    outer.take()
    post = outer.mirror(master)
    try:
        assert (post(b"as ever\r\n"), _adds_returns(ours)) == (b"as ever\n", True)
        assert (post(b"raw\nlines\r\n"), _adds_returns(ours)) == (b"raw\nlines\r\n", False)
        assert (post(b"as ever\r\n"), _adds_returns(ours)) == (b"as ever\n", True)
    finally:
        for fd in ends:
            os.close(fd)


def _adds_returns(fd: int) -> bool:
    now = terminal.settings(fd)
    assert now is not None
    return bool(now.oflag & termios.OPOST) and now.adds_returns


def test_a_line_editors_settings_are_not_taken_for_ours() -> None:
    """After the wrapper was killed they may be there already: no line editing, no echo, other keys."""
    ends = pty.openpty()
    found = terminal.settings(ends[1])
    for fd in ends:
        os.close(fd)
    assert found is not None
    ours, editor = found.raw(), found.raw()
    editor.cc[termios.VSUSP] = b"\0"
    assert ours.reads_like(found.raw())
    assert not editor.reads_like(ours)
    ours.oflag ^= termios.OPOST
    assert ours.reads_like(found.raw())
