"""`creds rollback`: make an earlier version of this project's secret in AWS the current one."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import recording, say
from creds_shell.cli.aws_target import Target, compare, show, target_of
from creds_shell.core.errors import SecretsError

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "go back to an earlier version on AWS"
DESCRIPTION = """Make the previous version of this project's secret in AWS, or another one, the current one.

The names of the keys that come, change and go are shown first. The version that was current becomes the previous
one, so a second rollback undoes the first."""
EXAMPLES = """  creds rollback
  creds rollback --to 6f1d2c0e
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--to", metavar="ID", help="a version of `creds versions`, or its beginning")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Show, ask, go back."""
    target = target_of(inv)
    version = _version(target, args.to)
    now = target.provider.get_bundle(*target.address)
    then = target.provider.get_version(target.project.id, version, target.project.environment)
    show(compare(now.secrets, then.secrets))
    if not say.ask(f"make version {version} the current one?"):
        raise SecretsError("nothing was changed", "creds versions")
    with recording.recorded("rollback", inv, target.project, (), target.provider.id):
        target.provider.rollback(target.project.id, version, target.project.environment)
    say.say(f"{target.project.id} is back at version {version}")
    return 0


def _version(target: Target, wanted: str | None) -> str:
    from creds_shell.providers.aws_versions import find_version

    return find_version(target.provider.versions(*target.address), wanted).id
