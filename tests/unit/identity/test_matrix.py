"""Which project a directory belongs to: one row for each situation, built with the real git wherever git can.

`victim` is a bound project with a secret, next to every situation. Whatever is forged, nothing but the victim's own
places may say `ready` for it.
"""

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from creds_shell.core.errors import SecretsError
from creds_shell.core.load import load
from creds_shell.core.repository import find_repository
from creds_shell.core.resolve import resolve
from creds_shell.project import get_project_id, open_project, repository_at

from .forgeries import a_git_file_that_names_the_victims_git_directory
from .namesakes import another_repository_of_the_same_name
from .situations import SECRET, SITUATIONS, Place, Situation


@pytest.fixture
def at(tmp_path: Path, home: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[Place]:
    del home
    top = Path(os.path.realpath(tmp_path)) / "w"
    top.mkdir()
    place = Place(top, Path(os.environ["HOME"]))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(top.parent))  # this checkout is no part of the table
    place.repo("victim", commit=True, bound=True)
    yield place
    for folder, names, _ in os.walk(top):
        for name in names:
            if not os.path.islink(os.path.join(folder, name)):
                os.chmod(os.path.join(folder, name), 0o700)


def _outcome(start: str) -> tuple[str | None, str, str | None]:
    found = find_repository(start)
    try:
        standing = resolve(start)
    except SecretsError:
        return (found.kind if found else None), "error", None
    named = standing.state in ("denied", "none", "error")
    return (found.kind if found else None), standing.state, None if named else standing.project_id


@pytest.mark.parametrize("row", SITUATIONS, ids=lambda row: row.name)
def test_a_directory_is_its_own_project_and_nobody_elses(
    row: Situation, at: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = row.build(at)
    for name, value in at.env.items():
        monkeypatch.setenv(name, value)

    kind, state, project = _outcome(os.fspath(start))

    assert (kind, state) == (row.kind, row.state)
    assert (project is None) == (row.project is None)
    assert project is None or re.fullmatch(row.project or "", project)
    _check_what_it_gives(start, state)


def _check_what_it_gives(start: Path, state: str) -> None:
    """`ready` opens, `unbound` is empty, everything else is an error with a next step."""
    if state in ("ready", "unbound"):
        opened = open_project(start=os.fspath(start))
        assert opened.id == get_project_id(start)
        values = load(resolve(os.fspath(start)), "exec").values
        assert [item.value for item in values] == ([SECRET] if state == "ready" else [])
        assert opened.id != "victim"
        return
    with pytest.raises(SecretsError) as caught:
        open_project(start=os.fspath(start))
    assert caught.value.exit_code == (3 if state == "none" else 4)
    assert state == "error" or caught.value.hints


def test_the_table_has_at_least_forty_situations() -> None:
    assert len({row.name for row in SITUATIONS}) >= 40


def test_the_victim_is_still_itself_after_a_forger_was_bound(at: Place) -> None:
    """A forged .git that its user binds gets a project of its own, and a cookie that is not the victim's."""
    from creds_shell.project import bind

    root = a_git_file_that_names_the_victims_git_directory(at)
    bind(repository_at(str(root)), "evil")

    assert resolve(str(root)).project_id == "evil"
    assert load(resolve(str(root)), "exec").values == []
    assert resolve(str(at.victim)).state == "ready"
    assert resolve(str(at.victim)).project_id == "victim"


def test_a_repository_of_another_owner_is_refused(foreign_repo: Path, home: object) -> None:
    del home
    found = find_repository(str(foreign_repo))
    assert found is not None
    assert found.stranger
    assert "belongs to another user" in str(found.problem)
    standing = resolve(str(foreign_repo))
    assert (standing.state, standing.quiet, standing.exit_code) == ("error", True, 4)


def test_a_directory_of_another_owner_ends_the_walk(at: Place, foreign_repo: Path) -> None:
    below = foreign_repo / ".git" / "refs"  # a directory of somebody else, without a .git of its own
    assert find_repository(str(below)) is None
    assert at.victim.exists()


def test_a_working_directory_that_is_gone_is_no_project(at: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = at.top / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert find_repository() is None
    assert resolve().state == "none"


def test_every_worktree_has_the_same_id(at: Place) -> None:
    ids = set()
    for number in range(3):
        at.git("worktree", "add", "-q", "-b", f"b{number}", str(at.top / f"tree{number}"), cwd=at.victim)
        ids.add(get_project_id(at.top / f"tree{number}"))
    assert ids == {"victim"}


def test_the_suffix_is_of_the_anchor(at: Place) -> None:
    import hashlib

    root = another_repository_of_the_same_name(at)
    digits = hashlib.sha256(os.fsencode(root / ".git")).hexdigest()[:8]
    assert open_project(start=str(root), writing=True).id == f"victim-{digits}"


def test_no_git_process_is_ever_started(at: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(subprocess, "Popen", None)
    assert open_project(start=str(at.victim), writing=True).id == "victim"
