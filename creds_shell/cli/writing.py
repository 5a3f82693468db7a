"""What every command that stores something does first and last: may this be written, is the name confirmed, say so.

Questions come before the project is bound and before anything is stored, so that a refusal changes nothing.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from creds_shell.cli import agent_gate, say
from creds_shell.core import names
from creds_shell.core.binding import Record
from creds_shell.core.errors import SecretsError, UsageError
from creds_shell.core.resolve import Standing, resolve
from creds_shell.providers import first_write, limits

if TYPE_CHECKING:
    from creds_shell.base import BundleProvider
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project
    from creds_shell.values import SecretBundle


def prepare(inv: "Invocation", keys: Iterable[str] = ()) -> list[str]:
    """Refuse early what cannot be written, and ask about names that need a yes.

    Returns:
        The names that were just confirmed, for `open_for_writing` to remember.

    Raises:
        SecretsError: no project, or one that may not be used; or the answer was no.
        NotAllowedError: a name needs a yes and nobody can be asked; the hint is the command to run.
    """
    from creds_shell.project import refresh, refuse

    standing = _standing(inv)
    if standing.state not in {"ready", "unbound"} and standing.free_id is None:
        refuse(standing)
    refresh(standing)
    _must_be_writable(standing.provider)
    first_write.must_be_free(standing)
    return [key for key in keys if _confirm(inv, key, standing.provider, standing.record or Record())]


def open_for_writing(inv: "Invocation", confirmed: Iterable[str] = ()) -> "Project":
    """Open the project, bind a repository whose id is free, say so when that is new, remember confirmed names."""
    from creds_shell.config import confirm_name

    standing = _standing(inv)
    project = inv.open_project(writing=True)
    if standing.state in {"unbound", "foreign"} and project.repository:
        say.say(f"{project.repository.root} is now the project {project.id}")
    for key in confirmed:
        confirm_name(project.id, key, [project.provider])
    return project


def _standing(inv: "Invocation") -> Standing:
    return resolve(project=inv.project, environment=inv.environment, provider=inv.provider)


def _confirm(inv: "Invocation", key: str, provider: str, record: Record) -> bool:
    """Ask about a name that makes programs run code or redirects them; whether a new yes was given."""
    why = names.why_not(
        key,
        provider,
        confirmed=record.confirmed(key, provider),
        from_repository=provider == "env-file",
    )
    if why is None:
        return False
    agent_gate.require("allow", inv, keys=[key])  # else an agent's --yes would be an answer
    kind, source = names.classify(key)
    what = "makes the next program run code" if kind == "confirm" else "redirects programs"
    question = f"{key} {what} ({source}); store it?"
    if not say.ask(question, hint=f"creds allow --name {key}"):
        raise SecretsError(f"{key} was not confirmed, nothing was changed")
    return True


def provider_of(project: "Project", source: str) -> "BundleProvider":
    """Return the project's first provider, told what writes through it.

    Raises:
        UsageError: it cannot be written.
    """
    from creds_shell.providers.registry import provider_for

    _must_be_writable(project.provider)
    provider = provider_for(project)
    provider.source = source
    return provider


def stored(project: "Project", provider: "BundleProvider") -> "SecretBundle":
    """Return what there is to change; an id that is only proposed has nothing, whatever the tier holds under it."""
    from creds_shell.values import SecretBundle

    if not project.bound:
        return SecretBundle(project.id, environment=project.environment, provider=provider.id)
    return provider.get_bundle(project.id, project.environment)


def _must_be_writable(provider: str) -> None:
    from creds_shell.providers.registry import get_bundle_provider

    if not get_bundle_provider(provider).caps().can_write:
        raise UsageError(f"the provider {provider} cannot be written", "creds use dotenv-global")


def check_key(key: str) -> None:
    """Refuse what is no name, and `KEY=VALUE` without repeating the value.

    Raises:
        UsageError: the hint is the right form.
    """
    name, equals, _ = key.partition("=")
    if equals:
        shown = name if names.is_name(name) else "KEY"
        raise UsageError(
            "KEY=VALUE is not a key: the value is asked for, or comes from a pipe or a file",
            f"creds set {shown}",
            f"creds set {shown} --stdin",
        )
    limits.check_name(key)


def settle_masking(
    project: "Project",
    values: dict[str, bytes],
    stored: "SecretBundle | None",
    marked: frozenset[str] = frozenset(),
) -> None:
    """Have this terminal's live session mask new values at once; name what output filters will not hide, and why.

    A session that cannot be told is no error here: the hook loads nothing into it then.

    Args:
        project: whose values.
        values: what was stored.
        stored: knows the lines that say `# mask`; a tier of somebody else may give none back.
        marked: keys that were marked so where the values came from.
    """
    from creds_shell.core import frame
    from creds_shell.masking.rules import why_unmasked

    hidden, must = {}, set()
    for key, value in sorted(values.items()):
        rule = project.record.keys.get(key)
        noted = key in marked or (stored is not None and key in stored.forced)
        forced = noted or (rule is not None and rule.mask is True)
        freed = rule is not None and rule.mask is False
        why = why_unmasked(key, value, force=forced, free=freed and not forced)
        if why:
            say.say(f"{key} will not be masked in output: {why}")
        else:
            hidden[key] = value
        if forced:
            must.add(key)
    frame.register([*hidden.values()], [*hidden], forced=frozenset(must))


def where(project: "Project") -> str:
    """Return how a project and its environment are named in messages."""
    return project.id if project.environment == "default" else f"{project.id} ({project.environment})"
