"""Turning the local store into age files and back; each file is verified before its former content goes.

A file at a time, under the lock that writers take. If it is stopped half-way, plain and encrypted bundles lie
side by side, both are read, and a second run does the rest.
"""

import os
import time
from collections.abc import Callable

from creds_shell.core import encrypted, paths
from creds_shell.core.errors import SecretsError
from creds_shell.core.replace import write_private
from creds_shell.providers import bundle_file


def bundle_paths() -> list[str]:
    """Every bundle of the local store."""
    base = os.path.join(paths.config_dir(), "secrets")
    found = []
    for folder, _, names in os.walk(base):
        found += [os.path.join(folder, name) for name in names if _is_bundle(name)]
    return sorted(found)


def _is_bundle(name: str) -> bool:
    return name == ".env" or (name.startswith(".env.") and not name.endswith(".lock"))


def counts() -> tuple[int, int]:
    """Return how many bundles are plain and how many are age files."""
    kinds = [encrypted.is_encrypted(_content(path)) for path in bundle_paths()]
    return kinds.count(False), kinds.count(True)


def _content(path: str) -> bytes:
    found = bundle_file.read(path)
    return found[0] if found else b""


def check() -> None:
    """Open every bundle that is encrypted already.

    Raises:
        ProviderNotAvailableError: the identity is missing or another one; a new one would split the store.
    """
    for path in bundle_paths():
        data = _content(path)
        if encrypted.is_encrypted(data):
            encrypted.opened(data, path)


def prepare() -> str:
    """Make the identity if there is none, turn encryption on for new bundles, and return the recipient.

    Raises:
        ProviderNotAvailableError: pyrage is not installed.
    """
    pyrage = encrypted.load_pyrage()
    paths.make_private_dir(os.path.dirname(encrypted.identity_file()))
    present = paths.read_private(encrypted.identity_file(), 16384)
    if present is None:
        identity = pyrage.x25519.Identity.generate()  # type: ignore[attr-defined]
        recipient = str(identity.to_public())
        created = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        text = f"# created: {created}\n# public key: {recipient}\n{identity}\n"
        write_private(encrypted.identity_file(), text.encode("ascii"))
    else:
        recipient = _recipient_of(pyrage, present)
    write_private(encrypted.recipient_file(), f"{recipient}\n".encode("ascii"))
    return recipient


def _recipient_of(pyrage: object, text: bytes) -> str:
    line = next(
        (part for part in text.decode("ascii", "replace").split() if part.startswith("AGE-SECRET-KEY-")), ""
    )
    try:
        return str(pyrage.x25519.Identity.from_str(line).to_public())  # type: ignore[attr-defined]
    except Exception:  # noqa: BLE001 pyrage's texts are not ours to show
        raise SecretsError(
            f"{encrypted.identity_file()} is not an age identity", "move it away and try again"
        ) from None


def encrypt_all() -> int:
    """Encrypt every plain bundle; return how many.

    Raises:
        SecretsError: one could not be; those before it are done, it and those after it are as they were.
    """
    return sum(_convert(path, _seal_verified) for path in bundle_paths())


def decrypt_all() -> int:
    """Make every bundle plain text and turn encryption off; the identity stays, for copies of the store.

    Raises:
        SecretsError: one could not be; those before it are done, it and those after it are as they were.
    """
    done = sum(_convert(path, encrypted.opened) for path in bundle_paths())
    try:
        os.unlink(encrypted.recipient_file())
    except FileNotFoundError:
        return done
    return done


def _seal_verified(data: bytes, path: str) -> bytes:
    if encrypted.is_encrypted(data):
        return data
    result = encrypted.sealed(data)
    if encrypted.opened(result, path) != data:  # with the identity as it lies on disk
        raise SecretsError(f"{path} was not encrypted: it could not be read back", "creds store status")
    return result


def _convert(path: str, change: Callable[[bytes, str], bytes]) -> bool:
    found = bundle_file.read(path)
    if found is None or change(found[0], path) == found[0]:
        return False
    lock = os.path.join(os.path.dirname(path), ".lock")  # the one that every writer of the bundle takes
    bundle_file.update(path, lock, lambda old: None if old is None else change(old, path))
    return True
