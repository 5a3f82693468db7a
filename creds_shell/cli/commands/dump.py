"""`creds dump`: write the values out. Only with --reveal, never into a file that others can read."""

import argparse
import os
import stat
from typing import TYPE_CHECKING

from creds_shell.cli import reading, revealing, say
from creds_shell.core.errors import NotAllowedError, SecretsError, UsageError
from creds_shell.core.talk import counted

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "write the values out, on request"
DESCRIPTION = """Write all values of this project to stdout. It needs --reveal, asks on a terminal, refuses a file that
others can read, and is recorded in the audit log. To run a program with the secrets use `creds exec` instead."""
EXAMPLES = """  (umask 077; creds dump --format dotenv --reveal > backup.env)
  creds dump --format json --reveal | jq .
  creds dump --format github --reveal >> "$GITHUB_ENV"
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    from creds_shell.cli.dump_formats import FORMATS

    parser.add_argument(
        "--format", choices=sorted(FORMATS), help="default: dotenv, with --json a JSON object of strings"
    )
    parser.add_argument("--reveal", action="store_true", help="yes, write the values")


AGENT_ACTION = "dump"


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Check where it goes, ask, write."""
    from creds_shell.cli.dump_formats import FORMATS

    if not args.reveal:
        raise UsageError(
            "dump writes every value out and needs --reveal",
            "to use them: creds exec -- COMMAND",
            "creds list",
        )
    _check_stdout()
    project = inv.open_project()
    found = reading.load("dump", inv, project)
    kind = args.format or ("json" if inv.json else "dotenv")
    text = FORMATS[kind](found.values())
    if os.isatty(1) and not say.ask(
        f"show the values of {counted(len(found.keys), 'key')} of {project.id} on this terminal?"
    ):
        raise SecretsError("nothing was shown")
    values = {name: key.value.get_secret_bytes() for name, key in found.keys.items()}
    masked = [name for name, key in found.keys.items() if key.masked]
    revealing.record("dump", inv, project, values, masked=masked, format=kind)
    if kind == "github":
        _mask_in_github({name: values[name] for name in masked})
    say.out(text)
    return 0


def _mask_in_github(values: dict[str, bytes]) -> None:
    """Inside a workflow, tell the runner first; it reads commands from stderr too and does not show them."""
    from creds_shell.cli.dump_formats import github_masks
    from creds_shell.core.talk import write_stderr

    if os.environ.get("GITHUB_ACTIONS") == "true":
        write_stderr(github_masks(values))


def _check_stdout() -> None:
    """Refuse a regular file that group or others can read."""
    found = os.fstat(1)
    if stat.S_ISREG(found.st_mode) and found.st_mode & 0o044:
        raise NotAllowedError(
            f"stdout is a file that others can read (mode {found.st_mode & 0o777:04o})",
            "umask 077, then write to a new file",
            "or: chmod 600 FILE, then append with >>",
        )
