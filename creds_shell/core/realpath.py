"""Paths without links: what the file system means by a path, by our own steps (os is not for the prompt)."""

import posix

_LINK_LIMIT = 40  # Linux MAXSYMLINKS, path_resolution(7)


def join(folder: str, path: str) -> str:
    """`path` as seen from `folder`."""
    return path if path[:1] == "/" else folder.rstrip("/") + "/" + path


def realpath(path: str) -> str:
    """The path without symbolic links, `.` and `..`; parts that do not exist are kept as they are.

    Args:
        path: absolute, or relative to the working directory.

    Raises:
        OSError: more than 40 links (ELOOP), or no working directory.
    """
    if path[:1] != "/":
        path = posix.getcwd() + "/" + path
    rest = _parts(path)
    done, links = "", 0
    while rest:
        part = rest.pop()
        if part == ".":
            continue
        if part == "..":
            done = done.rpartition("/")[0]
            continue
        step = done + "/" + part
        try:
            target = posix.readlink(step)
        except OSError:  # not a link, or not there
            done = step
            continue
        links += 1
        if links > _LINK_LIMIT:
            from errno import ELOOP

            raise OSError(ELOOP, "too many levels of symbolic links", path)
        if target[:1] == "/":
            done = ""
        rest += _parts(target)
    return done or "/"


def _parts(path: str) -> "list[str]":
    return [part for part in path.split("/") if part][::-1]
