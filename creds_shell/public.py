"""The public names of the package, and where each is: `creds_shell` imports them on first use (PEP 562)."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.base import BundleProvider as BundleProvider
    from creds_shell.base import ProviderCaps as ProviderCaps
    from creds_shell.base import ProviderNotAvailableError as ProviderNotAvailableError
    from creds_shell.base import SecretBundle as SecretBundle
    from creds_shell.base import SecretNotFoundError as SecretNotFoundError
    from creds_shell.base import SecretsError as SecretsError
    from creds_shell.base import SecretsProvider as SecretsProvider
    from creds_shell.base import SecretValue as SecretValue
    from creds_shell.credentials import APICredentials as APICredentials
    from creds_shell.credentials import DatabaseCredentials as DatabaseCredentials
    from creds_shell.credentials import get_credentials as get_credentials
    from creds_shell.masking.output import MaskingFilter as MaskingFilter
    from creds_shell.masking.output import OutputMasker as OutputMasker
    from creds_shell.masking.output import mask_output as mask_output
    from creds_shell.masking.output import mask_stream as mask_stream
    from creds_shell.masking.output import scan_for_secrets as scan_for_secrets
    from creds_shell.masking.stream import Masker as Masker
    from creds_shell.permissions import AccessLevel as AccessLevel
    from creds_shell.permissions import OperationType as OperationType
    from creds_shell.permissions import PermissionConfig as PermissionConfig
    from creds_shell.process.api import run_with_secrets as run_with_secrets
    from creds_shell.project import get_project_id as get_project_id
    from creds_shell.project import get_project_root as get_project_root
    from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider as AWSSecretsProvider
    from creds_shell.providers.dotenv_global import DotEnvSecretsProvider as DotEnvSecretsProvider
    from creds_shell.providers.env_file import EnvSecretsProvider as EnvSecretsProvider
    from creds_shell.providers.registry import get_bundle_provider as get_bundle_provider
    from creds_shell.providers.registry import get_provider as get_provider

# module: the public names that it gives
MODULES = {
    "base": "BundleProvider ProviderCaps ProviderNotAvailableError SecretBundle SecretNotFoundError SecretsError "
    "SecretsProvider SecretValue",
    "credentials": "APICredentials DatabaseCredentials get_credentials",
    "masking.output": "MaskingFilter OutputMasker mask_output mask_stream scan_for_secrets",
    "masking.stream": "Masker",
    "permissions": "AccessLevel OperationType PermissionConfig",
    "process.api": "run_with_secrets",
    "project": "get_project_id get_project_root",
    "providers.aws_secrets_manager": "AWSSecretsProvider",
    "providers.dotenv_global": "DotEnvSecretsProvider",
    "providers.env_file": "EnvSecretsProvider",
    "providers.registry": "get_bundle_provider get_provider",
}


def names() -> list[str]:
    """All of them, for `from creds_shell import *`."""
    return [name for listed in MODULES.values() for name in listed.split()]


def find(name: str) -> object:
    """What a public name stands for.

    Raises:
        AttributeError: it is none.
    """
    for module, listed in MODULES.items():
        if name in listed.split():
            from importlib import import_module

            return getattr(import_module(f"{__package__}.{module}"), name)
    raise AttributeError(f"module {__package__!r} has no attribute {name!r}")
