"""`creds restore`: bring back a secret that was deleted on AWS."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import reading, recording, say
from creds_shell.cli.aws_target import target_of
from creds_shell.core.talk import counted

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
    with reading.failure_recorded("restore", inv, target.project, target.provider.id):
        bundle = target.provider.restore(*target.address)
    recording.record("restore", inv, target.project, bundle.keys, target.provider.id)
    say.say(f"{target.project.id} is back, {counted(len(bundle), 'secret')}")
    return 0
