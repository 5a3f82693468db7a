"""core/loaded.py: a command finds nothing of what the hooks export about a load."""

import re
from pathlib import Path

from creds_shell.core.loaded import OUR_STATE, SHELL_STATE, WAS, undo

HOOKS = Path(__file__).parents[3] / "hooks"
# of a live session, and of a terminal that wants none: what is started there must know
LASTING = {"__CREDS_SESSION", "__CREDS_TTY", "__CREDS_OUTSIDE"}


def test_every_name_that_the_hooks_export_about_a_load_is_undone() -> None:
    text = "".join(file.read_text() for file in HOOKS.glob("*/*"))
    names = set(re.findall(r"__CREDS_[A-Z]+(?:_[A-Z]+)*(?![A-Z_])", text)) - LASTING
    known = {name.decode() for name in (*OUR_STATE, *SHELL_STATE)}
    assert names >= {"__CREDS_NAMES", "__CREDS_GIT"}
    assert names <= known


def test_the_former_environment_is_back() -> None:
    environ = {
        b"A": b"loaded",
        b"B": b"loaded",
        WAS + b"B": b"former",
        b"C": b"own",
        b"__CREDS_NAMES": b"A:B:",
    }
    environ |= dict.fromkeys((*OUR_STATE[:3], *OUR_STATE[4:], *SHELL_STATE), b"x")
    assert undo(environ) == {b"B": b"former", b"C": b"own"}
