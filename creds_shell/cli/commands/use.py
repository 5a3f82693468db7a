"""`creds use`: which tier holds this project's secrets, and which ones fill what it lacks."""

import argparse
from typing import TYPE_CHECKING

from creds_shell import audit, config, project
from creds_shell.cli import render, say
from creds_shell.core import envfile, load
from creds_shell.core.errors import UsageError

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project

SUMMARY = "choose the tier of this project"
DESCRIPTION = """Record in your own config.toml where this project's secrets are. It is never switched by itself.

--also adds tiers that fill keys which earlier ones lack; naming a provider begins the list anew.
Without arguments: print the tiers in use, first one first."""
EXAMPLES = """  creds use aws-secrets-manager
  creds use --also env-file
  creds use aws-secrets-manager --secret prod/shop/db -e production
"""


def AGENT_ACTION(args: argparse.Namespace) -> str | None:  # noqa: N802 the name that the gate looks for
    """Looking is free, changing is not."""
    return "use" if _changes(args) else None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("tier", nargs="?", metavar="PROVIDER", help="the first tier to ask")
    parser.add_argument(
        "--also", action="append", default=[], metavar="PROVIDER", help="a tier to ask after it"
    )
    parser.add_argument("--secret", metavar="NAME", help="an existing secret in AWS, by name or ARN")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Show or record."""
    opened = inv.open_project()
    if not _changes(args):
        return _show(opened, inv)
    wanted = _wanted(args, opened)
    _check(wanted, args.secret)
    config.set_project_option(opened.id, ("provider",), wanted[0])
    config.set_project_option(opened.id, ("layers",), list(wanted[1:]) or None)
    if args.secret or (args.tier and opened.environment in opened.record.secrets):
        config.set_project_option(opened.id, ("secret_names", opened.environment), args.secret)
    audit.record("use", project=opened.id, provider=wanted[0], reason=inv.reason)
    say.say(f"{opened.id} uses {', then '.join(wanted)}")
    _next_step(inv.open_project(), wanted)
    return 0


def _changes(args: argparse.Namespace) -> bool:
    """Whether anything is named; a name that is empty by a slip is refused later, not taken for a question."""
    return args.tier is not None or bool(args.also) or args.secret is not None


def _show(opened: "Project", inv: "Invocation") -> int:
    if inv.json:
        render.json_out({"project": opened.id, "provider": opened.provider, "layers": list(opened.layers)})
    else:
        say.out("".join(f"{tier}\n" for tier in opened.layers))
    return 0


def _wanted(args: argparse.Namespace, opened: "Project") -> tuple[str, ...]:
    """The tiers in order: a named provider begins anew, --also alone adds."""
    recorded = (opened.record.provider, *opened.record.layers)
    first = recorded if args.tier is None else (args.tier,)
    return tuple(dict.fromkeys((*first, *args.also)))


def _check(wanted: tuple[str, ...], secret: str | None) -> None:
    from creds_shell.providers.registry import provider_ids

    known = provider_ids()
    for tier in wanted:
        if tier not in known:
            raise UsageError(f"there is no provider {tier or repr(tier)}", "there are: " + ", ".join(known))
    if secret is not None and (not secret or load.AWS not in wanted):
        raise UsageError("--secret names a secret in AWS", "creds use aws-secrets-manager --secret NAME")


def _next_step(opened: "Project", wanted: tuple[str, ...]) -> None:
    if opened.binding is None and not opened.explicit:
        say.say("this repository is not bound yet: creds allow")
    elif load.REPOSITORY in wanted and opened.repository is not None:
        data, why = envfile.read_env_file(opened.repository.root)
        if why or (data is not None and not project.content_allowed(opened.repository, data)):
            path = f"{opened.repository.root}/.env"
            say.say(f"{why or '.env is not allowed yet'}: {envfile.next_step(why, path)}")
