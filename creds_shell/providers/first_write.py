"""A first write binds a repository to its id; it never takes over what a shared tier holds under that id already.

Another person or machine may have stored those secrets; `creds allow --adopt ID` says so and takes them over.
"""

from contextlib import suppress

from creds_shell.core.errors import NotAllowedError, SecretsError
from creds_shell.core.load import LOCAL, REPOSITORY
from creds_shell.core.resolve import Standing, resolve
from creds_shell.core.unbound import NOT_THE_PROJECT
from creds_shell.project import Project, open_project, refresh
from creds_shell.providers.registry import provider_for


def must_be_free(standing: Standing) -> None:
    """Refuse the first write of a repository whose id names secrets in a shared tier.

    Args:
        standing: with its settings; one that would bind nothing passes unasked.

    Raises:
        NotAllowedError: secrets are there; the hint is the command that takes them over.
        SecretsError: the tier cannot be asked.
    """
    if standing.state not in {"unbound", "foreign"} or standing.free_id is None:
        return
    for tier, environment, _ in stored_elsewhere(standing, standing.free_id):
        where = "" if environment == "default" else f" in {environment}"
        raise NotAllowedError(
            f"{NOT_THE_PROJECT} ({tier} has some for {standing.free_id}{where})",
            f"creds allow --adopt {standing.free_id}",
        )


def open_to_write(
    *,
    project: str | None = None,
    environment: str | None = None,
    provider: str | None = None,
    start: str | None = None,
) -> Project:
    """Open a project for a write, as `open_project(writing=True)` does, once it is sure that nothing is taken over.

    Raises:
        SecretsError: it may not be used or bound; the hints name the next step.
    """
    standing = resolve(start, project=project, environment=environment, provider=provider)
    refresh(standing)
    must_be_free(standing)
    return open_project(
        project=project, environment=environment, provider=provider, start=start, writing=True
    )


def stored_elsewhere(standing: Standing, project_id: str) -> list[tuple[str, str, list[str]]]:
    """Return (tier, environment, names) of the bundles that tiers beyond this machine hold for an id.

    The environment at hand is asked for, and the default one where that is possible.

    Raises:
        SecretsError: a tier cannot be asked.
    """
    found = []
    for tier in standing.layers:
        if tier in {LOCAL, REPOSITORY}:
            continue
        names = _names(standing, project_id, tier, standing.environment)
        found += [(tier, standing.environment, names)] if names else []
        if standing.environment != "default":
            with suppress(SecretsError):  # a role may be limited to one environment
                names = _names(standing, project_id, tier, "default")
                found += [(tier, "default", names)] if names else []
    return found


def _names(standing: Standing, project_id: str, tier: str, environment: str) -> list[str]:
    if standing.record is None:
        return []
    project = Project(
        project_id,
        environment,
        tier,
        (tier,),
        repository=standing.repository,
        explicit=True,  # asked about, though it is not bound
        record=standing.record,
    )
    return provider_for(project, tier).list_keys(project_id, environment)
