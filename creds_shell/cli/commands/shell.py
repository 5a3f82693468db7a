"""`creds shell`: the help and completion of a command that runs by its own lean way (process/shell.py)."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli.commands.exec import (
    AGENT_ACTION,  # noqa: F401 the agents' gate looks for it here too
    configure_values,
)

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "a subshell with the secrets, its screen masked"
DESCRIPTION = """Start your shell with the project's secrets in its environment and everything it shows masked.
`exit` ends it, and the secrets with it."""
EXAMPLES = """  creds shell
  creds shell --shell /bin/zsh -e staging
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Describe the options; process/options.py reads them."""
    configure_values(parser)
    parser.add_argument("--shell", metavar="PATH", help="this shell instead of the one that is running")
    parser.add_argument("--session", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--left", metavar="FILE", help=argparse.SUPPRESS)


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Hand the words over to the lean way."""
    from creds_shell.process.shell import main

    del args
    return main(inv.words)
