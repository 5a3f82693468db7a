"""The versions that AWS keeps of a secret: look at them, go back to one, bring a deleted secret back."""

from datetime import datetime

from creds_shell.base import SecretVersion
from creds_shell.core.errors import SecretNotFoundError, StoreBusyError, UsageError
from creds_shell.providers.aws_session import Aws
from creds_shell.providers.aws_write import ABSENT, CURRENT, LABEL, PREVIOUS, check_writable, move_current

RECOVERY_DAYS = 30  # AWS' own default and the longest it offers; `restore` works as long
PAGE = 100  # versions of one ListSecretVersionIds answer, the most it gives
WHOLE_ID = 32  # characters that the id of a version has at least, the reference of GetSecretValue


def list_versions(aws: Aws, secret: str) -> list[SecretVersion]:
    """Return the versions with a label, newest first; AWS drops those without one by itself."""
    items = aws.pages("list_secret_version_ids", "Versions", SecretId=secret, MaxResults=PAGE)
    found = [
        SecretVersion(
            str(item["VersionId"]),
            item.get("CreatedDate"),
            tuple(sorted(stage for stage in item.get("VersionStages", ()) if not stage.startswith(LABEL))),
        )
        for item in items
    ]
    return sorted(found, key=lambda v: (CURRENT not in v.stages, -_seconds(v.created), v.id))


def _seconds(when: datetime | None) -> float:
    return when.timestamp() if when else 0.0


def find_version(versions: list[SecretVersion], wanted: str | None) -> SecretVersion:
    """Return the version with a stage (default: the previous one), or whose id begins with `wanted`.

    Raises:
        SecretNotFoundError: there is none.
        UsageError: several begin so.
    """
    stage = wanted or PREVIOUS
    fits = [version for version in versions if stage in version.stages]
    if wanted and not fits:
        fits = [version for version in versions if version.id.startswith(wanted)]
    if not fits:
        what = "there is no previous version" if stage == PREVIOUS else f"there is no version {wanted}"
        raise SecretNotFoundError(f"aws: {what}", "`creds versions` lists them")
    if len(fits) > 1:
        raise UsageError(f"several versions begin with {wanted}", "`creds versions` shows the whole ids")
    return fits[0]


def make_current(aws: Aws, secret: str, version: str) -> None:
    """Make an older version the current one; the one that was current becomes the previous one.

    Raises:
        StoreBusyError: somebody else wrote in between.
        NotAllowedError: the secret is another's to write.
    """
    about = aws.call("describe_secret", SecretId=secret)
    check_writable(about, secret)
    stages = about.get("VersionIdsToStages", {})
    base = next((known for known, labels in stages.items() if CURRENT in labels), None)
    if base == version:
        raise UsageError(f"aws: version {version} is the current one already", "`creds versions` lists them")
    if base is None or not move_current(aws, secret, base, version):
        raise StoreBusyError(f"aws: somebody else is writing {secret}", "look again: `creds versions`")


def schedule_deletion(aws: Aws, secret: str) -> datetime | None:
    """Delete a secret with the longest recovery window; returns when it will be gone, or None if there is none."""
    about = aws.call("describe_secret", unless=ABSENT, SecretId=secret)
    if not about or about.get("DeletedDate"):
        return None
    check_writable(about, secret)
    answer = aws.call("delete_secret", SecretId=secret, RecoveryWindowInDays=RECOVERY_DAYS)
    when = answer.get("DeletionDate")
    return when if isinstance(when, datetime) else None


def cancel_deletion(aws: Aws, secret: str) -> None:
    """Bring a secret back that is scheduled for deletion.

    Raises:
        SecretNotFoundError: there is nothing to bring back.
    """
    about = aws.call("describe_secret", unless=ABSENT, SecretId=secret)
    if not about:
        raise SecretNotFoundError(
            f"aws: there is no secret {secret} to bring back", "a secret can be restored for 30 days"
        )
    if not about.get("DeletedDate"):
        raise SecretNotFoundError(f"aws: the secret {secret} is not deleted", "`creds list` shows its keys")
    aws.call("restore_secret", SecretId=secret)
