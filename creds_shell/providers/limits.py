"""What no tier accepts: names that are no names, and values that no process could be given."""

from collections.abc import Mapping

from creds_shell.core import names
from creds_shell.core.errors import InvalidValueError, UsageError
from creds_shell.core.ids import check_environment, check_id


def check_address(project_id: str, environment: str) -> None:
    """Refuse a project id or environment that could name another folder.

    Raises:
        UsageError: it is malformed.
    """
    check_id(project_id)
    check_environment(environment)


def check_name(key: str) -> None:
    """Refuse a key that is no variable name, or that the shell or creds itself owns.

    Raises:
        UsageError: the hint says what a name looks like.
    """
    if not names.is_name(key):
        raise UsageError(
            f"{names.shown(key)} is not a variable name",
            "letters, digits and `_`, not beginning with a digit: API_KEY",
        )
    if names.classify(key)[0] == "never":
        raise UsageError(f"{key} belongs to the shell or to creds itself", "choose another name")


def check_value(key: str, value: bytes) -> None:
    """Refuse a value that no environment can hold.

    Raises:
        InvalidValueError: it has a NUL, or is larger than Linux' MAX_ARG_STRLEN allows; names the key.
    """
    if b"\0" in value:
        raise InvalidValueError(
            f"the value of {key} has a NUL byte, which no environment variable can hold",
            "store it encoded: base64 FILE | creds set KEY --stdin",
        )
    if names.too_large(key, value):
        raise InvalidValueError(
            f"the value of {key} is too large: {len(value)} bytes, {names.SIZE_LIMIT - 2 - len(key)} are possible",
            "keep it in a file and store the file's path",
        )


def check_entries(values: Mapping[str, bytes]) -> None:
    """Check each key and value.

    Raises:
        UsageError: a key is malformed.
        InvalidValueError: a value cannot be held.
    """
    for key, value in values.items():
        check_name(key)
        check_value(key, value)
