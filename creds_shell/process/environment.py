"""The command's environment: ours without what the hook loaded, then the project's values.

The project's values win over inherited ones unless `--keep-existing`. What another project left loaded in this
shell is undone first, by the names and originals that the hook exports.
"""

import posix

from creds_shell.core.loaded import undo
from creds_shell.core.paths import fsencode, read_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.options import Options
    from creds_shell.process.sources import Secrets

# What --clean-env leaves: without these hardly a program finds its way, and none of them is a secret.
PLAIN = (b"PATH", b"HOME", b"USER", b"LOGNAME", b"SHELL", b"TERM", b"LANG", b"TZ", b"TMPDIR")

# What the interpreter sets LC_CTYPE to, for itself and all that it starts, in the C locale (PEP 538).
COERCED = (b"C.UTF-8", b"C.utf8", b"UTF-8")
_ENVIRON_LIMIT = 64 << 20  # bytes; Linux allows a quarter of the stack's limit


def compose(
    inherited: "dict[bytes, bytes]", secrets: "Secrets", options: "Options", *, agent: bool
) -> "dict[bytes, bytes]":
    """The whole environment of the command.

    Args:
        inherited: our own environment.
        secrets: what the project and the options give.
        options: --clean-env, --keep-existing and --access count here.
        agent: a coding agent runs us, then databases are read-only by default.
    """
    left = undo(inherited)
    if left.get(b"LC_CTYPE") in COERCED:
        _undo_coercion(left)
    if options.clean_env:
        kept = (*PLAIN, *(fsencode(name) for name in options.secret_env))
        left = {name: value for name, value in left.items() if name in kept or name.startswith(b"LC_")}
    for item in secrets.injected:
        name = fsencode(item.name)
        if not (options.keep_existing and name in left):
            left[name] = item.value
    if options.access or secrets.access or agent:
        _limit_databases(left, secrets, options, agent=agent)
    return left


def _undo_coercion(environ: "dict[bytes, bytes]") -> None:
    """Give LC_CTYPE back what our caller gave it, by what the kernel keeps of that (proc(5))."""
    try:
        fd = posix.open("/proc/self/environ", posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:  # not Linux: nobody knows
        return
    try:
        words = read_all(fd, "/proc/self/environ", _ENVIRON_LIMIT).split(b"\0")
    finally:
        posix.close(fd)
    del environ[b"LC_CTYPE"]
    environ |= [(b"LC_CTYPE", word[9:]) for word in words if word.startswith(b"LC_CTYPE=")][:1]


def _limit_databases(
    environ: "dict[bytes, bytes]", secrets: "Secrets", options: "Options", *, agent: bool
) -> None:
    from creds_shell.core.access import describes_postgres, is_readonly, pgoptions

    given = {item.name: item.value for item in secrets.injected}
    if is_readonly(options.access, secrets.access, agent=agent) and describes_postgres(given):
        environ[b"PGOPTIONS"] = pgoptions(environ.get(b"PGOPTIONS"))
