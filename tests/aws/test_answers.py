"""A write asks AWS first, swaps and cleans up, whatever AWS answers; and versions come in pages.

Stubber answers where moto differs from AWS: it knows no permissions, no keys, no size limit, and lets a deleted secret
be written.
"""

import boto3
import pytest
from botocore.stub import ANY, Stubber

from creds_shell.base import (
    InvalidValueError,
    NotAllowedError,
    SecretBundle,
    SecretNotFoundError,
    SecretsError,
    StoreBusyError,
)
from creds_shell.providers import aws_versions, aws_write
from creds_shell.providers.aws_secrets_manager import AWSSecretsProvider

NAME = "claude-power-pack/shop"
ARN = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:claude-power-pack/shop-AbCdEf"
V1, V2 = "11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222"
SECRET = "s3cret-value-that-must-not-show"


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
