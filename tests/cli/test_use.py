"""`creds use` and `creds env`: what is chosen is recorded in the user's settings, and only there."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


def test_tiers_are_recorded_in_order(creds: Run, home: Any) -> None:
    creds("allow")
    assert creds("use").stdout == "dotenv-global\n"
    assert creds("use", "--also", "env-file").stderr == "creds: shop uses dotenv-global, then env-file\n"
    assert creds("use").stdout == "dotenv-global\nenv-file\n"
    assert json.loads(creds("use", "--json").stdout) == {
        "version": 1,
        "project": "shop",
        "provider": "dotenv-global",
        "layers": ["dotenv-global", "env-file"],
    }
    assert creds("use", "env-file").returncode == 0
    assert creds("use").stdout == "env-file\n"
    assert creds("use", "env-file", "--also", "dotenv-global", "--also", "env-file").returncode == 0
    assert creds("use").stdout == "env-file\ndotenv-global\n"
    assert (home.config / "config.toml").read_text().count("[projects.shop]") == 1


def test_a_provider_of_one_run_is_not_recorded(creds: Run) -> None:
    creds("allow")
    assert creds("use", "--provider", "env-file").stdout == "env-file\n"
    assert creds("use", env={"CREDS_PROVIDER": "env-file"}).stdout == "env-file\n"
    assert creds("use").stdout == "dotenv-global\n"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("use", "vault"), "there is no provider vault"),
        (("use", "--also", "vault"), "there are: dotenv-global, env-file, aws-secrets-manager"),
        (("use", "env-file", "--secret", "x"), "creds use aws-secrets-manager --secret NAME"),
        (("env", "../x"), "is not an environment"),
        (("env", ""), "is not an environment"),
        (("env", "x" * 65), "is not an environment"),
        (("list", "-e", "a/b"), "is not an environment"),
        (("use", "a", "b"), "unexpected argument b"),
    ],
)
def test_bad_input_changes_nothing(creds: Run, home: Any, args: tuple[str, ...], says: str) -> None:
    creds("allow")
    done = creds(*args)
    assert done.returncode == 2
    assert says in done.stderr
    assert not (home.config / "config.toml").exists()


def test_a_secret_of_aws_is_chosen_for_an_environment(creds: Run, home: Any) -> None:
    creds("allow")
    done = creds("use", "aws-secrets-manager", "--secret", "prod/shop/db", "-e", "production")
    assert done.returncode == 0
    text = (home.config / "config.toml").read_text()
    assert 'production = "prod/shop/db"' in text
    assert 'provider = "aws-secrets-manager"' in text


def test_an_environment_is_chosen_and_printed(creds: Run) -> None:
    creds("set", "API_KEY", "--stdin", "-e", "staging", input="staging-value-1")
    assert creds("env").stdout == "default\n"
    assert creds("env", "staging").stderr == "creds: shop uses the environment staging\n"
    assert creds("env").stdout == "staging\n"
    assert json.loads(creds("env", "--json").stdout)["environment"] == "staging"
    assert [key["key"] for key in json.loads(creds("list", "--json").stdout)["keys"]] == ["API_KEY"]
    assert creds("env", env={"CREDS_ENV": "production"}).stdout == "production\n"
    assert creds("env", "default").returncode == 0
    assert creds("env").stdout == "default\n"


def test_settings_edited_by_hand_count_at_once(creds: Run, home: Any) -> None:
    creds("set", "API_KEY", "--stdin", input="default-value-1")
    creds("set", "API_KEY", "--stdin", "-e", "staging", input="staging-value-1")
    for text, value in (
        ('[projects.shop]\nenvironment = "staging"\n', "staging-value-1\n"),
        ('[projects.shop.keys.API_KEY]\nexpose = "never"\n', ""),
        ("", "default-value-1\n"),
    ):
        (home.config / "config.toml").write_text(text)
        assert creds("exec", "--no-mask", "--", "printenv", "API_KEY").stdout == value


def test_an_unbound_repository_is_told_what_is_missing(creds: Run, repo: Path) -> None:
    done = creds("use", "env-file")
    assert done.returncode == 0
    assert "creds allow" in done.stderr
    (repo / ".env").write_text("A=a-value-123\n")
    assert json.loads(creds("list", "--json").stdout)["keys"] == []
    assert creds("allow").returncode == 0
    assert [key["key"] for key in json.loads(creds("list", "--json").stdout)["keys"]] == ["A"]


def test_outside_a_repository_a_project_must_be_named(creds: Run, home: Any) -> None:
    assert creds("use", "env-file", cwd="/").returncode == 3
    assert creds("env", "staging", cwd="/").returncode == 3
    assert creds("env", "staging", "--project", "other", cwd="/").returncode == 0
    assert creds("env", "--project", "other", cwd="/").stdout == "staging\n"
    assert "[projects.other]" in (home.config / "config.toml").read_text()


def test_settings_with_an_unknown_key_stop_every_command(creds: Run, home: Any) -> None:
    creds("allow")
    (home.config / "config.toml").write_text("[defaults]\nprovidr = 'env-file'\n")
    for command in (
        ("list",),
        ("use", "env-file"),
        ("env",),
        ("set", "A", "--generate"),
        ("exec", "--", "true"),
    ):
        done = creds(*command)
        assert done.returncode == 1
        assert "unknown key defaults.providr, did you mean provider" in done.stderr
    assert (home.config / "config.toml").read_text() == "[defaults]\nprovidr = 'env-file'\n"


def test_what_is_wrong_in_creds_toml_is_said_once(creds, repo):
    """`use` and `import` look at the project before and after their change."""
    (repo / "creds.toml").write_text('colour = "blue"\n')
    for words in (("import", "-"), ("use", "env-file")):
        assert creds(*words, input="API_KEY=k-1234567890\n").stderr.count("unknown key colour") == 1


@pytest.mark.usefixtures("repo")
def test_an_environment_without_secrets_is_told_which_have_some(creds: Run) -> None:
    """`creds env prdo` would otherwise be a quiet way to an empty shell; stdout is the name alone."""
    for environment in ("default", "prod", "staging"):
        creds("set", "A_KEY", "--stdin", "-e", environment, input="some-value-1")
    done = creds("env", "prdo")
    assert done.returncode == 0
    assert done.stderr.splitlines() == [
        "creds: shop uses the environment prdo",
        "creds: nothing is stored there yet; shop has secrets in default, prod, staging",
    ]
    assert creds("env", "prod").stderr == "creds: shop uses the environment prod\n"
    done = creds("env")
    assert (done.stdout, done.stderr) == ("prod\n", "creds: shop has secrets in default, staging, too\n")
    assert creds("completion", "--names", "environments").stdout == "default\nprod\nstaging\n"
