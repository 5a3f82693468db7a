"""What can go wrong with a run, and how it is said."""

from creds_shell.core.errors import SecretsError
from creds_shell.core.talk import report, write_stderr

INTERNAL = 70  # EX_SOFTWARE of sysexits.h


class FilterError(SecretsError):
    """The mask, the terminal or the monitor failed: nothing (more) is shown."""

    exit_code = INTERNAL
    code = "internal"


class StartError(SecretsError):
    """The command could not be started; exit_code is 126 or 127, as in a shell."""

    code = "not_started"


def tell(error: Exception, *, json: bool) -> int:
    """Say what was wrong, as lines or as one JSON object; returns the exit code.

    Of an unexpected error only the kind is told: its text may hold a value.
    """
    if not isinstance(error, SecretsError):
        error = FilterError(f"internal error ({type(error).__name__}), the command was stopped")
    if not json:
        return report(error)
    from json import dumps

    body = {"code": error.code, "message": error.message, "hints": list(error.hints)}
    write_stderr(dumps({"version": 1, "error": body}) + "\n")
    return error.exit_code
