"""A tier whose every write is one edit of what is there now: the keys now → what to set or remove.

Putting, deleting and rotating differ in that function alone; how an edit becomes safe is each tier's own.
"""

from abc import abstractmethod
from collections.abc import Callable, Container, Iterable, Mapping

from creds_shell.base import BundleProvider, Mode, SecretBundle, UsageError, must_have
from creds_shell.providers import limits

Changes = Callable[[Iterable[str]], Mapping[str, bytes | None]]  # the keys now → what to set or (None) remove


class EditingProvider(BundleProvider):
    """What the tiers of creds share when they write."""

    def put_bundle(
        self, bundle: SecretBundle, mode: Mode = "merge", *, expected_version: str | None = None
    ) -> SecretBundle:
        """Store a bundle; see BundleProvider.

        Raises:
            StoreBusyError: somebody else writes, or `expected_version` is no longer the stored one.
            InvalidValueError: a value that no environment can hold, or this tier cannot.
            SecretsError: it cannot be written; what is stored is as it was.
        """
        values = bundle.as_bytes()
        changes = _putting(values, mode)
        limits.check_entries(values)
        return self._edit(bundle.project_id, bundle.environment, changes, expected=expected_version)

    def delete_keys(
        self,
        project_id: str,
        keys: list[str],
        environment: str = "default",
        *,
        expected_version: str | None = None,
    ) -> None:
        """Remove several keys in one write, all or none.

        Raises:
            SecretNotFoundError: one of them is not there.
        """

        def changes(now: Iterable[str]) -> Mapping[str, bytes | None]:
            self._must_have(now, keys, project_id)
            return dict.fromkeys(keys)

        self._edit(project_id, environment, changes, expected=expected_version)

    def rotate(
        self,
        project_id: str,
        key: str,
        value: "str | bytes",
        environment: str = "default",
        *,
        expected_version: str | None = None,
    ) -> SecretBundle:
        """Give an existing key a new value and note the time.

        Raises:
            SecretNotFoundError: there is none of that name.
        """
        new = SecretBundle(project_id, {key: value}).as_bytes()
        limits.check_entries(new)

        def changes(now: Iterable[str]) -> Mapping[str, bytes | None]:
            self._must_have(now, [key], project_id)
            return new

        return self._edit(project_id, environment, changes, expected=expected_version, rotated=True)

    @abstractmethod
    def _edit(
        self,
        project_id: str,
        environment: str,
        changes: Changes,
        *,
        expected: str | None = None,
        rotated: bool = False,
    ) -> SecretBundle:
        """Make one edit and return what is stored then; nothing is made where `changes` sets nothing."""

    def _place(self, project_id: str) -> str:
        """Where keys are missing, for the message."""
        return project_id

    def _must_have(self, now: Iterable[str], keys: Iterable[str], project_id: str) -> None:
        there: Container[str] = set(now)
        for key in keys:
            must_have(there, key, self._place(project_id))


def _putting(values: Mapping[str, bytes], mode: str) -> Changes:
    """What `put_bundle` changes: the given keys alone (`merge`), or everything (`replace`).

    Raises:
        UsageError: there is no such mode.
    """
    if mode not in {"merge", "replace"}:
        raise UsageError(f"there is no mode {mode!r}", "merge or replace")

    def changes(now: Iterable[str]) -> Mapping[str, bytes | None]:
        gone = set(now) - values.keys() if mode == "replace" else ()
        return {**values, **dict.fromkeys(gone)}

    return changes
