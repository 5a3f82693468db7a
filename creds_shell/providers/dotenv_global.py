"""Tier 0: one file per project and environment in the user's own config folder, outside every repository."""

import os
from contextlib import suppress
from datetime import UTC, datetime

from creds_shell.base import (
    ProviderCaps,
    SecretBundle,
    SecretsError,
    StoreBusyError,
)
from creds_shell.core import dotenv, encrypted, paths
from creds_shell.providers import bundle_file, limits, metadata
from creds_shell.providers.editing import Changes, EditingProvider

ID = "dotenv-global"


class DotEnvSecretsProvider(EditingProvider):
    """Bundles in `<config>/secrets/<project>/.env` and `.env.<environment>`, 0600 in 0700.

    Args:
        config_dir: another folder for the projects, in place of `<config>/secrets`.
    """

    id = ID
    caps = ProviderCaps(can_write=True, can_delete=True, can_list=True, can_rotate=True)

    def __init__(self, config_dir: "str | os.PathLike[str] | None" = None) -> None:
        self._root = os.path.abspath(config_dir) if config_dir is not None else None
        self._attached = False

    def attach(self, project: object) -> None:  # noqa: ARG002 its id comes with each call
        """Learn that a command resolved the project; it also did the binding, if any."""
        self._attached = True

    def path(self, project_id: str, environment: str = "default") -> str:
        """Return where a bundle is, or would be.

        Raises:
            UsageError: the id or the environment is malformed.
        """
        limits.check_address(project_id, environment)
        if self._root is None:
            return paths.store_file(project_id, environment)
        return os.path.join(self._root, project_id, paths.env_file_name(environment))

    def get_bundle(self, project_id: str, environment: str = "default") -> SecretBundle:
        """Return the bundle; an empty one where there is no file.

        Raises:
            BadPermissionsError: somebody else could have written it, or it cannot be read.
            DamagedFileError: a line cannot be read; names file and line.
        """
        path = self.path(project_id, environment)
        found = bundle_file.read(path)
        if found is None:
            return SecretBundle(project_id, environment=environment, provider=self.id)
        data = encrypted.opened(found[0], path)
        values = dotenv.parse_bundle(data, path)
        bundle = self._bundle(project_id, environment, values, found[1])
        bundle.forced = dotenv.forced_masks(data, path)
        return bundle

    def delete_bundle(self, project_id: str, environment: str = "default") -> None:
        """Remove the file of a project's environment, and the metadata with it."""
        path = self.path(project_id, environment)
        if bundle_file.read(path) is None:
            return

        def done() -> None:
            if self._root is None:
                metadata.forget(project_id, environment, self.id)

        bundle_file.update(path, _lock(path), lambda _: None, done)

    def _edit(
        self,
        project_id: str,
        environment: str,
        changes: Changes,
        *,
        expected: str | None = None,
        rotated: bool = False,
    ) -> SecretBundle:
        path = self.path(project_id, environment)
        if bundle_file.read(path) is None:
            if not any(value is not None for value in changes(()).values()):
                return SecretBundle(project_id, environment=environment, provider=self.id)
            if self._root is None and not self._attached:
                _bind_if_free(project_id)
        edit = _Edit(path, changes)

        def change(stored: bytes | None) -> bytes:
            if expected is not None:
                _must_be(expected, path)
            new = edit.apply(encrypted.opened(stored or b"", path))
            return encrypted.sealed(new) if self._seals(stored) else new

        def done() -> None:
            if self._root is None:
                where = (project_id, environment, self.id)
                metadata.record(*where, edit.before, edit.after, rotated=rotated, source=self.source)

        found = bundle_file.update(path, _lock(path), change, done)
        if found is None:
            raise AssertionError("a write left no file")
        bundle = self._bundle(project_id, environment, edit.after, found)
        bundle.forced = edit.forced
        return bundle

    def _seals(self, stored: bytes | None) -> bool:
        """Whether to store an age file: as it was, and for a new bundle as `creds store encrypt` left it."""
        if stored:
            return encrypted.is_encrypted(stored)
        return self._root is None and encrypted.is_on()

    def _bundle(
        self, project_id: str, environment: str, values: dict[str, bytes], found: os.stat_result
    ) -> SecretBundle:
        return SecretBundle(
            project_id,
            values,
            environment=environment,
            version=version_of(found),
            updated_at=datetime.fromtimestamp(found.st_mtime, UTC),
            provider=self.id,
        )


class _Edit:
    """One edit of a bundle's text: the values before and after it, and which keys it marks with `# mask`."""

    def __init__(self, path: str, changes: Changes) -> None:
        self._path = path
        self._changes = changes
        self.before: dict[str, bytes] = {}
        self.after: dict[str, bytes] = {}
        self.forced: frozenset[str] = frozenset()

    def apply(self, old: bytes) -> bytes:
        """Return the new text; never one that says something else than what was asked for."""
        self.before = dotenv.parse_bundle(old, self._path)
        wanted = dict(self._changes(self.before))
        self.after = {k: v for k, v in {**self.before, **wanted}.items() if v is not None}
        new = dotenv.edit(old, wanted, self._path)
        if dotenv.parse_bundle(new, self._path) != self.after:
            raise AssertionError("an edit of a bundle did not come out as asked")
        self.forced = dotenv.forced_masks(new, self._path)
        return new


def _lock(path: str) -> str:
    return os.path.join(os.path.dirname(path), ".lock")


def version_of(found: os.stat_result) -> str:
    """Return the name of a file's state: its mtime, which every write changes. No hash: that could be guessed from."""
    return f"{found.st_mtime_ns:x}"


def _bind_if_free(project_id: str) -> None:
    """Bind the working directory's repository if this is its id and nobody has it: a program's first write.

    Without it the next `get_project_id()` would find a store that nothing is bound to, and refuse it.
    """
    from creds_shell.core.resolve import resolve
    from creds_shell.project import bind_free

    with suppress(SecretsError, OSError):
        standing = resolve(hook=True)
        repository = standing.repository
        free = standing.state == "unbound" and standing.free_id == project_id
        if free and repository is not None and repository.kind != "foreign":
            bind_free(repository)


def _must_be(expected: str, path: str) -> None:
    found = bundle_file.read(path)
    if (version_of(found[1]) if found else "") != expected:
        raise StoreBusyError(
            "somebody else changed these secrets meanwhile", "look again, then repeat the change"
        )
