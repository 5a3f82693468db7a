"""When each key was created, changed and rotated, and where it came from: beside the bundle, never in it.

One JSON file of names and times per project, provider and environment in the state directory. What it lacks is
unknown; losing it loses no secret.
"""

import contextlib
import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from creds_shell.core import paths
from creds_shell.core.errors import SecretsError

_LIMIT = 16 << 20
_DAY = 86400


@dataclass(frozen=True)
class KeyMetadata:
    """What is known about one key; times are seconds since the epoch."""

    created: float | None = None
    changed: float | None = None
    rotated: float | None = None
    source: str | None = None

    def age_days(self, now: float | None = None) -> int | None:
        """Return whole days since the value last changed, or None if nobody knows."""
        since = self.changed or self.created
        return None if since is None else max(0, int(((now or time.time()) - since) // _DAY))


def metadata_file(project_id: str, environment: str, provider: str) -> str:
    """Where the metadata of one bundle is."""
    return os.path.join(paths.state_dir(), "metadata", project_id, f"{provider}.{environment}.json")


def load(
    project_id: str, environment: str = "default", provider: str = "dotenv-global"
) -> dict[str, KeyMetadata]:
    """Return key → metadata; empty where nothing, or nothing readable, is stored."""
    try:
        data = paths.read_private(metadata_file(project_id, environment, provider), _LIMIT)
        stored = json.loads(data or b"{}").get("keys", {})
        return {key: _known(fields) for key, fields in stored.items()}
    except (SecretsError, OSError, ValueError, AttributeError):
        return {}


def _known(fields: Mapping[str, object]) -> KeyMetadata:
    """Return what can be understood of one key's fields; another version of creds may have written more."""
    created, changed, rotated = (_time(fields.get(name)) for name in ("created", "changed", "rotated"))
    source = fields.get("source")
    return KeyMetadata(created, changed, rotated, source if isinstance(source, str) else None)


def _time(value: object) -> float | None:
    with contextlib.suppress(OverflowError):  # a whole number beyond all floats
        if isinstance(value, int | float) and math.isfinite(value):
            return value
    return None


def record(
    project_id: str,
    environment: str,
    provider: str,
    before: Mapping[str, object],
    after: Mapping[str, object],
    *,
    rotated: bool = False,
    source: str | None = None,
) -> bool:
    """Note which keys a write changed or removed; call it under the lock of the bundle.

    A value that was written again as it was keeps its age.

    Args:
        project_id: whose bundle.
        environment: which of its bundles.
        provider: where it lives.
        before: key → value until now.
        after: key → value from now on.
        rotated: whether this was a rotation.
        source: `set`, `import`, `rotate`, `ui` …

    Returns:
        Whether it was stored; nothing depends on it but ages.
    """
    known = load(project_id, environment, provider)
    now = round(time.time(), 3)
    for key in before.keys() - after.keys():
        known.pop(key, None)
    for key in [key for key, value in after.items() if key not in before or before[key] != value]:
        old = known.get(key) or KeyMetadata(created=now)
        known[key] = replace(
            old, changed=now, rotated=now if rotated else old.rotated, source=source or old.source
        )
    return _store(metadata_file(project_id, environment, provider), known)


def forget(project_id: str, environment: str, provider: str) -> None:
    """Remove the metadata of a bundle that is gone."""
    try:
        os.unlink(metadata_file(project_id, environment, provider))
    except OSError:
        return


def _store(path: str, known: dict[str, KeyMetadata]) -> bool:
    keys = {key: {k: v for k, v in asdict(known[key]).items() if v is not None} for key in sorted(known)}
    try:
        paths.make_private_dir(os.path.dirname(path))
        _replace(path, json.dumps({"version": 1, "keys": keys}).encode())
    except (OSError, SecretsError):
        return False
    return True


def _replace(path: str, data: bytes) -> None:
    """Replace a file at once, without the fsyncs that a secret gets: they would double the time of every write."""
    temporary = f"{path}.tmp"  # writers hold the bundle's lock, so one name is enough
    with contextlib.suppress(FileNotFoundError):
        os.unlink(temporary)
    fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "wb") as file:
        os.fchmod(fd, 0o600)
        file.write(data)
    os.replace(temporary, path)
