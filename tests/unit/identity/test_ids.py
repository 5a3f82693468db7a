"""Project ids and environments: words that can never name another folder or file than their own."""

import pytest

from creds_shell.core import ids
from creds_shell.core.errors import UsageError
from creds_shell.core.paths import env_file_name


@pytest.mark.parametrize("word", ["shop", "7", "claude-power-pack", "a.b_c-d", "x" * 100])
def test_what_is_a_project_id(word: str) -> None:
    assert ids.check_id(word) == word


@pytest.mark.parametrize(
    "word",
    [
        "",
        "Shop",
        ".shop",
        "-shop",
        "_",
        "..",
        "a..b",
        "a/b",
        "a\\b",
        "a b",
        "a\n",
        "a\0",
        "é",
        "²",
        "x" * 101,
    ],
)
def test_what_is_none(word: str) -> None:
    assert not ids.is_project_id(word)
    with pytest.raises(UsageError, match="is not a project id"):
        ids.check_id(word)


@pytest.mark.parametrize("word", ["default", "staging", "EU-west.2", "7", "x" * 64])
def test_what_is_an_environment(word: str) -> None:
    assert ids.check_environment(word) == word


@pytest.mark.parametrize("word", ["", ".", "-e", "a..b", "../x", "a/b", "a b", "é", "x" * 65])
def test_what_is_no_environment(word: str) -> None:
    assert not ids.is_environment(word)
    with pytest.raises(UsageError, match="is not an environment"):
        ids.check_environment(word)


@pytest.mark.parametrize("ending", ids.STORE_ENDINGS)
def test_no_environment_has_the_name_of_a_file_that_the_store_makes_for_itself(ending: str) -> None:
    for word in (ending[1:], f"staging{ending}"):
        assert env_file_name(word).endswith(ending)
        assert not ids.is_environment(word)


@pytest.mark.parametrize(
    ("directory", "proposed"),
    [
        ("shop", "shop"),
        ("My Shop (2)", "my-shop--2-"),
        (".dotfiles", "dotfiles"),
        ("a..b...c", "a.b.c"),
        ("Müller", "m-ller"),
        ("İstanbul", "i-stanbul"),
        ("日本", "project"),
        ("...", "project"),
        ("/", "project"),
        ("x" * 120, "x" * 100),
        ("x" * 99 + ".y", "x" * 99),
    ],
)
def test_what_a_directory_proposes_is_an_id(directory: str, proposed: str) -> None:
    assert ids.propose_id(directory) == proposed
    assert ids.is_project_id(proposed)


def test_a_second_repository_of_a_name_gets_an_id_of_its_own_that_lasts() -> None:
    """By its anchor alone: asked again before it is bound, it is the same."""
    first, second = ids.suffixed_id("shop", b"/a/shop/.git"), ids.suffixed_id("shop", b"/b/shop/.git")
    assert first == ids.suffixed_id("shop", b"/a/shop/.git") != second
    assert (first[:5], len(first)) == ("shop-", 13)
    assert ids.is_project_id(ids.suffixed_id("x" * 100, b"/a"))
