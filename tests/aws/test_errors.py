"""What goes wrong between us and AWS: the sentence, the exit code, the next step, and that nothing changed."""

import logging
import socket
import threading
import time
import traceback

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
    ProfileNotFound,
    ReadTimeoutError,
    SSLError,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.parsers import ResponseParserError

from creds_shell.base import SecretBundle, SecretsError
from creds_shell.core.cache import make_source
from creds_shell.providers.aws_errors import SITUATIONS, Facts, translate
from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider
from creds_shell.providers.aws_session import Aws

NAME = "claude-power-pack/shop"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:claude-power-pack/shop-AbCdEf"
SECRET = "s3cret-value-that-must-not-show"


def client_error(code, message="", operation="GetSecretValue"):
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def denied(action):
    return client_error(
        "AccessDeniedException",
        f"User: arn:aws:iam::1:user/x is not authorized to perform: {action} on resource: {ARN} because no"
        " identity-based policy allows it",
    )


# error, exit code, words of the message, words of the first hint
CASES = [
    (NoCredentialsError(), 5, "no credentials were found", "aws sso login --profile dev"),
    (client_error("ExpiredTokenException"), 5, "session has expired", "aws sso login --profile dev"),
    (client_error("ExpiredToken"), 5, "session has expired", "aws sso login"),
    (TokenRetrievalError(provider="sso", error_msg="x"), 5, "session has expired", "aws sso login"),
    (UnauthorizedSSOTokenError(), 5, "session has expired", "aws sso login"),
    (client_error("UnrecognizedClientException"), 5, "not accepted", "creds validate --aws"),
    (client_error("InvalidSignatureException"), 5, "not accepted", "creds validate --aws"),
    (
        denied("secretsmanager:PutSecretValue"),
        4,
        "secretsmanager:PutSecretValue on",
        "ask for secretsmanager:Put",
    ),
    (denied("sts:AssumeRole"), 4, "sts:AssumeRole", "ask for sts:AssumeRole"),
    (client_error("AccessDeniedException"), 4, "secretsmanager:GetSecretValue on", "ask for"),
    (client_error("AccessDeniedException", "Access to KMS is not allowed"), 4, "kms:Decrypt", "kms:Decrypt"),
    (client_error("DecryptionFailure"), 5, "key that encrypts", "KMS"),
    (client_error("KMSInvalidStateException"), 5, "key that encrypts", "KMS"),
    (client_error("ThrottlingException"), 5, "throttling", "try again"),
    (client_error("TooManyRequestsException"), 5, "throttling", "try again"),
    (client_error("ResourceNotFoundException"), 3, f"no secret {NAME} in eu-central-1", "region"),
    (
        client_error("InvalidRequestException", "currently marked deleted"),
        3,
        "scheduled for deletion",
        "creds restore",
    ),
    (client_error("InvalidRequestException", "x"), 4, "does not allow", "creds versions"),
    (client_error("LimitExceededException"), 5, "limit", "try again"),
    (client_error("InternalServiceError"), 5, "cannot be reached", "network"),
    (
        EndpointConnectionError(endpoint_url="https://sm.example"),
        5,
        "sm.example cannot be reached",
        "network",
    ),
    (ConnectTimeoutError(endpoint_url="https://sm.example"), 5, "cannot be reached", "network"),
    (ReadTimeoutError(endpoint_url="https://sm.example"), 5, "cannot be reached", "network"),
    (SSLError(endpoint_url="https://sm.example", error="x"), 5, "certificate", "AWS_CA_BUNDLE"),
    (ProfileNotFound(profile="dev"), 5, "profile dev", "aws configure list-profiles"),
    (ParamValidationError(report=f"value: {SECRET}"), 1, "does not accept", "name"),
    (
        ResponseParserError(f"body: {SECRET}"),
        5,
        "sm.example did not answer as AWS does",
        "region (eu-central-1)",
    ),
    (KeyError("GetCallerIdentityResult"), 5, "sm.example did not answer as AWS does", "check the network"),
    (client_error("KMSAccessDeniedException", "x"), 4, "kms:Decrypt", "kms:Decrypt"),
    (FileNotFoundError(2, "x"), 5, "for credentials does not work", "aws configure export-credentials"),
    (client_error("BrandNewException", SECRET), 5, "BrandNewException", "creds validate --aws"),
]


@pytest.mark.parametrize(("error", "code", "words", "hint"), CASES)
def test_each_situation_is_one_sentence_and_a_next_step(error, code, words, hint):
    facts = Facts("get_secret_value", NAME, "eu-central-1", "sm.example", "dev")
    told = translate(error, facts)
    assert told.exit_code == code
    assert words in told.message
    assert hint in told.hints[0]
    assert SECRET not in told.message + "".join(told.hints)
    assert "\n" not in told.message
    assert not told.message.endswith(".")


def test_every_situation_has_a_next_step_and_says_aws():
    for situation in SITUATIONS:
        assert situation.hints
        assert situation.sentence.startswith("aws: ")


# -- over the wire


def elapsed(provider):
    began = time.monotonic()
    with pytest.raises(SecretsError) as told:
        provider.get_bundle("shop")
    return time.monotonic() - began, told.value


def test_nobody_listens(aws_env, home, memory, monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{unused.getsockname()[1]}")
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, aws_env[name])
    took, error = elapsed(AWSSecretsProvider())
    assert "127.0.0.1 cannot be reached" in error.message
    assert took < 60


def test_a_server_that_hangs_is_given_up_in_time(aws_env, home, memory, monkeypatch):
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(8)
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            monkeypatch.setenv(name, aws_env[name])
        took, error = elapsed(AWSSecretsProvider())
    assert "cannot be reached" in error.message
    assert (
        4 < took < 60
    )  # three attempts of five seconds and the SDK's back-off; the rest is a loaded machine


@pytest.mark.parametrize(
    ("environment", "code", "words"),
    [
        ({"AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""}, 5, "no credentials were found"),
        ({"AWS_DEFAULT_REGION": ""}, 5, "no region is configured"),
        ({"AWS_PROFILE": "nobody"}, 5, "profile nobody"),
        ({"AWS_DEFAULT_REGION": "not a region!"}, 5, "region"),
    ],
)
def test_what_the_command_says(cloud, creds, environment, code, words):
    creds("allow", "--yes")
    done = creds("list", "--provider", "aws-secrets-manager", env=environment)
    assert done.returncode == code, done.stderr
    assert words in done.stderr
    assert "creds: hint: " in done.stderr
    assert "Traceback" not in done.stderr


def test_another_region_has_no_such_bundle_and_nothing_falls_back_to_another_tier(cloud, creds):
    creds("allow", "--yes")
    creds("set", "A", "--stdin", input="local-value-1")
    creds("set", "B", "--stdin", "--provider", "aws-secrets-manager", input="aws-value-1")
    done = creds(
        "exec",
        "--provider",
        "aws-secrets-manager",
        "--",
        "sh",
        "-c",
        "echo [$A$B]",
        env={"AWS_REGION": "us-west-1"},
    )
    assert done.stdout == "[]\n", done.stderr
    down = {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}
    done = creds("exec", "--provider", "aws-secrets-manager", "--", "echo", "started", env=down)
    assert done.returncode == 5
    assert "started" not in done.stdout


# -- nothing is said that must not be


def test_no_value_reaches_a_log_not_even_at_debug(cloud, provider, caplog):
    with caplog.at_level(logging.DEBUG):
        for name in list(logging.Logger.manager.loggerDict):
            if name.startswith(("boto", "urllib3")):
                logging.getLogger(name).setLevel(logging.DEBUG)
        provider.put_bundle(SecretBundle("shop", {"A": SECRET}))
        provider.put_bundle(SecretBundle("shop", {"B": SECRET + "2"}))
        provider.get_bundle("shop")
        provider.get_bundles([("shop", "default")])
        assert SECRET not in caplog.text
        cloud.client().get_secret_value(SecretId=NAME, VersionStage="AWSCURRENT")
    assert SECRET in caplog.text  # a program's own calls are its own business, and the test can see


def test_no_value_is_in_an_exception_or_what_it_remembers(cloud, provider):
    class Reject:
        meta = cloud.client().meta

        def __getattr__(self, name):
            def call(**parameters):
                raise ParamValidationError(report=f"bad: {parameters} {SECRET}")

            return call

    aws = Aws(make_source("shop", "default", {}), Reject())
    with pytest.raises(SecretsError) as told:
        aws.call("put_secret_value", SecretId=NAME, SecretString=SECRET)
    assert SECRET not in "".join(traceback.format_exception(told.value))
    assert told.value.__cause__ is None
    assert told.value.__context__ is None


def test_one_session_serves_many_threads(cloud, provider):
    provider.put_bundle(SecretBundle("shop", {"A": "1"}))
    fresh = AWSSecretsProvider()
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(fresh.get_bundle("shop").secrets["A"])) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == ["1"] * 8
