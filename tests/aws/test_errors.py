"""What goes wrong between us and AWS: the sentence, the exit code, the next step, and that nothing changed.

Stubber answers where moto differs from AWS: it knows no permissions, no keys, no throttling, no expired sessions.
"""

import logging
import socket
import threading
import time
import traceback

import boto3
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
from botocore.stub import ANY, Stubber

from creds_shell.base import (
    InvalidValueError,
    NotAllowedError,
    SecretBundle,
    SecretNotFoundError,
    SecretsError,
    StoreBusyError,
)
from creds_shell.core.cache import make_source
from creds_shell.providers import aws_versions, aws_write
from creds_shell.providers.aws_errors import SITUATIONS, Facts, translate
from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider
from creds_shell.providers.aws_session import Aws

NAME = "claude-power-pack/shop"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:claude-power-pack/shop-AbCdEf"
V1, V2 = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
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
    (ResponseParserError(f"body: {SECRET}"), 5, "ResponseParserError", "creds validate --aws"),
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


# -- with Stubber: what AWS answers and moto does not


@pytest.fixture
def stubbed(aws_env, home, memory):
    """A client whose answers are written down, and a provider on it."""
    client = boto3.client(
        "secretsmanager", region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    with Stubber(client) as stubber:
        yield stubber, AWSSecretsProvider(client=client)
        stubber.assert_no_pending_responses()


def about(**more):
    return {"ARN": ARN, "Name": NAME, "VersionIdsToStages": {V1: ["AWSCURRENT"]}, **more}


def value(text='{"A": "1"}', version=V1):
    return {
        "ARN": ARN,
        "Name": NAME,
        "VersionId": version,
        "SecretString": text,
        "VersionStages": ["AWSCURRENT"],
    }


def put(provider, **secrets):
    return provider.put_bundle(SecretBundle("shop", secrets or {"B": SECRET}))


def test_a_missing_permission_to_move_is_found_before_anything_is_put(stubbed):
    stubber, provider = stubbed
    stubber.add_response("describe_secret", about())
    stubber.add_response("get_secret_value", value())
    stubber.add_client_error(
        "update_secret_version_stage",
        "AccessDeniedException",
        "is not authorized to perform: secretsmanager:UpdateSecretVersionStage on resource: x",
    )
    with pytest.raises(NotAllowedError, match="secretsmanager:UpdateSecretVersionStage"):
        put(provider)


def test_force_writes_blindly_where_a_merge_is_not_allowed_and_only_there(stubbed):
    stubber, provider = stubbed
    stubber.add_response("describe_secret", about())
    stubber.add_response("get_secret_value", value())
    stubber.add_client_error("update_secret_version_stage", "AccessDeniedException")
    stubber.add_response(
        "put_secret_value",
        {"VersionId": V2},
        {"SecretId": NAME, "SecretString": '{"A": "1", "B": "2"}', "ClientRequestToken": ANY},
    )
    provider.force = True
    done = provider.put_bundle(SecretBundle("shop", {"B": "2"}))
    assert done.version == V2


def swap_answers(stubber, *, lost):
    stubber.add_response("describe_secret", about())
    stubber.add_response("get_secret_value", value())
    stubber.add_client_error(
        "update_secret_version_stage", "InvalidParameterException"
    )  # the permission is there
    stubber.add_response("put_secret_value", {"VersionId": V2})
    if lost:
        stubber.add_client_error("update_secret_version_stage", "InvalidParameterException")
        stubber.add_response("describe_secret", about())
    else:
        stubber.add_response("update_secret_version_stage", {"Name": NAME})
    stubber.add_response("update_secret_version_stage", {"Name": NAME})  # our label goes


def test_the_label_is_removed_after_a_write_and_after_a_lost_one(stubbed, monkeypatch):
    stubber, provider = stubbed
    monkeypatch.setattr(aws_write, "_pause", lambda _: 0)
    swap_answers(stubber, lost=True)
    swap_answers(stubber, lost=False)
    assert put(provider).secrets["B"] == SECRET


def test_who_is_always_too_late_gives_up_after_five_retries(stubbed, monkeypatch):
    stubber, provider = stubbed
    monkeypatch.setattr(aws_write, "_pause", lambda _: 0)
    for _ in range(6):
        swap_answers(stubber, lost=True)
    with pytest.raises(StoreBusyError, match="somebody else is writing") as told:
        put(provider)
    assert told.value.exit_code == 5


def test_a_label_that_cannot_be_removed_does_not_fail_a_write_that_was_done(stubbed):
    stubber, provider = stubbed
    stubber.add_response("describe_secret", about())
    stubber.add_response("get_secret_value", value())
    stubber.add_client_error("update_secret_version_stage", "InvalidParameterException")
    stubber.add_response("put_secret_value", {"VersionId": V2})
    stubber.add_response("update_secret_version_stage", {"Name": NAME})
    stubber.add_client_error("update_secret_version_stage", "InternalServiceError")
    assert put(provider).secrets["B"] == SECRET


def test_the_label_is_removed_when_the_put_fails(stubbed):
    stubber, provider = stubbed
    stubber.add_response("describe_secret", about())
    stubber.add_response("get_secret_value", value())
    stubber.add_client_error("update_secret_version_stage", "InvalidParameterException")
    stubber.add_client_error("put_secret_value", "EncryptionFailure")
    stubber.add_response("update_secret_version_stage", {"Name": NAME})
    with pytest.raises(SecretsError, match="key that encrypts"):
        put(provider)


def test_a_move_whose_answer_got_lost_is_recognised(stubbed):
    """The SDK asks again, and the second time the base has lost its label: to us."""
    stubber, provider = stubbed
    seen = {}
    client = provider._client
    original = client.put_secret_value
    client.put_secret_value = lambda **kw: seen.update(kw) or original(**kw)
    stubber.add_response("describe_secret", about())
    stubber.add_response("get_secret_value", value())
    stubber.add_client_error("update_secret_version_stage", "InvalidParameterException")
    stubber.add_response("put_secret_value", {"VersionId": V2})
    stubber.add_client_error("update_secret_version_stage", "InvalidParameterException")
    stages: dict[str, list[str]] = {}
    stubber.add_response("describe_secret", {"ARN": ARN, "VersionIdsToStages": stages})
    stubber.add_response("update_secret_version_stage", {"Name": NAME})
    original_describe = client.describe_secret

    def describe(**kw):
        answer = original_describe(**kw)
        if seen:
            answer["VersionIdsToStages"] = {seen["ClientRequestToken"]: ["AWSCURRENT"]}
        return answer

    client.describe_secret = describe
    assert put(provider).secrets["B"] == SECRET


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"OwningService": "rds"}, "belongs to the service rds"),
        ({"RotationEnabled": True}, "rotated by AWS"),
        ({"PrimaryRegion": "us-east-1"}, "replica"),
    ],
)
def test_a_secret_that_is_anothers_to_write_is_refused(stubbed, more, words):
    stubber, provider = stubbed
    stubber.add_response("describe_secret", about(**more))
    with pytest.raises(NotAllowedError, match=words):
        put(provider)


def test_a_primary_secret_with_replicas_is_written(stubbed):
    stubber, provider = stubbed
    stubber.add_response("describe_secret", about(PrimaryRegion="eu-central-1"))
    stubber.add_response("get_secret_value", value('{"A": "1"}'))
    assert provider.put_bundle(SecretBundle("shop", {"A": "1"})).version == V1


def test_a_write_to_a_deleted_secret_is_refused_also_where_the_description_is_older(stubbed):
    """moto lets a put through; AWS answers InvalidRequestException."""
    stubber, provider = stubbed
    stubber.add_response("describe_secret", about())
    stubber.add_client_error("get_secret_value", "InvalidRequestException", "currently marked deleted")
    with pytest.raises(SecretNotFoundError, match="scheduled for deletion"):
        put(provider)


def test_the_size_limit_is_ours_to_keep(stubbed):
    """moto has none; AWS answers a validation error that quotes the value."""
    stubber, provider = stubbed
    stubber.add_response("describe_secret", about())
    stubber.add_response("get_secret_value", value())
    with pytest.raises(InvalidValueError, match="65536"):
        put(provider, BIG="x" * 65536)


def test_versions_come_in_pages(stubbed):
    stubber, provider = stubbed
    page = {"ARN": ARN, "Name": NAME}
    first = {"VersionId": V2, "VersionStages": ["AWSPREVIOUS", "creds-1-x"]}
    stubber.add_response("list_secret_version_ids", {**page, "Versions": [first], "NextToken": "more"})
    stubber.add_response(
        "list_secret_version_ids",
        {**page, "Versions": [{"VersionId": V1, "VersionStages": ["AWSCURRENT"]}]},
        {"SecretId": NAME, "MaxResults": aws_versions.PAGE, "NextToken": "more"},
    )
    assert [(v.id, v.stages) for v in provider.versions("shop")] == [
        (V1, ("AWSCURRENT",)),
        (V2, ("AWSPREVIOUS",)),
    ]


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
