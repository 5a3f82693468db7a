"""Which values are masked: one table, read by set, list, explain, doctor and the filter."""

import pytest

from creds_shell.masking.rules import COMMON_WORDS, says_credential, why_unmasked


@pytest.mark.parametrize(
    ("name", "value", "masked"),
    [
        ("DB_PASSWORD", b"abc", False),
        ("DB_PASSWORD", b"abcd", True),
        ("PIN", b"1234", True),
        ("DB_PORT", b"5432", False),
        ("DB_NAME", b"abcde", False),
        ("DB_NAME", b"abcdef", False),  # a word of six letters is printed everywhere
        ("DB_NAME", b"abcdef1", True),
        ("DB_NAME", b"abc-ef", True),
        ("DB_NAME", b"abcdefgh", True),
        ("API_TOKEN", b"production", False),
        ("API_TOKEN", b"True", False),
        ("API_TOKEN", b"", False),
        ("API_TOKEN", b"   ", False),
        ("API_TOKEN", b" \n\tabc\n", False),
        ("API_TOKEN", b"x", False),
        ("API_TOKEN", "ä€ß😀".encode(), True),
        ("API_TOKEN", "ä€ß".encode(), False),  # characters count, not bytes
        ("API_TOKEN", b"\xff\xfe\xfd\xfc", True),
    ],
)
def test_what_counts(name, value, masked):
    assert (why_unmasked(name, value) is None) is masked


@pytest.mark.parametrize(
    "name",
    [
        "PASSWORD",
        "DB_PASS",
        "PGPASSWORD",
        "MYSQL_PWD",
        "client-secret",
        "AWS_SECRET_ACCESS_KEY",
        "GITHUB_TOKEN",
        "TOKEN2",
        "PIN",
        "APIKEY",
        "STRIPE_KEY",
        "jwt.secret",
        "AUTH",
    ],
)
def test_names_that_say_credential(name):
    assert says_credential(name)


@pytest.mark.parametrize(
    "name", ["DB_HOST", "KEYBOARD", "MONKEY", "PASSENGER", "PINK", "COMPASS", "TOKENIZER_PATH", "AUTHOR"]
)
def test_names_that_only_look_so(name):
    assert not says_credential(name)


def test_force_masks_a_common_word_but_never_three_characters():
    assert why_unmasked("X", b"true", force=True) is None
    assert why_unmasked("X", b"abc", force=True) is not None


def test_free_beats_everything():
    assert "mask = false" in str(why_unmasked("PASSWORD", b"hunter2secret", force=True, free=True))


def test_a_reason_never_holds_the_value():
    for value in (b"xyz", b"qwerty", b"production"):
        assert value.decode() not in str(why_unmasked("DB_NAME", value))


def test_the_list_of_words_stays_a_list_of_words():
    assert all(word == word.lower() for word in COMMON_WORDS)
    assert 80 <= len(COMMON_WORDS) <= 160
