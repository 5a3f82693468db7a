"""What creds says: never what drives a terminal, one object with --json, hints that name the bundle of the run."""

import json

import pytest

from creds_shell.core import errors, talk
from creds_shell.core.talk import same_bundle

HINTS = [
    ("creds set API_KEY", "creds set API_KEY -e staging"),
    ("see the keys: creds list", "see the keys: creds list -e staging"),
    ("creds list shows the keys", "creds list -e staging shows the keys"),
    ("`creds versions` lists them", "`creds versions -e staging` lists them"),
    ("run `creds set KEY`: it asks", "run `creds set KEY -e staging`: it asks"),
    ("creds get KEY --reveal", "creds get KEY -e staging --reveal"),
    ("store them: creds set A, creds set B", "store them: creds set A -e staging, creds set B -e staging"),
    ("creds set", "creds set -e staging"),
    ("creds setup bash", "creds setup bash"),
    ("creds allow", "creds allow"),
    ("use other words to set or list", "use other words to set or list"),
]


@pytest.mark.parametrize(("hint", "wanted"), HINTS, ids=[hint for hint, _ in HINTS])
def test_a_hint_names_the_environment_of_the_run(hint, wanted):
    """In each command that would act on another bundle else, behind the key that it is about."""
    assert same_bundle(hint, None, "staging") == wanted
    assert same_bundle(hint, None, None) == hint


def test_a_hint_names_project_and_environment():
    """As they were given."""
    assert same_bundle("creds set K", "shop", "staging") == "creds set K --project shop -e staging"
    assert same_bundle("creds set K", "shop", None) == "creds set K --project shop"
    assert (
        same_bundle("x: creds allow --name PATH", "shop", "staging")
        == "x: creds allow --project shop --name PATH"
    )
    assert same_bundle("creds allow", "shop", "staging") == "creds allow"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("shop, 6 secrets", "shop, 6 secrets"),
        ("é 日本 🔑", "é 日本 🔑"),
        ("a\nb\tc", "a\\nb\\tc"),
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("\x9b31m", "\\xc2\\x9b31m"),
        ("\r\x7f\0", "\\x0d\\x7f\\x00"),
        ("\u202egnp", "\\xe2\\x80\\xaegnp"),
        ("\udcff", "\\xff"),
    ],
)
def test_nothing_that_is_said_drives_the_terminal(text, shown, capfd):
    """Paths, ids and names come from outside."""
    assert talk.printable(text) == shown
    talk.warn(text)
    assert capfd.readouterr().err == f"creds: warning: {shown}\n"


@pytest.mark.parametrize(
    ("word", "hints"),
    [
        ("lsit", ("did you mean list?",)),
        ("gte", ("did you mean get?",)),
        ("nothing", ()),
        ("", ()),
    ],
)
def test_one_word_that_is_near_is_named(word, hints):
    assert talk.did_you_mean(word, ["get", "list", "lists", "set", "setup"]) == hints


def test_options_that_begin_so_are_all_named():
    known = ["--env-file", "--environment", "--no-mask"]
    assert talk.did_you_mean("--env", known, "{}") == ("--env-file", "--environment")
    assert talk.did_you_mean("--nomask", known, "{}") == ("--no-mask",)


def test_what_was_held_back_is_said_at_the_end_or_stands_among_the_hints(capfd):
    """A program that asked for JSON reads one object; what had to be looked at is not lost."""
    talk.hold()
    talk.say("one")
    talk.hold()
    talk.warn("two")
    assert capfd.readouterr().err == ""
    talk.release()
    assert capfd.readouterr().err == "creds: one\ncreds: warning: two\n"
    talk.hold()
    talk.say("one")
    talk.warn("two")
    assert talk.report(errors.SecretNotFoundError("gone", "creds set A"), json=True) == 3
    assert json.loads(capfd.readouterr().err) == {
        "version": 1,
        "error": {"code": "not_found", "message": "gone", "hints": ["creds set A", "two"]},
    }
    assert talk.report(errors.UsageError("what", "so")) == 2
    assert capfd.readouterr().err == "creds: error: what\ncreds: hint: so\n"
