"""The pre-commit hook: one small file that calls `creds scan --staged`; a hook of somebody else is never touched."""

import os
import subprocess

from creds_shell.core.errors import NotAllowedError, ProjectNotFoundError, ProviderNotAvailableError, step

HOOK = """\
#!/bin/sh
# creds: stops a commit that holds a secret. Written by `creds scan --install-hook`; delete this file to end it.
if command -v creds >/dev/null 2>&1; then
	exec creds scan --staged
fi
echo 'creds: error: creds is not installed, so this commit could not be scanned' >&2
echo "creds: hint: delete $0, or commit with --no-verify" >&2
exit 1
"""
LINE = "creds scan --staged"


def install(folder: str) -> str:
    """Write the hook of the repository around `folder` and return its path.

    Raises:
        ProviderNotAvailableError: there is no git.
        ProjectNotFoundError: there is no repository.
        NotAllowedError: there is another pre-commit hook, or none can be written where git looks for it.
    """
    path = os.path.join(_hooks_folder(folder), "pre-commit")
    try:
        return _write(path)
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        raise NotAllowedError(f"cannot write {path}: {why}", step("ls -ld", os.path.dirname(path))) from None


def _write(path: str) -> str:
    if os.path.lexists(path):
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            if LINE in file.read():
                return path
        raise NotAllowedError(
            f"there is a pre-commit hook already: {path}", f"add this line to it: {LINE} || exit 1"
        )
    os.makedirs(os.path.dirname(path), exist_ok=True)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o755)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(HOOK)
    return path


def _hooks_folder(folder: str) -> str:
    """Where git looks for hooks: `core.hooksPath`, else the common directory's `hooks`."""
    command = ("git", "rev-parse", "--git-path", "hooks")
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    except FileNotFoundError:
        raise ProviderNotAvailableError("git is not installed", "install git") from None
    if done.returncode != 0:
        raise ProjectNotFoundError("there is no git repository here", "run this inside one")
    return os.path.join(folder, os.fsdecode(done.stdout.rstrip(b"\n")))
