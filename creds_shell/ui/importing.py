"""Import in two steps: what would change, then exactly that or nothing.

The preview gives back a version of every key concerned; applying compares them again inside the write.
"""

from collections.abc import Callable
from typing import Any

from creds_shell.base import SecretBundle
from creds_shell.core.errors import InvalidValueError, SecretsError, UsageError
from creds_shell.project import Project
from creds_shell.providers import limits
from creds_shell.ui.changes import ConfirmNameError, check_name, open_store, recorded, swap
from creds_shell.ui.listing import Place
from creds_shell.ui.wire import FieldError

MAX_TEXT = 1 << 20
Row = dict[str, Any]


def read_text(text: str, parse: Callable[[bytes], dict[str, bytes]] | None) -> dict[str, str]:
    """Read a pasted .env or JSON object with the parser of `creds import`: key → value.

    Raises:
        FieldError: it is neither; names the line or the key, never a value.
    """
    if parse is None:
        raise FieldError("text", "importing is not possible here", "creds import FILE")
    try:
        found = parse(text.encode("utf-8", "surrogateescape"))
    except SecretsError as error:
        raise FieldError("text", error.message, *error.hints) from None
    except UnicodeEncodeError:
        raise FieldError("text", "this text holds half of a character") from None
    return {key: value.decode("utf-8", "surrogateescape") for key, value in found.items()}


def preview(project: Project, values: dict[str, str]) -> dict[str, Any]:
    """Return what an import would do to each key, and the versions that it was decided on."""
    store, place = open_store(project, None)
    now = store.get_bundle(project.id, project.environment)
    rows = [_row(project, place, now, key, value) for key, value in values.items()]
    return {
        "rows": rows,
        "ready": not any(row["change"] == "refused" for row in rows),
        "expected": {key: place.version(key, now.secrets.get(key)) for key in values},
    }


def _row(project: Project, place: Place, now: SecretBundle, key: str, value: str) -> Row:
    try:
        limits.check_entries({key: value.encode("utf-8", "surrogateescape")})
        check_name(project, place.provider, key, confirmed=False)
    except ConfirmNameError as error:
        return {"key": key, "change": "refused", "problem": f"{error.message}: add it by itself, which asks"}
    except (UsageError, InvalidValueError) as error:
        return {"key": key, "change": "refused", "problem": error.message}
    if key not in now.secrets:
        return {"key": key, "change": "add", "problem": None}
    return {"key": key, "change": "same" if now.secrets[key] == value else "change", "problem": None}


def apply(project: Project, values: dict[str, str], expected: dict[str, object]) -> int:
    """Import all keys or none; return how many were written.

    Raises:
        ChangedError: one of the keys is not what the preview saw.
        SecretsError: the store refuses; nothing was changed.
    """
    plan = preview(project, values)
    if not plan["ready"]:
        raise FieldError("text", "some keys cannot be imported", "take them out of the text")
    store, place = open_store(project, None)
    changed = [row["key"] for row in plan["rows"] if row["change"] != "same"]
    if not changed:
        return 0
    new = SecretBundle(project.id, {key: values[key] for key in changed}, environment=project.environment)

    def write(before: SecretBundle) -> None:
        store.put_bundle(new, "merge", expected_version=before.version or "")

    with recorded("import", project, place.provider, changed):
        swap(store, place, {key: expected.get(key) for key in changed}, write)
    return len(changed)
