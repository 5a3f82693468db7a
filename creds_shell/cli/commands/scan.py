"""`creds scan`: find this project's values and known token shapes in files; file, line, key, never the value."""

import argparse
import os
from typing import TYPE_CHECKING

from creds_shell.cli import reading, recording, render, say
from creds_shell.cli.writing import where
from creds_shell.core.errors import ProjectNotFoundError, SecretNotFoundError
from creds_shell.core.talk import counted, printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project
    from creds_shell.scan.files import Source
    from creds_shell.scan.search import Hit, Searcher

SUMMARY = "find secrets in files"
DESCRIPTION = """Look for this project's values, in every form that is masked, and for tokens known by their shape. Prints file, line
and key, never a value. Exit 1 when something is found. Outside a project only shapes are looked for."""
EXAMPLES = """  creds scan
  creds scan logs/ build/
  creds scan --staged
  creds scan --install-hook
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("paths", nargs="*", metavar="PATH", help="files and folders; default: the repository")
    parser.add_argument("--staged", action="store_true", help="look at what the next commit would take")
    parser.add_argument(
        "--gitignore", "--respect-gitignore", action="store_true", help="pass over what git ignores"
    )
    parser.add_argument("--no-shapes", action="store_true", help="look for this project's values only")
    parser.add_argument("--install-hook", action="store_true", help="make git run this before each commit")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Install the hook, or scan and print what was found."""
    if args.install_hook:
        return _install_hook()
    from creds_shell.scan.search import Searcher

    project = _project(inv)
    values = _values(project, inv)
    if not values:
        place = where(project) if project else "no project here"
        say.say(f"{place}: {'nothing' if args.no_shapes else 'only token shapes'} to look for")
    searcher = Searcher(values, shapes=not args.no_shapes)
    found = list(_search(searcher, _sources(args, project), own=None if args.staged else _own_file(project)))
    if inv.json:
        listed = [{"file": name, "line": hit.line, "key": hit.key, "form": hit.form} for name, hit in found]
        render.json_out({"findings": listed})
    else:
        for name, hit in found:
            say.out(f"{printable(name)}:{hit.line}: {hit.key or hit.form}\n")
    say.say(f"{len(found)} found" if found else "nothing found")
    if found and args.staged:
        say.say("out of this commit: git reset FILE; to commit it all the same: git commit --no-verify")
    return 1 if found else 0


def _install_hook() -> int:
    from creds_shell.project import working_directory
    from creds_shell.scan.precommit import install

    path = install(working_directory())
    say.say(f"git runs `creds scan --staged` before each commit now: {path}")
    return 0


def _project(inv: "Invocation") -> "Project | None":
    try:
        return inv.open_project()
    except ProjectNotFoundError:
        if inv.project is not None:
            raise
        return None


def _values(project: "Project | None", inv: "Invocation") -> list[tuple[str, bytes, bool]]:
    if project is None:
        return []
    found = reading.load("scan", inv, project, skip_blocked=True)
    if project.explicit and not found.keys:  # mistyped, perhaps: "nothing found" would be no answer
        with reading.failure_recorded("scan", inv, project):
            raise SecretNotFoundError(f"{where(project)} has no secrets to look for", "creds set KEY")
    masked = {name: key for name, key in found.keys.items() if key.masked}
    recording.record("scan", inv, project, masked)
    return [(name, key.value.get_secret_bytes(), key.forced) for name, key in masked.items()]


def _own_file(project: "Project | None") -> str | None:
    """The `.env` that is itself a tier of the project: finding its values in it would say nothing."""
    if project is None or project.repository is None or "env-file" not in project.layers:
        return None
    return os.path.realpath(os.path.join(project.repository.root, ".env"))


def _sources(args: argparse.Namespace, project: "Project | None") -> "Iterator[Source]":
    from creds_shell.project import working_directory
    from creds_shell.scan import files

    root = project.repository.root if project and project.repository else working_directory()
    if args.staged:
        return files.staged(working_directory() if args.paths else root, args.paths)
    paths = args.paths or [os.path.relpath(root)]
    return files.not_ignored(paths) if args.gitignore else files.tree(paths)


def _search(
    searcher: "Searcher", sources: "Iterable[Source]", *, own: str | None
) -> "Iterator[tuple[str, Hit]]":
    unread = []
    for source in sources:
        if (
            own is not None
            and os.path.basename(source.name) == ".env"
            and os.path.realpath(source.name) == own
        ):
            say.say(f"passed over: {source.name} is a tier of this project")
            continue
        try:
            hits = searcher.search(source.read())
        except OSError:
            unread.append(source.name)
            continue
        for hit in hits:
            yield source.name, hit
    if unread:
        say.warn(f"{counted(len(unread), 'file')} could not be read: {render.some(unread, 3)}")
