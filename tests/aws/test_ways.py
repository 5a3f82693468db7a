"""What lies between us and AWS and answers in its place, or not at all: what is said, and that no tier is passed over."""

import json

import pytest

from creds_shell.base import SecretBundle, SecretsError
from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider

AWS = "aws-secrets-manager"
DENIED = (400, json.dumps({"__type": "AccessDeniedException", "message": "no"}).encode())


@pytest.fixture
def bound(creds):
    """A repository whose project is in AWS, and in the local store after it."""
    creds("set", "A", "--stdin", input="local-12345")
    assert creds("use", AWS, "--also", "dotenv-global").returncode == 0


@pytest.mark.parametrize(
    "page", [b"<html>Sign in to the network</html>", b"", b"{}", b'{"SecretString": "hun']
)
def test_the_page_of_a_proxy_is_no_answer(proxy, creds, bound, page):
    """Neither an empty bundle nor a write that succeeded."""
    proxy.before = lambda _: (200, page)
    for words, value in ((("list",), None), (("set", "B", "--stdin"), "hunter2-b"), (("scan",), None)):
        done = creds(*words, input=value)
        assert done.returncode == 5
        assert done.stderr.splitlines() == [
            "creds: error: aws: 127.0.0.1 did not answer as AWS does",
            f"creds: hint: check the network, the region (eu-central-1) and the endpoint {proxy.url}",
        ]


@pytest.mark.parametrize(
    "words", [("list",), ("explain", "A"), ("scan",), ("get", "A"), ("exec", "--", "true")]
)
def test_a_tier_that_refuses_is_not_left_out(proxy, creds, bound, words):
    """`scan` found nothing, and `list` had no keys: only a .env that is not allowed may be left out."""
    proxy.before = lambda _: DENIED
    done = creds(*words)
    assert done.returncode == 4
    assert done.stderr.startswith("creds: error: aws: not allowed: secretsmanager:GetSecretValue on ")
    assert not done.stdout


def test_status_names_the_tier_that_was_not_fetched(proxy, creds):
    creds("set", "A", "--stdin", input="local-12345")
    creds("use", "dotenv-global", "--also", AWS)
    assert f"{AWS} has not been fetched here" in creds("status").stdout


@pytest.mark.parametrize(
    ("name", "value"),
    [("HTTPS_PROXY", "http://joe:hunter2-p@127.0.0.1:1"), ("AWS_CA_BUNDLE", "/no/such.pem")],
)
@pytest.mark.usefixtures("home", "memory")
def test_what_is_set_on_the_way_is_named_and_not_shown(aws_env, monkeypatch, name, value):
    for each, given in {**aws_env, name: value, "AWS_ENDPOINT_URL": "https://127.0.0.1:1"}.items():
        monkeypatch.setenv(each, given)
    with pytest.raises(SecretsError, match=r"^aws: 127\.0\.0\.1 cannot be reached$") as told:
        AWSSecretsProvider().put_bundle(SecretBundle("shop", {"A": "hunter2-a"}))
    assert told.value.hints[0].startswith(f"check the network, {name}, the region (")


def test_an_endpoint_that_is_no_url_is_called_that(aws_env, home, memory, monkeypatch):
    for name, value in {**aws_env, "AWS_ENDPOINT_URL": "localhost:4566"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SecretsError, match=r"^aws: the endpoint is no URL$") as told:
        AWSSecretsProvider().get_bundle("shop")
    assert "AWS_ENDPOINT_URL" in told.value.hints[0]
