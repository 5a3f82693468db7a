"""The public names: importable from the places named in the documentation, at no cost until they are used."""

import importlib

import pytest

TOP = (  # noqa: SIM905 reads like the import
    "get_bundle_provider get_provider get_credentials mask_output scan_for_secrets OutputMasker SecretValue SecretBundle "
    "DatabaseCredentials APICredentials PermissionConfig AccessLevel OperationType EnvSecretsProvider "
    "DotEnvSecretsProvider AWSSecretsProvider Masker mask_stream run_with_secrets"
).split()
BASE = (  # noqa: SIM905 reads like the import
    "SecretBundle SecretValue SecretsProvider BundleProvider ProviderCaps SecretsError SecretNotFoundError "
    "ProviderNotAvailableError"
).split()


@pytest.mark.parametrize("name", TOP)
def test_names_of_the_package(name):
    """`from creds_shell import NAME`, and dir() shows it."""
    import creds_shell

    assert callable(getattr(creds_shell, name))
    assert name in dir(creds_shell)


def test_all_of_them_at_once():
    """`from creds_shell import *`."""
    import creds_shell

    assert set(creds_shell.__all__) >= set(TOP)


@pytest.mark.parametrize("name", BASE)
def test_names_of_base(name):
    """`from creds_shell.base import NAME`."""
    from creds_shell import base

    assert isinstance(getattr(base, name), type)


def test_names_of_project_and_config():
    """Where lib.creds had them."""
    from creds_shell.config import SecretsConfig
    from creds_shell.project import get_project_id, get_project_root

    assert all(map(callable, (SecretsConfig, get_project_id, get_project_root)))


@pytest.mark.parametrize(
    ("module", "names"),
    [
        ("masking", "OutputMasker mask_output scan_for_secrets"),
        ("providers", "AWSSecretsProvider DotEnvSecretsProvider EnvSecretsProvider"),
        ("permissions", "AccessLevel OperationType PermissionConfig"),
        ("credentials", "APICredentials DatabaseCredentials get_credentials"),
    ],
)
def test_names_of_the_modules_of_lib_creds(module, names):
    """`from lib.creds.masking import OutputMasker` becomes `from creds_shell.masking import OutputMasker`."""
    found = importlib.import_module(f"creds_shell.{module}")
    assert all(callable(getattr(found, name)) for name in names.split())


@pytest.mark.parametrize("module", ["creds_shell", "creds_shell.masking", "creds_shell.providers"])
def test_an_unknown_name_is_an_attribute_error(module):
    """As of any module."""
    with pytest.raises(AttributeError, match="nope"):
        _ = importlib.import_module(module).nope


def test_a_command_that_is_one_text_is_refused():
    """Its letters would be taken for words."""
    from creds_shell import run_with_secrets
    from creds_shell.base import UsageError

    with pytest.raises(UsageError, match="list of words"):
        run_with_secrets("echo hello")  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"only": 5}, {"env_files": [5]}, {"project": 5}, {"mask_text": ["x"]}])
def test_an_option_of_the_wrong_kind_is_named(given):
    """As every call in Python does; it is no fault inside creds."""
    from creds_shell import run_with_secrets

    with pytest.raises(TypeError, match=f"{min(given)} is "):
        run_with_secrets(["true"], **given)


def test_the_errors_are_one_tree():
    """`except SecretsError` catches all of them."""
    from creds_shell.core import errors

    leaves = [
        value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)
    ]
    assert len(leaves) > 5
    assert all(issubclass(leaf, errors.SecretsError) for leaf in leaves)
    assert {leaf.exit_code for leaf in leaves} <= {1, 2, 3, 4, 5}
