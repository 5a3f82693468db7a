"""`creds set`: store one secret. The value comes by a hidden prompt, a pipe, a file or a generator."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import page_input, recording, say, value_input, writing
from creds_shell.core import agents
from creds_shell.core.errors import UsageError
from creds_shell.providers import limits
from creds_shell.values import SecretBundle

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "store one secret"
DESCRIPTION = """Store one secret of this project. The value is asked for, hidden, twice (a pasted one may have several
lines); or it comes from a pipe, a file or a generator. In a repository that has no project yet, this binds it to one.

A value on the command line works and is warned about: it is in your shell's history, and was in the process list."""
EXAMPLES = """  creds set API_KEY
  pass show api | creds set API_KEY --stdin
  creds set TLS_KEY --file key.pem
  creds set SESSION_SECRET --generate=48
  creds set DB_PASSWORD -e production
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("key", nargs="?", metavar="KEY", help="its name: letters, digits and _")
    parser.add_argument("value", nargs="*", metavar="-", help="read the value from stdin, as --stdin")
    value_input.add_sources(parser)
    parser.add_argument("--force", action="store_true", help="write even if AWS does not allow a safe merge")


def AGENT_ACTION(args: argparse.Namespace) -> str | None:  # noqa: N802 the name that the agents' gate looks for
    """What an agent must be granted: a value on its command line."""
    words = _words(args)
    return "set-value" if len(words) > 1 and words[1:] != ["-"] else None


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Store the value and say where."""
    key, given = _key_and_value(args)
    dash = given == "-"
    if given is None and agents.detect() and not value_input.has_source(args, dash=False):
        return page_input.ask(key, inv.open_project(), inv)
    confirmed = writing.prepare(inv, [key])
    if given is not None and not dash:
        value = given.encode("utf-8", "surrogateescape")
        say.warn(
            f"the value of {key} is now in your shell's history and was in the process list: better creds set {key}"
        )
    else:
        value = value_input.read_value(args, key, dash=dash)
    limits.check_value(key, value)
    return _store(inv, key, value, confirmed, force=args.force)


def _store(inv: "Invocation", key: str, value: bytes, confirmed: list[str], *, force: bool) -> int:
    project = writing.open_for_writing(inv, confirmed)
    provider = writing.provider_of(project, "set")
    provider.force = force
    with recording.recorded("set", inv, project, [key], provider.id):
        stored = provider.put_bundle(SecretBundle(project.id, {key: value}, environment=project.environment))
    say.say(f"{writing.where(project)}: {key} set in {provider.id}")
    writing.settle_masking(project, {key: value}, stored)
    return 0


def _words(args: argparse.Namespace) -> list[str]:
    given = [args.key] if args.key is not None else []
    return value_input.words(args, [*given, *args.value])


def _key_and_value(args: argparse.Namespace) -> tuple[str, str | None]:
    words = _words(args)
    if not words:
        raise UsageError("which key", "creds set API_KEY")
    key, rest = words[0], words[1:]
    writing.check_key(key)
    if len(rest) > 1:
        raise UsageError("one key and one value at most", f"creds set {key}", "several: creds import FILE")
    value_input.has_source(args, dash=rest == ["-"])
    if rest and rest != ["-"] and (args.stdin or args.file is not None or args.generate is not None):
        raise UsageError("the value can come from one place", f"creds set {key} --stdin")
    if rest == [""]:
        raise UsageError(
            "an empty value can only come from stdin or a file", f"creds set {key} --stdin < /dev/null"
        )
    return key, rest[0] if rest else None
