"""Which project, environment and tier a request is about, opened by the same rules as on the command line."""

import hashlib
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from creds_shell.core import binding, paths
from creds_shell.core.errors import SecretsError
from creds_shell.core.ids import is_project_id
from creds_shell.core.load import watched_files
from creds_shell.core.resolve import resolve
from creds_shell.project import Project, open_project
from creds_shell.providers.first_write import open_to_write
from creds_shell.providers.metadata import metadata_file
from creds_shell.providers.registry import provider_ids
from creds_shell.ui.wire import FieldError, Fields

if TYPE_CHECKING:
    from creds_shell.core.resolve import Standing

LABELS = {
    "dotenv-global": "this machine's store",
    "env-file": "the repository's .env",
    "aws-secrets-manager": "AWS Secrets Manager",
}


@dataclass(frozen=True)
class Wanted:
    """What a request names; None is what the page was started with."""

    project: str | None = None
    environment: str | None = None
    provider: str | None = None

    @classmethod
    def of(cls, fields: Fields) -> "Wanted":
        """Read it out of a request.

        Raises:
            FieldError: there is no such provider; what project and environment may be is said by opening them.
        """
        provider = fields.maybe("provider", 128)
        if provider is not None and provider not in provider_ids():
            raise FieldError(
                "provider", "there is no such provider", f"there are: {', '.join(provider_ids())}"
            )
        return cls(fields.maybe("project", 128), fields.maybe("environment", 128), provider)


@dataclass(frozen=True)
class Home:
    """What `creds ui` was started with and where; every request for the same project is resolved from here."""

    project: Project
    given: Wanted = Wanted()
    directory: str | None = None

    def _arguments(self, wanted: Wanted) -> dict[str, Any]:
        here = wanted.project in (None, self.project.id)
        return {
            "project": self.given.project if here else wanted.project,
            "environment": wanted.environment or (self.given.environment if here else None),
            "provider": wanted.provider or (self.given.provider if here else None),
            "start": self.directory,
        }

    def open(self, wanted: Wanted, *, writing: bool = False) -> Project:
        """Open what a request names.

        Raises:
            SecretsError: it may not be used; the hints name the next step.
        """
        return (open_to_write if writing else open_project)(**self._arguments(wanted))

    def mark(self, wanted: Wanted) -> str:
        """Return a word that changes when the secrets or the settings of this place may have changed."""
        try:
            standing = resolve(**self._arguments(wanted))
            told = [standing.state, *standing.layers, *(_stamp(path) for path in _files(standing))]
        except SecretsError as error:  # told by `open`, in its place; here it is a state like any other
            told = [error.message, _stamp(paths.config_file())]
        return hashlib.sha256("\0".join(told).encode("utf-8", "surrogateescape")).hexdigest()[:24]


def _files(standing: "Standing") -> list[str]:
    """What the prompt watches, and the ages; a copy of AWS's bundle is rewritten by every write through creds."""
    files = watched_files(standing)
    if standing.project_id is None:
        return files
    for layer in standing.layers:
        files.append(metadata_file(standing.project_id, standing.environment, layer))
        if layer == "aws-secrets-manager":
            files += _aws_copy(standing)
    return files


def _aws_copy(standing: "Standing") -> list[str]:
    from creds_shell.core.cache import make_source, read_bundle
    from creds_shell.core.remote import bundle_name

    record = standing.record
    if record is None or standing.project_id is None:
        return []
    source = make_source(standing.project_id, standing.environment, record.aws, bundle_name(standing, record))
    copy = read_bundle(source)
    return [copy.path] if copy.path else []


def _stamp(path: str) -> str:
    try:
        found = os.stat(path)
    except OSError:
        return f"{path} -"
    return f"{path} {found.st_mtime_ns} {found.st_ino} {found.st_size} {found.st_mode}"


def known_projects(here: Project) -> list[str]:
    """Return the ids of the projects that this user has: stored, bound, or the one at hand."""
    ids = {here.id, *_stored(), *(known.project_id for known in binding.all_bindings())}
    return sorted(each for each in ids if is_project_id(each))


def _stored() -> list[str]:
    try:
        return os.listdir(paths.config_dir() + "/secrets")
    except OSError:
        return []


def tiers_of(project: Project) -> list[dict[str, object]]:
    """Return all tiers with their labels and whether this project uses them."""
    return [
        {
            "id": each,
            "label": LABELS.get(each, each),
            "active": each == project.provider,
            "layer": each in project.layers,
        }
        for each in provider_ids()
    ]
