"""A write is a compare-and-swap: nobody's concurrent change is lost, and nothing is written when nothing changes.

AWS has no conditional put. So a new version is put under a label of our own, where no reader looks, and then
AWSCURRENT is moved from exactly the version that was read; the move fails if somebody was faster.
"""

import random
import time
import uuid
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, NamedTuple

from creds_shell.core.errors import NotAllowedError, SecretNotFoundError, SecretsError, StoreBusyError
from creds_shell.providers import aws_shapes
from creds_shell.providers.aws_session import Aws
from creds_shell.providers.aws_shapes import Members

CURRENT = "AWSCURRENT"
PREVIOUS = "AWSPREVIOUS"
RETRIES = 5  # after the first attempt
LABEL = "creds-"  # our private labels: creds-<hex seconds>-<random>
STALE_AFTER = 300  # seconds; a whole write is over within a fraction of that
ABSENT = ("ResourceNotFoundException",)
# A move that lost; the reference of UpdateSecretVersionStage gives InvalidParameterException for it.
LOST = ("InvalidParameterException", "ResourceNotFoundException")
# About 20 labels and 100 versions exist at once; with many writers they come free again within seconds.
FULL = ("LimitExceededException", "ResourceExistsException")

Change = Callable[[Members], Members]


class Stored(NamedTuple):
    """What AWS holds now."""

    version: str
    members: Members
    changed: bool = True
    created: bool = False


class _Base(NamedTuple):
    """What a write starts from: the description, and the current version if there is one."""

    about: Mapping[str, Any]
    version: str
    members: Members


def swap(
    aws: Aws,
    secret: str,
    change: Change,
    *,
    purpose: str,
    force: bool = False,
    expected: str | None = None,
) -> Stored:
    """Apply a change to a secret.

    Args:
        aws: the account.
        secret: its name or ARN.
        change: from the present members to the wanted ones; it may be called several times.
        purpose: the description of a secret that is made here.
        force: write blindly where the permissions for a compare-and-swap are missing.
        expected: the version that has to be the current one.

    Raises:
        StoreBusyError: somebody else was faster every time, or another version is current.
        NotAllowedError: a permission is missing, or the secret is another's to write.
        SecretsError: anything else that AWS refuses.
    """
    for attempt in range(RETRIES + 1):
        time.sleep(_pause(attempt))
        base = _read(aws, secret, force=force)
        _require_version(base, expected)
        before = base.members if base else {}
        wanted = change(dict(before))
        if wanted == before and (base is None or base.version):
            return Stored(base.version if base else "", before, changed=False)
        text = aws_shapes.render(wanted)
        version = _attempt(aws, secret, base, text, purpose=purpose, force=force)
        if version:
            return Stored(version, wanted, created=base is None)
    raise StoreBusyError(f"aws: somebody else is writing {secret}", "try again; nothing was changed")


def _require_version(base: _Base | None, expected: str | None) -> None:
    if expected is not None and expected != (base.version if base else ""):
        raise StoreBusyError(
            "somebody else changed these secrets meanwhile", "look again, then repeat the change"
        )


def _pause(attempt: int) -> float:
    """No pause at first, then up to 0.1, 0.2, 0.4 … seconds, drawn at random so that writers part."""
    return random.uniform(0.02, 0.1 * 2 ** (attempt - 1)) if attempt else 0.0  # noqa: S311 no secret


def _read(aws: Aws, secret: str, *, force: bool) -> _Base | None:
    """Read what is there now, or None where there is no such secret."""
    unless = (*ABSENT, "AccessDeniedException") if force else ABSENT
    about = aws.call("describe_secret", unless=unless, SecretId=secret)
    if not about and not force:
        return None
    check_writable(about, secret)
    answer = aws.call("get_secret_value", unless=ABSENT, SecretId=secret, VersionStage=CURRENT)
    if not answer:
        return _Base(about, "", {}) if about else None
    if not aws_shapes.holds_keys(answer):
        raise aws_shapes.damaged(secret)
    return _Base(about, str(answer["VersionId"]), aws_shapes.members_of(answer, secret))


def check_writable(about: Mapping[str, Any], secret: str) -> None:
    """Refuse a secret that is another's to write.

    Args:
        about: the answer of describe_secret.
        secret: its name, for the message.

    Raises:
        NotAllowedError: a service owns it, it rotates by itself, or it is a replica.
        SecretNotFoundError: it is scheduled for deletion.
    """
    if about.get("DeletedDate"):
        raise SecretNotFoundError(
            f"aws: the secret {secret} is scheduled for deletion", "`creds restore` brings it back"
        )
    owner = about.get("OwningService")
    if owner:
        raise NotAllowedError(
            f"aws: the secret {secret} belongs to the service {owner}, which writes it itself",
            "use a secret of your own: `creds use aws-secrets-manager` without --secret",
        )
    if about.get("RotationEnabled"):
        raise NotAllowedError(
            f"aws: the secret {secret} is rotated by AWS, which would undo this write",
            "let its rotation do it (aws secretsmanager rotate-secret), or switch the rotation off",
        )
    primary = about.get("PrimaryRegion")
    if primary and f":{primary}:" not in str(about.get("ARN", "")):
        raise NotAllowedError(
            f"aws: the secret {secret} is a replica here", f"write it in its primary region, {primary}"
        )


def _attempt(aws: Aws, secret: str, base: _Base | None, text: str, *, purpose: str, force: bool) -> str:
    try:
        return _write(aws, secret, base, text, purpose)
    except NotAllowedError:
        if not force:
            raise
        return _blind(aws, secret, text)


def _write(aws: Aws, secret: str, base: _Base | None, text: str, purpose: str) -> str:
    """Make one attempt; returns the new version, or nothing when somebody was faster."""
    token = str(uuid.uuid4())
    if base is None:
        made = aws.call(
            "create_secret",
            unless=FULL,
            Name=secret,
            SecretString=text,
            ClientRequestToken=token,
            Description=purpose,
        )
        return str(made.get("VersionId", ""))
    if not base.version:  # a secret without a value: AWS makes the first version current
        put = aws.call(
            "put_secret_value", unless=FULL, SecretId=secret, SecretString=text, ClientRequestToken=token
        )
        return str(put.get("VersionId", ""))
    _remove_stale_labels(aws, secret, base.about)
    require_move(aws, secret, base.version)
    return _put_and_move(aws, secret, base.version, text, token)


def _put_and_move(aws: Aws, secret: str, base: str, text: str, token: str) -> str:
    label = f"{LABEL}{int(time.time()):x}-{token[:8]}"
    try:
        put = aws.call(
            "put_secret_value",
            unless=FULL,
            SecretId=secret,
            SecretString=text,
            ClientRequestToken=token,
            VersionStages=[label],
        )
        return token if put and move_current(aws, secret, base, token) else ""
    finally:
        _remove_label(aws, secret, label, token)


def move_current(aws: Aws, secret: str, base: str, version: str) -> bool:
    """Make `version` the current one if `base` still is; returns whether it did.

    An answer that got lost makes the SDK ask again, and the second time fails as if somebody else had won; a
    version that became current, or was current before the next one, tells the difference.
    """
    moved = aws.call(
        "update_secret_version_stage",
        unless=LOST,
        SecretId=secret,
        VersionStage=CURRENT,
        MoveToVersionId=version,
        RemoveFromVersionId=base,
    )
    if moved:
        return True
    about = aws.call("describe_secret", unless=ABSENT, SecretId=secret)
    stages = about.get("VersionIdsToStages", {})
    return bool({CURRENT, PREVIOUS}.intersection(stages.get(version, ())))


def require_move(aws: Aws, secret: str, base: str) -> None:
    """Find a missing permission before anything is put: take a label away that is not there.

    With the permission AWS answers that the label is not attached (InvalidParameterException), without it that
    access is denied, naming the action.
    """
    try:
        aws.call(
            "update_secret_version_stage",
            unless=LOST,
            SecretId=secret,
            VersionStage=f"{LABEL}permission",
            RemoveFromVersionId=base,
        )
    except NotAllowedError as error:
        unsafe = "--force writes without it, over whatever others write meanwhile"
        raise NotAllowedError(error.message, *error.hints, unsafe) from None


def _blind(aws: Aws, secret: str, text: str) -> str:
    """Overwrite without comparing: what --force asks for."""
    token = str(uuid.uuid4())
    put = aws.call("put_secret_value", SecretId=secret, SecretString=text, ClientRequestToken=token)
    return str(put["VersionId"])


def _remove_stale_labels(aws: Aws, secret: str, about: Mapping[str, Any]) -> None:
    """Take away what a killed writer left: there are only about 20 labels."""
    for version, stages in about.get("VersionIdsToStages", {}).items():
        for label in stages:
            if label.startswith(LABEL) and _age(label) > STALE_AFTER:
                _remove_label(aws, secret, label, version)


def _age(label: str) -> float:
    try:
        return time.time() - int(label.split("-")[1], 16)
    except (IndexError, ValueError):
        return 0.0


def _remove_label(aws: Aws, secret: str, label: str, version: str) -> None:
    """Remove one of our labels if it is there; a version without labels is AWS's to clean up.

    A label that stays is harmless and the next write's to remove, so this never fails a write that was done.
    """
    with suppress(SecretsError):
        aws.call(
            "update_secret_version_stage", SecretId=secret, VersionStage=label, RemoveFromVersionId=version
        )
