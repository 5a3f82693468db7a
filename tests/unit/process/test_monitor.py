"""The monitor's part in hearing of the front's death."""

import sys
from types import SimpleNamespace

import pytest

from creds_shell import process
from creds_shell.process import monitor


def test_its_threads_find_loaded_what_they_call(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that import a module at once through load_modules, which has no locks: one finds half of it, and dies unheard."""
    name = "creds_shell.process.robust"
    monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.delattr(process, "robust", raising=False)
    loaded: list[bool] = []
    monkeypatch.setattr(
        monitor,
        "start_new_thread",
        lambda _call, words: loaded.append(name in sys.modules and callable(words[0])),
    )
    run = object.__new__(monitor.Monitor)
    run.inside = SimpleNamespace(shared=-1)  # type: ignore[assignment]
    run._await_death(0)
    assert loaded == [True]
