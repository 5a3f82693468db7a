"""Which files are scanned: a tree as it lies on disk, or what a commit would take. Links are not followed."""

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, cast

from creds_shell.core.errors import ProjectNotFoundError, ProviderNotAvailableError, SecretsError, step

SKIPPED_FOLDERS = frozenset(
    {".git", ".hg", ".svn", ".jj"}
)  # packed histories: compressed, nothing can be found
# Repositories may name programs for git to run; none of these may. With diff.relative a diff ends at the folder.
GIT = ("git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "diff.relative=false")
SCAN_FILES = "scan the files themselves: `creds scan PATH`"


@dataclass(frozen=True)
class Source:
    """One file to look into: the name to show, and how to read it."""

    name: str
    read: Callable[[], bytes]


def tree(paths: list[str]) -> Iterator[Source]:
    """Every regular file below `paths`.

    Raises:
        SecretsError: a path that was named cannot be looked into; else that would read as "nothing found".
    """
    for path in paths:
        if not os.path.lexists(path):
            raise _missing(path)
        if not os.access(path, os.R_OK):
            raise SecretsError(f"cannot read {path}", step("ls -l", path))
        if os.path.isfile(path):
            yield Source(path, partial(_read, os.path.realpath(path)))  # a link that was named is followed
        elif os.path.isdir(path):
            yield from _walk(path)
        else:
            raise SecretsError(f"{path} is no regular file", step("ls -l", path))


def _missing(path: str) -> SecretsError:
    return SecretsError(f"there is no file {path or repr(path)}", step("ls -l", path))


def on_disk(path: str) -> Source:
    """A file as it lies on disk."""
    return Source(path, lambda: _read(path))


def not_ignored(paths: list[str]) -> Iterator[Source]:
    """The files below `paths` that git does not ignore: tracked ones, and new ones.

    Raises:
        ProviderNotAvailableError: there is no git.
        ProjectNotFoundError: there is no repository.
    """
    for path in paths:
        folder, rest = (path, ".") if os.path.isdir(path) else os.path.split(os.path.abspath(path))
        listed = git(folder, "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", rest)
        for name in sorted(set(listed.split(b"\0")) - {b""}):
            full = os.path.normpath(os.path.join(folder, os.fsdecode(name)))
            if os.path.isfile(full) and not os.path.islink(full):
                yield on_disk(full)


def staged(folder: str, paths: list[str]) -> Iterator[Source]:
    """What the next commit would add or change, as it is in the index and not in the tree; below paths, if any.

    Raises:
        ProviderNotAvailableError: there is no git.
        ProjectNotFoundError: there is no repository.
        SecretsError: a path that was named is neither here nor in the index.
    """
    for path in paths:
        if not os.path.lexists(path) and not git(folder, "--literal-pathspecs", "ls-files", "--", path):
            raise _missing(path)
    plain = ("--raw", "-z", "--no-abbrev", "--no-ext-diff", "--no-renames", "--diff-filter=AMT")
    listed = git(folder, "--literal-pathspecs", "diff", "--cached", *plain, "--", *paths)
    fields = listed.split(b"\0")
    command = (*GIT, "cat-file", "--batch")
    pipe, nothing = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, cwd=folder, stdin=pipe, stdout=pipe, stderr=nothing) as blobs:
        for meta, name in zip(fields[0::2], fields[1::2], strict=False):
            _, mode, _, blob, _ = meta.split(b" ")
            if mode.startswith(b"100"):  # regular files; not links and not submodules
                yield Source(os.fsdecode(name), partial(_read_blob, blobs, blob))


def _read_blob(blobs: "subprocess.Popen[bytes]", blob: bytes) -> bytes:
    """Ask `git cat-file --batch` for one: its id, its type and its size on a line, then its bytes and a newline."""
    asked, answers = cast("IO[bytes]", blobs.stdin), cast("IO[bytes]", blobs.stdout)
    asked.write(blob + b"\n")
    asked.flush()
    *_, size = answers.readline().split(b" ", 2)
    data = answers.read(int(size) + 1) if size.strip().isdigit() else b""  # else `missing`
    if not data or len(data) <= int(size):  # of a damaged one the beginning
        raise SecretsError("git has lost what a staged file holds", "git fsck")
    return data[:-1]


def _walk(folder: str) -> Iterator[Source]:
    """Depth first, names in order; what cannot be listed is passed over, like what cannot be read."""
    try:
        with os.scandir(folder) as listing:
            entries = sorted(listing, key=lambda entry: entry.name)
    except OSError:
        return
    for entry in entries:
        if entry.is_file(follow_symlinks=False):
            yield on_disk(entry.path.removeprefix("./"))
        elif entry.is_dir(follow_symlinks=False) and entry.name not in SKIPPED_FOLDERS:
            yield from _walk(entry.path)


def _read(path: str) -> bytes:
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        size = os.fstat(fd).st_size
        data = os.read(fd, size + 1)  # one call for nearly every file
        while len(data) < size:
            more = os.read(fd, size - len(data) + 1)
            if not more:
                break
            data += more
        return data
    finally:
        os.close(fd)


def git(folder: str, *args: str) -> bytes:
    """What git prints when run in folder.

    Raises:
        ProviderNotAvailableError: there is no git.
        ProjectNotFoundError: there is no repository, or git may not read it.
    """
    try:
        done = subprocess.run((*GIT, *args), cwd=folder or ".", capture_output=True, check=False)
    except FileNotFoundError:
        raise ProviderNotAvailableError("git is not installed", SCAN_FILES) from None
    if done.returncode != 0:
        raise ProjectNotFoundError("git finds no repository here that it may read", SCAN_FILES)
    return done.stdout
