"""What every command that reads the project's secrets does first: load them, say what is wrong, record a failure.

A read that succeeds is recorded by its command, which then knows the keys that it shows. The record of a failure has
no names: what was typed for a key may be a value.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from creds_shell.cli import recording, say
from creds_shell.core.errors import SecretsError

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project
    from creds_shell.providers.layers import LayeredBundle, LayeredKey


def load(
    action: str, inv: "Invocation", project: "Project", *, skip_blocked: bool = False
) -> "LayeredBundle":
    """Return the project's keys over all of its tiers.

    Args:
        action: for the record, as are inv and project.
        inv: the global options.
        project: whose secrets.
        skip_blocked: leave a repository's file out that is not allowed, instead of failing.

    Raises:
        SecretsError: a tier cannot be read; that is recorded.
    """
    from creds_shell.providers.layers import load_bundle

    with failure_recorded(action, inv, project):
        found = load_bundle(project, skip_blocked=skip_blocked, refresh=inv.refresh)
    for problem in found.problems:
        say.warn(problem)
    return found


def key_of(action: str, inv: "Invocation", found: "LayeredBundle", name: str) -> "LayeredKey":
    """Return one key.

    Raises:
        SecretNotFoundError: there is none of that name; that is recorded.
    """
    with failure_recorded(action, inv, found.project):
        return found.must_have(name)


@contextmanager
def failure_recorded(
    action: str, inv: "Invocation", project: "Project", provider: str | None = None
) -> Iterator[None]:
    """Record a read that fails: with the error's code, and without names."""
    try:
        yield
    except SecretsError as error:
        recording.record(action, inv, project, provider=provider, result=error.code)
        raise
