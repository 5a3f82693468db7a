"""Small files of our own: written at once, with their folder, and one writer at a time where one reads first."""

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager

from creds_shell.core import paths
from creds_shell.core.errors import BadPermissionsError, SecretsError, step
from creds_shell.core.replace import write_private


def keep(path: str, data: bytes) -> None:
    """Write a file of ours, with its folder.

    Raises:
        BadPermissionsError: somebody else could write there, or we cannot.
        SecretsError: the disk is full, broken or read-only.
    """
    try:
        paths.make_private_dir(os.path.dirname(path))
        write_private(path, data)
    except OSError as error:
        raise _cannot_write(path, error) from None


def _cannot_write(path: str, error: OSError) -> SecretsError:
    reason = (error.strerror or type(error).__name__).lower()
    if error.errno in (errno.EACCES, errno.EPERM):
        return BadPermissionsError(
            f"cannot write {path}: {reason}", step("ls -ld", os.path.dirname(path), path)
        )
    return SecretsError(f"cannot write {path}: {reason}", step("df", os.path.dirname(path)))


@contextmanager
def state_lock(name: str) -> Iterator[None]:
    """Hold the lock of one kind of record; waits as long as the holder needs for one small file."""
    path = f"{paths.state_dir()}/{name}.lock"
    try:
        paths.make_private_dir(paths.state_dir())
        fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        os.fchmod(fd, 0o600)  # a umask of 0277 took bits away: nobody could open it again
    except OSError as error:
        raise _cannot_write(path, error) from None
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
