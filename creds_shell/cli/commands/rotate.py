"""`creds rotate`: give an existing key a new value and remember when."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import page_input, recording, say, value_input, writing
from creds_shell.core import agents
from creds_shell.core.errors import SecretNotFoundError, UsageError
from creds_shell.core.talk import did_you_mean
from creds_shell.providers import limits

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "give a key a new value"
DESCRIPTION = """Give an existing key a new value: by a hidden prompt, a pipe, a file or a generator. The time is
kept, so that `creds list` can warn about old secrets. On AWS the former version stays as AWSPREVIOUS."""
EXAMPLES = """  creds rotate API_KEY
  creds rotate SESSION_SECRET --generate=48
  new-token | creds rotate DEPLOY_TOKEN --stdin
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("key", nargs="?", metavar="KEY", help="which key")
    parser.add_argument("value", nargs="*", metavar="-", help="read the value from stdin, as --stdin")
    value_input.add_sources(parser)


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Store the new value."""
    key, dash = _key(args)
    asking = not value_input.has_source(args, dash=dash)
    project = inv.open_project()
    provider = writing.provider_of(project, "rotate")
    if not provider.caps().can_rotate:
        raise UsageError(f"the provider {provider.id} cannot rotate keys", f"creds set {key}")
    keys = writing.stored(project, provider).keys
    if key not in keys:
        raise SecretNotFoundError(
            f"{writing.where(project)} has no key {key} in {provider.id}",
            *did_you_mean(key, keys),
            f"creds set {key}",
        )
    if asking and agents.detect():
        return page_input.ask(key, project, inv, rotate=True)
    value = value_input.read_value(args, key, dash=dash, verb="rotate")
    limits.check_value(key, value)
    with recording.recorded("rotate", inv, project, [key], provider.id):
        stored = provider.rotate(project.id, key, value, project.environment)
    say.say(f"{writing.where(project)}: {key} rotated in {provider.id}")
    writing.settle_masking(project, {key: value}, stored)
    return 0


def _key(args: argparse.Namespace) -> tuple[str, bool]:
    words = value_input.words(args, [*([args.key] if args.key is not None else []), *args.value])
    if not words:
        raise UsageError("which key", "creds rotate API_KEY")
    writing.check_key(words[0])
    if words[1:] not in ([], ["-"]):
        raise UsageError(
            "the new value does not belong on the command line", f"creds rotate {words[0]} --stdin"
        )
    return words[0], words[1:] == ["-"]
