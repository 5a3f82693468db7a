"""A `.git` that is no plain directory: the file of a linked worktree or a submodule, a link, or nothing of git's.

Only what points back is believed, see `repository`.
"""

import posix

from creds_shell.core.paths import exists, fsdecode
from creds_shell.core.realpath import join, realpath
from creds_shell.core.repository import Repository, is_git_dir

GITFILE_LIMIT = 4096  # bytes; git itself accepts 1 MiB, a real one is a path of at most PATH_MAX
_KIND, _DIRECTORY, _REGULAR, _LINK = 0o170000, 0o040000, 0o100000, 0o120000


def read_odd(root: str, git: str, kind: int) -> Repository:
    """Say what the `.git` of a worktree is; `kind` is the file type that stat(2) tells, a directory is one that is closed to us."""
    if kind == _DIRECTORY:
        return _broken(root, git, f"{git} cannot be read", "chmod u+rx")
    if kind == _LINK:
        try:
            target = realpath(git)
        except OSError:
            target = git
        if not is_git_dir(target):
            return _broken(root, git, f"{git} is a symbolic link to nothing that git made")
        return Repository("foreign", root, target, target)
    if kind != _REGULAR:
        return _broken(root, git, f"{git} is neither a directory nor a file")
    return _read_gitfile(root, git)


def _read_gitfile(root: str, git: str) -> Repository:
    line = _first_line(git)
    if line is None or line[:8] != "gitdir: " or not line[8:]:
        return _broken(root, git, f"{git} is not a file that git made", "ls -l")
    try:
        private = realpath(join(root, line[8:]))
    except OSError:
        private = ""
    if not private or not exists(private + "/HEAD"):
        return _broken(root, git, f"{git} points to no git directory", "git worktree repair")
    common = _common_of(git, private)
    if common is None:
        found = Repository("foreign", root, private, private)
        if exists(private + "/commondir"):  # a worktree's, and of another place: moved or copied without git
            found.hints = ("git worktree repair",)
        return found
    return Repository("linked" if common.endswith("/.git") else "bare", root, private, common)


def _common_of(git: str, private: str) -> "str | None":
    """The common directory, if `private` is one of its worktrees and names this `.git` as its own."""
    parent = private.rpartition("/")[0]
    common, _, folder = parent.rpartition("/")
    if folder != "worktrees" or not common or not is_git_dir(common) or exists(common + "/commondir"):
        return None
    back, shared = _first_line(private + "/gitdir"), _first_line(private + "/commondir")
    if not back or not shared:
        return None
    # git 2.48 writes relative back-links with worktree.useRelativePaths
    where, _, name = join(private, back).rpartition("/")
    try:
        points_back = realpath(where or "/").rstrip("/") + "/" + name == git
        return common if points_back and realpath(join(private, shared)) == common else None
    except OSError:
        return None


def _first_line(path: str) -> "str | None":
    """The one line of a small regular file of git's; None for anything else."""
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK)
    except OSError:
        return None
    try:
        if posix.fstat(fd).st_mode & _KIND != _REGULAR:
            return None
        data = posix.read(fd, GITFILE_LIMIT + 1)
    finally:
        posix.close(fd)
    if len(data) > GITFILE_LIMIT or b"\0" in data:
        return None
    line = data.rstrip(b"\r\n")
    return None if b"\n" in line else fsdecode(line)


def _broken(root: str, git: str, problem: str, command: str = "") -> Repository:
    """The `.git` that cannot be believed, why, and the command on it that comes next."""
    from creds_shell.core.errors import step

    found = Repository("foreign", root, git, git)
    found.problem, found.hints = problem, (step(command, git),) if command else ()
    return found
