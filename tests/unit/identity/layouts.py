"""Situations that people make with git: sub-directories, worktrees, bare repositories, submodules, ceilings, denials."""

from pathlib import Path

from creds_shell.project import deny, repository_at

from .situations import Place, situation

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
