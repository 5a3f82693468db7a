"""What goes with showing a value: it is recorded first, and a terminal that is masked says why nothing appears."""

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING

from creds_shell.cli import recording, say

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project


def record(
    action: str,
    inv: "Invocation",
    project: "Project",
    keys: Iterable[str],
    provider: str | None = None,
    **more: str,
) -> None:
    """Record that values are about to be shown; with `audit.strict`, refuse if that fails.

    Raises:
        NotAllowedError: strict, and the log cannot be written.
    """
    names = list(keys)
    recording.begin(action, project, names, provider)
    recording.record(action, inv, project, names, provider, **more)
    _say_if_masked_here()


def _say_if_masked_here() -> None:
    """Inside a live session what creds prints is masked like everything else."""
    from creds_shell.core import frame

    if os.isatty(1) and frame.inside():
        say.say("this terminal is masked, and so is what creds prints here; pipe it instead")
