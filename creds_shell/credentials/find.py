"""Where a credential is looked for: in the project's recorded tiers, in their order; an error of one ends the search."""

from collections.abc import Mapping
from typing import Literal, overload

from creds_shell import audit
from creds_shell.base import BundleProvider, SecretNotFoundError, SecretsError
from creds_shell.core.load import AWS
from creds_shell.core.names import is_name
from creds_shell.credentials import fields
from creds_shell.credentials.models import APICredentials, DatabaseCredentials, access_level
from creds_shell.permissions import AccessLevel
from creds_shell.project import Project, open_project
from creds_shell.providers.layers import load_bundle
from creds_shell.providers.registry import provider_for

Access = AccessLevel | str


@overload
def get_credentials(
    secret_id: Literal["DB"] = "DB",  # noqa: S107 a name
    provider: "str | BundleProvider | None" = None,
    *,
    project: str | None = None,
    environment: str | None = None,
    access: Access = AccessLevel.READ_ONLY,
) -> DatabaseCredentials: ...


@overload
def get_credentials(
    secret_id: str,
    provider: "str | BundleProvider | None" = None,
    *,
    project: str | None = None,
    environment: str | None = None,
    access: Access = AccessLevel.READ_ONLY,
) -> DatabaseCredentials | APICredentials: ...


def get_credentials(
    secret_id: str = "DB",  # noqa: S107 a name
    provider: "str | BundleProvider | None" = None,
    *,
    project: str | None = None,
    environment: str | None = None,
    access: Access = AccessLevel.READ_ONLY,
) -> DatabaseCredentials | APICredentials:
    """Return the credential of a project that an id names.

    Args:
        secret_id: `DB` for the project's database (`DB_*`, `DATABASE_URL`, `POSTGRES_*`, `PG*`, the JSON of RDS);
            another prefix (`REPORTS` for `REPORTS_HOST` …, `STRIPE` for `STRIPE_API_KEY`), a key, or with AWS among
            the tiers the name or ARN of a secret.
        provider: one tier, by id or as an object, instead of those recorded.
        project: its id; None: the one of the working directory.
        environment: its name; None: the project's.
        access: `read_only`, or `read_write` for a database credential that may write.

    Returns:
        A database credential where there is one, else an API credential.

    Raises:
        SecretNotFoundError: no tier has it, or a part is missing.
        SecretsError: a tier cannot be read, or the project may not be used.
    """
    tier = provider if isinstance(provider, str) else provider.id if provider is not None else None
    opened = open_project(project=project, environment=environment, provider=tier)
    level = access_level(access)
    given = provider if isinstance(provider, BundleProvider) else None
    try:
        credential, keys = look_up(opened, secret_id, given)
    except SecretsError as error:
        _record(opened, (), error.code)
        raise
    _record(opened, keys, "ok")
    return credential.with_access(level) if isinstance(credential, DatabaseCredentials) else credential


def _record(project: Project, keys: tuple[str, ...], result: str) -> None:
    audit.record(
        "credentials",
        project=project.id,
        keys=keys,
        provider=project.provider,
        result=result,
        environment=project.environment,
    )


def look_up(
    project: Project, secret_id: str, provider: BundleProvider | None = None
) -> tuple[DatabaseCredentials | APICredentials, tuple[str, ...]]:
    """Return the credential that an id names, and its keys, without a record; see `get_credentials`."""
    found = find(_values(project, provider), secret_id)
    if found is None and _names_a_secret(secret_id):
        found = find(_foreign(project, secret_id), "DB")
    if found is None:
        raise SecretNotFoundError(
            f"{project.id} has no credential {secret_id}", *_next_steps(project, secret_id)
        )
    return found


def find(
    values: Mapping[str, str], secret_id: str
) -> tuple[DatabaseCredentials | APICredentials, tuple[str, ...]] | None:
    """Return the credential that an id names among a project's values, and its keys; None if there is none.

    Raises:
        SecretsError: it is there and cannot be used; the key is named.
    """
    found = fields.database(values, secret_id)
    return (found, found.source) if found is not None else fields.api(values, secret_id)


def _values(project: Project, provider: BundleProvider | None) -> dict[str, str]:
    if provider is not None:
        provider.attach(project)
        return dict(provider.get_bundle(project.id, project.environment).secrets)
    layered = load_bundle(project)
    return {name: key.value.get_secret_value() for name, key in layered.keys.items()}


def _names_a_secret(secret_id: str) -> bool:
    """Whether an id is the name or ARN of a secret in AWS and not a prefix of keys."""
    return "/" in secret_id or secret_id.startswith("arn:")


def _foreign(project: Project, secret_id: str) -> dict[str, str]:
    if AWS not in project.layers:
        return {}
    return dict(provider_for(project, AWS).get_secret(secret_id))


def _next_steps(project: Project, secret_id: str) -> tuple[str, ...]:
    example = "DATABASE_URL" if secret_id.upper() == "DB" else f"{secret_id.upper()}_API_KEY"
    if is_name(example):
        return (f"creds set {example}", "see the keys: creds list")
    if AWS in project.layers:
        return ("see the keys: creds list",)
    return (f"{project.id} is not kept in AWS: `creds use {AWS}` keeps it there", "see the keys: creds list")
