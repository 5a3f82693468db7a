"""Bundles from AWS through the memory-backed copy: one fetch at a time, and an old copy only if the user allows it.

A tier that fails is an error; its copy is dropped unless AWS was merely out of reach. `core/cache.py` reads what
is written here.
"""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from fcntl import LOCK_EX, LOCK_NB, flock
from typing import NamedTuple

from creds_shell.core import cache, paths
from creds_shell.core.cache import Copy, Source
from creds_shell.core.detach import open_lock
from creds_shell.core.errors import (
    NotAllowedError,
    ProviderNotAvailableError,
    SecretNotFoundError,
    SecretsError,
)
from creds_shell.core.replace import write_private

LOCK_PATIENCE = 30.0  # seconds; longer than the slowest single call (aws_client.ATTEMPTS) takes to give up
KEEP = 86400  # seconds that a copy nobody renews stays in memory
LOCK_STEP = 0.02  # seconds between two looks
_ERRORS: dict[int, type[SecretsError]] = {3: SecretNotFoundError, 4: NotAllowedError}


class Fetched(NamedTuple):
    """A bundle's values with where they are from."""

    values: dict[str, bytes]
    version: str = ""
    age: float = 0.0  # seconds since AWS said so
    notes: tuple[str, ...] = ()  # what the user ought to be told


class Answer(NamedTuple):
    """What AWS said: the values, the version, and the account that it came from."""

    values: dict[str, bytes]
    version: str
    account: str


Ask = Callable[[], Answer]


def fetch(source: Source, ask: Ask | None = None, *, refresh: bool = False) -> Fetched:
    """Return a bundle: from a fresh copy, or from AWS with the copy renewed.

    Args:
        source: from core.cache.make_source.
        ask: how AWS is asked; the SDK if None.
        refresh: ask AWS even if the copy is fresh.

    Raises:
        SecretsError: AWS could not be asked or refused; nothing else takes its place.
    """
    began = time.time()
    copy = cache.read_bundle(source)
    if copy.state == "fresh" and not refresh:
        return _of(copy)
    if copy.path is None:
        return _answered((ask or _sdk(source))())
    with _turn(copy.path):
        meanwhile = cache.read_bundle(source)
        head = cache.header(_read(copy.path))
        if meanwhile.state == "fresh" and (not refresh or _time(head, "fetched") > began):
            return _of(meanwhile)
        _same_failure(head, began)
        return renew(source, ask)


def renew(source: Source, ask: Ask | None = None) -> Fetched:
    """Ask AWS and write the copy; the caller holds the lock.

    Raises:
        SecretsError: as `fetch`.
    """
    from creds_shell.providers.aws_session import UnreachableError

    try:
        answer = (ask or _sdk(source))()
    except UnreachableError as error:
        _note_failure(source, error, keep=True)
        copy = cache.read_bundle(source)
        if not (source.offline and copy.usable):
            raise
        return _of(copy, f"{error.message}; using the copy of {cache.ago(copy.age)} ago")
    except SecretsError as error:
        _note_failure(source, error, keep=False)
        raise
    write_through(source, answer)
    return _answered(answer)


def write_through(source: Source, answer: Answer) -> None:
    """Make the copy what AWS has now, after a read or a write."""
    path = cache.locate(source) if source.ttl else None
    if path is None:
        return
    fields = {
        "account": answer.account,
        "region": source.region,
        "role": source.role_arn,
        "secret": source.secret,
        "environment": source.environment,
        "version": answer.version,
        "fetched": repr(time.time()),
        "values": "yes",
    }
    _write(path, cache.render(fields, answer.values))
    _prune(os.path.dirname(path))


def _prune(folder: str) -> None:
    """Remove copies that nobody has renewed for long: temporary AWS keys make each of them another account's."""
    before = time.time() - KEEP
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        with suppress(OSError):  # another process was faster
            if os.lstat(path).st_mtime < before:
                os.unlink(path)


def forget(source: Source) -> None:
    """Drop the copy: what it says is no longer so."""
    path = cache.locate(source) if source.ttl else None
    if path is not None:
        with suppress(FileNotFoundError):
            os.unlink(path)


def _of(copy: Copy, note: str = "") -> Fetched:
    notes = tuple(text for text in (note or copy.problem,) if text)
    return Fetched(copy.values, copy.version, copy.age, notes)


def _answered(answer: Answer) -> Fetched:
    return Fetched(answer.values, answer.version)


def _sdk(source: Source) -> Ask:
    """How the SDK is asked; it is imported only when this runs."""

    def ask() -> Answer:
        from creds_shell.providers.aws_read import read_secret
        from creds_shell.providers.aws_session import Aws
        from creds_shell.providers.aws_shapes import values_of

        found = read_secret(Aws(source), source)
        values = {k: v.encode("utf-8", "surrogateescape") for k, v in values_of(found.members).items()}
        return Answer(values, found.version, found.account)

    return ask


@contextmanager
def _turn(path: str) -> Iterator[None]:
    """Wait for our turn to ask; somebody who holds it too long does not stop us."""
    fd = open_lock(path)
    deadline = time.monotonic() + LOCK_PATIENCE
    try:
        while time.monotonic() < deadline:
            try:
                flock(fd, LOCK_EX | LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(LOCK_STEP)
        yield
    finally:
        os.close(fd)


def _time(head: dict[str, str], name: str) -> float:
    return float(head.get(name) or 0)


def _same_failure(head: dict[str, str], began: float) -> None:
    """Fail as whoever asked while we waited did: fifty terminals do not wait for fifty time-outs."""
    if _time(head, "failed") > began:
        error = _ERRORS.get(int(head.get("exit", "5")), ProviderNotAvailableError)
        raise error(head.get("problem", ""), *filter(None, [head.get("hint", "")]))


def _note_failure(source: Source, error: SecretsError, *, keep: bool) -> None:
    path = cache.locate(source) if source.ttl else None
    if path is None:
        return
    old = _read(path)
    fields = {k: v for k, v in cache.header(old).items() if keep and k != "format"}
    fields |= {
        "failed": repr(time.time()),
        "problem": error.message,
        "hint": error.hints[0] if error.hints else "",
        "exit": str(error.exit_code),
    }
    _write(path, cache.with_header(fields, old if keep else b""))


def _read(path: str) -> bytes:
    return paths.read_private(path, cache.MAX_FILE) or b""


def _write(path: str, data: bytes) -> None:
    with suppress(OSError):  # a full tmpfs costs the next one a call
        write_private(path, data)
