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
TOO_MANY = f".env has more than {ENV_FILE_KEYS} keys"
TOO_LARGE = ".env is larger than 1 MiB"
LINK = ".env is a symbolic link"
WRITABLE = ".env can be written by others"


def read_repository(layer: Layer, standing: Standing, record: Record, purpose: str, result: Load) -> None:
    """The repository's `.env` while its content is allowed, then variables that are declared as secrets."""
    if standing.repository is not None:
        path = standing.repository.root + "/.env"
        data, why = read_env_file(standing.repository.root)
        key = bindings.content_key(standing.repository.anchor, ".env", data) if data is not None else ""
        if key:
            result.watched.append(bindings.allow_file(key))
        if why or (key and not bindings.is_allowed(key)):
            result.blocked = why or ".env is new or changed since it was allowed"
            result.unblock = next_step(why, path)
        elif data is not None:
            parse_into(layer, data, path)
            if len(layer.values) > ENV_FILE_KEYS:
                layer.values.clear()
                result.blocked = TOO_MANY
                result.unblock = next_step(TOO_MANY, path)
    if purpose == "exec":
        given = environ()
        for name in declared_names(record):
            value = given.get(name.encode("ascii"))
            if value is not None and name not in layer.values:
                layer.values[name] = value
                layer.inherited.add(name)


def declared_names(record: Record) -> list[str]:
    """The variables of the process environment that are secrets here; never PATH, HOME and the like."""
    return [name for name in record.keys if classify(name)[0] == "ok"]


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

        return None, LINK if error.errno == ELOOP else f".env cannot be read: {str(error.strerror).lower()}"
    try:
        found = posix.fstat(fd)
        if found.st_mode & 0o170000 != 0o100000:
            return None, ".env is not a regular file"
        if found.st_uid != posix.geteuid():
            return None, f".env belongs to another user (uid {found.st_uid})"
        if found.st_mode & WRITABLE_BY_OTHERS:
            return None, WRITABLE
        if found.st_size > ENV_FILE_LIMIT:
            return None, TOO_LARGE
        return read_all(fd, path, ENV_FILE_LIMIT), None
    finally:
        posix.close(fd)


def next_step(why: str | None, path: str) -> str:
    """What to do about a `.env` that does not count.

    Args:
        why: what is wrong with it whatever it says, as `read_env_file` gave it; None: its content is not allowed.
        path: where it is.
    """
    from creds_shell.core.errors import step

    if why is None:
        return "creds allow"
    if why in (TOO_LARGE, TOO_MANY):
        return "creds import FILE"
    if why == WRITABLE:
        return step("chmod go-w", path)
    return step("put the file itself there: rm", path) if why == LINK else step("ls -l", path)
