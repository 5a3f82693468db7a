"""What travels between the page and its server: fields that are checked, values as text or base64, key versions.

A key's version is a keyed hash of its value under a key of this run: the page can say which state it edited, and
learns nothing about the value from it.
"""

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass

from creds_shell.core.errors import SecretsError

MAX_NAME = 512
_RUN_KEY = secrets.token_bytes(32)


class FieldError(SecretsError):
    """A field of a request that cannot be used; `field` is the input that it is shown next to."""

    code = "invalid"

    def __init__(self, field: str, message: str, *hints: str) -> None:
        super().__init__(message, *hints)
        self.field = field


class ChangedError(SecretsError):
    """Somebody else wrote the key since the page read it; `version` is its state now, None when it is gone."""

    code = "changed"

    def __init__(self, message: str, version: str | None = None) -> None:
        super().__init__(message, "look at it again, then decide")
        self.version = version


def read_fields(body: bytes) -> "Fields":
    """Parse the body of a request.

    Raises:
        FieldError: it is not a JSON object.
    """
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise FieldError("body", "this is not JSON") from None
    if not isinstance(found, dict):
        raise FieldError("body", "this is not a JSON object")
    return Fields(found)


@dataclass(frozen=True)
class Fields:
    """The fields of one request; reading one checks its type."""

    given: dict[str, object]

    def text(self, name: str, limit: int = MAX_NAME) -> str:
        """Return a text that must be there."""
        found = self.maybe(name, limit)
        if found is None:
            raise FieldError(name, f"{name} is missing")
        return found

    def maybe(self, name: str, limit: int = MAX_NAME) -> str | None:
        """Return a text, or None when it is not given."""
        found = self.given.get(name)
        if found is None:
            return None
        if not isinstance(found, str):
            raise FieldError(name, f"{name} is not text")
        if len(found) > limit:
            raise FieldError(name, f"{name} is too long: {len(found)} characters, {limit} are possible")
        return found

    def flag(self, name: str) -> bool:
        """Return whether a flag is set."""
        return self.given.get(name) is True

    def number(self, name: str, default: int, most: int) -> int:
        """Return a whole number from 1 to `most`."""
        found = self.given.get(name, default)
        if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= most:
            raise FieldError(name, f"{name} is not a number from 1 to {most}")
        return found

    def words(self, name: str) -> list[str]:
        """Return a list of texts."""
        found = self.given.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise FieldError(name, f"{name} is not a list of words")
        return found

    def value(self) -> str:
        """Return the value that was sent, as text or as base64 of its exact bytes."""
        text = self.text("value", 1 << 21)
        if self.maybe("encoding") != "base64":
            return _storable(text)
        try:
            data = base64.b64decode("".join(text.split()), validate=True)
        except (binascii.Error, ValueError):
            raise FieldError("value", "this is not base64") from None
        return data.decode("utf-8", "surrogateescape")


def _storable(text: str) -> str:
    """A lone surrogate outside surrogateescape's range stands for no byte: no store could hold it."""
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise FieldError(
            "value", "this text holds half of a character", "paste it again, or use base64"
        ) from None
    return text


def encode_value(value: str) -> dict[str, str]:
    """Return a value for the page: text if a text field can hold it unchanged, else base64 of its bytes."""
    data = value.encode("utf-8", "surrogateescape")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if any((char < " " and char not in "\n\t") or "\x7f" <= char < "\xa0" for char in text):
        return {"value": base64.b64encode(data).decode(), "encoding": "base64"}
    return {"value": text, "encoding": "text"}


def version_of(place: tuple[str, ...], key: str, value: str) -> str:
    """Return the version of one key's value at a place (project, environment, provider)."""
    told = json.dumps([*place, key, value]).encode("utf-8", "surrogatepass")
    return hmac.new(_RUN_KEY, told, hashlib.sha256).hexdigest()[:32]
