"""What creds says: hints that name the same bundle as the run that gives them."""

import pytest

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
