"""This directory's project: whether it loads and why not, its `.env` and git, what is loaded and not masked."""

from collections.abc import Iterator

from creds_shell.core.errors import SecretsError
from creds_shell.core.load import AWS, LOCAL, REPOSITORY
from creds_shell.core.talk import counted
from creds_shell.project import Project, open_project
from creds_shell.validation import files
from creds_shell.validation.row import Row, fail, failed, ok, skip, warn


def project(opened: Project | None, error: SecretsError | None) -> Iterator[Row]:
    """Whether this place is a project, and which."""
    if opened is None:
        message = error.message if error else "no project"
        status = skip if error and error.exit_code == 3 else fail
        yield status("project", message, error.hints[0] if error and error.hints else "creds status")
        return
    tiers = ", ".join(opened.layers)
    yield ok("project", f"{opened.id}, environment {opened.environment}, {tiers}")
    for warning in opened.warnings:
        yield warn("creds.toml", warning, "edit creds.toml")


def git_ignore(opened: Project | None, _error: SecretsError | None) -> Iterator[Row]:
    """Whether a `.env` at the root would be committed."""
    if opened and opened.repository:
        yield from files.git_ignore(opened.repository.root)


def masked(opened: Project | None, _error: SecretsError | None) -> Iterator[Row]:
    """Which keys are loaded and not masked, each with the reason."""
    if opened is None:
        return
    from creds_shell.providers.layers import load_bundle

    try:
        bundle = load_bundle(opened)
    except SecretsError as error:
        yield failed("secrets", error)
        return
    open_keys = {name: key.why_unmasked for name, key in bundle.keys.items() if key.why_unmasked}
    for name, why in sorted(open_keys.items()):
        yield warn("masking", f"{name} is not masked: {why}", f"creds explain {name}")
    if bundle.keys and not open_keys:
        yield ok("masking", "every value is masked")
    elif not bundle.keys:
        yield skip("masking", "there are no secrets yet", "creds set KEY")


def tiers(opened: Project | None, _error: SecretsError | None) -> Iterator[Row]:
    """Whether each tier of the project can be read."""
    if opened is None or not opened.bound:
        return
    from creds_shell.providers.registry import provider_for

    for layer in opened.layers:
        if layer in (LOCAL, REPOSITORY):
            continue  # the rows about the store and the .env say it
        try:
            keys = provider_for(opened, layer).list_keys(opened.id, opened.environment)
        except SecretsError as error:
            yield failed(layer, error, "creds validate --aws" if layer == AWS else "creds validate")
        else:
            yield ok(layer, f"reachable, {counted(len(keys), 'key')}")


def look(**options: str | None) -> tuple[Project | None, SecretsError | None]:
    """Open the project of this run, or say why there is none."""
    try:
        return open_project(**options), None  # type: ignore[arg-type]
    except SecretsError as error:
        return None, error
