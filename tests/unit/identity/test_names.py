"""Which variable names may be set, and from which tier."""

from pathlib import Path

import pytest

from creds_shell import config
from creds_shell.core import names

from .conftest import allow, loaded, settings, store, values


def test_names_that_the_shell_owns_are_never_set(shop: Path) -> None:
    settings("[projects.shop.keys.IFS]\nconfirmed = true\n")
    store("IFS=x\nBASH_FUNC_ls=1\nCREDS_ID=z\nA=1\n")
    found = loaded(shop)
    assert values(found) == {"A": b"1"}
    assert sorted(name for name, _ in found.skipped) == ["BASH_FUNC_ls", "CREDS_ID", "IFS"]


def test_a_name_that_runs_code_needs_a_yes_for_its_tier(shop: Path) -> None:
    store("LD_PRELOAD=/x.so\nPATH=/x\n")
    assert values(loaded(shop)) == {}
    config.confirm_name("shop", "PATH", ["dotenv-global"])
    assert values(loaded(shop)) == {"PATH": b"/x"}
    settings(
        '[projects.shop]\nprovider = "env-file"\n[projects.shop.keys.PATH]\nconfirmed = ["dotenv-global"]\n'
    )
    (shop / ".env").write_text("PATH=/evil\n")
    allow(shop)
    assert values(loaded(shop)) == {}


def test_a_name_that_redirects_needs_a_yes_only_in_the_repositorys_file(shop: Path) -> None:
    text = "KUBECONFIG=/k\nHTTPS_PROXY=http://p\nAWS_ENDPOINT_URL=http://e\nGIT_TOKEN=t\nNPM_TOKEN=n\n"
    store(text)
    assert len(values(loaded(shop))) == 5
    settings('[projects.shop]\nprovider = "env-file"\n')
    (shop / ".env").write_text(text)
    allow(shop)
    found = loaded(shop)
    assert set(values(found)) == {"GIT_TOKEN", "NPM_TOKEN"}
    assert all("creds allow --name" in why for _, why in found.skipped)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("API_KEY", "ok"),
        ("DATABASE_URL", "ok"),
        ("NODE_ENV", "ok"),
        ("GIT_TOKEN", "ok"),
        ("PWD", "never"),
        ("PPID", "never"),
        ("BASHOPTS", "never"),
        ("RANDOM", "never"),
        ("__CREDS_NAMES", "never"),
        ("CREDS_SHELL", "never"),
        ("path", "never"),
        ("FUNCNEST", "never"),
        ("TMOUT", "never"),
        ("MAILPATH", "confirm"),
        ("HISTFILESIZE", "confirm-repository"),
        ("BASH_ENV", "confirm"),
        ("PERL5LIB", "confirm"),
        ("GIT_SSH_COMMAND", "confirm"),
        ("GIT_CONFIG_COUNT", "confirm"),
        ("DYLD_INSERT_LIBRARIES", "confirm"),
        ("fish_function_path", "confirm"),
        ("PS4", "confirm"),
        ("HOME", "confirm-repository"),
        ("GIT_DIR", "confirm-repository"),
        ("PIP_INDEX_URL", "confirm-repository"),
        ("https_proxy", "confirm-repository"),
    ],
)
def test_the_class_of_a_name(name: str, kind: str) -> None:
    assert names.classify(name)[0] == kind


def test_every_row_of_the_table_says_where_it_is_from_and_no_name_stands_twice() -> None:
    words = [word for _, row, _ in names.rows() for word in row.split()]
    assert len(words) == len(set(words))
    assert all(source for _, _, source in names.rows())
    assert {kind for kind, _, _ in names.rows()} == {"ok", "never", "confirm", "confirm-repository"}


def test_every_word_of_the_table_has_the_class_of_its_row() -> None:
    """Also the shortest ones, which the first look must not pass over."""
    for kind, row, _ in names.rows():
        for word in row.split():
            assert names.classify(word.replace("*", "X"))[0] == kind, word


def test_the_first_look_knows_how_each_word_of_the_table_begins() -> None:
    begins = {word.rstrip("*")[:3] for _, row, _ in names.rows() for word in row.split()}
    assert set(names.BEGINNINGS.split()) == begins


@pytest.mark.parametrize("name", ["", "1A", "A-B", "A B", "A=B", "É", "A\n", "A.B", "x[0]"])
def test_what_is_no_variable_name(name: str) -> None:
    assert not names.is_name(name)
    assert names.why_not(name, "x", confirmed=True, from_repository=False) == "not a variable name"


def test_a_value_that_would_make_every_command_fail_is_skipped(shop: Path) -> None:
    longest = "x" * (131072 - len("A") - 2)
    store(f"A={longest}\nB={longest}\n")
    assert set(values(loaded(shop))) == {"A", "B"}
    store(f"A={longest}x\nB=1\n")
    found = loaded(shop)
    assert set(values(found)) == {"B"}
    assert "too large" in found.skipped[0][1]
