"""Project ids and the names of environments: what they may look like, and what a directory proposes."""

ID_LIMIT = 100
ENVIRONMENT_LIMIT = 64
STORE_ENDINGS = (".lock", ".tmp", ".age", ".json")


def is_project_id(text: str) -> bool:
    """`[a-z0-9][a-z0-9._-]{0,99}`; so no `/`, no leading dot, and no `..` anywhere."""
    return text == text.lower() and _is_word(text, ID_LIMIT)


def is_environment(text: str) -> bool:
    """`[A-Za-z0-9][A-Za-z0-9._-]{0,63}` without `..`, and no ending that the store uses for its own files."""
    return (
        _is_word(text, ENVIRONMENT_LIMIT)
        and not text.endswith(STORE_ENDINGS)
        and "." + text not in STORE_ENDINGS
    )


def _is_word(text: str, limit: int) -> bool:
    plain = text.replace(".", "").replace("_", "").replace("-", "")
    return (
        0 < len(text) <= limit
        and text.isascii()
        and text[0].isalnum()
        and ".." not in text
        and plain.isalnum()
    )


def propose_id(directory: str) -> str:
    """The project id that a directory name proposes: lower case, everything unusual as `-`."""
    lower = directory.lower()
    text = "".join([c if c.isascii() and (c.isalnum() or c in "._-") else "-" for c in lower])
    while ".." in text:
        text = text.replace("..", ".")
    return text.lstrip("._-")[:ID_LIMIT].rstrip(".") or "project"


def suffixed_id(project_id: str, anchor: bytes) -> str:
    """The id of a second repository of that name: `-` and 8 hex digits of sha256(anchor)."""
    from creds_shell.core.journal import sha256  # type: ignore[attr-defined]

    digits: str = sha256(anchor).hexdigest()[:8]
    return project_id[: ID_LIMIT - 9] + "-" + digits


def check_id(text: str) -> str:
    """Give back a valid project id.

    Raises:
        UsageError: it is none.
    """
    if is_project_id(text):
        return text
    from creds_shell.core.errors import UsageError

    raise UsageError(
        f"{text!r} is not a project id",
        "use lower-case letters, digits, '.', '_' and '-', at most 100, no '..'",
    )


def check_environment(text: str) -> str:
    """Give back a valid environment name.

    Raises:
        UsageError: it is none.
    """
    if is_environment(text):
        return text
    from creds_shell.core.errors import UsageError

    raise UsageError(
        f"{text!r} is not an environment", "use letters, digits, '.', '_' and '-', at most 64, as in staging"
    )
