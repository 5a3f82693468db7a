"""Small files of our own: written at once, with their folder, and one writer at a time where one reads first."""

import errno
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from creds_shell.core import paths
from creds_shell.core.errors import BadPermissionsError, SecretsError, step
from creds_shell.core.replace import write_private
from creds_shell.lock import held


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
    """Hold the lock of one kind of record.

    Raises:
        SecretsError: another process holds it for too long, or there can be no lock.
    """
    path = f"{paths.state_dir()}/{name}.lock"
    with ExitStack() as stack:
        try:
            paths.make_private_dir(paths.state_dir())
            stack.enter_context(held(path))
        except OSError as error:
            raise _cannot_write(path, error) from None
        yield
