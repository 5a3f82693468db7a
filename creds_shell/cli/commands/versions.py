"""`creds versions`: what AWS keeps of this project's secret."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import render
from creds_shell.cli.aws_target import target_of

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "the versions that AWS keeps"
DESCRIPTION = """List the versions of this project's secret in AWS, the current one first.

AWS keeps the current version, the previous one and those with a label; `creds get KEY --version ID` looks into one."""
EXAMPLES = """  creds versions
  creds versions --json
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """There are no arguments of its own."""
    del parser


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """List them."""
    del args
    target = target_of(inv)
    found = target.provider.versions(*target.address)
    rows = [
        {
            "version": version.id,
            "created": version.created.isoformat() if version.created else "",
            "stages": list(version.stages),
        }
        for version in found
    ]
    if inv.json:
        render.json_out(
            {"project": target.project.id, "environment": target.project.environment, "versions": rows}
        )
    else:
        table = [(str(r["version"]), str(r["created"]), ", ".join(r["stages"])) for r in rows]
        render.table(("version", "created", "stages"), table)
    return 0
