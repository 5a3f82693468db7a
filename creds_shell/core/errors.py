"""The error tree: one root, leaves named after the user's situation, each with its exit code.

A message says what was wrong and names keys and files, never a value; a hint is the next step to take.
"""

_BARE = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789%+,-./:@_")


def step(command: str, *paths: str) -> str:
    """Return a hint that is a command and the paths behind it, each one word of bash, zsh and fish when it is pasted."""
    return " ".join([command, *map(_word, paths)])


def _word(path: str) -> str:
    path = f"./{path}" if path.startswith("-") else path
    if path and all(char in _BARE or (not char.isascii() and char.isprintable()) for char in path):
        return path
    return "'" + path.replace("'", "'\\''") + "'"


class SecretsError(Exception):
    """Something the user can act on.

    Args:
        message: one sentence, lower case, no full stop.
        hints: next steps, most useful first.
        exit_code: overrides the class's own.
    """

    exit_code = 1
    code = "failed"

    def __init__(self, message: str, *hints: str, exit_code: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints
        if exit_code is not None:
            self.exit_code = exit_code

    def __str__(self) -> str:
        return self.message


class UsageError(SecretsError):
    """The command line, a name or an id is malformed."""

    exit_code = 2
    code = "usage"


class SecretNotFoundError(SecretsError):
    """A key, bundle or version that was asked for is not there."""

    exit_code = 3
    code = "not_found"


class ProjectNotFoundError(SecretsError):
    """There is no repository here and no project was named."""

    exit_code = 3
    code = "no_project"


class NotAllowedError(SecretsError):
    """Unbound, blocked, denied, refused to an agent, or a question that could not be asked."""

    exit_code = 4
    code = "not_allowed"


class BadPermissionsError(SecretsError):
    """A file, a directory or an owner that would let somebody else read or write secrets."""

    exit_code = 4
    code = "bad_permissions"


class DamagedFileError(SecretsError):
    """A file that cannot be understood; it is never rewritten."""

    code = "damaged_file"


class InvalidValueError(SecretsError):
    """A value that a tier or an environment cannot hold (too large, NUL, not text)."""

    code = "invalid_value"


class ProviderNotAvailableError(SecretsError):
    """A tier that cannot be reached or read."""

    exit_code = 5
    code = "provider_unavailable"


class StoreBusyError(SecretsError):
    """Somebody else is writing."""

    exit_code = 5
    code = "busy"
