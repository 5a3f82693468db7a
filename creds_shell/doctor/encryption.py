"""How the local store is kept: plain text behind file modes, or age files."""

import os
from collections.abc import Iterator

from creds_shell.core import paths
from creds_shell.doctor.row import Row, ok, skip

AGE_MAGIC = b"age-encryption.org/v1\n"


def at_rest() -> Iterator[Row]:
    """How many bundles are plain and how many are encrypted."""
    kinds = [_is_age(path) for path in bundle_files()]
    if not kinds:
        yield skip("encryption", "there is no store yet", "creds set KEY")
    elif all(kinds):
        yield ok("encryption", f"age, {len(kinds)} bundles")
    elif any(kinds):
        yield ok("encryption", f"{sum(kinds)} of {len(kinds)} bundles are age files, the others plain")
    else:
        yield ok("encryption", f"plain, {len(kinds)} bundles behind file modes")


def bundle_files() -> list[str]:
    """Every bundle of tier 0."""
    base = os.path.join(paths.config_dir(), "secrets")
    found = []
    for folder, _, names in os.walk(base):
        found += [os.path.join(folder, name) for name in names if name == ".env" or name.startswith(".env.")]
    return sorted(found)


def _is_age(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(len(AGE_MAGIC)) == AGE_MAGIC
    except OSError:
        return False
