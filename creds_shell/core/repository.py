"""Which repository a directory is in, by our own reading of `.git`; no git process, no `GIT_*` variable.

Only what points back is believed: a linked worktree counts as its repository's when the private directory is
`<common>/worktrees/<name>` and its `gitdir` file names this very `.git`. Everything else that is not a plain `.git`
directory is *foreign* and stands for itself alone, so that a forged `.git` can take over nothing.
"""

import posix

from creds_shell.core.paths import environ, exists, fsdecode, is_dir

_KIND, _DIRECTORY, _REGULAR, _LINK = 0o170000, 0o040000, 0o100000, 0o120000
_OTHERS = 0o022


class Repository:
    """One worktree and the repository that it belongs to.

    Attributes:
        kind: `main`, `linked` (a worktree), `bare` (a worktree of a bare repository) or `foreign`.
        root: the worktree's real path.
        git_dir: the directory that `.git` is or points to.
        common_dir: the one that all worktrees share; the git directory itself when foreign.
        anchor: what a project is bound to: the common directory, or for a foreign one the pair of
            git directory and root, written `<git_dir>/<root>` (a real path never holds the `//` in it).
        name: the directory name that proposes a project id.
        problem: why it cannot be trusted, or None.
        hints: what to do about the problem.
        stranger: it belongs to somebody else, which is no news to anybody who walks into it.
    """

    def __init__(self, kind: str, root: str, git_dir: str, common_dir: str) -> None:
        self.kind = kind
        self.root = root
        self.git_dir = git_dir
        self.common_dir = common_dir
        self.anchor = git_dir + "/" + root if kind == "foreign" else common_dir
        self.name = _directory_name(self)
        self.problem: str | None = None
        self.hints: tuple[str, ...] = ()
        self.stranger = False


def find_repository(start: "str | None" = None) -> "Repository | None":
    """Walk up to the first `.git` that git would take, and say what it is.

    Args:
        start: a file or directory; None is the working directory.

    Returns:
        The repository (look at its `problem` before trusting it), or None: none here, a ceiling of
        GIT_CEILING_DIRECTORIES, a directory of another user in between, or a working directory that is gone.
    """
    here = _starting_place(start)
    if here is None:
        return None
    ceiling = _ceiling(here)
    while len(here) > ceiling:
        try:
            folder = posix.lstat(here)
        except OSError:
            return None
        git = here.rstrip("/") + "/.git"
        try:
            entry = posix.lstat(git)
        except OSError:
            entry = None
        if folder.st_uid != posix.geteuid():
            return _of_a_stranger(here, git, folder, entry) if entry else None
        if entry is not None:
            found = _read(here, git, entry)
            if found is not None:
                _check_owners(found, folder, entry, git)
                return found
        if here == "/":
            return None
        here = here.rpartition("/")[0] or "/"
    return None


def _starting_place(start: "str | None") -> "str | None":
    try:
        if start is None:
            here = posix.getcwd()
            return here if here[:1] == "/" else None  # getcwd(2): "(unreachable)" outside the process's root
        from creds_shell.core.realpath import realpath

        here = realpath(start)
    except OSError:
        return None
    return here if is_dir(here) else here.rpartition("/")[0] or "/"


def _ceiling(here: str) -> int:
    """Length of the longest ceiling above `here`: git never looks in it, nor above (git(1))."""
    listed = environ().get(b"GIT_CEILING_DIRECTORIES")
    if not listed:
        return 0
    from creds_shell.core.realpath import realpath

    longest, resolve = 0, True
    for part in fsdecode(listed).split(":"):
        if not part:
            resolve = False  # git(1): after an empty entry links are not looked up
        elif part[0] == "/":
            try:
                path = realpath(part) if resolve else part
            except OSError:
                continue
            above = path.rstrip("/") + "/"
            if here.startswith(above) and len(here) > len(above):
                longest = max(longest, len(above) - 1 or 1)
    return longest


def _read(root: str, git: str, entry: posix.stat_result) -> "Repository | None":
    kind = entry.st_mode & _KIND
    if kind == _DIRECTORY:
        if exists(git + "/commondir") and exists(git + "/HEAD"):
            return Repository("foreign", root, git, git)
        if is_git_dir(git):
            return Repository("main", root, git, git)
        if posix.access(git, posix.X_OK):
            return None
    from creds_shell.core.gitfile import read_odd  # late: linked worktrees and submodules are the fewer

    return read_odd(root, git, kind)


def is_git_dir(path: str) -> bool:
    """Whether a directory is what git takes for one of its own."""
    return exists(path + "/HEAD") and is_dir(path + "/objects") and is_dir(path + "/refs")


def _of_a_stranger(root: str, git: str, folder: posix.stat_result, entry: posix.stat_result) -> Repository:
    """Nothing in it is read; a directory is what it looks like, so that it can be denied by its anchor."""
    found = Repository("main" if entry.st_mode & _KIND == _DIRECTORY else "foreign", root, git, git)
    found.problem = f"{root} belongs to another user (uid {folder.st_uid})"
    found.hints = ("use --project ID to name a project yourself",)
    found.stranger = True
    return found


def _check_owners(found: Repository, folder: posix.stat_result, entry: posix.stat_result, git: str) -> None:
    """Root, `.git`, back-link and common directory: ours, and not writable by group or others."""
    if found.problem:
        return
    _check_entry(found, found.root, folder)
    _check_entry(found, git, entry)
    if found.git_dir != git:
        places = [
            found.git_dir,
            found.git_dir + "/gitdir",
            found.git_dir.rpartition("/")[0],
            found.common_dir,
        ]
        for path in places if found.kind != "foreign" else places[:1]:
            try:
                _check_entry(found, path, posix.lstat(path))
            except OSError:
                found.problem = f"{path} cannot be read"


def _check_entry(found: Repository, path: str, entry: posix.stat_result) -> None:
    if found.problem:
        return
    if entry.st_uid != posix.geteuid():
        found.problem = f"{path} belongs to another user (uid {entry.st_uid})"
        found.hints = ("use --project ID to name a project yourself",)
    elif entry.st_mode & _OTHERS and entry.st_mode & _KIND != _LINK:
        found.problem = f"{path} can be written by others (mode {entry.st_mode & 0o7777:04o})"
        from creds_shell.core.errors import step

        found.hints = (step("chmod go-w", path),)


def _directory_name(found: Repository) -> str:
    """The main worktree's directory; of a bare repository its own name, or its folder's for `.bare` and the like."""
    if found.kind in ("main", "foreign"):
        return found.root.rpartition("/")[2]
    parent, _, name = found.common_dir.rpartition("/")
    if name[:1] == ".":
        return parent.rpartition("/")[2]
    return name.removesuffix(".git")
