"""Which account and which secret: the user's own config.toml and what the first write recorded, nothing else."""

from typing import NamedTuple

from creds_shell.config import SecretsConfig
from creds_shell.core.binding import Binding, all_bindings
from creds_shell.project import Project, remember_secret_name


class Settings(NamedTuple):
    """The [aws] table as plain strings, and the name of the secret if one is recorded."""

    aws: dict[str, str]
    secret: str | None = None


def settings_for(project_id: str, environment: str, project: object = None) -> Settings:
    """Return the settings of one project's bundle.

    Args:
        project_id: may be empty: then only the account matters.
        environment: whose secret.
        project: the Project that the provider was attached to, if any; it has its settings read already.

    Raises:
        DamagedFileError: config.toml cannot be used.
    """
    if isinstance(project, Project) and project.id == project_id:
        chosen = project.record.secrets.get(environment) or _recorded(project.binding, environment)
        return Settings(dict(project.record.aws), chosen)
    config = SecretsConfig.load()
    if not project_id:
        return Settings(config.aws)
    chosen = config.project(project_id).get("secret_names", {}).get(environment)
    for binding in _bindings(project_id, None):
        chosen = chosen or _recorded(binding, environment)
    return Settings(config.aws, chosen)


def remember_name(project_id: str, environment: str, name: str, project: object = None) -> None:
    """Record the name that the first write used, so that a later prefix does not lose the bundle."""
    for binding in _bindings(project_id, project):
        if _recorded(binding, environment) is None:
            remember_secret_name(binding, environment, name)


def _recorded(binding: Binding | None, environment: str) -> str | None:
    return None if binding is None else binding.secrets.get(environment)


def _bindings(project_id: str, project: object) -> list[Binding]:
    if isinstance(project, Project) and project.id == project_id and project.binding is not None:
        return [project.binding]
    return [binding for binding in all_bindings() if binding.project_id == project_id]
