"""`--dotenv`: the stored file and the repository's `.env`: modes, every line readable, not in git, allowed or not."""

import os
import stat
from collections.abc import Iterator

from creds_shell.core import binding, dotenv, encrypted, paths
from creds_shell.core.envfile import next_step, read_env_file
from creds_shell.core.errors import SecretsError, step
from creds_shell.core.load import LOCAL
from creds_shell.core.talk import counted
from creds_shell.project import Project
from creds_shell.validation import programs
from creds_shell.validation.row import Row, fail, failed, ok, skip, warn

# A repository may name a program for git to run here; it must not.
GIT = ("git", "-c", "core.fsmonitor=false")
LIMIT = 64 << 20  # bytes, as the store's own


def check(project: Project) -> Iterator[Row]:
    """Give the rows of `--dotenv`."""
    yield from _store(project)
    if project.repository is not None:
        yield from _env_file(project)
        yield from git_ignore(project.repository.root)


def _store(project: Project) -> Iterator[Row]:
    path = paths.store_file(project.id, project.environment)
    try:
        paths.check_private(path)
        data = paths.read_private(path, LIMIT)
        entries = dotenv.parse(encrypted.opened(data, path), path) if data is not None else None
    except SecretsError as error:
        yield failed("store", error, step("ls -l", path))
        return
    if entries is None:
        if LOCAL in project.layers:
            yield skip("store", f"there is no {path}", "creds set KEY")
        return
    yield from _mode(path)
    yield ok("store", f"{path}: {counted(len(entries), 'line')} with a key, all readable")


def _mode(path: str) -> Iterator[Row]:
    mode = stat.S_IMODE(os.stat(path).st_mode)
    if mode & 0o077:
        yield fail("mode", f"{path} can be read by others (mode {mode:04o})", step("chmod 600", path))


def _env_file(project: Project) -> Iterator[Row]:
    if project.repository is None:
        return
    root = project.repository.root
    data, why = read_env_file(root)
    if why is not None:
        yield fail(".env", why, next_step(why, f"{root}/.env"))
        return
    if data is None:
        return
    try:
        number = len(dotenv.parse(data, f"{root}/.env"))
    except SecretsError as error:
        yield failed(".env", error, step("edit", f"{root}/.env"))
        return
    count = counted(number, "key")
    if "env-file" not in project.layers:
        yield ok(".env", f"{count}, not used (env-file is no layer of {project.id})")
    elif binding.is_allowed(binding.content_key(project.repository.anchor, ".env", data)):
        yield ok(".env", f"{count}, this content is allowed")
    else:
        yield fail(
            ".env", "it is new or changed since it was allowed, so nothing of it counts", "creds allow"
        )


def git_ignore(root: str) -> Iterator[Row]:
    """Whether a `.env` at the root would be committed."""
    path = os.path.join(root, ".env")
    if not os.path.lexists(path):
        yield ok("git ignore", "there is no .env in this repository")
        return
    tracked = programs.run((*GIT, "ls-files", "--error-unmatch", ".env"), cwd=root)
    ignored = programs.run((*GIT, "check-ignore", "-q", ".env"), cwd=root)
    if tracked is None or ignored is None:
        yield skip("git ignore", "git is not installed or did not answer")
    elif tracked[0] == 0:
        yield fail(
            "git ignore", f"{path} is tracked by git", "git rm --cached .env, and rotate what was in it"
        )
    elif ignored[0] != 0:
        yield warn("git ignore", f"{path} is not ignored by git", "echo .env >> .gitignore")
    else:
        yield ok("git ignore", f"{path} is ignored by git")
