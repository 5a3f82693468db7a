"""What can go wrong with a run, and how it is said."""

import posix

from creds_shell.core.errors import SecretsError
from creds_shell.core.paths import is_dir
from creds_shell.core.talk import report

# errno's numbers of Linux and macOS, which are the same here
_ENOENT, _E2BIG, _ENOEXEC, _EACCES, _ENOTDIR, _EISDIR = 2, 7, 8, 13, 20, 21
_REASONS = {
    _EACCES: "permission denied",
    _EISDIR: "is a directory",
    _ENOENT: "not found",
    _ENOEXEC: "not executable",
}
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
    return report(error, json=json)


def unstartable(name: bytes, paths: list[bytes]) -> StartError:
    """Say why none of a program's paths can be executed.

    As in a shell, a file that may not be executed is remembered; a directory, or one that may not be searched, is not.
    """
    problems = [_problem(path) for path in paths]
    errno = abs(problems[0]) if b"/" in name else _EACCES if _EACCES in problems else _ENOENT
    return _cannot_run(name, errno, _REASONS.get(errno))


def _problem(path: bytes) -> int:
    """Why a path cannot be executed, as an errno, negative where it cannot even be seen."""
    try:
        posix.stat(path)
    except OSError as error:
        return -(error.errno or _ENOENT)
    return _EISDIR if is_dir(path) else _EACCES


def start_error(name: bytes, errno: int, environ: "dict[bytes, bytes] | None" = None) -> StartError:
    """What to say when starting `name`, which was found, failed with `errno`.

    Names the largest variables when they are too much; what is not found then is what the program is run by (the
    first line of a script, perhaps with a carriage return at its end, or a loader).
    """
    if errno == _E2BIG:
        return _too_big(name.decode("utf-8", "replace"), environ or {})
    return _cannot_run(
        name, errno, "its interpreter is not found" if errno == _ENOENT else _REASONS.get(errno)
    )


def _cannot_run(name: bytes, errno: int, reason: "str | None") -> StartError:
    missing = errno in (_ENOENT, _ENOTDIR)
    shown = name.decode("utf-8", "replace")
    return StartError(
        f"cannot run {shown}: {reason or posix.strerror(errno).lower()}", exit_code=127 if missing else 126
    )


def hint_at_form(error: Exception, command: list[bytes]) -> None:
    """Say how creds wants it to whom wrote what other tools have in front of a command.

    `exec NAME -- COMMAND` is of chamber and aws-vault, `exec DIRECTORY COMMAND` of direnv, one word with blanks of
    those that have a shell run it.
    """
    if not isinstance(error, StartError):
        return
    first, *rest = [word.decode("utf-8", "replace") for word in command]
    if rest[:1] == ["--"] and first[:1] not in "./":
        error.hints += (
            f"a project is named by an option: creds exec --project {first} {' '.join(rest[:2])}",
        )
    elif is_dir(command[0]):
        error.hints += (f"creds exec runs where you are: leave {first} out, or go there first",)
    elif " " in first and not rest:
        error.hints += ("a line for a shell: creds exec -- sh -c 'LINE'",)


def _too_big(shown: str, environ: "dict[bytes, bytes]") -> StartError:
    largest = sorted(environ, key=lambda name: len(environ[name]), reverse=True)[:3]
    names = ", ".join(f"{name.decode('utf-8', 'replace')} ({len(environ[name])} bytes)" for name in largest)
    return StartError(
        f"cannot run {shown}: arguments and environment are larger than the system allows",
        f"the largest variables are {names}",
        "leave some out with --except, or clear the inherited ones with --clean-env",
        exit_code=126,
    )
