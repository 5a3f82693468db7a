"""The repository's own `.env`: it counts only while exactly this content is allowed, and is read once.

What is hashed is what is parsed; nothing is interpolated, and nothing gets into our own environment.
"""

import posix

from creds_shell.core import binding as bindings
from creds_shell.core.binding import Record
from creds_shell.core.load import Layer, Load, parse_into
from creds_shell.core.names import classify
from creds_shell.core.paths import WRITABLE_BY_OTHERS, environ, read_all
from creds_shell.core.resolve import Standing

ENV_FILE_LIMIT = 1 << 20  # bytes
ENV_FILE_KEYS = 4096


def read_repository(layer: Layer, standing: Standing, record: Record, purpose: str, result: Load) -> None:
    """The repository's `.env` while its content is allowed, then variables that are declared as secrets."""
    if standing.repository is not None:
        data, why = read_env_file(standing.repository.root)
        key = bindings.content_key(standing.repository.anchor, ".env", data) if data is not None else ""
        if key:
            result.watched.append(bindings.allow_file(key))
        if why or (key and not bindings.is_allowed(key)):
            result.blocked = why or ".env is new or changed since it was allowed"
        elif data is not None:
            parse_into(layer, data, standing.repository.root + "/.env")
            if len(layer.values) > ENV_FILE_KEYS:
                layer.values.clear()
                result.blocked = f".env has more than {ENV_FILE_KEYS} keys"
    if purpose == "exec":
        given = environ()
        for name in declared_names(record):
            value = given.get(name.encode("ascii"))
            if value is not None and name not in layer.values:
                layer.values[name] = value
                layer.inherited.add(name)


def declared_names(record: Record) -> list[str]:
    """The variables of the process environment that are secrets here; never PATH, HOME and the like."""
    return [name for name, rule in record.keys.items() if rule.declared and classify(name)[0] == "ok"]


def read_env_file(root: str) -> tuple[bytes | None, str | None]:
    """The repository's `.env`, read once.

    Returns:
        (bytes, None); (None, None) when there is none; (None, why) when it cannot be trusted whatever it says.
    """
    path = root + "/.env"
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_NOFOLLOW | posix.O_CLOEXEC | posix.O_NONBLOCK)
    except (FileNotFoundError, NotADirectoryError):
        return None, None
    except OSError as error:
        from errno import ELOOP

        why = (
            "is a symbolic link" if error.errno == ELOOP else f"cannot be read: {str(error.strerror).lower()}"
        )
        return None, f".env {why}"
    try:
        found = posix.fstat(fd)
        if found.st_mode & 0o170000 != 0o100000:
            return None, ".env is not a regular file"
        if found.st_uid != posix.geteuid():
            return None, f".env belongs to another user (uid {found.st_uid})"
        if found.st_mode & WRITABLE_BY_OTHERS:
            return None, f".env can be written by others: chmod go-w {path}"
        if found.st_size > ENV_FILE_LIMIT:
            return None, ".env is larger than 1 MiB"
        return read_all(fd, path, ENV_FILE_LIMIT), None
    finally:
        posix.close(fd)
