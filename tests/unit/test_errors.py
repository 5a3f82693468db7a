"""The next step of an error can be pasted as it stands, whatever the path in it is called."""

import shutil
import subprocess

import pytest

from creds_shell.core import errors
from creds_shell.core.errors import step

PATHS = [
    "/srv/shop",
    "/srv/my shop",
    "/srv/it's",
    "/srv/$(id)/`id`",
    "/srv/a;b&c|d",
    "/srv/ärger",
    "/srv/*[?",
    "",
]
COMMANDS = {"bash": ("bash", "-c"), "zsh": ("zsh", "-f", "-c"), "fish": ("fish", "--no-config", "-c")}


def test_a_plain_path_stands_as_it_is():
    """Quotes only where a shell needs them."""
    assert step("chmod go-w", "/srv/shop-1.2/ä_b") == "chmod go-w /srv/shop-1.2/ä_b"


def test_a_path_is_no_option():
    assert step("ls -l", "-rf") == "ls -l ./-rf"


@pytest.mark.parametrize("shell", COMMANDS)
def test_each_path_is_one_word_of_each_shell(shell):
    """Blanks, quotes, substitutions and patterns reach the command as they are."""
    if shutil.which(shell) is None:
        pytest.skip(f"{shell} is not installed")
    done = subprocess.run(
        (*COMMANDS[shell], step(r"printf '%s\n'", *PATHS)), capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == PATHS


def test_the_hint_of_a_folder_with_a_blank_mends_it(home, creds):
    """What is printed is pasted, and the command works."""
    folder = home.path / "my store"
    folder.mkdir(mode=0o700)
    folder.chmod(0o777)
    env = {"CREDS_HOME": str(folder)}
    refused = creds("list", "--project", "shop", env=env)
    assert refused.returncode == 4
    (hint,) = [line for line in refused.stderr.splitlines() if line.startswith("creds: hint: ")]
    subprocess.run(("sh", "-c", hint.removeprefix("creds: hint: ")), check=True)
    assert creds("list", "--project", "shop", env=env).returncode == 0


# the exit codes of `creds help`, and what --json and the audit log call each kind
KINDS = {
    "SecretsError": (1, "failed"),
    "UsageError": (2, "usage"),
    "SecretNotFoundError": (3, "not_found"),
    "ProjectNotFoundError": (3, "no_project"),
    "NotAllowedError": (4, "not_allowed"),
    "BadPermissionsError": (4, "bad_permissions"),
    "DamagedFileError": (1, "damaged_file"),
    "InvalidValueError": (1, "invalid_value"),
    "ProviderNotAvailableError": (5, "provider_unavailable"),
    "StoreBusyError": (5, "busy"),
}


def test_scripts_tell_errors_apart_by_exit_code_and_word():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert {kind.__name__: (kind("x").exit_code, kind("x").code) for kind in kinds} == KINDS
