"""Writes of single keys, each a compare-and-swap: what the page did not see, it does not overwrite.

The page names the version of the key that it edited. The bundle is read, the key compared, and the store told to
write only if the bundle is still the one that was read; a change of another key meanwhile is tried again.
"""

import secrets
import string
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from creds_shell import audit
from creds_shell.base import BundleProvider, SecretBundle, StoreBusyError, UsageError
from creds_shell.config import confirm_name
from creds_shell.core import names
from creds_shell.core.errors import InvalidValueError, SecretsError
from creds_shell.project import Project
from creds_shell.providers import limits
from creds_shell.providers.registry import provider_for
from creds_shell.ui.listing import Place
from creds_shell.ui.wire import ChangedError, FieldError

TRIES = 8
UNDO_SECONDS = 600.0
UNDO_KEPT = 50
ALPHABET = (
    string.ascii_letters + string.digits
)  # safe in URLs, shells and connection strings; 5.95 bits a character
SHORTEST, LONGEST = 16, 4096


class ConfirmNameError(FieldError):
    """A name that makes programs run code or redirects them needs a yes."""

    code = "confirm_name"


def generate(length: int) -> str:
    """Return a random value of letters and digits.

    Raises:
        FieldError: the length is out of bounds.
    """
    if not SHORTEST <= length <= LONGEST:
        raise FieldError("value", f"a generated value has {SHORTEST} to {LONGEST} characters")
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def check_entry(project: Project, provider: str, key: str, value: str, *, confirmed: bool) -> None:
    """Refuse what no tier takes, next to the field it belongs to; remember a yes to a name that needs one.

    Raises:
        FieldError: names the field.
    """
    try:
        limits.check_name(key)
    except UsageError as error:
        raise FieldError("key", error.message, *error.hints) from None
    try:
        limits.check_value(key, value.encode("utf-8", "surrogateescape"))
    except InvalidValueError as error:
        raise FieldError("value", error.message, *error.hints) from None
    check_name(project, provider, key, confirmed=confirmed)


def check_name(project: Project, provider: str, key: str, *, confirmed: bool) -> None:
    """Ask for a yes where the table of names wants one, and record it.

    Raises:
        ConfirmNameError: no yes yet.
    """
    known = project.record.confirmed(key, provider)
    why = names.why_not(key, provider, confirmed=known, from_repository=provider == "env-file")
    if why is None:
        return
    if not confirmed:
        effect = (
            "makes other programs run code"
            if names.classify(key)[0] == "confirm"
            else "redirects other programs"
        )
        raise ConfirmNameError(
            "key", f"{key} {effect} when it is loaded", "confirm it below, or choose another name"
        )
    confirm_name(project.id, key, [provider])


def swap(
    store: BundleProvider,
    place: Place,
    expected: Mapping[str, object],
    write: Callable[[SecretBundle], object],
) -> SecretBundle:
    """Write keys if each is still what the page saw (key → version); return the bundle as it was before.

    Raises:
        ChangedError: somebody else wrote one of these keys.
        StoreBusyError: the store is locked, or changes all the time.
    """
    for _ in range(TRIES):
        before = store.get_bundle(place.project, place.environment)
        for key, version in expected.items():
            _must_match(before, place, key, version)
        try:
            write(before)
        except StoreBusyError:
            if store.get_bundle(place.project, place.environment).version == before.version:
                raise
            continue
        return before
    raise StoreBusyError("somebody else is writing all the time", "try again in a moment")


def _must_match(now: SecretBundle, place: Place, key: str, expected: object) -> None:
    version = place.version(key, now.secrets.get(key))
    if version == expected:
        return
    if expected is None:
        raise ChangedError(f"{key} exists already", version)
    raise ChangedError(f"{key} was {'deleted' if version is None else 'changed'} by somebody else", version)


def open_store(project: Project, provider: str | None) -> tuple[BundleProvider, Place]:
    """Return the tier that a write goes to.

    Raises:
        FieldError: this project does not use that tier.
    """
    chosen = provider or project.provider
    if chosen not in project.layers:
        raise FieldError("from", f"{project.id} does not use {chosen}", "reload the page")
    store = provider_for(project, chosen)
    store.source = "ui"
    return store, Place(project.id, project.environment, chosen)


def put(
    project: Project, provider: str | None, key: str, value: str, expected: str | None, *, rotated: bool
) -> str | None:
    """Store one value and return its version.

    Raises:
        ChangedError: somebody else wrote this key.
        SecretsError: the store refuses; nothing was changed.
    """
    store, place = open_store(project, provider)
    action = "rotate" if rotated else "set"

    def write(before: SecretBundle) -> None:
        base = before.version or ""
        if rotated and key in before.secrets:
            store.rotate(project.id, key, value, project.environment, expected_version=base)
            return
        new = SecretBundle(project.id, {key: value}, environment=project.environment)
        store.put_bundle(new, "merge", expected_version=base)

    with recorded(action, project, place.provider, [key]):
        swap(store, place, {key: expected}, write)
    return place.version(key, value)


def delete(project: Project, provider: str | None, key: str, expected: str) -> str:
    """Delete one key and return the value that it had, for the undo."""
    store, place = open_store(project, provider)

    def write(before: SecretBundle) -> None:
        store.delete_key(project.id, key, project.environment, expected_version=before.version or "")

    with recorded("delete", project, place.provider, [key]):
        return swap(store, place, {key: expected}, write).secrets[key]


class recorded:  # noqa: N801 reads as a word: `with recorded("set", …)`
    """One audit record for an action: `ok` when the block ends, the error's code when it fails."""

    def __init__(self, action: str, project: Project, provider: str, keys: list[str]) -> None:
        """Refuse to begin where `audit.strict` says so and the log cannot be written."""
        audit.begin(action, project=project.id, keys=keys, provider=provider)
        self.action, self.project, self.provider, self.keys = action, project, provider, keys

    def __enter__(self) -> None:
        """Nothing."""

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        """Write the record."""
        result = "ok" if error is None else error.code if isinstance(error, SecretsError) else "failed"
        audit.record(
            self.action,
            project=self.project.id,
            keys=self.keys,
            provider=self.provider,
            result=result,
            program="ui",
            environment=self.project.environment,
        )


@dataclass
class Undo:
    """Values that were deleted on the page, in this process's memory and for ten minutes only."""

    clock: Callable[[], float] = time.monotonic
    _kept: dict[str, tuple[float, dict[str, Any]]] = field(default_factory=dict)

    def keep(self, **what: object) -> str:
        """Keep one deletion and return its name."""
        self._forget()
        name = secrets.token_hex(8)
        self._kept[name] = (self.clock() + UNDO_SECONDS, what)
        return name

    def take(self, name: str) -> dict[str, Any]:
        """Return a deletion.

        Raises:
            SecretsError: it is too long ago.
        """
        self._forget()
        if name not in self._kept:
            raise SecretsError("this can no longer be undone", "set the key again")
        return self._kept[name][1]

    def drop(self, name: str) -> None:
        """Forget a deletion that was undone."""
        self._kept.pop(name, None)

    def _forget(self) -> None:
        now = self.clock()
        self._kept = {name: kept for name, kept in list(self._kept.items())[-UNDO_KEPT:] if kept[0] > now}
