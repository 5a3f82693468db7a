"""All checks in their order. A check that breaks gives a row that says so and never stops the others."""

from collections.abc import Callable, Iterator

from creds_shell.core.errors import SecretsError
from creds_shell.doctor import encryption, here, machine, processes, store
from creds_shell.project import Project
from creds_shell.validation.row import Row, fail

# name (of the row that a broken check gives), check
CHECKS: tuple[tuple[str, Callable[[], Iterator[Row]]], ...] = (
    ("installation", machine.installation),
    ("shells", machine.shells),
    ("permissions", store.permissions),
    ("encryption", encryption.at_rest),
    ("audit", store.audit),
    ("session", processes.session),
    ("terminal server", processes.servers),
)
PROJECT_CHECKS: tuple[tuple[str, Callable[[Project | None, SecretsError | None], Iterator[Row]]], ...] = (
    ("project", here.project),
    ("git ignore", here.git_ignore),
    ("tiers", here.tiers),
    ("masking", here.masked),
)


def diagnose(**options: str | None) -> list[Row]:
    """Run every check and return its rows.

    Args:
        options: `project`, `environment`, `provider`, as for `open_project`.
    """
    rows: list[Row] = []
    for name, check in CHECKS:
        rows += _guarded(name, check)
    opened, error = here.look(**options)
    for name, project_check in PROJECT_CHECKS:
        rows += _guarded(name, lambda check=project_check: check(opened, error))  # type: ignore[misc]
    return rows


def _guarded(name: str, check: Callable[[], Iterator[Row]]) -> list[Row]:
    try:
        return list(check())
    except (SecretsError, OSError, ValueError) as error:
        # The text of a foreign exception may hold anything; its type is enough to find it.
        detail = error.message if isinstance(error, SecretsError) else type(error).__name__
        return [fail(name, f"could not be checked: {detail}", "creds doctor")]
