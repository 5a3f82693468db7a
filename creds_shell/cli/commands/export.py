"""`creds export`: shell code for scripts. The plain case is answered by hook/script already; here is what needs more.

Settings that changed are read anew, a tier that has no copy here is fetched, errors become JSON on request.
"""

import argparse
from functools import partial
from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.core.resolve import Standing, resolve
from creds_shell.hook import SHELLS, script

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "shell code that sets the secrets"
DESCRIPTION = """Prints self-contained code for scripts: evaluate it, never look at it. Blocked or not bound to a
project: nothing is printed, exit code 4. To a terminal only with --reveal.

`creds exec -- COMMAND` is the tighter way: the values are in that command alone, its output is masked."""
EXAMPLES = """  eval "$(creds export bash)"
  eval "$(creds export zsh --project shop -e staging)"
  creds export fish | source
"""
AGENT_ACTION = "export"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=", ".join(SHELLS))
    parser.add_argument("--reveal", action="store_true", help="print the values even to a terminal")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Print the code, all of it or nothing."""
    script.check_reader(reveal=args.reveal)
    standing = _renewed(inv)
    text = None if inv.refresh else script.script(args.shell, standing)
    if text is None:
        text = script.script(args.shell, standing, _fetched(standing, inv))
    say.out(text or "")
    return 0


def _renewed(inv: "Invocation") -> Standing:
    from creds_shell.project import refresh

    standing = resolve(project=inv.project, environment=inv.environment, provider=inv.provider)
    refresh(standing)
    for warning in standing.record.warnings if standing.record else ():
        say.warn(warning)
    return standing


def _fetched(standing: Standing, inv: "Invocation") -> dict[str, dict[str, bytes]]:
    """The values of the tiers that are not on this machine."""
    from creds_shell.core.load import LOCAL, REPOSITORY
    from creds_shell.core.paths import fsencode
    from creds_shell.providers.registry import get_bundle_provider

    script.check_standing(standing)
    found = {}
    for provider in standing.layers:
        if provider not in (LOCAL, REPOSITORY):
            tier = get_bundle_provider(provider)
            # A tier with a copy here brings it up to date; the others have one way only.
            fetch = partial(tier.load, refresh=inv.refresh) if hasattr(tier, "load") else tier.get_bundle
            bundle = fetch(standing.project_id or "", standing.environment)
            found[provider] = {key: fsencode(value) for key, value in bundle.secrets.items()}
    return found


def prompt(shell: str, protocol: str, mode: str) -> None:
    """Answer a hook after the settings changed: they are read and kept for the prompts that follow."""
    from creds_shell.hook.export import reply
    from creds_shell.project import refresh

    try:
        refresh(resolve(hook=True))
    finally:
        say.out(reply(shell, protocol, mode, renewed=True))
