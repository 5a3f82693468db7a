"""The reference of a watched file: its own time, or one nanosecond less while another change could get the same one."""

import os
from pathlib import Path

import pytest

from creds_shell.core import watch

SECOND = 1_000_000_000


@pytest.fixture
def file(tmp_path: Path, home: object) -> Path:
    """A file to watch."""
    del home
    made = tmp_path / "file"
    made.touch()
    return made


def offset(file: Path, mtime: int, *, later: int = 0) -> int:
    """How far the reference is from the mtime, for a load that began `later` than the file was touched."""
    os.utime(file, ns=(mtime, mtime))
    ((_, reference),) = watch.references([str(file)], file.stat().st_ctime_ns + later)
    assert reference is not None
    assert os.stat(reference).st_mtime_ns == int(Path(reference).name)
    return int(Path(reference).name) - mtime


def test_a_file_that_is_settled_has_its_own_time(file: Path) -> None:
    assert offset(file, watch.now() - 5 * SECOND + 1, later=watch.SETTLED_NS) == 0


def test_a_file_that_changed_just_now_is_looked_at_once_more(file: Path) -> None:
    assert offset(file, watch.now()) == -1
    assert offset(file, watch.now() - 5 * SECOND + 1) == -1  # a rename keeps the mtime


def test_whole_seconds_are_settled_after_two_of_them(file: Path) -> None:
    """A file system that keeps nothing finer gives the same time to two changes in one second."""
    this = watch.now() // SECOND * SECOND
    assert offset(file, this, later=watch.SETTLED_NS) == -1
    assert offset(file, this - 3 * SECOND, later=watch.SETTLED_NS) == 0


def test_a_time_to_come_is_none_of_now(file: Path) -> None:
    assert offset(file, watch.now() + 3600 * SECOND + 1, later=watch.SETTLED_NS) == 0
