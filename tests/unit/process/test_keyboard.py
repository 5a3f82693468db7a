"""Keys on their way to the inner terminal."""

import os
import tty
from types import SimpleNamespace
from typing import Any

from creds_shell.process.keyboard import Keyboard
from creds_shell.process.poller import Poller
from creds_shell.process.terminal import read_all

KEYS = b"k" * (1 << 18)  # more than a terminal takes


def test_a_stopped_keyboard_writes_no_key_that_had_no_room_before() -> None:
    """The command's terminal is emptied for whoever comes next: what came after that would be nobody's."""
    master, slave = os.openpty()
    tty.setraw(slave)
    for fd in (master, slave):
        os.set_blocking(fd, False)
    poller, outer = Poller(), SimpleNamespace(fd=-1, saved=None)
    nobody: Any = None
    keyboard = Keyboard(poller, outer, master, nobody, nobody)  # type: ignore[arg-type]
    keyboard.keep(KEYS)
    keyboard.listen()
    keyboard.stop()
    first = read_all(slave)
    poller.wait(0)
    assert read_all(slave) == b""
    assert first + keyboard.leave() == KEYS
    keyboard.close()
    os.close(slave)
