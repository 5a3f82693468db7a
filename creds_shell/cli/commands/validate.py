"""`creds validate`: check the secrets without showing them."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import recording, render
from creds_shell.validation.report import PARTS, validate

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "check the secrets without showing them"
DESCRIPTION = """Check what is there without showing it; all parts, or those that are named.

Each finding is a row: ok, warn, fail or skip, what was looked at, what was found, and the next command. The exit
status is 1 when a row says fail."""
EXAMPLES = """  creds validate
  creds validate --db -e production
  creds validate --env --json
"""
MEANINGS = {
    "env": "required keys, shapes of values, names, ages",
    "dotenv": "the stored file and the repository's .env: modes, lines, git",
    "aws": "identity, the project's secret there, permissions, the copy",
    "db": "a real connection: TLS, read-only, whether the role can write",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    for part in PARTS:
        parser.add_argument(f"--{part}", action="store_true", help=MEANINGS[part])


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Check and show the rows."""
    project = inv.open_project()
    rows = validate(project, tuple(part for part in PARTS if getattr(args, part)))
    broken = any(row["status"] == "fail" for row in rows)
    recording.record("validate", inv, project, result="problems" if broken else "ok")
    render.rows_out(rows, as_json=inv.json)  # type: ignore[arg-type]
    return 1 if broken else 0
