"""Tier 2: one secret per project and environment in AWS Secrets Manager, a JSON object of strings.

The compare-and-swap itself is in `aws_write.py`, reading in `aws_reader.py`.
"""

from collections.abc import Mapping

from creds_shell.base import ProviderCaps, SecretBundle
from creds_shell.core.cache import Source
from creds_shell.providers import aws_shapes, aws_versions, aws_write, cache, metadata
from creds_shell.providers.aws_reader import ID, AWSReader
from creds_shell.providers.aws_settings import remember_name
from creds_shell.providers.aws_shapes import Members
from creds_shell.providers.editing import Changes, EditingProvider

__all__ = ["ID", "AWSSecretsProvider"]


class AWSSecretsProvider(EditingProvider, AWSReader):
    """Bundles in AWS Secrets Manager; see `AWSReader` for what it is made from."""

    caps = ProviderCaps(
        can_write=True,
        can_delete=True,
        can_rotate=True,
        supports_versions=True,
        can_restore=True,
        binary=False,
        max_bundle_bytes=aws_shapes.MAX_BYTES,
    )

    def delete_bundle(self, project_id: str, environment: str = "default") -> None:
        """Schedule the secret's deletion; `restore` brings it back for 30 days."""
        source = self.source_of(project_id, environment)
        aws_versions.schedule_deletion(self.account_of(source), source.secret)
        cache.forget(source)
        metadata.forget(project_id, environment, self.id)

    def rollback(
        self, project_id: str, version: str | None = None, environment: str = "default"
    ) -> SecretBundle:
        """Make an older version (default: AWSPREVIOUS) the current one."""
        source = self.source_of(project_id, environment)
        aws = self.account_of(source)
        target = aws_versions.find_version(aws_versions.list_versions(aws, source.secret), version)
        aws_versions.make_current(aws, source.secret, target.id)
        cache.forget(source)
        return self.get_bundle(project_id, environment)

    def restore(self, project_id: str, environment: str = "default") -> SecretBundle:
        """Bring back a secret that is scheduled for deletion."""
        source = self.source_of(project_id, environment)
        aws_versions.cancel_deletion(self.account_of(source), source.secret)
        return self.get_bundle(project_id, environment)

    def _edit(
        self,
        project_id: str,
        environment: str,
        changes: Changes,
        *,
        expected: str | None = None,
        rotated: bool = False,
    ) -> SecretBundle:
        """Store one new version, or none when nothing changes; what was rotated stays as AWSPREVIOUS.

        Raises:
            InvalidValueError: too large (the largest keys are named), or a value that is no text.
            StoreBusyError: somebody else was faster each time.
            NotAllowedError: a permission is missing (named; `force` does without), or the secret is another's to write.
        """
        source = self.source_of(project_id, environment)
        before: Members = {}

        def change(now: Members) -> Members:
            before.clear()
            before.update(now)
            return aws_shapes.with_changes(now, _as_text(changes(now)))

        stored = aws_write.swap(
            self.account_of(source),
            source.secret,
            change,
            purpose=f"secrets of {source.project} ({source.environment}), kept by creds",
            force=self.force,
            expected=expected,
        )
        if stored.created and not source.foreign:
            remember_name(source.project, source.environment, source.secret, self._project)
        if stored.changed:
            self._note_ages(source, before, stored.members, rotated)
        self._write_through(source, stored, "")
        return self._bundle(source, stored.members, stored.version, None)

    def _note_ages(self, source: Source, before: Members, after: Members, rotated: bool) -> None:
        where = (source.project, source.environment, self.id)
        texts = [{key: member.text for key, member in members.items()} for members in (before, after)]
        metadata.record(*where, *texts, rotated=rotated, source=self.source)


def _as_text(changes: Mapping[str, bytes | None]) -> dict[str, str | None]:
    return {k: None if v is None else v.decode("utf-8", "surrogateescape") for k, v in changes.items()}
