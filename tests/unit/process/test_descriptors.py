"""Descriptors that the caller gave us for the command are found, wherever the system lists them or does not."""

import os
import posix

import pytest

from creds_shell.process import descriptors


@pytest.mark.parametrize("listed", [True, False])
def test_what_is_inherited_is_found(monkeypatch: pytest.MonkeyPatch, listed: bool) -> None:
    """In a chroot without /proc, too."""
    if not listed:
        monkeypatch.setattr(posix, "listdir", lambda folder: os.stat(f"{folder}/not there"))
    reading, writing = os.pipe()
    try:
        os.set_inheritable(writing, True)
        found = descriptors.inherited()
    finally:
        os.close(reading)
        os.close(writing)
    assert writing in found
    assert reading not in found
    assert not {0, 1, 2} & {*found}
