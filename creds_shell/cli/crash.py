"""What a user sees of a fault of ours: one line and the path of a report, never a traceback and never a value.

The report holds frames and the exception's type alone. Its text is left out: a library may have put a value there.
"""

import errno
import os
import sys
import time

from creds_shell.core.errors import SecretsError

INTERNAL = 70  # EX_SOFTWARE of sysexits.h


def explain(error: Exception) -> int:
    """Report `error` on stderr and return the exit code that belongs to it.

    A closed stdout is success (`creds list | head`); a SecretsError that no command caught keeps its own code.
    """
    if isinstance(error, BrokenPipeError):
        return close_stdout()
    from creds_shell.cli import say

    return say.fail(error if isinstance(error, SecretsError) else _as_told(error))


def _as_told(error: Exception) -> SecretsError:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
        where = f" writing {error.filename}" if error.filename else ""
        return SecretsError(f"{os.strerror(error.errno).lower()}{where}; nothing was changed", "df")
    if isinstance(error, OSError) and error.errno == errno.EBADF and sys.stdout is None:
        return SecretsError("stdout is closed", "send it to a file or a pipe")
    path = write_report(error)
    hints = (f"the report holds no values: {path}",) if path else ()
    told = SecretsError(
        f"something went wrong inside creds ({type(error).__name__})", *hints, exit_code=INTERNAL
    )
    told.code = "internal"
    return told


def close_stdout() -> int:
    """Point stdout at /dev/null, so that the interpreter's last flush cannot fail, and return success."""
    os.dup2(os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC), 1)
    return 0


def write_report(error: Exception) -> str | None:
    """Write frames and types of `error` to a 0600 file in the state directory; return its path or None."""
    import traceback

    from creds_shell import __version__
    from creds_shell.core import paths
    from creds_shell.core.replace import write_private

    lines = [f"creds {__version__}, python {sys.version.split()[0]}, {sys.platform}\n"]
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}\n")
        lines += [f"  {f.filename}:{f.lineno} {f.name}\n" for f in traceback.extract_tb(cause.__traceback__)]
        cause = cause.__cause__ or cause.__context__
    try:
        folder = os.path.join(paths.state_dir(), "reports")
        paths.make_private_dir(folder)
        path = os.path.join(folder, f"{time.strftime('%Y%m%dT%H%M%S')}-{os.getpid()}.txt")
        write_private(path, "".join(lines).encode("utf-8", "backslashreplace"))
    except (OSError, SecretsError):
        return None
    return path
