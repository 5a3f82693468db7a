"""What goes with showing a value: it is recorded first, and a terminal that is masked says why nothing appears."""

import os
from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING

from creds_shell.cli import recording, say
from creds_shell.core.errors import NotAllowedError

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project


def record(
    action: str,
    inv: "Invocation",
    project: "Project",
    values: Mapping[str, bytes],
    provider: str | None = None,
    *,
    masked: Collection[str],
    **more: str,
) -> None:
    """Record that values are about to be shown; with `audit.strict`, refuse if that fails.

    Args:
        action: for the record, as are inv, project, provider and more.
        inv: the global options.
        project: whose values.
        values: what is shown, by name.
        provider: the tier, where it is one.
        masked: the names of those that output filters hide: a live session on this terminal learns them first.
        **more: further fields of the record.

    Raises:
        NotAllowedError: strict, and the log cannot be written; or this terminal's session cannot be told.
    """
    names = list(values)
    recording.begin(action, project, names, provider)
    recording.record(action, inv, project, names, provider, **more)
    _mask_here({name: value for name, value in values.items() if name in masked})


def _mask_here(values: Mapping[str, bytes]) -> None:
    """Inside a live session what creds prints is masked like everything else, through a pipe to `cat` too."""
    from creds_shell.core import frame

    told = frame.register([*values.values()], [*values], forced=frozenset(values))
    if told == "refused":
        raise NotAllowedError(
            "the session of this terminal does not answer, nothing is shown", "open another terminal"
        )
    if told == "acked" and os.isatty(1):
        say.say("this terminal is masked, and so is what creds prints here; pipe it instead")
