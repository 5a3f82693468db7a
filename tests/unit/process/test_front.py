"""The front's part in stopping and going on, without a terminal."""

import posix
from _signal import SIGCONT, SIGINT, SIGTERM, SIGTSTP
from types import SimpleNamespace

import pytest

from creds_shell.process import front, late, relay


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
    monkeypatch.setattr(posix, "killpg", lambda _group, _number: None)
    monkeypatch.setattr(run, "poller", None, raising=False)
    monkeypatch.setattr(run, "streams", [], raising=False)
    monkeypatch.setattr(run, "_give_terminal_back", lambda: None)
    monkeypatch.setattr(run, "_on_event", lambda number, *_: did.append(("passed on", number)))
    monkeypatch.setattr(run, "_resume", lambda *, want: did.append(("goes on", want)))
    run._on_stopped()
    assert did == [("stop", SIGTSTP), ("stop", SIGTSTP), ("passed on", SIGTERM), ("goes on", True)]


@pytest.mark.parametrize("deadly", [True, False])
def test_an_end_that_a_handled_interrupt_brings_has_its_own_status(
    monkeypatch: pytest.MonkeyPatch, *, deadly: bool
) -> None:
    """It can be over before we look again; only where the signal kills did its end come by itself and first."""
    got: list[tuple[int, int]] = []
    monkeypatch.setattr(late, "lethal", lambda _pid, numbers: list(numbers) if deadly and not got else [])
    monkeypatch.setattr(late, "is_ending", lambda _pid: bool(got))
    monkeypatch.setattr(posix, "killpg", lambda group, number: got.append((group, number)))
    run = object.__new__(front.Front)
    run.command, run.late = 77, 0
    assert run._interrupt(SIGINT)
    assert got == [(77, SIGINT)]
    assert run.late == (SIGINT if deadly else 0)
