"""Which checks there are; one that breaks gives a row that says so and never stops the others."""

from collections.abc import Callable, Iterator

from creds_shell.core.errors import SecretsError
from creds_shell.project import Project
from creds_shell.validation.row import Row, fail

PARTS = ("env", "dotenv", "aws", "db")


def validate(project: Project, parts: tuple[str, ...] = ()) -> list[Row]:
    """Run checks.

    Args:
        project: as `open_project` gave it.
        parts: of PARTS; none is all of them.

    Returns:
        The rows in the order of PARTS.
    """
    rows: list[Row] = []
    for part in PARTS:
        if not parts or part in parts:
            rows += _guarded(part, lambda part=part: _rows(project, part, asked=part in parts))  # type: ignore[misc]
    return rows


def _rows(project: Project, part: str, *, asked: bool) -> Iterator[Row]:
    if part == "env":
        from creds_shell.validation import keys

        return keys.check(project)
    if part == "dotenv":
        from creds_shell.validation import files

        return files.check(project)
    if part == "aws":
        from creds_shell.validation import cloud

        return cloud.check(project, asked=asked)
    from creds_shell.validation import databases

    return databases.check(project, asked=asked)


def _guarded(part: str, check: Callable[[], Iterator[Row]]) -> list[Row]:
    try:
        return list(check())
    except (SecretsError, OSError, ValueError) as error:
        # The text of a foreign exception may hold anything; its type is enough to find it.
        detail = error.message if isinstance(error, SecretsError) else type(error).__name__
        return [fail(part, f"could not be checked: {detail}", f"creds validate --{part}")]
