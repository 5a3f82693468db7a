"""Ask the tiers that are not on this machine: only when no copy can be used, or on --refresh; never in the prompt."""

from creds_shell.core.load import LOCAL, REPOSITORY, Load, load
from creds_shell.core.resolve import Standing

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.options import Options


def fetch(standing: Standing, options: "Options") -> Load:
    """The load with every remote tier asked now; an error of one is the run's error, never another tier's secrets.

    Raises:
        SecretsError: the tier cannot be reached or read, and the next step.
    """
    remote = [layer for layer in standing.layers if layer not in (LOCAL, REPOSITORY)]
    if not remote:
        return load(standing, "exec")
    from creds_shell.project import open_project
    from creds_shell.providers.registry import provider_for

    project = open_project(
        project=options.project, environment=options.environment, provider=options.provider
    )
    fetched: dict[str, dict[str, bytes]] = {}
    notes: list[str] = []
    for layer in remote:
        provider = provider_for(project, layer)
        bundle = provider.load(project.id, project.environment, refresh=options.refresh)
        fetched[layer] = bundle.as_bytes()
        notes += provider.notes
    found = load(standing, "exec", fetched)
    found.notes += notes
    return found
