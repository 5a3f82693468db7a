"""Secret values and bundles may be handed to the filter as they are: what is masked is the value, not its mask."""

import io

import pytest

from creds_shell import Masker, OutputMasker, SecretBundle, SecretValue, mask_stream

SECRET = "hunter2-correct-horse"
TEXT = f"the key is {SECRET} and API_KEY stays\n"
MASKED = "the key is **** and API_KEY stays\n"


@pytest.fixture
def bundle():
    """One bundle."""
    return SecretBundle("shop", {"API_KEY": SECRET})


def by_masker(values):
    masker = Masker(values)
    return (masker.feed(TEXT.encode()) + masker.flush()).decode()


def by_add(value):
    masker = Masker()
    masker.add("API_KEY", value)
    return (masker.feed(TEXT.encode()) + masker.flush()).decode()


def by_stream(values):
    out = io.StringIO()
    mask_stream(io.StringIO(TEXT), out, values)
    return out.getvalue()


def test_a_secret_value_is_masked_by_its_value(bundle):
    """It is a str whose own text is `****`; nobody may register that."""
    for value in (SecretValue(SECRET), bundle["API_KEY"]):
        masker = OutputMasker()
        masker.register_secret(value)
        assert masker.mask(TEXT) == MASKED
        masker.unregister_secret(value)
        assert masker.mask(TEXT) == TEXT
        assert by_add(value) == by_masker([value]) == by_stream([value]) == MASKED


def test_the_secrets_of_a_bundle_are_masked_by_value_and_not_by_name(bundle):
    """`bundle.secrets` is a mapping, and no dict."""
    for values in (bundle.secrets, dict(bundle.secrets)):
        assert by_masker(values) == MASKED
        assert by_stream(values) == MASKED
