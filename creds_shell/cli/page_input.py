"""A value that a person types on the page, so that it never passes the agent that asked for it."""

from typing import TYPE_CHECKING

from creds_shell.cli import say, writing
from creds_shell.core import agents
from creds_shell.core.errors import SecretsError

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project


def ask(key: str, project: "Project", inv: "Invocation", *, rotate: bool = False) -> int:
    """Ask, and say that it was stored; the page stores and records it.

    Raises:
        SecretsError: the person declined.
        NotAllowedError: nobody can be asked.
    """
    from creds_shell.ui.asking import DECLINED, ask_value

    verb = "rotate" if rotate else "set"
    answer = ask_value(key, project, rotate=rotate, agent=agents.detect(), reason=inv.reason)
    if answer == DECLINED:
        raise SecretsError(f"the person declined to {verb} {key}", "nothing was changed")
    done = "rotated" if rotate else "set"
    say.say(f"{writing.where(project)}: {key} {done} by a person on the page")
    return 0
