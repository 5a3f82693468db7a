"""Situations that an attacker makes: a `.git` that names the victim's, what no git made, and modes that let others write."""

import os
import shutil
from pathlib import Path

from .layouts import in_a_linked_worktree
from .situations import Place, situation

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
