"""`creds delete`: remove keys, or all of a project. It asks; a whole project needs its name typed."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import recording, render, say, writing
from creds_shell.core.errors import SecretNotFoundError, SecretsError, UsageError
from creds_shell.core.talk import counted, did_you_mean

if TYPE_CHECKING:
    from creds_shell.base import BundleProvider
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project

SUMMARY = "remove secrets"
DESCRIPTION = """Remove keys from the project's tier, all or none of those named. It asks first.

--all removes every key of the environment; the project's name is to be typed for that (or --yes)."""
EXAMPLES = """  creds delete OLD_TOKEN
  creds delete A B --yes
  creds delete --all -e staging
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("keys", nargs="*", metavar="KEY", help="what to remove")
    parser.add_argument("--all", action="store_true", help="every key of this environment")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Ask, then remove."""
    if args.all == bool(args.keys):
        raise UsageError("name the keys, or --all", "creds delete KEY")
    project = inv.open_project()
    provider = writing.provider_of(project, "delete")
    if not provider.caps().can_delete:
        raise UsageError(f"the provider {provider.id} cannot delete", "see `creds help tiers`")
    keys = writing.stored(project, provider).keys
    wanted = list(keys) if args.all else list(dict.fromkeys(args.keys))
    _must_be_there(project, provider, wanted, keys)
    if args.all and not wanted:
        say.say(f"{writing.where(project)} has no secrets in {provider.id}")
        return 0
    _ask(project, provider, wanted, everything=args.all, yes=inv.yes)
    with recording.recorded("delete", inv, project, wanted, provider.id):
        _delete(project, provider, wanted, everything=args.all)
    say.say(f"{writing.where(project)}: {render.some(wanted)} deleted from {provider.id}")
    return 0


def _must_be_there(
    project: "Project", provider: "BundleProvider", wanted: list[str], keys: list[str]
) -> None:
    missing = [key for key in wanted if key not in keys]
    if missing:
        raise SecretNotFoundError(
            f"{writing.where(project)} has no key {missing[0]} in {provider.id}; nothing was changed",
            *did_you_mean(missing[0], keys),
            "see the keys: creds list",
        )


def _ask(
    project: "Project", provider: "BundleProvider", wanted: list[str], *, everything: bool, yes: bool
) -> None:
    if not everything:
        if not say.ask(f"delete {render.some(wanted)} of {writing.where(project)} from {provider.id}?"):
            raise SecretsError("nothing was deleted")
        return
    if yes:
        return
    typed = say.ask_text(
        f"this deletes {counted(len(wanted), 'key')} of {writing.where(project)} from {provider.id}, which is all;"
        f" type {project.id} to go on:",
        hint="--yes answers it",
    )
    if typed != project.id:
        raise SecretsError("that is not the project's name, nothing was deleted")


def _delete(project: "Project", provider: "BundleProvider", wanted: list[str], *, everything: bool) -> None:
    """Remove in one write where the provider can."""
    if everything:
        provider.delete_bundle(project.id, project.environment)
        return
    provider.delete_keys(project.id, wanted, project.environment)
