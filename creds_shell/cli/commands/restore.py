"""`creds restore`: bring back a secret that was deleted on AWS."""

import argparse
from typing import TYPE_CHECKING

from creds_shell import audit
from creds_shell.cli import say
from creds_shell.cli.aws_target import target_of

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "bring back a secret deleted on AWS"
DESCRIPTION = """Bring this project's secret in AWS back while it is scheduled for deletion (30 days)."""
EXAMPLES = """  creds restore
  creds restore -e staging
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """There are no arguments of its own."""
    del parser


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Bring it back."""
    del args
    target = target_of(inv)
    bundle = target.provider.restore(*target.address)
    audit.record(
        "restore",
        project=target.project.id,
        keys=bundle.keys,
        provider=target.provider.id,
        reason=inv.reason,
        environment=target.environment,
    )
    say.say(f"{target.project.id} is back, {len(bundle)} {'secret' if len(bundle) == 1 else 'secrets'}")
    return 0
