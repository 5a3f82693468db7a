"""What config.toml and creds.toml may hold: one table for each, and one walk that names what does not fit."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from creds_shell.core.agents import ACTIONS
from creds_shell.core.ids import is_environment, is_project_id
from creds_shell.core.talk import did_you_mean

EXPOSURES = ("shell", "exec", "never")
ACCESS = ("read_only", "read_write")
MESSAGES = ("off", "short", "names")

_TIER: dict[str, Any] = {
    "provider": str,
    "layers": [str],
    "environment": str,
    "access": ACCESS,
    "expose": EXPOSURES,
}
# What config.toml may hold: a type, a tuple of allowed words, [type] for a list, a dict for a table ("*": any name).
# A confirmed name is confirmed for the tiers listed, or with `true` for every tier.
SCHEMA: dict[str, Any] = {
    "defaults": _TIER,
    "projects": {
        "*": {
            **_TIER,
            "secret_names": {"*": str},
            "keys": {"*": {"mask": bool, "expose": EXPOSURES, "confirmed": (bool, [str])}},
        }
    },
    "aws": {
        "region": str,
        "profile": str,
        "prefix": str,
        "endpoint_url": str,
        "role_arn": str,
        "offline": bool,
        "cache_ttl": int,
    },
    "rotation": {"warn_days": int},
    "audit": {"strict": bool},
    "agent": {"allow": [tuple(ACTIONS)]},
    "messages": {"show": MESSAGES},
}
# What creds.toml may hold; everything else is ignored with a warning.
REPOSITORY_SCHEMA: dict[str, Any] = {
    "id": str,
    "message": str,
    "keys": {"*": {"required": bool, "description": str, "secret": bool}},
}
_TYPES = {str: "a string", bool: "true or false", int: "a whole number"}


def problems(data: Mapping[str, Any], schema: Mapping[str, Any], above: str = "") -> Iterator[str]:
    """Every key that the schema does not know, and every value of another kind."""
    for name, value in data.items():
        here = above + name
        wanted = schema.get(name, schema.get("*"))
        if wanted is None:
            yield f"unknown key {here}{_nearest(name, schema)}"
        elif isinstance(wanted, dict):
            if isinstance(value, dict):
                yield from _bad_name(above, name, here)
                yield from problems(value, wanted, here + ".")
            else:
                yield f"{here} is not a table"
        elif not _fits(value, wanted):
            yield _unknown_word(value, wanted, here) or f"{here} is not {_describe(wanted)}"
        else:
            yield from _bad_word(name, value, here)


def _unknown_word(value: object, wanted: Any, here: str) -> str | None:
    """What is wrong with a list of words of which one is not known."""
    if not isinstance(wanted, list) or not isinstance(wanted[0], tuple) or not _fits(value, [str]):
        return None
    words = wanted[0]
    word = next(word for word in value if word not in words)  # type: ignore[attr-defined]  # a list: see above
    return f'{here} knows no "{word}"{_nearest(word, words)}; it may hold {", ".join(words)}'


def _nearest(name: str, schema: Iterable[str]) -> str:
    return "".join(did_you_mean(name, schema, ", did you mean {}"))


def _bad_name(above: str, name: str, here: str) -> Iterator[str]:
    if above == "projects." and not is_project_id(name):
        yield f"{here} is not a project id"


def _bad_word(name: str, value: object, here: str) -> Iterator[str]:
    if name == "environment" and isinstance(value, str) and not is_environment(value):
        yield f"{here} is not an environment"
    if name in ("warn_days", "cache_ttl") and isinstance(value, int) and value < 0:
        yield f"{here} is negative"


def _fits(value: object, wanted: Any) -> bool:
    if isinstance(wanted, list):
        return isinstance(value, list) and all(_fits(item, wanted[0]) for item in value)
    if isinstance(wanted, tuple):
        if all(isinstance(word, str) for word in wanted):
            return value in wanted
        return any(_fits(value, kind) for kind in wanted)
    return isinstance(value, wanted) and not (wanted is int and isinstance(value, bool))


def _describe(wanted: Any) -> str:
    if isinstance(wanted, list):
        return "a list of strings"
    if isinstance(wanted, tuple):
        if all(isinstance(word, str) for word in wanted):
            return " or ".join(f'"{word}"' for word in wanted)
        return " or ".join(_describe(kind) for kind in wanted)
    return _TYPES.get(wanted, "right")
