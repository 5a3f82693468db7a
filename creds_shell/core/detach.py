"""Start one fetch from AWS beside the prompt: detached, at most one at a time, never waited for.

The lock is taken here and inherited, so that of fifty terminals forty-nine start nothing. A flock belongs to the
open file (flock(2)): it is free when the fetch ends, however it ends.
"""

import posix
import sys
from fcntl import F_DUPFD_CLOEXEC, LOCK_EX, LOCK_NB, fcntl, flock

from creds_shell.core import cache, paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.core.cache import Copy, Source

# Runs with site-packages (boto3) and without anything of the user's (-I); the package's own folder comes last,
# so that nothing beside it can stand in front of a module of the standard library.
STARTER = "import sys; sys.path.append(sys.argv.pop(1)); from creds_shell.__main__ import main; raise SystemExit(main())"


def start_refresh(source: "Source", copy: "Copy") -> bool:
    """Have a source's copy fetched anew in the background.

    Args:
        source: from cache.make_source.
        copy: from cache.read_bundle; its path names the lock.

    Returns:
        Whether a fetch is running now, ours or another's. False: the copy came in meanwhile, or none is kept.
    """
    if copy.path is None:
        return False
    fd = open_lock(copy.path)
    try:
        flock(fd, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        posix.close(fd)
        return True
    try:
        if cache.read_bundle(source).state in ("fresh", "failed"):
            return False
        _spawn(_command(source, fd), fd)
        return True
    finally:
        posix.close(fd)


def open_lock(path: str) -> int:
    """Open the lock file beside a copy; who holds its flock may ask AWS for it."""
    flags = posix.O_RDWR | posix.O_CREAT | posix.O_NOFOLLOW | posix.O_CLOEXEC
    fd = posix.open(f"{path}.lock", flags, 0o600)
    posix.fchmod(fd, 0o600)  # whatever the umask: the next one has to open it
    if fd > 2:
        return fd
    higher = fcntl(fd, F_DUPFD_CLOEXEC, 3)  # our caller had a standard descriptor closed
    posix.close(fd)
    return higher


def _command(source: "Source", lock: int) -> list[str]:
    package = __file__.rsplit("/", 3)[0]
    words = [sys.executable, "-I", "-c", STARTER, package, "refresh", "--detached", f"--lock-fd={lock}"]
    return [*words, f"--project={source.project}", f"--environment={source.environment}"]


def _spawn(argv: list[str], keep: int) -> None:
    """Fork twice, so that nobody has to wait for the fetch and it belongs to no terminal."""
    child = posix.fork()
    if child:
        posix.waitpid(child, 0)
        return
    try:
        posix.setsid()
        if posix.fork():
            posix._exit(0)  # noqa: SLF001 no clean-up of the parent
        _leave_terminal(keep)
        posix.execve(argv[0], argv, paths.environ())
    finally:
        posix._exit(127)  # noqa: SLF001


def _leave_terminal(keep: int) -> None:
    null = posix.open("/dev/null", posix.O_RDWR)
    for fd in (0, 1, 2):
        posix.dup2(null, fd)
    posix.closerange(3, keep)
    posix.closerange(keep + 1, 65536)
    posix.set_inheritable(keep, True)
