"""The front's part in stopping and going on, without a terminal."""

from _signal import SIGCONT, SIGTERM, SIGTSTP
from types import SimpleNamespace

import pytest

from creds_shell.process import front, relay


def test_a_stop_key_that_comes_as_it_goes_on_stops_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fg` and ^Z at once: the command has not gone on yet, and the SIGCONT that it gets would take a stop back."""
    did: list[object] = []
    came = [[(SIGTSTP, 0, False)], [(SIGCONT, 1, True), (SIGTERM, 1, True)]]
    run = object.__new__(front.Front)
    run.stopped, run.fore, run.status, run.witness = SIGTSTP, True, None, None
    run.keyboard = SimpleNamespace(stop=lambda: None)
    run.outer = SimpleNamespace(takes_keys=lambda: False)
    run.signals = SimpleNamespace(take=lambda: came.pop(0))
    monkeypatch.setattr(relay, "drain", lambda *_: None)
    monkeypatch.setattr(front, "suspend", lambda number: did.append(("stop", number)))
    monkeypatch.setattr(front, "_signal_others", lambda _number: None)
    monkeypatch.setattr(run, "poller", None, raising=False)
    monkeypatch.setattr(run, "streams", [], raising=False)
    monkeypatch.setattr(run, "_give_terminal_back", lambda: None)
    monkeypatch.setattr(run, "_on_event", lambda number, *_: did.append(("passed on", number)))
    monkeypatch.setattr(run, "_resume", lambda *, want: did.append(("goes on", want)))
    run._on_stopped()
    assert did == [("stop", SIGTSTP), ("stop", SIGTSTP), ("passed on", SIGTERM), ("goes on", True)]
