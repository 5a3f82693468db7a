"""Which project a repository is bound to, and what is denied: records written once and read by path and cookie."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell import project
from creds_shell.core import binding as bindings
from creds_shell.core.errors import BadPermissionsError, NotAllowedError
from creds_shell.core.load import watched_files
from creds_shell.core.resolve import resolve

from .conftest import loaded, store, values


def test_binding_writes_a_cookie_and_a_record_of_mode_0600(repo: Path) -> None:
    old = os.umask(0)
    try:
        project.open_project(start=str(repo), writing=True)
    finally:
        os.umask(old)
    state = Path(os.environ["HOME"], ".local/state/creds-shell")
    files = [repo / ".git/creds-binding", *(path for path in state.rglob("*") if path.is_file())]
    assert {oct(path.stat().st_mode & 0o777) for path in files} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in [state, *state.rglob("*")] if path.is_dir()} == {
        "0o700"
    }
    assert len((repo / ".git/creds-binding").read_text().strip()) == 32


def test_two_first_writes_at_once_make_one_binding(repo: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        ids = list(pool.map(lambda _: project.open_project(start=str(repo), writing=True).id, range(8)))
    assert set(ids) == {"shop"}
    assert len(project.bindings_of("shop")) == 1


def test_a_binding_made_between_two_looks_is_the_repositorys_own(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = bindings.all_bindings

    def slow() -> list[bindings.Binding]:
        monkeypatch.setattr(bindings, "all_bindings", every)
        assert project.open_project(start=str(repo), writing=True).id == "shop"
        return every()

    monkeypatch.setattr(bindings, "all_bindings", slow)
    assert project.open_project(start=str(repo)).id == "shop"


def test_two_repositories_of_one_name_at_once_never_share(
    make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    roots = [make_repo("api", parent=tmp_path / str(number)) for number in range(6)]
    with ThreadPoolExecutor(6) as pool:
        ids = list(pool.map(lambda root: project.open_project(start=str(root), writing=True).id, roots))
    assert len(set(ids)) == 6
    assert "api" in ids


def test_a_clone_that_takes_a_path_over_leaves_one_binding(
    repo: Path, make_repo: Callable[..., Path]
) -> None:
    project.open_project(start=str(repo), writing=True)
    shutil.rmtree(repo)
    make_repo("shop")
    with pytest.raises(NotAllowedError, match="earlier repository"):
        project.open_project(start=str(repo), writing=True)
    project.bind(project.repository_at(str(repo)), "shop")
    assert len(project.bindings_of("shop")) == 1


def test_a_second_id_that_has_a_store_is_adopted_too(
    repo: Path, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    project.open_project(start=str(repo), writing=True)
    other = make_repo("shop", parent=tmp_path / "other")
    free = resolve(str(other)).free_id
    assert free is not None
    store("A=1\n", project_id=free)
    with pytest.raises(NotAllowedError) as caught:
        project.open_project(start=str(other), writing=True)
    assert caught.value.hints[0] == f"creds allow --adopt {free}"


def test_a_second_id_that_was_bound_before_is_not_free(
    repo: Path, make_repo: Callable[..., Path], tmp_path: Path
) -> None:
    project.open_project(start=str(repo), writing=True)
    other = make_repo("shop", parent=tmp_path / "other")
    project.open_project(start=str(other), writing=True)
    shutil.rmtree(other)
    make_repo("shop", parent=tmp_path / "other")
    with pytest.raises(NotAllowedError):
        project.open_project(start=str(other), writing=True)


def test_reading_writes_nothing(repo: Path) -> None:
    project.open_project(start=str(repo))
    project.get_project_id(repo)
    assert not (repo / ".git/creds-binding").exists()
    assert not Path(os.environ["HOME"], ".local").exists()


def test_a_common_directory_that_cannot_be_written_has_no_binding(repo: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes everywhere")
    (repo / ".git").chmod(0o555)
    try:
        with pytest.raises(NotAllowedError) as caught:
            project.open_project(start=str(repo), writing=True)
    finally:
        (repo / ".git").chmod(0o755)
    assert "--project" in caught.value.hints[0]


def test_a_move_keeps_the_project_and_a_copy_gets_its_own(repo: Path) -> None:
    project.open_project(start=str(repo), writing=True)
    moved = repo.rename(repo.parent / "moved")
    known = resolve(str(moved)).binding
    assert known is not None
    project.move(project.repository_at(str(moved)), known)
    assert project.get_project_id(moved) == "shop"

    copy = shutil.copytree(moved, repo.parent / "copy")
    project.bind(project.repository_at(str(copy)), "copy")
    assert (project.get_project_id(moved), project.get_project_id(copy)) == ("shop", "copy")


def test_the_remote_is_kept_without_its_password(repo: Path) -> None:
    with (repo / ".git/config").open("a") as file:
        file.write('[remote "origin"]\n\turl = https://me:hunter2@example.com/shop.git?token=x\n')
    project.open_project(start=str(repo), writing=True)
    assert [known.remote for known in project.bindings_of("shop")] == ["https://example.com/shop.git"]


def test_what_was_bound_denied_and_allowed_before_an_upgrade_stays_so() -> None:
    """These records are found by a hash of what they are about: with another one each deny would be forgotten."""
    assert bindings.digest(b"/home/me/shop/.git") == "d00a96a847b7bc7fc06349bbb802fa68"
    assert bindings.digest(b"a", b"b") == "c04e17957d4ca3123b3afdaab02e4023"


@pytest.mark.parametrize("why", ["denied", "open to others"])
def test_where_no_cookie_counts_none_is_looked_at(shop: Path, why: str) -> None:
    """The hook is silent in a denied repository, and in one that is not trusted says why, whatever its cookie is."""
    if why == "denied":
        project.deny(project.repository_at(str(shop)).anchor, str(shop))
    else:
        (shop / ".git").chmod(0o775)
    (shop / ".git/creds-binding").chmod(0o644)
    standing = resolve(str(shop))
    assert why == "denied" or "can be written by others" in (standing.reason or "")
    assert str(shop / ".git/creds-binding") in watched_files(standing)


def test_deny_beats_a_named_project_and_allow_takes_it_back(shop: Path) -> None:
    store("A=1\n")
    found = project.repository_at(str(shop))
    project.deny(found.anchor, found.root)
    for options in ({}, {"project": "shop"}, {"project": "other"}):
        with pytest.raises(NotAllowedError, match="denied"):
            project.open_project(start=str(shop), **options)
    assert loaded(shop).values == []
    assert project.undeny(found.anchor)
    assert values(loaded(shop)) == {"A": b"1"}


def test_no_record_counts_in_a_folder_where_others_can_remove_one(repo: Path) -> None:
    """Who can write there could take a denial back."""
    found = project.repository_at(str(repo))
    project.deny(found.anchor, found.root)
    state = Path(os.environ["HOME"], ".local/state/creds-shell")
    state.chmod(0o777)
    with pytest.raises(BadPermissionsError) as caught:
        resolve(str(repo))
    assert caught.value.hints == (f"chmod go-w {state}",)


def test_deny_does_not_follow_into_another_repository(shop: Path, make_repo: Callable[..., Path]) -> None:
    found = project.repository_at(str(shop))
    project.deny(found.anchor, found.root)
    assert project.open_project(start=str(make_repo("other"))).id == "other"


def test_a_repository_that_is_refused_for_its_modes_can_be_denied(
    shop: Path, creds: Callable[..., object]
) -> None:
    """And stays denied once the modes are right."""
    shop.chmod(0o775)
    assert creds("deny", cwd=shop).returncode == 0
    assert resolve(str(shop)).state == "denied"
    shop.chmod(0o755)
    assert "is denied" in creds("list", cwd=shop).stderr


def test_a_repository_of_another_owner_can_be_denied(
    foreign_repo: Path, creds: Callable[..., object], home: object
) -> None:
    """Nothing in it is read for that; a named project is refused there from then on."""
    del home
    assert creds("list", "--project", "shop", cwd=foreign_repo).returncode == 0
    assert creds("deny", str(foreign_repo)).returncode == 0
    assert resolve(str(foreign_repo)).state == "denied"
    assert creds("list", "--project", "shop", cwd=foreign_repo).returncode == 4
    assert creds("allow", str(foreign_repo)).returncode == 4  # it is another's all the same
    assert creds("list", "--project", "shop", cwd=foreign_repo).returncode == 0
