"""The start of mode T says what is missing, and starts nothing."""

from types import SimpleNamespace
from typing import Any

import pytest

from creds_shell.process import inner
from creds_shell.process.failure import FilterError
from creds_shell.process.plan import Plan


def test_a_terminal_that_has_no_name_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a chroot without /dev/tty."""

    def missing(_present: bool) -> Any:
        raise FileNotFoundError(2, "/dev/tty")

    monkeypatch.setattr(inner, "Outer", missing)
    with pytest.raises(FilterError, match="the terminal could not be set up: No such file"):
        inner.start(Plan("T", raw="now"), SimpleNamespace(kill_tree=False))  # type: ignore[arg-type]
