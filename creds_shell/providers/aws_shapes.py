"""What a secret in AWS looks like, as keys and values, and back; what creds did not change is written as it was.

Each top-level member of a JSON object keeps its own text: a number keeps its digits, a nested object its layout.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from creds_shell.core.errors import DamagedFileError, InvalidValueError

MAX_BYTES = 65536  # of SecretString, AWS Secrets Manager quotas
_DECODER = json.JSONDecoder()
_SPACE = re.compile(r"[ \t\n\r]*")  # JSON's own white space, RFC 8259 section 2


class Member(NamedTuple):
    """One key of a secret."""

    text: str | None  # the value as a bundle holds it; None for null
    raw: str  # its JSON


Members = dict[str, Member]


def members_of(answer: Mapping[str, Any], name: str) -> Members:
    """Return the keys of a secret of any shape.

    A JSON object gives its members: strings as they are, numbers, booleans, arrays and objects as their JSON
    text, null as nothing. Anything else is one key named after the secret.

    Args:
        answer: of get_secret_value.
        name: the secret's name, for the key of a secret that has none.
    """
    text = _text(answer)
    found = object_members(text)
    if found is not None:
        return found
    return {single_key(name): Member(_scalar(text), "")}


def values_of(members: Members) -> dict[str, str]:
    """Return what a bundle holds; a null is no value."""
    return {key: member.text for key, member in members.items() if member.text is not None}


def holds_keys(answer: Mapping[str, Any]) -> bool:
    """Whether the secret is a JSON object in a string, the one shape that creds writes."""
    return isinstance(answer.get("SecretString"), str) and object_members(answer["SecretString"]) is not None


def object_members(text: str) -> Members | None:
    """Return the top-level members of a JSON object with their own text, or None if it is something else."""
    try:
        if not isinstance(json.loads(text), dict):
            return None
    except (ValueError, RecursionError):
        return None
    return dict(_scan(text))


def _scan(text: str) -> "list[tuple[str, Member]]":
    """Walk a text that is known to be a JSON object; the last of two equal keys wins, as in json."""
    found = []
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        key, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        value, at = _DECODER.raw_decode(text, start)
        found.append((_storable(key), Member(_as_text(value, text[start:at]), text[start:at])))
        at = _skip(text, at)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _as_text(value: object, raw: str) -> str | None:
    if value is None:
        return None
    return _storable(value) if isinstance(value, str) else raw


def _storable(text: str) -> str:
    """Make a lone UTF-16 surrogate (valid in JSON, no character) the bytes that it would be."""
    return text.encode("utf-8", "surrogatepass").decode("utf-8", "surrogateescape")


def _text(answer: Mapping[str, Any]) -> str:
    if isinstance(answer.get("SecretString"), str):
        return str(answer["SecretString"])
    return bytes(answer.get("SecretBinary") or b"").decode("utf-8", "surrogateescape")


def _scalar(text: str) -> str:
    """A JSON string is its content; any other text is taken as it is, byte for byte."""
    if text.startswith('"'):
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return _storable(value) if isinstance(value, str) else text
    return text


def single_key(name: str) -> str:
    """Return the key for a secret without keys: `prod/stripe-key` → STRIPE_KEY; an ARN's random tail is dropped."""
    path = re.sub(r"-[A-Za-z0-9]{6}$", "", name) if name.startswith("arn:") else name
    key = re.sub(r"[^A-Za-z0-9]+", "_", re.split("[/:]", path.rstrip("/"))[-1]).strip("_").upper()
    return f"_{key}" if key[:1].isdigit() else key or "SECRET"


def with_changes(members: Members, changes: Mapping[str, str | None]) -> Members:
    """Return the members with some set and some (None) removed; an equal value keeps its text.

    Raises:
        InvalidValueError: a value is no text; it names the key.
    """
    changed = dict(members)
    for key, value in changes.items():
        if value is None:
            changed.pop(key, None)
        elif key not in changed or changed[key].text != value:
            changed[key] = Member(value, _quoted(key, value))
    return changed


def render(members: Members) -> str:
    """Return the JSON object to store.

    Raises:
        InvalidValueError: it would be larger than AWS holds; the three largest keys are named.
    """
    text = "{" + ", ".join(f"{_quoted(key, key)}: {member.raw}" for key, member in members.items()) + "}"
    size = len(text.encode())
    if size > MAX_BYTES:
        sizes = sorted(((len(member.raw.encode()), key) for key, member in members.items()), reverse=True)
        largest = ", ".join(f"{key} ({bytes_} bytes)" for bytes_, key in sizes[:3])
        raise InvalidValueError(
            f"aws: the bundle would be {size} bytes and AWS holds {MAX_BYTES}; the largest keys are {largest}",
            "keep large files elsewhere and store their place, or move keys to another tier",
        )
    return text


def _quoted(key: str, value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:
        shown = key.encode("utf-8", "backslashreplace").decode()
        raise InvalidValueError(
            f"aws: {shown} is not text, and a secret in AWS holds text only", "store it as base64"
        ) from None
    return json.dumps(value, ensure_ascii=False)


def damaged(name: str) -> DamagedFileError:
    """Return the error for a secret whose present shape cannot take keys."""
    return DamagedFileError(
        f"aws: the secret {name} is not a set of keys (a JSON object), so no key can be written into it",
        "`creds use aws-secrets-manager` without --secret uses one that creds makes",
    )
