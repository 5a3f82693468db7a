"""Replace one file of secrets: the old content or the new one, never a mixture, and success is said when it is safe.

Lock, read again, temporary file beside it, write, fsync, rename, fsync of the directory, unlock. Readers take no
lock. The new file's mtime is always later than the old one's, because hooks watch it.
"""

import errno
import os
import stat
from collections.abc import Callable

from creds_shell.core import paths
from creds_shell.core.errors import (
    BadPermissionsError,
    ProviderNotAvailableError,
    SecretsError,
    step,
)
from creds_shell.core.replace import sync_dir
from creds_shell.lock import held

LIMIT = 64 << 20  # bytes read of one bundle; far beyond what an environment can hold
TEMPORARY = ".creds-tmp-"
_OPEN = os.O_NOFOLLOW | os.O_CLOEXEC


def read(path: str) -> tuple[bytes, os.stat_result] | None:
    """Return a file's bytes and its stat, or None when it is not there.

    Raises:
        BadPermissionsError: it may not be trusted or cannot be read; the hint is the command to run.
    """
    paths.check_private(path)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | _OPEN)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise explain(error, "read", path) from None
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise BadPermissionsError(f"{path} is not a regular file", step("ls -ld", path))
        return paths.read_all(fd, path, LIMIT), found
    except OSError as error:
        raise explain(error, "read", path) from None
    finally:
        os.close(fd)


def update(
    path: str,
    lock: str,
    change: Callable[[bytes | None], bytes | None],
    done: Callable[[], object] | None = None,
    tier: str = "dotenv-global",
) -> os.stat_result | None:
    """Replace a file under its lock.

    Args:
        path: the file; its directory is made when missing, 0700.
        lock: the file to lock; it holds who has the lock.
        change: the content now (None: no file) → the content to store (None: remove the file).
        done: called under the lock once the new content is safe.
        tier: whose file it is, for messages.

    Returns:
        The new file's stat, or None when it is gone.

    Raises:
        StoreBusyError: somebody else holds the lock for 10 s.
        SecretsError: it could not be stored; the old content is still there.
    """
    try:
        for folder in {os.path.dirname(path), os.path.dirname(lock)}:
            paths.make_private_dir(folder)
        paths.check_private(path)
        with held(lock):
            _remove_stale(os.path.dirname(path))
            before = read(path)
            new = change(before and before[0])
            found = _replace(path, new, before and before[1]) if new is not None else None
            if new is None and before is not None:
                _remove(path)
            if done:
                done()
            return found
    except OSError as error:
        raise explain(error, "write", path, tier) from None


def _replace(path: str, data: bytes, before: os.stat_result | None) -> os.stat_result:
    temporary = os.path.join(os.path.dirname(path), f"{TEMPORARY}{os.getpid()}-{os.urandom(6).hex()}")
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OPEN, 0o600)
    try:
        found = _fill(fd, data, before)
        os.rename(temporary, path)
    except BaseException:
        _unlink_quietly(temporary)
        raise
    _confirm(path)
    return found


def _fill(fd: int, data: bytes, before: os.stat_result | None) -> os.stat_result:
    """Write, date, sync and close the temporary file."""
    try:
        os.fchmod(fd, 0o600)  # a umask of 0277 took bits away
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(fd, rest) :]
        found = os.fstat(fd)
        if before and found.st_mtime_ns <= before.st_mtime_ns:  # the kernel's clock ticks every 1–10 ms
            os.utime(fd, ns=(found.st_atime_ns, before.st_mtime_ns + 1))
            found = os.fstat(fd)
        os.fsync(fd)
    except BaseException:
        _close_quietly(fd)
        raise
    os.close(fd)  # an error here may be the only word of a lost write (close(2))
    return found


def _remove(path: str) -> None:
    os.unlink(path)
    _confirm(path)


def _confirm(path: str) -> None:
    try:
        sync_dir(os.path.dirname(path))
    except OSError as error:
        raise SecretsError(
            f"{path} was replaced, but the disk did not confirm it: {_reason(error)}",
            "look at what is stored now: creds list",
        ) from None


def _remove_stale(folder: str) -> None:
    """Remove what a killed writer left; every writer of this folder holds the lock while it has a temporary file."""
    for name in os.listdir(folder):
        if name.startswith(TEMPORARY):
            _unlink_quietly(os.path.join(folder, name))  # a folder of that name in a repository stops nothing


def _unlink_quietly(path: str) -> None:
    try:
        os.unlink(path)
    except OSError:
        return  # the next writer removes it


def _close_quietly(fd: int) -> None:
    try:
        os.close(fd)
    except OSError:
        return


def explain(error: OSError, verb: str, path: str, tier: str = "dotenv-global") -> SecretsError:
    """Turn an error of the system into one sentence, which names the tier, and a next step."""
    where = error.filename if isinstance(error.filename, str) and TEMPORARY not in error.filename else path
    message = f"{tier} cannot {verb} {where}: {_reason(error)}"
    if error.errno == errno.ELOOP:
        message, hint = f"{where} is a symbolic link", step("put the file itself there: rm", where)
        return BadPermissionsError(message, hint)
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return BadPermissionsError(message, step("ls -ld", os.path.dirname(where), where))
    if verb == "read":
        return ProviderNotAvailableError(message, step("ls -l", where))
    return SecretsError(f"{message}; nothing was changed", step("df", os.path.dirname(where)))


def _reason(error: OSError) -> str:
    return os.strerror(error.errno).lower() if error.errno else "unknown error"
