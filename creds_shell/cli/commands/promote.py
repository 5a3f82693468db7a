"""`creds promote`: copy the local bundle to AWS, after showing what would come, change and go there."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.base import SecretBundle
from creds_shell.cli import recording, say
from creds_shell.cli.aws_target import Target, compare, confirm_typed, show, target_of
from creds_shell.core.errors import SecretNotFoundError, SecretsError
from creds_shell.core.talk import counted
from creds_shell.providers.registry import provider_for

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "copy the local bundle to AWS"
DESCRIPTION = """Make this project's secret in AWS hold what the local bundle holds.

Account, region, name and the names of the keys that come (+), change (~) and go (-) are shown; then the project's
name has to be typed. --merge keeps the keys that only AWS has."""
EXAMPLES = """  creds promote
  creds promote -e production --merge
"""
AGENT_ACTION = "promote"
FROM = "dotenv-global"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("--merge", action="store_true", help="keep the keys that only AWS has")
    parser.add_argument("--from", dest="origin", metavar="PROVIDER", default=FROM, help=f"default: {FROM}")
    parser.add_argument("--force", action="store_true", help="write even if AWS does not allow a safe merge")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Show, have the name typed, copy."""
    target = target_of(inv, required=False)
    local = _local(target, args.origin)
    there = target.provider.get_bundle(*target.address)
    wanted = {**there.secrets, **local.secrets} if args.merge else dict(local.secrets)
    difference = compare(there.secrets, wanted)
    _show_place(target)
    show(difference)
    if not difference:
        say.say("nothing to do: AWS has the same")
        return 0
    if not confirm_typed(target.project.id, "this changes AWS", yes=inv.yes):
        raise SecretsError("that is not the project's name, nothing was changed", "creds promote")
    _write(target, local, args, inv, there.version or "")
    say.say(f"{target.project.id} is in AWS, {counted(len(wanted), 'secret')}")
    return 0


def _local(target: Target, origin: str) -> SecretBundle:
    bundle = provider_for(target.project, origin).get_bundle(*target.address)
    if not bundle.keys:
        raise SecretNotFoundError(
            f"{target.project.id} has no secrets in {origin}", f"creds set KEY --provider {origin}"
        )
    return bundle


def _show_place(target: Target) -> None:
    who, region, name = target.provider.identity(*target.address)
    say.say(
        f"account {who.account}, region {region}, secret {name}, environment {target.project.environment}"
    )


def _write(
    target: Target, local: SecretBundle, args: argparse.Namespace, inv: "Invocation", version: str
) -> None:
    provider = target.provider
    provider.source, provider.force = "promote", args.force
    with recording.recorded("promote", inv, target.project, local.keys, provider.id):
        if args.merge:
            provider.put_bundle(local, "merge")
        else:
            provider.put_bundle(local, "replace", expected_version=version)
