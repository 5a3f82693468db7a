"""The audit log as people and commands use it: record with patience, read, and verify the chain.

It shows edits; it does not stop a person with your uid, who can write a new chain and a new head.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from creds_shell.core import journal, paths, talk
from creds_shell.core.errors import NotAllowedError, SecretsError, step

PATIENCE_MS = 2000  # how long an explicit command waits for another writer of the log
STRICT_ACTIONS = frozenset({"reveal", "dump", "rotate", "delete", "promote"})
_state = {"warned": False}


@dataclass(frozen=True)
class Problem:
    """A place where the log is not what was written."""

    file: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.what}"


@dataclass(frozen=True)
class Verification:
    """What a walk over the whole chain found."""

    records: int
    problems: tuple[Problem, ...]

    @property
    def ok(self) -> bool:
        """Whether the log is whole."""
        return not self.problems


def record(
    action: str,
    *,
    project: str | None,
    keys: Iterable[str] = (),
    provider: str | None = None,
    result: str = "ok",
    reason: str | None = None,
    agent: str | None = None,
    **more: "str | int | None",
) -> bool:
    """Write one record; if that fails the user is told, once, and the action goes on.

    Args:
        action: what was done.
        project: whose secrets.
        keys: names, never values.
        provider: the tier.
        result: `ok`, `refused`, or an error's code.
        reason: what --reason said.
        agent: the coding agent; found out here when None.
        more: further facts, as `environment` or `program`.

    Returns:
        Whether it was written.
    """
    if agent is None:
        from creds_shell.core.agents import detect

        agent = detect()
    names = sorted(keys)
    facts = {"result": result, "reason": reason, "agent": agent, **more}
    written = journal.append(
        action,
        project=project,
        keys=names,
        provider=provider,
        wait_ms=PATIENCE_MS,
        **facts,  # type: ignore[arg-type]
    )
    if not written and not _state["warned"]:
        _state["warned"] = True
        talk.warn(f"this could not be recorded in {journal.log_file()}")
    return written


def begin(action: str, *, project: str | None, keys: Iterable[str] = (), provider: str | None = None) -> None:
    """With `audit.strict`, write down that an action begins, and refuse it if that cannot be done.

    Raises:
        NotAllowedError: strict, and the log cannot be written.
    """
    if action not in STRICT_ACTIONS or not is_strict():
        return
    if not record(action, project=project, keys=keys, provider=provider, result="begun"):
        raise NotAllowedError(
            f"{action} is refused: audit.strict is set and {journal.log_file()} cannot be written",
            step("ls -l", journal.log_file()),
        )


def is_strict() -> bool:
    """Whether the user's config says `audit.strict = true`."""
    from creds_shell.config import SecretsConfig

    return bool(SecretsConfig.load().audit_strict)


def log_files() -> list[str]:
    """Return the files of the log, oldest first."""
    files = []
    number = 1
    while paths.exists(f"{journal.log_file()}.{number}"):
        files.append(f"{journal.log_file()}.{number}")
        number += 1
    return [*files, journal.log_file()] if paths.exists(journal.log_file()) else files


def read(count: int | None = None) -> list[dict[str, object]]:
    """Return the last `count` records (None: all), oldest first; lines that are no record are left out.

    Raises:
        SecretsError: the log cannot be read.
    """
    found: list[dict[str, object]] = []
    for path in reversed(log_files()):
        found = [entry for _, entry in _parsed(path) if entry is not None] + found
        if count is not None and len(found) >= count:
            break
    return found if count is None else found[max(0, len(found) - count) :]


def verify() -> Verification:
    """Walk the whole chain and compare its end with the head that is kept in the state directory.

    Raises:
        SecretsError: the log cannot be read.
    """
    problems: list[Problem] = []
    seq, digest, total = 0, journal.FIRST, 0
    path, number = journal.log_file(), 0
    with _quiet():
        for path in log_files():
            number = 0
            for raw, entry in _parsed(path):
                number += 1
                total += 1
                what = _what_is_wrong(entry, seq, digest)
                if what:
                    problems.append(Problem(path, number, what))
                seq = _number(entry, seq + 1)
                digest = journal.digest(raw)
        problems += _compare_head(seq, digest, path, number)
    return Verification(total, tuple(problems))


def _what_is_wrong(entry: dict[str, object] | None, seq: int, digest: str) -> str:
    if entry is None:
        return "this line is no record"
    number = _number(entry, 0)
    if number != seq + 1:
        return f"record {number} follows record {seq}"
    if entry.get("prev") != digest:
        return (
            "the record before this one was changed" if seq else "the first record does not begin the chain"
        )
    return ""


def _compare_head(seq: int, digest: str, path: str, line: int) -> list[Problem]:
    try:
        head = journal.read_head(paths.read_private(journal.head_file(), 4096) or b"")
    except SecretsError:
        head = (0, journal.FIRST)
    if (
        head == (seq, digest) or seq == head[0] + 1
    ):  # one ahead: killed between record and head, healed by the next
        return []
    if head[0] == 0:
        return [Problem(path, line, "there is no head to compare the end of the log with")]
    if seq < head[0]:
        return [
            Problem(path, line, f"the log ends at record {seq}; record {head[0]} was the last one written")
        ]
    what = (
        "the last record was changed"
        if seq == head[0]
        else f"records after {head[0]} were not written by creds"
    )
    return [Problem(path, line, what)]


def _number(entry: dict[str, object] | None, default: int) -> int:
    value = entry.get("seq") if entry else None
    return value if isinstance(value, int) else default


def _parsed(path: str) -> Iterator[tuple[bytes, dict[str, object] | None]]:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as log:
            for line in log:
                raw = line.rstrip(b"\n")
                yield raw, _record_of(raw)
    except OSError as error:
        paths.check_private(path)
        raise SecretsError(
            f"cannot read {path}: {os.strerror(error.errno or 0).lower()}", step("ls -l", path)
        ) from None


def _record_of(raw: bytes) -> dict[str, object] | None:
    with suppress(ValueError):
        entry = json.loads(raw)
        if isinstance(entry, dict):
            return entry
    return None


def _shared(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep writers out while the chain is walked; where there is no head there are none to keep out."""
    try:
        fd = os.open(journal.head_file(), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        yield
        return
    try:
        until = time.monotonic() + PATIENCE_MS / 1000
        while not _shared(fd) and time.monotonic() < until:
            time.sleep(0.01)
        yield
    finally:
        os.close(fd)
