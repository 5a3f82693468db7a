"""Read a file of secrets that somebody hands us: a .env file, or a JSON object of strings."""

import json
import os

from creds_shell.core import dotenv
from creds_shell.core.errors import DamagedFileError, InvalidValueError, UsageError, step
from creds_shell.providers import limits


class _Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


def read_secrets(data: bytes, where: str, kind: str | None = None) -> dict[str, bytes]:
    """Return key → value of a file.

    Args:
        data: its bytes.
        where: its name, for messages.
        kind: `dotenv` or `json`; None: a first character `{` means JSON.

    Raises:
        DamagedFileError: it cannot be read; names file and line.
        InvalidValueError: a key or value that cannot be stored; names the key.
    """
    values = parse_secrets(data, where, kind)
    try:
        limits.check_entries(values)
    except UsageError as error:
        raise InvalidValueError(f"{where}: {error.message}; nothing was changed", *error.hints) from None
    except InvalidValueError as error:
        raise InvalidValueError(f"{where}: {error.message}; nothing was changed", *error.hints) from None
    return values


def parse_secrets(data: bytes, where: str, kind: str | None = None) -> dict[str, bytes]:
    """Return key → value of a file as it stands; whether they can be stored is the caller's question.

    Raises:
        DamagedFileError: it cannot be read; names file and line.
        InvalidValueError: a JSON value that is no text, number or boolean; names the key.
    """
    return _json(data, where) if _kind(data, kind) == "json" else _dotenv(data, where)


def marked_keys(data: bytes, kind: str | None = None) -> frozenset[str]:
    """Return the keys of a readable file whose line says `# mask`; JSON has no comments."""
    return frozenset() if _kind(data, kind) == "json" else dotenv.forced_masks(data)


def _kind(data: bytes, given: str | None) -> str:
    looks_like = "json" if data.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{" else "dotenv"
    return given or looks_like


def _dotenv(data: bytes, where: str) -> dict[str, bytes]:
    try:
        return dotenv.parse_bundle(data, where)
    except DamagedFileError as error:
        if os.path.basename(where) != ".envrc":
            raise
        values = step("grep '^ *export '", where) + " | creds import -"
        raise DamagedFileError(f"{error.message}: it is a script", f"its values alone: {values}") from None


def _json(data: bytes, where: str) -> dict[str, bytes]:
    try:
        text = data.decode("utf-8-sig")
        found = json.loads(text, parse_int=_Number, parse_float=_Number, object_pairs_hook=_pairs)
    except UnicodeDecodeError:
        raise DamagedFileError(f"{where} is not UTF-8, as JSON must be") from None
    except json.JSONDecodeError as error:
        raise DamagedFileError(
            f"{where}:{error.lineno}: this is no JSON ({error.msg.lower()})",
            "as a .env file: --format dotenv",
        ) from None
    except RecursionError:
        raise DamagedFileError(f"{where} is nested too deeply") from None
    if not isinstance(found, _Pairs):
        raise DamagedFileError(f"{where} holds no JSON object", 'wanted: {"KEY": "value"}')
    return {key: _value(key, value, where) for key, value in found.items}


class _Pairs:
    """A JSON object with its pairs in order."""

    def __init__(self, items: list[tuple[str, object]]) -> None:
        self.items = items


def _pairs(items: list[tuple[str, object]]) -> _Pairs:
    return _Pairs(items)


def _value(key: str, value: object, where: str) -> bytes:
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, str):
        return _bytes(key, value, where)
    if isinstance(value, float):  # NaN and Infinity, which JSON does not have
        raise _refused(key, "is no JSON value", where)
    raise _refused(key, "is null" if value is None else "is nested", where)


def _bytes(key: str, value: str, where: str) -> bytes:
    try:
        return value.encode("utf-8")
    except UnicodeEncodeError:
        raise _refused(key, "has half a surrogate pair, which is no text", where) from None


def _refused(key: str, why: str, where: str) -> InvalidValueError:
    return InvalidValueError(
        f"{where}: {key} {why}; nothing was changed", "values are strings, numbers or booleans"
    )
