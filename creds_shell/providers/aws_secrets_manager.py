"""Tier 2: one secret per project and environment in AWS Secrets Manager, a JSON object of strings.

The compare-and-swap itself is in `aws_write.py`, reading in `aws_reader.py`.
"""

from creds_shell.base import Mode, ProviderCaps, SecretBundle, UsageError, must_have
from creds_shell.core.cache import Source
from creds_shell.providers import aws_shapes, aws_versions, aws_write, cache, limits, metadata
from creds_shell.providers.aws_reader import ID, AWSReader
from creds_shell.providers.aws_settings import remember_name
from creds_shell.providers.aws_shapes import Members
from creds_shell.providers.aws_write import Change

__all__ = ["ID", "AWSSecretsProvider"]


class AWSSecretsProvider(AWSReader):
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

    def put_bundle(
        self,
        bundle: SecretBundle,
        mode: Mode = "merge",
        *,
        expected_version: str | None = None,
        force: bool = False,
    ) -> SecretBundle:
        """Store a bundle as one new version, or none when nothing changes.

        Args:
            bundle: what to store.
            mode: `merge` keeps all other keys, also those that others write meanwhile; `replace` stores exactly this.
            expected_version: fail if another version is current by now.
            force: write blindly if the permissions for a compare-and-swap are missing.

        Raises:
            InvalidValueError: too large (the largest keys are named), or a value that is no text.
            StoreBusyError: somebody else was faster each time.
            NotAllowedError: a permission is missing (named), or the secret is another's to write.
        """
        if mode not in {"merge", "replace"}:
            raise UsageError(f"there is no mode {mode!r}", "merge or replace")
        limits.check_entries(bundle.as_bytes())
        given = dict(bundle.secrets)

        def change(now: Members) -> Members:
            gone = dict.fromkeys(now.keys() - given.keys()) if mode == "replace" else {}
            return aws_shapes.with_changes(now, {**gone, **given})

        source = self.source_of(bundle.project_id, bundle.environment)
        return self._change(source, change, force=force or self.force, expected=expected_version)

    def delete_keys(
        self,
        project_id: str,
        keys: list[str],
        environment: str = "default",
        *,
        expected_version: str | None = None,
    ) -> None:
        """Remove several keys as one version, all or none.

        Raises:
            SecretNotFoundError: one of them is not there.
        """

        def change(now: Members) -> Members:
            for key in keys:
                must_have(now, key, project_id)
            return aws_shapes.with_changes(now, dict.fromkeys(keys))

        self._change(self.source_of(project_id, environment), change, expected=expected_version)

    def rotate(
        self,
        project_id: str,
        key: str,
        value: "str | bytes",
        environment: str = "default",
        *,
        expected_version: str | None = None,
    ) -> SecretBundle:
        """Give an existing key a new value; the version before stays as AWSPREVIOUS.

        Raises:
            SecretNotFoundError: there is none of that name.
        """
        new = SecretBundle(project_id, {key: value})
        limits.check_entries(new.as_bytes())

        def change(now: Members) -> Members:
            must_have(now, key, project_id)
            return aws_shapes.with_changes(now, dict(new.secrets))

        source = self.source_of(project_id, environment)
        return self._change(source, change, expected=expected_version, rotated=True)

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

    def _change(
        self,
        source: Source,
        change: Change,
        *,
        force: bool = False,
        expected: str | None = None,
        rotated: bool = False,
    ) -> SecretBundle:
        purpose = f"secrets of {source.project} ({source.environment}), kept by creds"
        before: Members = {}

        def watched(now: Members) -> Members:
            before.clear()
            before.update(now)
            return change(now)

        aws = self.account_of(source)
        stored = aws_write.swap(aws, source.secret, watched, purpose=purpose, force=force, expected=expected)
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
