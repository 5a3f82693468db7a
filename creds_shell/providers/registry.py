"""Which providers there are: a table of ours and the entry points of others. A new one is one line, here or there.

Another package offers one with an entry point in the group `creds_shell.providers`: its name is the provider's id,
its object a class or function that takes no argument and returns a BundleProvider.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from creds_shell.base import BundleProvider, ProviderNotAvailableError, UsageError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

    from creds_shell.project import Project

GROUP = "creds_shell.providers"
PROVIDERS = {
    "dotenv-global": "creds_shell.providers.dotenv_global:DotEnvSecretsProvider",
    "env-file": "creds_shell.providers.env_file:EnvSecretsProvider",
    "aws-secrets-manager": "creds_shell.providers.aws_secrets_manager:AWSSecretsProvider",
}
# creds' tiers by number, as `status` names them; another package's provider has none
TIERS = {"dotenv-global": 0, "env-file": 1, "aws-secrets-manager": 2}


def provider_ids() -> list[str]:
    """Return the ids of all providers that are installed."""
    return [*PROVIDERS, *sorted({point.name for point in _entry_points()} - PROVIDERS.keys())]


def get_bundle_provider(id: str | None = None) -> BundleProvider:  # noqa: A002 the word of the interface
    """Return a provider.

    Args:
        id: `dotenv-global`, `env-file`, `aws-secrets-manager` or another package's; None: the one recorded for the
            project of the working directory, or the user's default. No network call chooses it.

    Raises:
        UsageError: there is none of that id.
        ProviderNotAvailableError: another package's provider cannot be loaded.
    """
    name = id or _recorded()
    if name in PROVIDERS:
        module, _, attribute = PROVIDERS[name].partition(":")
        made = getattr(import_module(module), attribute)()
    else:
        made = _foreign(name)
    if not isinstance(made, BundleProvider):
        raise ProviderNotAvailableError(f"the provider {name} is no BundleProvider", "update its package")
    return made


def get_provider(id: str | None = None) -> BundleProvider:  # noqa: A002 the word of the interface
    """Return a provider; see `get_bundle_provider`. Every provider of creds holds bundles."""
    return get_bundle_provider(id)


def provider_for(project: "Project", provider: str | None = None) -> BundleProvider:
    """Return a provider of a project, told where the project's repository is.

    Args:
        project: as `open_project` gave it.
        provider: one of its layers; None: the first.
    """
    made = get_bundle_provider(provider or project.provider)
    made.attach(project)
    return made


def _foreign(name: str) -> object:
    found = [point for point in _entry_points() if point.name == name]
    if not found:
        raise UsageError(f"there is no provider {name}", "there are: " + ", ".join(provider_ids()))
    try:
        return found[0].load()()
    except Exception as error:  # noqa: BLE001 whatever another package's import raises
        raise ProviderNotAvailableError(
            f"the provider {name} of {found[0].value} cannot be loaded ({type(error).__name__})",
            "update or reinstall its package",
        ) from None


def _entry_points() -> "EntryPoints":
    from importlib.metadata import entry_points  # 20 ms that our own providers need not pay

    return entry_points(group=GROUP)


def _recorded() -> str:
    from creds_shell.base import ProjectNotFoundError
    from creds_shell.core import paths
    from creds_shell.core.binding import DEFAULT_PROVIDER
    from creds_shell.project import open_project

    try:
        return open_project().provider
    except ProjectNotFoundError:
        return paths.getenv("CREDS_PROVIDER") or DEFAULT_PROVIDER
