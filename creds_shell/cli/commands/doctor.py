"""`creds doctor`: what is wrong with this setup, each finding with the next command."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import render

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "look for what is wrong with this setup"
DESCRIPTION = """Look at the installation, the shells and their hooks, permissions, encryption, the audit log, running terminal
servers, and this directory's project. Changes nothing and shows no value. Exit 1 when something does not work."""
EXAMPLES = """  creds doctor
  creds doctor --json
"""


def configure(_parser: argparse.ArgumentParser) -> None:
    """It takes no arguments of its own."""


def run(_args: argparse.Namespace, inv: "Invocation") -> int:
    """Print the rows."""
    from creds_shell.doctor.report import diagnose

    rows = diagnose(project=inv.project, environment=inv.environment, provider=inv.provider)
    render.rows_out([{name: str(text) for name, text in row.items()} for row in rows], as_json=inv.json)
    return 1 if any(row["status"] == "fail" for row in rows) else 0
