"""One finding."""

from typing import TypedDict

from creds_shell.core.errors import SecretsError


class Row(TypedDict):
    """What every check gives; the shape that `--json` prints."""

    status: str
    check: str
    detail: str
    next: str


def ok(check: str, detail: str) -> Row:
    """Something that is as it should be."""
    return {"status": "ok", "check": check, "detail": detail, "next": ""}


def skip(check: str, detail: str, then: str = "") -> Row:
    """Something that was not looked at, and why."""
    return {"status": "skip", "check": check, "detail": detail, "next": then}


def warn(check: str, detail: str, then: str) -> Row:
    """Something that works and leaks, slows or will break."""
    return {"status": "warn", "check": check, "detail": detail, "next": then}


def fail(check: str, detail: str, then: str) -> Row:
    """Something that does not work."""
    return {"status": "fail", "check": check, "detail": detail, "next": then}


def failed(check: str, error: SecretsError, then: str = "creds validate") -> Row:
    """An error that ended a check."""
    return fail(check, error.message, error.hints[0] if error.hints else then)
