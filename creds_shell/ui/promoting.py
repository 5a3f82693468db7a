"""Promotion from the page: the local bundle to AWS, after the difference was shown and the project's id was typed.

What was shown is what is written: AWS's version goes with the plan, and a bundle that changed since stops the write.
"""

from typing import Any

from creds_shell.base import BundleProvider, SecretBundle
from creds_shell.core.errors import SecretNotFoundError, StoreBusyError
from creds_shell.project import Project
from creds_shell.providers.registry import provider_for
from creds_shell.ui.changes import recorded
from creds_shell.ui.listing import Place
from creds_shell.ui.wire import ChangedError

LOCAL, AWS = "dotenv-global", "aws-secrets-manager"


def plan(project: Project) -> dict[str, Any]:
    """Return what promoting would do to each key on AWS, where that is, and what the plan was decided on.

    Raises:
        SecretNotFoundError: there is nothing to promote.
        SecretsError: AWS cannot be asked.
    """
    local, store = _local(project), _aws(project)
    there = store.get_bundle(project.id, project.environment)
    names = sorted({*local.secrets, *there.secrets})
    return {
        "rows": [{"key": key, "change": _change(key, local, there), "problem": None} for key in names],
        "target": _describe(store, project),
        "expected": _expected(project, local, there),
        "confirm": project.id,
        "environment": project.environment,
    }


def apply(project: Project, expected: object, *, remove: bool) -> int:
    """Write what was planned; return how many keys AWS holds now.

    Args:
        project: whose bundle.
        expected: as the plan gave it.
        remove: also remove keys that only AWS has; else they stay.

    Raises:
        ChangedError: the local bundle or AWS's changed since the plan.
        SecretsError: AWS refuses; nothing was changed.
    """
    local, store = _local(project), _aws(project)
    there = store.get_bundle(project.id, project.environment)
    if _expected(project, local, there) != expected:
        raise ChangedError("the secrets changed since this was shown")
    with recorded("promote", project, AWS, list(local.keys)):
        try:
            mode = "replace" if remove else "merge"
            return len(store.put_bundle(local, mode, expected_version=there.version or ""))  # type: ignore[arg-type]
        except StoreBusyError:
            raise ChangedError("somebody else changed the secrets on AWS meanwhile") from None


def _local(project: Project) -> SecretBundle:
    found = provider_for(project, LOCAL).get_bundle(project.id, project.environment)
    if not found.keys:
        raise SecretNotFoundError(f"{project.id} has no secrets on this machine", "creds set KEY")
    return found


def _aws(project: Project) -> BundleProvider:
    store = provider_for(project, AWS)
    store.source = "ui"
    return store


def _change(key: str, local: SecretBundle, there: SecretBundle) -> str:
    if key not in local.secrets:
        return "gone"
    if key not in there.secrets:
        return "add"
    return "same" if local.secrets[key] == there.secrets[key] else "change"


def _expected(project: Project, local: SecretBundle, there: SecretBundle) -> list[str | None]:
    """A keyed hash of both sides: equal only while neither changed."""
    told = "\0".join(f"{key}={local.secrets[key]}" for key in local.keys)
    place = Place(project.id, project.environment, LOCAL)
    return [place.version("*", told), there.version]


def _describe(store: BundleProvider, project: Project) -> str:
    identity = getattr(store, "identity", None)
    if identity is None:
        return store.id
    who, region, name = identity(project.id, project.environment)
    return f"secret {name}, account {who.account}, region {region}"
