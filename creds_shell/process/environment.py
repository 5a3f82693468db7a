"""The command's environment: ours without what the hook loaded, then the project's values.

The project's values win over inherited ones unless `--keep-existing`. What another project left loaded in this
shell is undone first, by the names and originals that the hook exports.
"""

from creds_shell.core.access import describes_postgres, is_readonly, pgoptions
from creds_shell.core.paths import fsencode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.options import Options
    from creds_shell.process.sources import Secrets

# What --clean-env leaves: without these hardly a program finds its way, and none of them is a secret.
PLAIN = (b"PATH", b"HOME", b"USER", b"LOGNAME", b"SHELL", b"TERM", b"LANG", b"TZ", b"TMPDIR")
NAMES, WAS = b"__CREDS_NAMES", b"__CREDS_WAS_"
OUR_STATE = (b"CREDS_PROJECT", b"CREDS_STATUS", b"CREDS_COUNT", NAMES, b"__CREDS_GIT")
SHELL_STATE = (b"__CREDS_ROOT", b"__CREDS_LEFT", b"__CREDS_SHELL_PID", b"__CREDS_SCOPE_NAMES")


def undo(environ: dict[bytes, bytes]) -> dict[bytes, bytes]:
    """A copy of `environ` as it was before the hook loaded anything."""
    left = dict(environ)
    for name in environ.get(NAMES, b"").split(b":"):
        if not name:
            continue
        former = environ.get(WAS + name)
        left.pop(name, None)
        if former is not None:
            left[name] = former
    for name in environ:
        if name in OUR_STATE or name in SHELL_STATE or name.startswith(WAS):
            left.pop(name, None)
    return left


def compose(
    inherited: dict[bytes, bytes], secrets: "Secrets", options: "Options", *, agent: bool
) -> dict[bytes, bytes]:
    """The whole environment of the command.

    Args:
        inherited: our own environment.
        secrets: what the project and the options give.
        options: --clean-env, --keep-existing and --access count here.
        agent: a coding agent runs us, then databases are read-only by default.
    """
    left = undo(inherited)
    if options.clean_env:
        kept = (*PLAIN, *(fsencode(name) for name in options.secret_env))
        left = {name: value for name, value in left.items() if name in kept or name.startswith(b"LC_")}
    for item in secrets.injected:
        name = fsencode(item.name)
        if not (options.keep_existing and name in left):
            left[name] = item.value
    if is_readonly(options.access, secrets.access, agent=agent) and describes_postgres(
        {item.name: item.value for item in secrets.injected}
    ):
        left[b"PGOPTIONS"] = pgoptions(left.get(b"PGOPTIONS"))
    return left
