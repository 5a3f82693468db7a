"""`creds env`: which environment's secrets this project uses when none is named."""

import argparse
from typing import TYPE_CHECKING

from creds_shell import audit, config
from creds_shell.cli import render, say
from creds_shell.core.ids import check_environment
from creds_shell.providers.environments import known_environments

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "choose the environment of this project"
DESCRIPTION = """Record in your own config.toml which environment this project uses: default, staging, production …

Without a name: print the one in use. For a single command use -e NAME, for a shell CREDS_ENV."""
EXAMPLES = """  creds env
  creds env staging
  creds env default
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the environment to use from now on")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Show or record."""
    opened = inv.open_project()
    if args.name is None:
        if inv.json:
            render.json_out({"project": opened.id, "environment": opened.environment})
        else:
            say.out(f"{opened.environment}\n")
            _tell_others(opened.id, opened.environment, "{} has secrets in {}, too")
        return 0
    wanted = check_environment(args.name)
    config.set_project_option(opened.id, ("environment",), wanted)
    audit.record("env", project=opened.id, provider=opened.provider, reason=inv.reason, environment=wanted)
    inv.open_project()  # writes the record that the prompt reads
    say.say(f"{opened.id} uses the environment {wanted}")
    if wanted not in known_environments(opened.id):
        _tell_others(opened.id, wanted, "nothing is stored there yet; {} has secrets in {}")
    return 0


def _tell_others(project: str, environment: str, line: str) -> None:
    """Say where else secrets are: the name that was meant may be among them."""
    others = known_environments(project) - {environment}
    if others:
        say.say(line.format(project, render.some(sorted(others))))
