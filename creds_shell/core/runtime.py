"""The folder of sockets and caches."""

import posix

from creds_shell.core.paths import STATE_FOLDER, getenv, make_private_dir, state_dir

_KIND, _DIRECTORY = 0o170000, 0o040000


def runtime_dir() -> str:
    """The folder of sockets and caches, made if need be: below XDG_RUNTIME_DIR when that is ours and private.

    Returns:
        An existing 0700 directory of the user's.

    Raises:
        BadPermissionsError: the fall-back below the state folder is not private either.
    """
    base = getenv("XDG_RUNTIME_DIR")
    if base and base[0] == "/":
        try:
            found = posix.lstat(base)
        except OSError:
            found = None
        if found and _is_private_dir(found):
            path = base.rstrip("/") + "/" + STATE_FOLDER
            make_private_dir(path)
            return path
    path = state_dir() + "/run"
    make_private_dir(path)
    return path


def _is_private_dir(found: posix.stat_result) -> bool:
    return (
        found.st_mode & _KIND == _DIRECTORY and found.st_uid == posix.geteuid() and not found.st_mode & 0o077
    )
