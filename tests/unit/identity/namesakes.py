"""Situations in which two places could be taken for one: odd and equal names, moves, copies, clones."""

import os
import shutil
from pathlib import Path

from .situations import Place, situation

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


@situation("main", "moved", "shop")
def moved_and_a_link_left_behind(at: Place) -> Path:
    root = at.repo("shop", bound=True).rename(at.top / "boutique")
    (at.top / "shop").symlink_to(root)
    return root


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
