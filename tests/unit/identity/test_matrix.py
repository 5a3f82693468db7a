"""Which project a directory belongs to: one row for each situation, built with the real git wherever git can.

`victim` is a bound project with a secret, next to every situation. Whatever is forged, nothing but the victim's own
places may say `ready` for it.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from creds_shell.core.errors import SecretsError
from creds_shell.core.load import load
from creds_shell.core.repository import find_repository
from creds_shell.core.resolve import resolve
from creds_shell.project import deny, get_project_id, open_project, repository_at

SECRET = b"victim-value-8141"


@dataclass
class Place:
    """A directory to build in, and the victim beside it."""

    top: Path
    home: Path
    env: dict[str, str] = field(default_factory=dict)

    def git(self, *args: str, cwd: Path) -> None:
        """Run git with an identity and without the user's settings."""
        identity = (
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.invalid",
            "-c",
            "protocol.file.allow=always",
        )
        clean = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(("git", *identity, *args), cwd=cwd, env=clean, check=True, capture_output=True)

    def repo(self, name: str, *, commit: bool = False, bound: bool = False) -> Path:
        """A repository."""
        root = self.top / name
        root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", cwd=root)
        if commit:
            self.git("commit", "-q", "--allow-empty", "-m", "begin", cwd=root)
        if bound:
            self.bind(root)
        return root

    def bind(self, root: Path) -> str:
        """What the first `creds set` does; gives the id back."""
        found = open_project(start=str(root), writing=True)
        store = self.home / ".config/claude-power-pack/secrets" / found.id
        store.mkdir(parents=True, mode=0o700, exist_ok=True)
        (store / ".env").write_bytes(b'KEY="' + SECRET + b'"\n')
        return found.id

    @property
    def victim(self) -> Path:
        """The project that everybody is after."""
        return self.top / "victim"


Start = Path | tuple[Path, dict[str, str]]


@dataclass(frozen=True)
class Situation:
    """A row: how to build it, and what must come out.

    `project` is the id, or a pattern of it; `kind` None means that no repository is found.
    """

    build: Callable[[Place], Path]
    kind: str | None
    state: str
    project: str | None = None

    @property
    def name(self) -> str:
        return self.build.__name__


SITUATIONS: list[Situation] = []
Build = Callable[[Place], Path]


def situation(kind: str | None, state: str, project: str | None = None) -> Callable[[Build], Build]:
    """Add a row to the table."""

    def add(build: Build) -> Build:
        SITUATIONS.append(Situation(build, kind, state, project))
        return build

    return add


# ------------------------------------------------------------------ the project itself


@situation("main", "ready", "shop")
def at_the_root(at: Place) -> Path:
    return at.repo("shop", bound=True)


@situation("main", "unbound", "shop")
def before_the_first_set(at: Place) -> Path:
    return at.repo("shop")


@situation("main", "ready", "shop")
def in_a_sub_directory(at: Place) -> Path:
    deep = at.repo("shop", bound=True) / "a/b/c"
    deep.mkdir(parents=True)
    return deep


@situation("main", "ready", "shop")
def at_a_file(at: Place) -> Path:
    file = at.repo("shop", bound=True) / "a.txt"
    file.touch()
    return file


@situation("main", "ready", "shop")
def through_a_symbolic_link_from_outside(at: Place) -> Path:
    inside = at.repo("shop", bound=True) / "src"
    inside.mkdir()
    (at.top / "shortcut").symlink_to(inside)
    return at.top / "shortcut"


@situation(None, "none")
def through_a_symbolic_link_to_the_outside(at: Place) -> Path:
    (at.top / "elsewhere").mkdir()
    (at.repo("shop", bound=True) / "out").symlink_to(at.top / "elsewhere")
    return at.top / "shop/out"


@situation("main", "ready", "shop")
def inside_the_git_directory(at: Place) -> Path:
    return at.repo("shop", bound=True) / ".git/hooks"


@situation("linked", "ready", "shop")
def in_a_linked_worktree(at: Place) -> Path:
    root = at.repo("shop", commit=True, bound=True)
    at.git("worktree", "add", "-q", str(at.top / "feature"), cwd=root)
    (at.top / "feature/src").mkdir()
    return at.top / "feature/src"


@situation("linked", "ready", "shop")
def in_a_linked_worktree_inside_the_repository(at: Place) -> Path:
    root = at.repo("shop", commit=True, bound=True)
    at.git("worktree", "add", "-q", str(root / ".trees/feature"), cwd=root)
    return root / ".trees/feature"


@situation("main", "ready", "shop")
def bound_from_a_linked_worktree(at: Place) -> Path:
    root = at.repo("shop", commit=True)
    at.git("worktree", "add", "-q", str(at.top / "feature"), cwd=root)
    assert at.bind(at.top / "feature") == "shop"
    return root


@situation("linked", "ready", "shop")
def in_a_linked_worktree_with_relative_links(at: Place) -> Path:
    root = at.repo("shop", commit=True, bound=True)
    tree = at.top / "feature"
    at.git("worktree", "add", "-q", str(tree), cwd=root)
    (tree / ".git").write_text("gitdir: ../shop/.git/worktrees/feature\n")
    (root / ".git/worktrees/feature/gitdir").write_text("../../../../feature/.git\n")
    return tree


@situation("linked", "ready", "shop")
def in_a_linked_worktree_moved_by_git(at: Place) -> Path:
    root = at.repo("shop", commit=True, bound=True)
    at.git("worktree", "add", "-q", str(at.top / "feature"), cwd=root)
    at.git("worktree", "move", str(at.top / "feature"), str(at.top / "other"), cwd=root)
    return at.top / "other"


@situation("bare", "ready", "shop")
def in_a_worktree_of_a_bare_repository(at: Place) -> Path:
    source = at.repo("source", commit=True)
    at.git("clone", "-q", "--bare", str(source), str(at.top / "shop.git"), cwd=at.top)
    for name in ("one", "two"):
        at.git("worktree", "add", "-q", "-b", name, str(at.top / name), cwd=at.top / "shop.git")
    assert at.bind(at.top / "one") == "shop"
    return at.top / "two"


@situation("bare", "unbound", "shop")
def in_a_worktree_of_a_dot_bare_layout(at: Place) -> Path:
    source = at.repo("source", commit=True)
    at.git("clone", "-q", "--bare", str(source), str(at.top / "shop/.bare"), cwd=at.top)
    at.git("worktree", "add", "-q", "-b", "one", str(at.top / "shop/one"), cwd=at.top / "shop/.bare")
    return at.top / "shop/one"


@situation("foreign", "unbound", "shop")
def at_the_root_of_a_dot_bare_layout(at: Place) -> Path:
    source = at.repo("source", commit=True)
    at.git("clone", "-q", "--bare", str(source), str(at.top / "shop/.bare"), cwd=at.top)
    (at.top / "shop/.git").write_text("gitdir: ./.bare\n")
    return at.top / "shop"


@situation(None, "none")
def in_a_bare_repository(at: Place) -> Path:
    at.git("init", "-q", "--bare", str(at.top / "shop.git"), cwd=at.top)
    return at.top / "shop.git"


@situation("main", "ready", "shop")
def in_an_embedded_bare_repository(at: Place) -> Path:
    root = at.repo("shop", bound=True)
    at.git("init", "-q", "--bare", str(root / "vendored"), cwd=root)
    return root / "vendored"


@situation("main", "unbound", "inner")
def in_a_repository_inside_the_project(at: Place) -> Path:
    at.repo("shop", bound=True)
    return at.repo("shop/inner")


@situation("main", "ready", "shop")
def below_a_git_directory_that_git_would_pass_over(at: Place) -> Path:
    inner = at.repo("shop", bound=True) / "inner"
    (inner / ".git").mkdir(parents=True)
    return inner


@situation("main", "ready", "shop")
def below_a_git_directory_with_nothing_but_head(at: Place) -> Path:
    inner = at.repo("shop", bound=True) / "inner"
    (inner / ".git").mkdir(parents=True)
    (inner / ".git/HEAD").write_text("ref: refs/heads/main\n")
    return inner


# ------------------------------------------------------------------ names


@situation("main", "unbound", "my-shop")
def a_name_with_capitals_and_blanks(at: Place) -> Path:
    return at.repo("My Shop")


@situation("main", "unbound", "caf-")
def a_name_that_is_not_ascii(at: Place) -> Path:
    return at.repo("café")


@situation("main", "unbound", "project")
def a_name_of_dots(at: Place) -> Path:
    return at.repo("...")


@situation("main", "unbound", "a.b")
def a_name_that_would_leave_the_store(at: Place) -> Path:
    return at.repo("..a..b")


@situation("main", "unbound", "n" * 100)
def a_very_long_name(at: Place) -> Path:
    return at.repo("n" * 200)


@situation("main", "ready", "line-break")
def a_name_with_a_newline(at: Place) -> Path:
    return at.repo("line\nbreak", bound=True)


@situation("main", "ready", "x-")
def a_path_that_is_no_utf8(at: Place) -> Path:
    return at.repo(os.fsdecode(b"x\xff"), bound=True)


@situation("main", "foreign", "victim")
def another_repository_of_the_same_name(at: Place) -> Path:
    return at.repo("elsewhere/victim")


@situation("main", "ready", "victim-[0-9a-f]{8}")
def another_repository_of_the_same_name_once_it_is_bound(at: Place) -> Path:
    return at.repo("elsewhere/victim", bound=True)


@situation("main", "foreign", "shop")
def a_name_whose_store_was_made_by_hand(at: Place) -> Path:
    store = at.home / ".config/claude-power-pack/secrets/shop"
    store.mkdir(parents=True, mode=0o700)
    (store / ".env").write_text("KEY=1\n")
    return at.repo("shop")


# ------------------------------------------------------------------ moves, copies, clones


@situation("main", "moved", "shop")
def moved(at: Place) -> Path:
    at.repo("shop", bound=True).rename(at.top / "boutique")
    return at.top / "boutique"


@situation("main", "moved", "shop")
def moved_with_its_parent(at: Place) -> Path:
    at.repo("src/shop", bound=True)
    (at.top / "src").rename(at.top / "code")
    return at.top / "code/shop"


@situation("main", "copied", "copy")
def copied(at: Place) -> Path:
    shutil.copytree(at.repo("shop", bound=True), at.top / "copy", symlinks=True)
    return at.top / "copy"


@situation("main", "ready", "shop")
def the_original_of_a_copy(at: Place) -> Path:
    root = at.repo("shop", bound=True)
    shutil.copytree(root, at.top / "copy", symlinks=True)
    return root


@situation("main", "moved", "shop")
def a_copy_whose_original_is_gone(at: Place) -> Path:
    shutil.copytree(at.repo("shop", bound=True), at.top / "copy", symlinks=True)
    shutil.rmtree(at.top / "shop")
    return at.top / "copy"


@situation("main", "foreign", "shop")
def cloned_anew_at_the_same_path(at: Place) -> Path:
    shutil.rmtree(at.repo("shop", bound=True))
    return at.repo("shop")


@situation("main", "foreign", "victim")
def cloned_a_second_time(at: Place) -> Path:
    (at.top / "second").mkdir()
    at.git("clone", "-q", str(at.victim), str(at.top / "second/victim"), cwd=at.top)
    return at.top / "second/victim"


@situation("foreign", "error")
def a_worktree_whose_repository_moved(at: Place) -> Path:
    root = at.repo("shop", commit=True, bound=True)
    at.git("worktree", "add", "-q", str(at.top / "feature"), cwd=root)
    root.rename(at.top / "boutique")
    return at.top / "feature"


@situation("foreign", "unbound", "moved-tree")
def a_worktree_moved_without_git(at: Place) -> Path:
    at.git("worktree", "add", "-q", str(at.top / "feature"), cwd=at.victim)
    (at.top / "feature").rename(at.top / "moved-tree")
    return at.top / "moved-tree"


@situation("foreign", "unbound", "copied-tree")
def a_worktree_that_was_copied(at: Place) -> Path:
    at.git("worktree", "add", "-q", str(at.top / "feature"), cwd=at.victim)
    shutil.copytree(at.top / "feature", at.top / "copied-tree")
    return at.top / "copied-tree"


# ------------------------------------------------------------------ foreign layouts


def _submodule(at: Place) -> Path:
    at.repo("part", commit=True)
    root = at.repo("shop", commit=True, bound=True)
    at.git("submodule", "add", "-q", str(at.top / "part"), "lib", cwd=root)
    return root / "lib"


@situation("foreign", "unbound", "lib")
def a_submodule(at: Place) -> Path:
    return _submodule(at)


@situation("bare", "unbound", "lib")
def a_worktree_of_a_submodule(at: Place) -> Path:
    lib = _submodule(at)
    at.git("worktree", "add", "-q", "-b", "one", str(at.top / "libtree"), cwd=lib)
    return at.top / "libtree"


@situation("foreign", "unbound", "shop")
def a_separate_git_directory(at: Place) -> Path:
    at.git("init", "-q", "--separate-git-dir", str(at.top / "store.git"), str(at.top / "shop"), cwd=at.top)
    return at.top / "shop"


@situation("foreign", "unbound", "shop")
def a_git_directory_behind_a_symbolic_link(at: Place) -> Path:
    root = at.repo("shop")
    (root / ".git").rename(at.top / "kept.git")
    (root / ".git").symlink_to(at.top / "kept.git")
    return root


# ------------------------------------------------------------------ forgeries


def _evil(at: Place, text: str | bytes) -> Path:
    root = at.top / "evil"
    root.mkdir()
    (root / ".git").write_bytes(text.encode() if isinstance(text, str) else text)
    return root


@situation("foreign", "unbound", "evil")
def a_git_file_that_names_the_victims_git_directory(at: Place) -> Path:
    return _evil(at, f"gitdir: {at.victim}/.git\n")


@situation("foreign", "unbound", "evil")
def a_git_file_that_names_a_worktree_of_the_victim(at: Place) -> Path:
    at.git("worktree", "add", "-q", str(at.top / "feature"), cwd=at.victim)
    return _evil(at, f"gitdir: {at.victim}/.git/worktrees/feature\n")


@situation("foreign", "unbound", "evil")
def a_private_directory_that_claims_the_victims_common_one(at: Place) -> Path:
    private = at.top / "fake/worktrees/evil"
    private.mkdir(parents=True)
    (private / "HEAD").write_text("ref: refs/heads/main\n")
    (private / "commondir").write_text(f"{at.victim}/.git\n")
    (private / "gitdir").write_text(f"{at.top}/evil/.git\n")
    return _evil(at, f"gitdir: {private}\n")


@situation("foreign", "unbound", "evil")
def a_private_directory_linked_into_the_victims(at: Place) -> Path:
    private = at.top / "private"
    private.mkdir()
    (private / "HEAD").write_text("ref: refs/heads/main\n")
    (private / "commondir").write_text(f"{at.victim}/.git\n")
    (private / "gitdir").write_text(f"{at.top}/evil/.git\n")
    (at.victim / ".git/worktrees").mkdir()
    (at.victim / ".git/worktrees/evil").symlink_to(private)
    return _evil(at, f"gitdir: {at.victim}/.git/worktrees/evil\n")


def _private(at: Place, private: Path, common: str) -> Path:
    private.mkdir(parents=True)
    (private / "HEAD").write_text("ref: refs/heads/main\n")
    (private / "commondir").write_text(f"{common}\n")
    (private / "gitdir").write_text(f"{at.top}/evil/.git\n")
    return _evil(at, f"gitdir: {private}\n")


@situation("foreign", "unbound", "evil")
def a_private_directory_that_is_not_below_worktrees(at: Place) -> Path:
    return _private(at, at.victim / ".git/other/evil", "../..")


@situation("foreign", "unbound", "evil")
def a_private_directory_whose_commondir_is_another(at: Place) -> Path:
    return _private(at, at.repo("third") / ".git/worktrees/evil", f"{at.victim}/.git")


@situation("foreign", "unbound", "evil")
def a_private_directory_of_a_repository_with_a_commondir(at: Place) -> Path:
    third = at.repo("third") / ".git"
    (third / "commondir").write_text(f"{at.victim}/.git\n")
    return _private(at, third / "worktrees/evil", "../..")


@situation("foreign", "unbound", "evil")
def a_git_directory_with_a_commondir_of_the_victim(at: Place) -> Path:
    root = at.repo("evil")
    (root / ".git/commondir").write_text(f"{at.victim}/.git\n")
    return root


@situation("foreign", "unbound", "evil")
def a_git_directory_that_is_a_link_to_the_victims(at: Place) -> Path:
    (at.top / "evil").mkdir()
    (at.top / "evil/.git").symlink_to(at.victim / ".git")
    return at.top / "evil"


@situation("main", "copied", "evil")
def the_victims_cookie_in_another_repository(at: Place) -> Path:
    root = at.repo("evil")
    shutil.copy2(at.victim / ".git/creds-binding", root / ".git/creds-binding")
    return root


@situation("main", "error")
def a_cookie_that_is_a_symbolic_link(at: Place) -> Path:
    root = at.repo("evil")
    (root / ".git/creds-binding").symlink_to(at.victim / ".git/creds-binding")
    return root


@situation("foreign", "error")
def a_git_file_that_is_too_long(at: Place) -> Path:
    return _evil(at, f"gitdir: {at.victim}/.git\n" + "\n" * 4096)


@situation("foreign", "error")
def a_git_file_of_two_lines(at: Place) -> Path:
    return _evil(at, f"gitdir: {at.victim}/.git\ngitdir: {at.top}\n")


@situation("foreign", "error")
def a_git_file_with_a_nul(at: Place) -> Path:
    return _evil(at, f"gitdir: {at.victim}/.git\0x\n")


@situation("foreign", "error")
def a_git_file_of_something_else(at: Place) -> Path:
    return _evil(at, b"\x00\xff\xfe hello")


@situation("foreign", "error")
def an_empty_git_file(at: Place) -> Path:
    return _evil(at, "")


@situation("foreign", "error")
def a_git_file_that_points_to_nothing(at: Place) -> Path:
    return _evil(at, f"gitdir: {at.top}/nowhere\n")


@situation("foreign", "error")
def a_git_entry_that_is_a_fifo(at: Place) -> Path:
    (at.top / "evil").mkdir()
    os.mkfifo(at.top / "evil/.git")
    return at.top / "evil"


@situation("foreign", "error")
def a_git_entry_that_is_a_dangling_link(at: Place) -> Path:
    (at.top / "evil").mkdir()
    (at.top / "evil/.git").symlink_to(at.top / "nowhere")
    return at.top / "evil"


@situation("foreign", "error")
def a_git_entry_that_is_a_link_to_itself(at: Place) -> Path:
    (at.top / "evil").mkdir()
    (at.top / "evil/.git").symlink_to(".git")
    return at.top / "evil"


# ------------------------------------------------------------------ modes and owners


@situation("main", "error")
def a_root_that_the_group_can_write(at: Place) -> Path:
    root = at.repo("shop", bound=True)
    root.chmod(0o775)
    return root


@situation("main", "error")
def a_git_directory_that_everybody_can_write(at: Place) -> Path:
    root = at.repo("shop", bound=True)
    (root / ".git").chmod(0o777)
    return root


@situation("linked", "error")
def a_common_directory_that_the_group_can_write(at: Place) -> Path:
    start = in_a_linked_worktree(at)
    (at.top / "shop/.git").chmod(0o770)
    return start


@situation("linked", "error")
def a_back_link_that_the_group_can_write(at: Place) -> Path:
    start = in_a_linked_worktree(at)
    (at.top / "shop/.git/worktrees/feature/gitdir").chmod(0o664)
    return start


@situation("linked", "error")
def a_git_file_that_everybody_can_write(at: Place) -> Path:
    start = in_a_linked_worktree(at)
    (at.top / "feature/.git").chmod(0o666)
    return start


@situation("main", "error")
def a_cookie_that_others_can_read(at: Place) -> Path:
    root = at.repo("shop", bound=True)
    (root / ".git/creds-binding").chmod(0o644)
    return root


# ------------------------------------------------------------------ variables


@situation(None, "none")
def git_dir_names_the_victim(at: Place) -> Path:
    at.env["GIT_DIR"] = f"{at.victim}/.git"
    at.env["GIT_WORK_TREE"] = str(at.top / "evil")
    (at.top / "evil").mkdir()
    return at.top / "evil"


@situation("main", "unbound", "evil")
def git_common_dir_names_the_victim(at: Place) -> Path:
    at.env["GIT_COMMON_DIR"] = f"{at.victim}/.git"
    at.env["GIT_DISCOVERY_ACROSS_FILESYSTEM"] = "1"
    return at.repo("evil")


@situation(None, "none")
def a_ceiling_between(at: Place) -> Path:
    deep = at.repo("shop", bound=True) / "a/b"
    deep.mkdir(parents=True)
    at.env["GIT_CEILING_DIRECTORIES"] = f"/nowhere:{at.top}/shop"
    return deep


@situation("main", "ready", "shop")
def a_ceiling_at_the_directory_itself(at: Place) -> Path:
    root = at.repo("shop", bound=True)
    at.env["GIT_CEILING_DIRECTORIES"] = f"{root}:relative"
    return root


@situation("main", "ready", "shop")
def a_ceiling_above_the_root(at: Place) -> Path:
    root = at.repo("shop", bound=True)
    at.env["GIT_CEILING_DIRECTORIES"] = f"{at.top}/"
    return root


@situation(None, "none")
def a_ceiling_behind_a_symbolic_link(at: Place) -> Path:
    deep = at.repo("shop", bound=True) / "a"
    deep.mkdir()
    (at.top / "link").symlink_to(at.top / "shop")
    at.env["GIT_CEILING_DIRECTORIES"] = f"{at.top}/link"
    return deep


@situation("main", "ready", "shop")
def a_ceiling_that_is_not_looked_up(at: Place) -> Path:
    deep = at.repo("shop", bound=True) / "a"
    deep.mkdir()
    (at.top / "link").symlink_to(at.top / "shop")
    at.env["GIT_CEILING_DIRECTORIES"] = f":{at.top}/link"
    return deep


# ------------------------------------------------------------------ denied, and nowhere


@situation("main", "denied")
def denied(at: Place) -> Path:
    root = at.repo("shop", bound=True)
    found = repository_at(str(root))
    deny(found.anchor, found.root)
    return root


@situation("linked", "denied")
def a_worktree_of_a_denied_repository(at: Place) -> Path:
    start = in_a_linked_worktree(at)
    found = repository_at(str(at.top / "shop"))
    deny(found.anchor, found.root)
    return start


@situation("main", "denied")
def denied_before_it_was_bound(at: Place) -> Path:
    root = at.repo("shop")
    found = repository_at(str(root))
    deny(found.anchor, found.root)
    return root


@situation(None, "none")
def outside_any_repository(at: Place) -> Path:
    return at.top


# ------------------------------------------------------------------ the promises


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
