"""The local store: owners and modes of everything in it, how it is kept, and whether the audit chain holds."""

import os
from collections.abc import Iterator

from creds_shell.core import paths
from creds_shell.core.errors import SecretsError, step
from creds_shell.core.talk import counted
from creds_shell.validation.row import Row, fail, failed, ok, skip, warn

PRIVATE_FILE, PRIVATE_FOLDER = 0o600, 0o700


def permissions() -> Iterator[Row]:
    """Every file and folder that may hold values or decide about trust."""
    looked = 0
    bad: list[Row] = []
    for base in (paths.config_dir(), paths.state_dir()):
        bad += [row for row in _writable(base) if row not in bad]
        for path in _below(base):
            looked += 1
            bad += _one(path)
    yield from bad
    if not (looked or bad):
        yield skip("permissions", "there is no store yet", "creds set KEY")
    elif not bad:
        yield ok("permissions", f"{looked} files and folders are private")


def _writable(base: str) -> Iterator[Row]:
    """Whether a folder can be written, or made where it is not there yet."""
    place = base
    while not os.path.lexists(place):
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        yield fail("permissions", f"{place} is no folder", step("ls -ld", place))
    elif not os.access(place, os.W_OK | os.X_OK):
        ours = os.lstat(place).st_uid == os.geteuid()
        cannot = f"{place} cannot be written" + (f", so {base} cannot be made" if place != base else "")
        yield fail(
            "permissions", cannot, step("chmod u+wx", place) if ours else "set HOME to a folder of yours"
        )


def _below(base: str) -> Iterator[str]:
    if not os.path.isdir(base):
        return
    yield base
    for folder, folders, files in os.walk(base):
        for name in (*folders, *files):
            yield os.path.join(folder, name)


def _one(path: str) -> Iterator[Row]:
    found = os.lstat(path)
    mode = found.st_mode & 0o777
    wanted = PRIVATE_FOLDER if os.path.isdir(path) else PRIVATE_FILE
    if os.path.islink(path):
        if not os.path.isdir(path):
            yield fail("permissions", f"{path} is a symbolic link", f"replace {path} by a file")
    elif found.st_uid != os.geteuid():
        yield fail("permissions", f"{path} belongs to another user", paths.owner_step(path))
    elif mode & 0o077 or mode & wanted != wanted:  # others may too much, or we too little
        status = fail if mode & paths.WRITABLE_BY_OTHERS else warn
        yield status("permissions", f"{path} has mode {mode:o}", step(f"chmod {wanted:o}", path))


def audit() -> Iterator[Row]:
    """Whether the chain of the audit log is whole."""
    from creds_shell.audit import verify

    try:
        problems = verify().problems
    except SecretsError as error:
        yield failed("audit", error, "creds audit --verify")
        return
    if problems:
        yield fail(
            "audit",
            f"{counted(len(problems), 'place')} where the chain does not hold",
            "creds audit --verify",
        )
    else:
        yield ok("audit", "the chain is whole")
