"""How `dump` writes values, one function a format. A format that cannot hold a value refuses it and names the key."""

import json
import secrets
from collections.abc import Callable

from creds_shell.core import dotenv
from creds_shell.core.errors import InvalidValueError
from creds_shell.core.names import is_name

Values = dict[str, bytes]


def as_dotenv(values: Values) -> bytes:
    """Return the store's own format."""
    _check_names(values, "a .env file of creds")
    return dotenv.format_bundle(values)


def as_json(values: Values) -> bytes:
    """Return a JSON object of strings."""
    texts = {key: _text(key, values[key], "JSON") for key in sorted(values)}
    return (json.dumps(texts, indent=2, ensure_ascii=False) + "\n").encode()


def as_shell(values: Values) -> bytes:
    """Return `export KEY='…'` lines for any POSIX shell; bytes as they are."""
    _check_names(values, "a shell")
    lines = [
        b"export " + key.encode() + b"='" + values[key].replace(b"'", b"'\\''") + b"'\n"
        for key in sorted(values)
    ]
    return b"".join(lines)


def as_docker(values: Values) -> bytes:
    """Return lines for `docker run --env-file`: nothing is quoted there, so a line end or broken UTF-8 is refused."""
    _check_names(values, "docker's --env-file")
    for key in sorted(values):
        text = _text(key, values[key], "docker's --env-file")
        if "\n" in text or "\r" in text:
            raise InvalidValueError(
                f"{key} has a line end, which docker's --env-file cannot hold",
                "creds exec -- docker run -e KEY …",
            )
    return b"".join(key.encode() + b"=" + values[key] + b"\n" for key in sorted(values))


def as_github(values: Values) -> bytes:
    """Return lines for the file $GITHUB_ENV; each value between delimiters that no value contains."""
    _check_names(values, "$GITHUB_ENV")
    lines = []
    for key in sorted(values):
        text = _text(key, values[key], "$GITHUB_ENV")
        mark = f"creds_{secrets.token_hex(16)}"
        lines.append(f"{key}<<{mark}\n{text}\n{mark}\n")
    return "".join(lines).encode()


def github_masks(values: Values) -> str:
    """Return workflow commands that tell a GitHub runner to mask each value, line by line, in all later logs.

    A command's data has `%`, CR and LF escaped (actions/toolkit, packages/core/src/command.ts).
    """
    texts = [_text(key, values[key], "$GITHUB_ENV") for key in sorted(values)]
    lines = [
        f"::add-mask::{line.replace('%', '%25')}\n"
        for text in texts
        for line in text.splitlines()
        if line.strip()
    ]
    return "".join(dict.fromkeys(lines))


def _check_names(values: Values, where: str) -> None:
    """Refuse a key of a hand-written file that is no variable name: in these formats it could be read as code."""
    for key in sorted(values):
        if not is_name(key):
            raise InvalidValueError(
                f"{key!r} is not a variable name, which {where} cannot hold", "creds dump --format json"
            )


def _text(key: str, value: bytes, where: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidValueError(
            f"{key} is no UTF-8, which {where} cannot hold", "creds dump --format dotenv"
        ) from None


FORMATS: dict[str, Callable[[Values], bytes]] = {
    "dotenv": as_dotenv,
    "json": as_json,
    "shell": as_shell,
    "docker": as_docker,
    "github": as_github,
}
