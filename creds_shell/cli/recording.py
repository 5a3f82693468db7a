"""One audit record for a command on a project, with what the command line said."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from creds_shell import audit
from creds_shell.core.errors import SecretsError

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project


def begin(action: str, project: "Project", keys: Iterable[str], provider: str | None = None) -> None:
    """With `audit.strict`, refuse an action that cannot be recorded.

    Raises:
        NotAllowedError: strict, and the log cannot be written.
    """
    audit.begin(action, project=project.id, keys=keys, provider=provider or project.provider)


def record(
    action: str,
    inv: "Invocation",
    project: "Project",
    keys: Iterable[str] = (),
    provider: str | None = None,
    **more: str,
) -> None:
    """Record what a command did; a log that cannot be written is said once."""
    audit.record(
        action,
        project=project.id,
        keys=keys,
        provider=provider or project.provider,
        reason=inv.reason,
        environment=project.environment,
        **more,
    )


@contextmanager
def recorded(
    action: str, inv: "Invocation", project: "Project", keys: Iterable[str], provider: str
) -> Iterator[None]:
    """Record what a change came to: `ok`, or the code of its error, which goes on.

    Raises:
        NotAllowedError: `audit.strict`, and the log cannot be written; then nothing is changed.
    """
    names = list(keys)
    begin(action, project, names, provider)
    try:
        yield
    except SecretsError as error:
        record(action, inv, project, names, provider, result=error.code)
        raise
    record(action, inv, project, names, provider)
