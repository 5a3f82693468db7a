"""Where bundles live. A tier is one module with a BundleProvider and one line in `registry`, or an entry point.

A provider says in its ProviderCaps what it can do; the command line and the page offer only that. The public names
are imported on first use: nobody pays for a tier that is not used.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider as AWSSecretsProvider
    from creds_shell.providers.dotenv_global import DotEnvSecretsProvider as DotEnvSecretsProvider
    from creds_shell.providers.env_file import EnvSecretsProvider as EnvSecretsProvider

_NAMES = {
    "AWSSecretsProvider": "aws_secrets_manager",
    "DotEnvSecretsProvider": "dotenv_global",
    "EnvSecretsProvider": "env_file",
}


def __getattr__(name: str) -> object:
    if name not in _NAMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
