"""`--kill-tree`: nothing that the command started outlives it. Only on request, because bare commands do not do it.

Everything is loaded before the command starts: an upgrade may replace psutil while it runs.
"""

import posix

import psutil

from creds_shell.process import native

_PR_SET_CHILD_SUBREAPER = 36
_GRACE = 2.0  # seconds between TERM and KILL


def adopt_orphans() -> None:
    """Become the parent of whatever the command leaves behind, so that it can be found (Linux)."""
    native.call("prctl", _PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_descendants(spare: int = 0) -> None:
    """End all our descendants but `spare`: TERM, and KILL for those that do not go."""
    below = [child for child in psutil.Process(posix.getpid()).children(recursive=True) if child.pid != spare]
    for child in below:
        _quietly(child.terminate)
    _, stubborn = psutil.wait_procs(below, timeout=_GRACE)
    for child in stubborn:
        _quietly(child.kill)
    psutil.wait_procs(stubborn, timeout=_GRACE)


def _quietly(send: object) -> None:
    try:
        send()  # type: ignore[operator]
    except psutil.NoSuchProcess:
        return
