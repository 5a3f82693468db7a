"""The reading half of tier 2: which secret holds a bundle, in which account, and what it says.

What happens is in the `aws_*` modules beside this one: the SDK's border (session, client, errors, logs), shapes,
reading, versions.
"""

from typing import Any

from creds_shell.base import BundleProvider, NotAllowedError, SecretBundle, SecretMapping, SecretVersion
from creds_shell.core.cache import Source, make_source
from creds_shell.project import Project
from creds_shell.providers import aws_read, aws_shapes, aws_versions, cache, limits
from creds_shell.providers.aws_session import Aws, Identity
from creds_shell.providers.aws_settings import settings_for
from creds_shell.providers.aws_shapes import Members
from creds_shell.providers.aws_write import Stored

ID = "aws-secrets-manager"


class AWSReader(BundleProvider):
    """Bundles in AWS Secrets Manager, to read.

    Args:
        region: instead of the user's config.
        role_arn: a role to assume, instead of the user's config.
        profile: instead of the user's config.
        endpoint_url: instead of the user's config.
        client: a ready boto3 client of the Secrets Manager.
    """

    id = ID

    def __init__(
        self,
        region: str | None = None,
        role_arn: str | None = None,
        *,
        profile: str | None = None,
        endpoint_url: str | None = None,
        client: Any = None,
    ) -> None:
        given = {"region": region, "role_arn": role_arn, "profile": profile, "endpoint_url": endpoint_url}
        self._given = {name: value for name, value in given.items() if value}
        self._client = client
        self._accounts: dict[tuple[str, ...], Aws] = {}
        self._project: object = None

    def attach(self, project: object) -> None:
        """Learn whose settings hold."""
        self._project = project

    def get_bundle(self, project_id: str, environment: str = "default") -> SecretBundle:
        """Ask AWS for the bundle; an empty one where there is no secret.

        Raises:
            SecretNotFoundError: the user named a secret that is not there, or it is scheduled for deletion.
            SecretsError: AWS cannot be asked or refuses.
        """
        source = self.source_of(project_id, environment)
        found = aws_read.read_secret(self.account_of(source), source)
        self._write_through(source, Stored(found.version, found.members), found.account)
        return self._bundle(source, found.members, found.version, found.changed_at)

    def load(self, project_id: str, environment: str = "default", *, refresh: bool = False) -> SecretBundle:
        """Return the bundle through the memory-backed copy; AWS is asked if that is missing, old or unwanted.

        Raises:
            SecretsError: as `get_bundle`.
        """
        source = self.source_of(project_id, environment)
        fetched = cache.fetch(source, lambda: self.answer(source), refresh=refresh)
        bundle = SecretBundle(
            project_id,
            fetched.values,
            environment=environment,
            version=fetched.version or None,
            provider=self.id,
        )
        self.notes = fetched.notes
        return bundle

    def get_secret(self, secret_id: str) -> SecretMapping:
        """Return the fields of any secret by its name or ARN.

        Raises:
            SecretNotFoundError: there is none.
        """
        source = make_source("", "default", self._settings(), secret_id)
        source.foreign = True
        return SecretMapping(
            aws_shapes.values_of(aws_read.read_secret(self.account_of(source), source).members)
        )

    def get_bundles(self, addresses: list[tuple[str, str]]) -> list[SecretBundle]:
        """Return several bundles (project id, environment) with as few calls as possible.

        Raises:
            SecretsError: one of them cannot be read.
        """
        sources = [self.source_of(project, environment) for project, environment in addresses]
        if not sources:
            return []
        found = aws_read.read_many(self.account_of(sources[0]), [source.secret for source in sources])
        bundles = []
        for source in sources:
            got = found.get(source.secret, aws_read.NOTHING)
            bundles.append(self._bundle(source, got.members, got.version, got.changed_at))
        return bundles

    def environments(self, project_id: str) -> list[str]:
        """Return the environments that a project has a secret for, `default` first."""
        source = self.source_of(project_id)
        own = make_source(project_id, "default", self._settings()).secret
        names = aws_read.names_under(self.account_of(source), own)
        found = {"default" if name == own else name.removeprefix(f"{own}/") for name in names}
        return sorted((name for name in found if "/" not in name), key=lambda name: (name != "default", name))

    def renew_all(self, project_id: str) -> list[SecretBundle]:
        """Renew the copies of all environments of a project, twenty in one call.

        Raises:
            SecretsError: AWS cannot be asked or refuses.
        """
        bundles = self.get_bundles([(project_id, name) for name in self.environments(project_id)])
        for bundle in bundles:
            source = self.source_of(project_id, bundle.environment)
            cache.write_through(source, cache.Answer(bundle.as_bytes(), bundle.version or "", ""))
        return bundles

    def is_available(self) -> bool:
        """Whether there are credentials and a region, as far as is known without asking AWS."""
        return self.account_of(make_source("", "default", self._settings())).has_credentials()

    def identity(self, project_id: str = "", environment: str = "default") -> tuple[Identity, str, str]:
        """Return who we are in AWS, the region, and the name of the project's secret."""
        source = self.source_of(project_id, environment)
        aws = self.account_of(source)
        return aws.identity(), aws.region(), source.secret

    def versions(self, project_id: str, environment: str = "default") -> list[SecretVersion]:
        """Return the versions that AWS keeps, the current one first."""
        source = self.source_of(project_id, environment)
        return aws_versions.list_versions(self.account_of(source), source.secret)

    def get_version(self, project_id: str, version: str, environment: str = "default") -> SecretBundle:
        """Return the bundle as it was in one version.

        Args:
            project_id: whose bundle.
            version: an id, the beginning of one, or a stage as AWSPREVIOUS.
            environment: which of its bundles.

        Raises:
            SecretNotFoundError: there is no such version.
        """
        source = self.source_of(project_id, environment)
        aws = self.account_of(source)
        if len(version) < aws_versions.WHOLE_ID:  # a whole id is read also once AWS lists it no more
            version = aws_versions.find_version(aws_versions.list_versions(aws, source.secret), version).id
        found = aws_read.read_secret(aws, source, version)
        return self._bundle(source, found.members, found.version, found.changed_at)

    def source_of(self, project_id: str, environment: str = "default") -> Source:
        """Return which secret holds a project's bundle, and how it is reached.

        Raises:
            NotAllowedError: the project is a repository's whose id is only proposed; the bundle is somebody else's.
        """
        if isinstance(self._project, Project) and not self._project.bound:
            raise NotAllowedError(f"{self._project.id} is not bound to this repository yet", "creds allow")
        if project_id:
            limits.check_address(project_id, environment)
        settings = settings_for(project_id, environment, self._project)
        return make_source(project_id, environment, {**settings.aws, **self._given}, settings.secret)

    def account_of(self, source: Source) -> Aws:
        """Return the connection of a source's account; one per region, profile, role and endpoint."""
        region = source.secret if source.secret.startswith("arn:") else source.region
        key = (region, source.profile, source.role_arn, source.endpoint_url)
        if key not in self._accounts:
            self._accounts[key] = Aws(source, self._client)
        return self._accounts[key]

    def _settings(self) -> dict[str, str]:
        return {**settings_for("", "default", self._project).aws, **self._given}

    def answer(self, source: Source) -> cache.Answer:
        """Ask AWS for what the memory-backed copy of a source shall hold."""
        found = aws_read.read_secret(self.account_of(source), source)
        return cache.Answer(_as_bytes(found.members), found.version, found.account)

    def _write_through(self, source: Source, stored: Stored, account: str) -> None:
        cache.write_through(source, cache.Answer(_as_bytes(stored.members), stored.version, account))

    def _bundle(self, source: Source, members: Members, version: str, changed_at: Any) -> SecretBundle:
        return SecretBundle(
            source.project,
            aws_shapes.values_of(members),
            environment=source.environment,
            version=version or None,
            updated_at=changed_at,
            provider=self.id,
        )


def _as_bytes(members: Members) -> dict[str, bytes]:
    return {k: v.encode("utf-8", "surrogateescape") for k, v in aws_shapes.values_of(members).items()}
