"""What a coding agent may not do on the command line, unless the user's config or a person on the page allows it.

A command module says AGENT_ACTION = "allow", or a function of its parsed arguments that returns an action or None.
`exec`, `shell` and `export` come here for an agent alone; on their lean ways they refuse too, by the same table.
"""

from argparse import Namespace
from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from creds_shell.core import agents
from creds_shell.core.errors import NotAllowedError, SecretsError

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project


def check(module: ModuleType, args: Namespace, inv: "Invocation") -> None:
    """Refuse what this module declares, for an agent.

    Raises:
        NotAllowedError: an agent runs us, nothing grants it, and no person said yes.
    """
    declared = getattr(module, "AGENT_ACTION", None)
    if declared is None or agents.detect() is None:
        return
    action = declared(args) if callable(declared) else declared
    if action:
        keys = getattr(args, "keys", None) or getattr(args, "key", None) or ()
        require(action, inv, keys=[keys] if isinstance(keys, str) else list(keys))


def require(action: str, inv: "Invocation", *, keys: Sequence[str] = ()) -> None:
    """Let a person pass, and an agent that the config grants `action` or that a person answers yes to.

    The refusal is audited with the agent's name and its --reason, which grants nothing.

    Raises:
        NotAllowedError: otherwise.
    """
    try:
        agents.refuse(action, granted())
    except NotAllowedError as refusal:
        project = _project(inv)
        if _person_says_yes(action, inv, project, keys):
            agents.permit(action)
            return
        _record(action, inv, project, keys)
        raise refusal from None


def granted() -> frozenset[str]:
    """What the user's config lets agents do; nothing when the config cannot be read."""
    from creds_shell.config import SecretsConfig

    return frozenset(SecretsConfig.load().agent_allow)


def _project(inv: "Invocation") -> "Project | None":
    try:
        return inv.open_project()
    except SecretsError:
        return None  # `allow` is refused in a repository that is no project yet


def _person_says_yes(action: str, inv: "Invocation", project: "Project | None", keys: Sequence[str]) -> bool:
    from creds_shell.ui.asking import ask_permission

    try:
        return ask_permission(action, project, keys=keys, agent=agents.detect(), reason=inv.reason)
    except NotAllowedError:
        return False  # nobody can be asked: the refusal itself says more


def _record(action: str, inv: "Invocation", project: "Project | None", keys: Sequence[str]) -> None:
    from creds_shell import audit

    audit.record(
        action,
        project=project.id if project else inv.project or "",
        keys=tuple(keys),
        provider=project.provider if project else "",
        result="refused",
        reason=inv.reason,
        agent=agents.detect(),
    )
