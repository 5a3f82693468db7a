"""Values of sources that the user names by hand: an `--env-file`, a `--secret-env`, what `--keep-existing` keeps."""

import posix

from creds_shell.core.load import STORE_LIMIT, Loaded
from creds_shell.core.paths import environ, fsencode, read_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.options import Options


def from_file(path: str) -> "list[Loaded]":
    """The values of an `--env-file`, a file named by hand needs no allow."""
    from creds_shell.core.dotenv import parse
    from creds_shell.core.names import shown, why_not
    from creds_shell.core.references import told

    items = []
    for entry in parse(_read(path), path):
        # Naming the file by hand is the user's word for what redirects a program, not for what makes it run code.
        why = why_not(entry.key, path, confirmed=False, from_repository=False)
        if b"\0" in entry.value:
            why = "holds a NUL byte"
        if why is not None:
            from creds_shell.core.talk import warn

            warn(f"{shown(entry.key)} of {path} is left out: {why}")
            continue
        item = Loaded(entry.key, entry.value, "env-file", ())
        item.force_mask = entry.mask_mark
        items.append(item)
    for line in told({item.name: item.value for item in items}, f"taken out of {path}"):
        from creds_shell.core.talk import warn

        warn(line)
    return items


def _read(path: str) -> bytes:
    fd = -1
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
        return read_all(fd, path, STORE_LIMIT)
    except OSError as error:
        from creds_shell.core.errors import SecretNotFoundError, step

        reason = posix.strerror(error.errno or 5).lower()
        raise SecretNotFoundError(
            f"cannot read {path or repr(path)}: {reason}", step("ls -l", path)
        ) from None
    finally:
        if fd >= 0:
            posix.close(fd)


def from_variable(name: str, options: "Options") -> Loaded:
    """The value of a `--secret-env`, which must be set (or --allow-missing)."""
    value = environ().get(fsencode(name))
    if value is None:
        if options.allow_missing:
            return Loaded(name, b"", "environment", ())
        from creds_shell.core.errors import SecretNotFoundError

        raise SecretNotFoundError(
            f"--secret-env {name}: this variable is not set", "--allow-missing goes on without it"
        )
    return Loaded(name, value, "environment", ())


def kept(injected: "list[Loaded]") -> "list[Loaded]":
    """The inherited values that stay in the place of the project's."""
    from creds_shell.core.loaded import undo

    inherited = undo(environ())
    found = []
    for item in injected:
        value = inherited.get(fsencode(item.name))
        if value is not None:
            own = Loaded(item.name, value, "environment", ())
            own.force_mask, own.free_mask = item.force_mask, item.free_mask
            found.append(own)
    return found
