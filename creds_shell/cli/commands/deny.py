"""`creds deny`: this repository gets nothing, whatever else says yes."""

import argparse
from typing import TYPE_CHECKING

from creds_shell import audit, project
from creds_shell.cli import say
from creds_shell.core import resolve

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "forbid this repository"
DESCRIPTION = """Forbid this repository: the hook loads nothing in it and every command but allow, deny and status is
refused there (hook, setup, completion and help concern no project). Shells that have its secrets loaded drop them at
their next prompt."""
EXAMPLES = """  creds deny
  creds deny ~/src/downloaded
  creds allow                       takes it back
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("path", nargs="?", metavar="PATH", help="a directory of the repository")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Write the denial."""
    repository = project.any_repository_at(args.path)
    project.deny(repository.anchor, repository.root)
    say.say(f"{repository.root} is denied, `creds allow` takes it back")
    known = None if repository.problem else resolve.stand(repository).project_id
    audit.record("deny", project=known, reason=inv.reason)
    return 0
