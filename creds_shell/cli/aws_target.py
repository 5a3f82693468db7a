"""What the commands about AWS share: the project's provider there, who we are, and how a difference is shown."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.core.errors import NotAllowedError, UsageError
from creds_shell.providers.aws_secrets_manager import ID, AWSSecretsProvider

if TYPE_CHECKING:
    from collections.abc import Mapping

    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project
    from creds_shell.values import SecretMapping

    Values = Mapping[str, str] | SecretMapping


@dataclass(frozen=True)
class Difference:
    """Names of keys, by what would become of them."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


@dataclass(frozen=True)
class Target:
    """The bundle in AWS that a command is about."""

    project: "Project"
    provider: AWSSecretsProvider

    @property
    def address(self) -> tuple[str, str]:
        """Project id and environment."""
        return self.project.id, self.project.environment


def target_of(inv: "Invocation", *, required: bool = True) -> Target:
    """Return the project's bundle in AWS.

    Args:
        inv: the run.
        required: the project has to use AWS, or --provider to name it.

    Raises:
        UsageError: it does not.
    """
    project = inv.open_project()
    if required and ID not in project.layers:
        raise UsageError(
            f"{project.id} is not kept in AWS",
            f"`creds use {ID}` keeps it there, --provider {ID} looks there once",
        )
    provider = AWSSecretsProvider()
    provider.attach(project)
    return Target(project, provider)


def compare(before: "Values", after: "Values") -> Difference:
    """Return which keys come, change and go."""
    return Difference(
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(key for key in after.keys() & before.keys() if after[key] != before[key])),
        tuple(sorted(before.keys() - after.keys())),
    )


def show(difference: Difference) -> None:
    """Say the names, one line each: + added, ~ changed, - removed."""
    for mark, names in (("+", difference.added), ("~", difference.changed), ("-", difference.removed)):
        for name in names:
            say.say(f"{mark} {name}")


def confirm_typed(word: str, question: str, *, yes: bool) -> bool:
    """Have a word typed before something that cannot be taken back lightly; --yes answers.

    Raises:
        NotAllowedError: nobody can be asked.
    """
    if yes:
        return True
    if not say.can_ask():
        raise NotAllowedError(f"this needs {word} to be typed and there is no terminal", "--yes confirms it")
    return say.ask_text(f"{question}, type {word} to go on:") == word
