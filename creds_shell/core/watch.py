"""Reference files: how three shells see, by builtins alone, that a watched file changed.

For each watched file there is an empty file whose mtime equals the watched one's to the nanosecond and whose name is
that mtime. It is never given another time, so `f -nt ref || f -ot ref` is true as soon as the watched file is newer,
older, created or deleted, in this shell and in every other one that holds the same reference.
"""

import posix
import time

from creds_shell.core import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.core.errors import SecretsError

SETTLED_NS = 20_000_000
"""A file this young may change again within the same clock tick (10 ms on CONFIG_HZ=100) and keep its mtime."""

SECOND = 1_000_000_000
COARSE_NS = 2 * SECOND
"""The same where file times are whole seconds (ext3, HFS+) or pairs of them (FAT)."""

KEEP = 2000
"""References kept; beyond that they are removed, which costs each shell that still used some a single load."""


def now() -> int:
    """Return the time to hand to `references`, taken before the watched files are read."""
    return time.time_ns()


def references(watched: "list[str]", started: int) -> "list[tuple[str, str | None]]":
    """Make or find the reference of each watched file.

    Args:
        watched: absolute paths; a file that is absent is watched for its appearance.
        started: `now()` from before the first of them was read. What changed later gets a reference one nanosecond
            older than itself, so that the next prompt looks once more.

    Returns:
        Pairs of watched path and reference path, None where there is no file to watch yet.

    Raises:
        SecretsError: the references cannot be written (a full disk) or the file system keeps no nanoseconds.
    """
    folder = paths.state_dir() + "/watch"
    if started % 64 == 0:  # now and then, and before the first of ours is made
        _prune(folder)
    made: dict[int, str] = {}
    return [(path, _reference(folder, path, started, made)) for path in watched]


def _reference(folder: str, path: str, started: int, made: "dict[int, str]") -> "str | None":
    try:
        found = posix.stat(path)
    except OSError:
        return None
    mtime = found.st_mtime_ns
    # A rename into place keeps the mtime of the writing and sets the ctime.
    if is_young(mtime, started) or is_young(found.st_ctime_ns, started):
        mtime -= 1
    if mtime not in made:
        made[mtime] = _make(folder, mtime)
    return made[mtime]


def is_young(stamp: int, started: int) -> bool:
    """Whether another change may get the same time. A time to come (a clock was set back) is none of now."""
    settled = SETTLED_NS if stamp % SECOND else COARSE_NS
    return stamp > started - settled and stamp < now() + SETTLED_NS


def _make(folder: str, mtime: int) -> str:
    reference = f"{folder}/{mtime}"
    try:
        if posix.stat(reference).st_mtime_ns == mtime:
            return reference
    except OSError:  # none yet; what else it is, making one tells
        pass
    fd = _open(folder, reference)
    try:  # by its descriptor: another process may take the references away just now
        posix.utime(fd, ns=(mtime, mtime))
        # one nanosecond before a whole second may be cut off to the second before: older all the same
        kept = posix.fstat(fd).st_mtime_ns == mtime or mtime % SECOND == SECOND - 1
    except OSError as error:
        raise _unwritable(folder, error) from None
    finally:
        posix.close(fd)
    if not kept:
        from creds_shell.core.errors import SecretsError

        raise SecretsError(f"the file system of {folder} keeps no nanoseconds, so changes cannot be seen")
    return reference


def _open(folder: str, reference: str) -> int:
    flags = posix.O_WRONLY | posix.O_CREAT | posix.O_NOFOLLOW | posix.O_CLOEXEC
    try:
        return posix.open(reference, flags, 0o600)
    except FileNotFoundError:
        paths.make_private_dir(folder)
    except OSError as error:
        raise _unwritable(folder, error) from None
    try:
        return posix.open(reference, flags, 0o600)
    except OSError as error:
        raise _unwritable(folder, error) from None


def _prune(folder: str) -> None:
    """Away with all of them at once: a shell looks for one of its references only."""
    aside = f"{folder}.{posix.getpid()}"
    try:
        names = posix.listdir(folder)
        if len(names) <= KEEP:
            return
        posix.rename(folder, aside)
        for name in names:
            posix.unlink(f"{aside}/{name}")
        posix.rmdir(aside)
    except OSError:
        return


def _unwritable(folder: str, error: OSError) -> "SecretsError":
    from creds_shell.core.errors import SecretsError

    return SecretsError(f"cannot write the watch references in {folder}: {error.strerror}")
