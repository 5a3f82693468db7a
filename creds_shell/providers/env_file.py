"""Tier 1: the repository's own `.env`, then variables of this process that somebody declared to be secrets.

The file counts only while exactly its content is allowed, and is read once: what is hashed is what is parsed. It is
never put into our own environment and nothing in it is interpolated. Our own writes renew the allow.
"""

import os
from collections.abc import Iterable
from datetime import UTC, datetime

from creds_shell.base import (
    NotAllowedError,
    ProjectNotFoundError,
    ProviderCaps,
    SecretBundle,
    SecretMapping,
    SecretNotFoundError,
    StoreBusyError,
)
from creds_shell.core import binding, dotenv, paths
from creds_shell.core.envfile import ENV_FILE_KEYS, ENV_FILE_LIMIT, TOO_MANY, next_step, read_env_file
from creds_shell.core.envfile import declared_names as declared
from creds_shell.core.repository import Repository, find_repository
from creds_shell.providers import bundle_file, limits, metadata
from creds_shell.providers.dotenv_global import version_of
from creds_shell.providers.editing import Changes, EditingProvider

ID = "env-file"
NAME = ".env"


class EnvSecretsProvider(EditingProvider):
    """The repository's `.env` and declared variables of the process environment.

    Args:
        repository: whose `.env`; None: the one around the working directory, if any.
        names: variables that are secrets here, as `creds.toml`, the user's config or --secret-env declare them.
    """

    id = ID
    caps = ProviderCaps(can_write=True, can_delete=True, can_list=True, can_rotate=True, environments=False)

    def __init__(self, repository: Repository | None = None, names: Iterable[str] = ()) -> None:
        self._repository = repository or find_repository()
        self._names = frozenset(names)

    def attach(self, project: object) -> None:
        """Take the repository of a project, and the names that its settings declare."""
        self._repository = getattr(project, "repository", None)
        self._names |= declared_names(project)

    @property
    def path(self) -> str | None:
        """Where the file is or would be; None outside a repository."""
        return os.path.join(self._repository.root, NAME) if self._repository else None

    def get_bundle(self, project_id: str, environment: str = "default") -> SecretBundle:
        """Return the file's keys and the declared variables that it lacks; an environment has no file of its own.

        Raises:
            NotAllowedError: the content is not allowed, or the file cannot be trusted.
            DamagedFileError: a line cannot be read.
        """
        data = self._allowed_data() or b""
        values = self._parse(data)
        found = self._stat()
        given = {name: os.environb.get(os.fsencode(name)) for name in self._names - values.keys()}
        inherited = {name: value for name, value in given.items() if value is not None}
        values |= inherited
        bundle = SecretBundle(project_id, values, environment=environment, provider=self.id)
        bundle.inherited = frozenset(inherited)
        bundle.forced = dotenv.forced_masks(data, self.path or NAME)
        if found:
            bundle.version = version_of(found)
            bundle.updated_at = datetime.fromtimestamp(found.st_mtime, UTC)
        return bundle

    def source_of(self, key: str) -> str:
        """Return where a key comes from: the file's path, or `environment`."""
        return self.path or "environment" if key in self._allowed_values() else "environment"

    def get_secret(self, secret_id: str) -> SecretMapping:
        """Return the fields PREFIX_FIELD of a prefix as {"field": value}, as lib.creds did.

        The prefix names the variables, so they are taken from the process environment too, which wins.

        Raises:
            SecretNotFoundError: there are none.
        """
        prefix = secret_id.upper().replace("-", "_") + "_"
        limits.check_name(prefix + "X")
        known = {**self._allowed_values(), **_environment_with(prefix)}
        fields = SecretMapping(
            {
                key[len(prefix) :].lower(): value
                for key, value in known.items()
                if key.startswith(prefix) and len(key) > len(prefix)
            }
        )
        if not fields:
            raise SecretNotFoundError(
                f"no variables begin with {prefix}",
                f"expected: {prefix}HOST, {prefix}USER, {prefix}PASSWORD …",
            )
        return fields

    def _place(self, project_id: str) -> str:  # noqa: ARG002 the file says more
        return str(self.path)

    def delete_bundle(self, project_id: str, environment: str = "default") -> None:
        """Remove every key from the file; its comments stay, for it is the repository's."""
        keys = list(self._allowed_values())
        if keys:
            self.delete_keys(project_id, keys, environment)

    def _allowed_values(self) -> dict[str, bytes]:
        return self._parse(self._allowed_data() or b"")

    def _parse(self, data: bytes) -> dict[str, bytes]:
        values = dotenv.parse_bundle(data, self.path or NAME)
        if len(values) > ENV_FILE_KEYS:
            raise NotAllowedError(TOO_MANY, next_step(TOO_MANY, str(self.path)))
        return values

    def _allowed_data(self) -> bytes | None:
        if self._repository is None:
            return None
        data, why = read_env_file(self._repository.root)
        if why:
            raise NotAllowedError(why, next_step(why, str(self.path)))
        _must_be_allowed(self._repository, data, str(self.path))
        return data

    def _stat(self) -> os.stat_result | None:
        try:
            return os.stat(self.path, follow_symlinks=False) if self.path else None
        except OSError:
            return None

    def _edit(
        self,
        project_id: str,
        environment: str,
        changes: Changes,
        *,
        expected: str | None = None,
        rotated: bool = False,
    ) -> SecretBundle:
        """Write the repository's `.env`; comments and order stay, and the new content is allowed."""
        repository, path = self._repository, self.path
        if repository is None or path is None:
            raise ProjectNotFoundError("env-file needs a repository to write to", "cd into one")
        self._allowed_data()
        before: dict[str, bytes] = {}
        values: dict[str, bytes] = {}

        def change(old: bytes | None) -> bytes:
            if expected is not None and self._version() != expected:
                raise StoreBusyError(
                    f"somebody else changed {path} meanwhile", "look again, then repeat the change"
                )
            _must_be_allowed(repository, old, path)
            before.update(dotenv.parse_bundle(old or b"", path))
            new = dotenv.edit(old or b"# .env\n", dict(changes(before)), path)
            values.update(dotenv.parse_bundle(new, path))
            if len(new) > ENV_FILE_LIMIT:
                raise NotAllowedError(
                    f"{path} would be larger than 1 MiB", "keep large values in files of their own"
                )
            _allow(repository, new)  # before it is there, so that no reader finds it new
            return new

        def done() -> None:
            where = (project_id, environment, self.id)
            metadata.record(*where, before, values, rotated=rotated, source=self.source)

        bundle_file.update(path, _lock_of(path), change, done, ID)
        return self.get_bundle(project_id, environment)

    def _version(self) -> str:
        found = self._stat()
        return version_of(found) if found else ""


def declared_names(project: object) -> frozenset[str]:
    """Return the variables that creds.toml or the user's config declare as secrets of a project."""
    record = getattr(project, "record", None)
    return frozenset(declared(record)) if record is not None else frozenset()


def _environment_with(prefix: str) -> dict[str, bytes]:
    encoded = prefix.encode()
    return {
        key.decode("utf-8", "surrogateescape"): value
        for key, value in os.environb.items()
        if key.startswith(encoded)
    }


def _lock_of(path: str) -> str:
    """Return a lock file in the state directory: a repository gets no file of ours but its `.env`."""
    return os.path.join(paths.state_dir(), "locks", binding.digest(os.fsencode(path)))


def _must_be_allowed(repository: Repository, data: bytes | None, path: str) -> None:
    if data is not None and not binding.is_allowed(binding.content_key(repository.anchor, NAME, data)):
        raise NotAllowedError(
            f"{path} is new or changed since it was allowed", "look at it, then: creds allow"
        )


def _allow(repository: Repository, data: bytes) -> None:
    from creds_shell.project import allow_content

    allow_content(repository, data, NAME)
