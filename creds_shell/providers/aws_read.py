"""Reading bundles from AWS: always the current version, nothing is created, an absence is looked at twice."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from creds_shell.core.cache import Source
from creds_shell.core.errors import SecretNotFoundError
from creds_shell.providers import aws_shapes
from creds_shell.providers.aws_session import Aws
from creds_shell.providers.aws_shapes import Members
from creds_shell.providers.aws_write import ABSENT, CURRENT

BATCH = 20  # secrets of one BatchGetSecretValue call, its reference


class Found(NamedTuple):
    """A secret as AWS has it; without a version there is none."""

    members: Members
    version: str = ""
    changed_at: datetime | None = None
    arn: str = ""

    @property
    def account(self) -> str:
        """The account that holds it, from its ARN."""
        parts = self.arn.split(":")
        return parts[4] if len(parts) > 4 else ""


NOTHING = Found({})


def read_secret(aws: Aws, source: Source, version: str | None = None) -> Found:
    """Return what a secret holds now, or in one of its versions.

    Raises:
        SecretNotFoundError: a secret that the user named is not there, or it is scheduled for deletion.
        SecretsError: it cannot be read.
    """
    wanted = {"VersionId": version} if version else {"VersionStage": CURRENT}
    answer = aws.call("get_secret_value", unless=ABSENT, SecretId=source.secret, **wanted)
    if not answer and not version and _is_being_written(aws, source.secret):
        answer = aws.call("get_secret_value", unless=ABSENT, SecretId=source.secret, **wanted)
    if answer:
        return _found(answer, source.secret)
    if version:
        raise SecretNotFoundError(
            f"aws: {source.secret} has no version {version}", "`creds versions` lists them"
        )
    if source.foreign:
        raise missing(source.secret, aws.region())
    return NOTHING


def missing(secret: str, region: str) -> SecretNotFoundError:
    """Return the error for a secret that ought to be there."""
    return SecretNotFoundError(
        f"aws: there is no secret {secret} in {region}",
        "check the name and the region: [aws] region in config.toml, or AWS_REGION",
    )


def _is_being_written(aws: Aws, secret: str) -> bool:
    """Whether there is a current version after all: the label was on its way to another one."""
    about = aws.call("describe_secret", unless=(*ABSENT, "AccessDeniedException"), SecretId=secret)
    return any(CURRENT in stages for stages in about.get("VersionIdsToStages", {}).values())


def _found(answer: Mapping[str, Any], secret: str) -> Found:
    return Found(
        aws_shapes.members_of(answer, secret),
        str(answer["VersionId"]),
        answer.get("CreatedDate"),
        str(answer.get("ARN", "")),
    )


def read_many(aws: Aws, secrets: list[str]) -> dict[str, Found]:
    """Return what several secrets hold, twenty in one call; who is not there is not in the answer.

    Raises:
        SecretsError: one of them cannot be read, or the batch call is not allowed.
    """
    found: dict[str, Found] = {}
    for at in range(0, len(secrets), BATCH):
        part = secrets[at : at + BATCH]
        answer = aws.call("batch_get_secret_value", SecretIdList=part)
        for item in answer.get("SecretValues", ()):
            name = str(item["Name"])
            if CURRENT not in item.get("VersionStages", (CURRENT,)):  # moto gives the last one that was put
                item = aws.call("get_secret_value", SecretId=name, VersionStage=CURRENT)  # noqa: PLW2901
            found[name] = _found(item, name)
    return found


def names_under(aws: Aws, prefix: str) -> Iterator[str]:
    """Yield the names of the secrets that begin with a prefix, all pages of them."""
    filters = [{"Key": "name", "Values": [prefix]}]
    for item in aws.pages("list_secrets", "SecretList", Filters=filters):
        if str(item["Name"]).startswith(prefix):
            yield str(item["Name"])
