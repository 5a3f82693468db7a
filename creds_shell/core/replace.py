"""Replace a small file of our own at once: 0600 from the first byte, the old one or the new one whatever happens."""

import posix

from creds_shell.core.paths import check_private, refuse


def write_private(path: str, data: bytes) -> None:
    """Replace a file at once, 0600 from the first byte, on the disk when this returns.

    Raises:
        BadPermissionsError: a component that is not private, or a folder that cannot be written.
        OSError: the disk is full or broken; the old file is still there.
    """
    check_private(path)
    folder = path.rpartition("/")[0]
    temporary = f"{path}.{posix.getpid()}.{posix.urandom(4).hex()}.tmp"
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW | posix.O_CLOEXEC
    try:
        fd = posix.open(temporary, flags, 0o600)
    except PermissionError:
        refuse(f"cannot write in {folder}: permission denied", "ls -ld", folder)
    try:
        _write_all(fd, data)
        posix.rename(temporary, path)
    except BaseException:
        posix.unlink(temporary)
        raise
    sync_dir(folder)


def _write_all(fd: int, data: bytes) -> None:
    try:
        posix.fchmod(fd, 0o600)
        rest = memoryview(data)
        while rest:
            rest = rest[posix.write(fd, rest) :]
        posix.fsync(fd)
    finally:
        posix.close(fd)


def sync_dir(folder: str) -> None:
    """Make a rename or removal in a folder last (fsync(2): the entry needs a sync of its own)."""
    fd = posix.open(folder, posix.O_RDONLY | posix.O_DIRECTORY | posix.O_CLOEXEC)
    try:
        posix.fsync(fd)
    finally:
        posix.close(fd)
