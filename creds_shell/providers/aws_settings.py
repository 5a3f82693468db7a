"""Which account and which secret: the user's own config.toml and what the first write recorded, nothing else."""

from typing import NamedTuple


class Settings(NamedTuple):
    """The [aws] table as plain strings, and the name of the secret if it is not the usual one."""

    aws: dict[str, str]
    secret: str | None = None


def settings_for(project_id: str, environment: str, project: object = None) -> Settings:
    """Return the settings of one project's bundle.

    Args:
        project_id: may be empty: then only the account matters.
        environment: whose secret.
        project: the Project that the provider was attached to, which knows its repository's binding.
    """
    return Settings({})
