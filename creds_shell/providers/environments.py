"""Which environments a project has secrets in: by the names of files on this machine, without asking a tier."""

import contextlib
import os

from creds_shell.core import paths
from creds_shell.core.ids import is_environment
from creds_shell.providers.bundle_file import TEMPORARY
from creds_shell.providers.metadata import metadata_file


def known_environments(project_id: str) -> set[str]:
    """Return those with a bundle in the store, or with metadata of any tier (`<provider>.<environment>.json`)."""
    bundles = _names(paths.store_folder(project_id))
    written = _names(os.path.dirname(metadata_file(project_id, "default", "")))
    found = {n.removeprefix(".env.") for n in bundles if n.startswith(".env.") and TEMPORARY not in n}
    found |= {name.removesuffix(".json").partition(".")[2] for name in written if name.endswith(".json")}
    return {name for name in found | ({"default"} if ".env" in bundles else set()) if is_environment(name)}


def _names(folder: str) -> list[str]:
    with contextlib.suppress(OSError):
        return os.listdir(folder)
    return []
