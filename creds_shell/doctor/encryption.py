"""How the local store is kept: plain text behind file modes, or age files."""

from collections.abc import Iterator

from creds_shell.core import encrypted
from creds_shell.core.errors import SecretsError
from creds_shell.core.talk import counted
from creds_shell.providers.age_store import bundle_paths, check
from creds_shell.validation.row import Row, failed, ok, skip


def at_rest() -> Iterator[Row]:
    """How many bundles are plain and how many are encrypted, and whether these can be opened."""
    kinds = [_is_age(path) for path in bundle_paths()]
    try:
        check()
    except SecretsError as error:
        yield failed("encryption", error, "creds store status")
        return
    if not kinds:
        yield skip("encryption", "there is no store yet", "creds set KEY")
    elif all(kinds):
        yield ok("encryption", f"age files, {len(kinds)} of them")
    elif any(kinds):
        yield ok("encryption", f"{sum(kinds)} of {len(kinds)} bundles are age files, the others plain")
    else:
        yield ok("encryption", f"{counted(len(kinds), 'bundle')} of plain text behind file modes")


def _is_age(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return encrypted.is_encrypted(file.read(len(encrypted.MAGIC)))
    except OSError:
        return False
