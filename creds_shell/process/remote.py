"""Tiers that have to be asked before a run: AWS through its memory-backed copy, another package's provider directly.

Only a run that needs them comes here; nothing of this is on the lean path.
"""

from creds_shell.core.cache import make_source
from creds_shell.core.load import AWS, LOCAL, REPOSITORY, Load, load
from creds_shell.core.record import Record
from creds_shell.core.remote import bundle_name
from creds_shell.core.resolve import Standing
from creds_shell.core.talk import warn
from creds_shell.providers import cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.options import Options


def fetch(standing: Standing, options: "Options") -> Load:
    """Ask what has to be asked and return the project's values.

    Raises:
        SecretsError: a tier cannot be asked or refuses; nothing stands in for it.
    """
    asked: dict[str, dict[str, bytes]] = {}
    for layer in standing.layers:
        if layer == AWS:
            asked[layer] = _aws(standing, options)
        elif layer not in (LOCAL, REPOSITORY):
            asked[layer] = _other(standing, layer)
    return load(standing, "exec", asked)


def _aws(standing: Standing, options: "Options") -> dict[str, bytes]:
    record = standing.record or Record()
    name = bundle_name(standing, record)
    source = make_source(standing.project_id or "", standing.environment, record.aws, name)
    fetched = cache.fetch(source, refresh=options.refresh)
    for note in fetched.notes if not options.quiet else ():
        warn(note)
    return fetched.values


def _other(standing: Standing, layer: str) -> dict[str, bytes]:
    from creds_shell.project import open_project
    from creds_shell.providers.registry import provider_for

    project = open_project(
        project=standing.project_id if standing.explicit else None, environment=standing.environment
    )
    return provider_for(project, layer).load(project.id, project.environment).as_bytes()
