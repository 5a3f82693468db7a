# ruff: noqa: ARG002 a default that refuses takes what its implementations need
"""What a provider is, what it can do and what it hands out; the public names of values, bundles and errors."""

from abc import ABC, abstractmethod
from collections.abc import Container
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from creds_shell.core.errors import (
    BadPermissionsError,
    DamagedFileError,
    InvalidValueError,
    NotAllowedError,
    ProjectNotFoundError,
    ProviderNotAvailableError,
    SecretNotFoundError,
    SecretsError,
    StoreBusyError,
    UsageError,
)
from creds_shell.values import SecretBundle, SecretMapping, SecretValue

__all__ = [
    "BadPermissionsError",
    "BundleProvider",
    "DamagedFileError",
    "InvalidValueError",
    "NotAllowedError",
    "ProjectNotFoundError",
    "ProviderCaps",
    "ProviderNotAvailableError",
    "SecretBundle",
    "SecretMapping",
    "SecretNotFoundError",
    "SecretValue",
    "SecretVersion",
    "SecretsError",
    "SecretsProvider",
    "StoreBusyError",
    "UsageError",
    "must_have",
]

Mode = Literal["merge", "replace"]


@dataclass(frozen=True)
class ProviderCaps:
    """What a provider can do; the command line and the page offer that and no more.

    Calling it returns itself: `provider.caps()` is lib.creds' way of asking.
    """

    can_read: bool = True
    can_write: bool = False
    can_delete: bool = False
    can_list: bool = False
    can_rotate: bool = False
    supports_versions: bool = False
    binary: bool = True
    environments: bool = True
    can_restore: bool = False
    max_bundle_bytes: int | None = None

    def __call__(self) -> "ProviderCaps":
        """Return itself."""
        return self


@dataclass(frozen=True)
class SecretVersion:
    """One version that a provider keeps."""

    id: str
    created: datetime | None = None
    stages: tuple[str, ...] = ()


def must_have(keys: Container[str], key: str, where: str) -> None:
    """Refuse a key that is not among those of a project or file.

    Raises:
        SecretNotFoundError: it is not there; the message names `where`.
    """
    if key not in keys:
        raise SecretNotFoundError(f"{where} has no key {key}", "see the keys: creds list")


class SecretsProvider(ABC):
    """The least a source of secrets can do: hand out the fields of one secret."""

    id: str = ""

    @property
    def name(self) -> str:
        """The provider's id, under the name that lib.creds gave it."""
        return self.id

    def is_available(self) -> bool:
        """Whether it could be asked now, as far as is known without asking it."""
        return True

    @abstractmethod
    def get_secret(self, secret_id: str) -> SecretMapping:
        """Return the fields of one secret (for variables: those with that prefix): plain values, a masked repr.

        Raises:
            SecretNotFoundError: there is none.
        """

    def get_secret_value(self, secret_id: str, field: str) -> str | None:
        """Return one field of one secret, or None."""
        return self.get_secret(secret_id).get(field)


class BundleProvider(SecretsProvider):
    """A place where bundles live. A new one is one file with this interface and one entry point.

    Values cross this border as `str` with surrogateescape. A provider that cannot hold bytes says
    `ProviderCaps(binary=False)` and refuses them at `put_bundle`, naming the key.
    """

    caps: ProviderCaps = ProviderCaps()
    source: str = "api"  # what writes through this object, for the metadata: set, import, rotate, ui …

    notes: tuple[str, ...] = ()  # what the last `load` has to say to the user
    force: bool = False  # write also where a provider cannot make sure that nobody else's change is lost

    def attach(self, project: object) -> None:
        """Learn which project is meant (`creds_shell.project.Project`); most tiers need no more than its id."""

    @abstractmethod
    def get_bundle(self, project_id: str, environment: str = "default") -> SecretBundle:
        """Return the bundle; an empty one where nothing is stored. Reading creates nothing.

        Raises:
            ProviderNotAvailableError: it cannot be read.
        """

    def load(self, project_id: str, environment: str = "default", *, refresh: bool = False) -> SecretBundle:
        """Return the bundle, from a copy where the provider keeps one; `refresh` asks the source anew."""
        return self.get_bundle(project_id, environment)

    def put_bundle(
        self, bundle: SecretBundle, mode: Mode = "merge", *, expected_version: str | None = None
    ) -> SecretBundle:
        """Store a bundle and return what is stored now.

        Args:
            bundle: what to store.
            mode: `merge` changes the given keys alone and loses no concurrent change; `replace` stores exactly this.
            expected_version: fail with StoreBusyError if the stored version is another one by now; "" means that
                nothing is stored.
        """
        raise self._cannot("be written")

    def delete_key(
        self, project_id: str, key: str, environment: str = "default", *, expected_version: str | None = None
    ) -> None:
        """Remove one key; `expected_version` as for `put_bundle`.

        Raises:
            SecretNotFoundError: there is none of that name.
        """
        self.delete_keys(project_id, [key], environment, expected_version=expected_version)

    def delete_keys(
        self,
        project_id: str,
        keys: list[str],
        environment: str = "default",
        *,
        expected_version: str | None = None,
    ) -> None:
        """Remove several keys in one write, all or none; a provider that cannot do that implements `delete_key`.

        Raises:
            SecretNotFoundError: one of them is not there.
        """
        if type(self).delete_key is BundleProvider.delete_key:
            raise self._cannot("delete keys")
        for key in keys:
            self.delete_key(project_id, key, environment)

    def delete_bundle(self, project_id: str, environment: str = "default") -> None:
        """Remove all keys of a project in one environment."""
        raise self._cannot("delete bundles")

    def list_keys(self, project_id: str, environment: str = "default") -> list[str]:
        """Return the names of the keys, sorted."""
        return list(self.get_bundle(project_id, environment).keys)

    def rotate(
        self,
        project_id: str,
        key: str,
        value: "str | bytes",
        environment: str = "default",
        *,
        expected_version: str | None = None,
    ) -> SecretBundle:
        """Give an existing key a new value and remember that it was rotated; `expected_version` as for `put_bundle`.

        Raises:
            SecretNotFoundError: there is none of that name.
        """
        raise self._cannot("rotate keys")

    def versions(self, project_id: str, environment: str = "default") -> list[SecretVersion]:
        """Return the versions that are kept, newest first."""
        raise self._cannot("keep versions")

    def get_version(self, project_id: str, version: str, environment: str = "default") -> SecretBundle:
        """Return the bundle as it was in one version.

        Raises:
            SecretNotFoundError: there is no such version.
        """
        raise self._cannot("keep versions")

    def rollback(
        self, project_id: str, version: str | None = None, environment: str = "default"
    ) -> SecretBundle:
        """Make an older version (default: the previous one) the current one."""
        raise self._cannot("keep versions")

    def restore(self, project_id: str, environment: str = "default") -> SecretBundle:
        """Bring back a deleted bundle."""
        raise self._cannot("bring back what was deleted")

    def get_secret(self, secret_id: str) -> SecretMapping:
        """Return the values of the bundle of the project `secret_id`, as lib.creds did."""
        return self.get_bundle(secret_id).secrets

    def _cannot(self, what: str) -> SecretsError:
        return UsageError(f"the provider {self.id} cannot {what}", "see `creds help tiers`")
