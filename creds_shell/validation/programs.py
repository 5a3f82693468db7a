"""Programs that help a check: they run in a cleaned environment, without a terminal, for a limited time.

A helper sees neither the loaded secrets nor a variable that could send it elsewhere (PGHOSTADDR, GIT_DIR, proxies).
"""

import os
import subprocess
from collections.abc import Sequence

KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER", "LOGNAME", "TZ")
TIMEOUT = 20.0  # seconds


def cleaned() -> dict[str, str]:
    """Return the environment of a helper."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def run(command: Sequence[str], *, cwd: str = "/", data: bytes = b"") -> tuple[int, bytes] | None:
    """Run a helper.

    Args:
        command: program and arguments; never a secret.
        cwd: where.
        data: its standard input, which may hold a secret.

    Returns:
        Its status and output; None if it is not installed or did not end in time.
    """
    try:
        done = subprocess.run(
            tuple(command),
            cwd=cwd,
            env=cleaned(),
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT,
            check=False,
            start_new_session=True,
        )
    except (FileNotFoundError, PermissionError, subprocess.TimeoutExpired):
        return None
    return done.returncode, done.stdout
