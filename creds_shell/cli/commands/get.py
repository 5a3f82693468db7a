"""`creds get`: look at one secret, or at the credentials that a prefix describes, masked. `--reveal` shows a value."""

import argparse
import os
from typing import TYPE_CHECKING

from creds_shell.cli import reading, recording, render, revealing, say
from creds_shell.core.errors import InvalidValueError, SecretNotFoundError, UsageError
from creds_shell.values import MASK

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project
    from creds_shell.providers.layers import LayeredBundle

SUMMARY = "look at one secret, masked"
DESCRIPTION = """Show a key as KEY=****, or the credentials that a prefix describes (default DB), password masked.

--reveal prints the raw value: with a newline on a terminal, without one to a pipe. It is recorded in the audit log."""
EXAMPLES = """  creds get API_KEY
  creds get DB
  creds get API_KEY --reveal | wl-copy
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("key", nargs="?", metavar="ID", help="a key, or the prefix of a credential (DB)")
    parser.add_argument("--reveal", action="store_true", help="print the raw value")
    parser.add_argument("--version", metavar="ID", help="an older version, where the tier keeps them (AWS)")


def AGENT_ACTION(args: argparse.Namespace) -> str | None:  # noqa: N802 the name that the agents' gate looks for
    """What an agent must be granted."""
    return "reveal" if args.reveal else None


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Print what was asked for."""
    project = inv.open_project()
    if args.version is not None:
        return _version(args, inv, project)
    if args.key == "":
        raise UsageError("the name of the key is empty", "creds get KEY")
    name = args.key or "DB"
    action = "reveal" if args.reveal else "get"
    found = reading.load(action, inv, project)
    if args.reveal or (args.key and name in found.keys):
        if not args.key:
            raise UsageError("--reveal needs the name of a key", "creds get KEY --reveal")
        if args.reveal and name not in found.keys:
            _refuse_several(found, name)
        key = reading.key_of(action, inv, found, name)
        what = (project, key.provider, name)
        return _one(args, inv, what, key.value.get_secret_bytes(), masked=key.masked)
    return _credentials(found, name, inv)


def _refuse_several(found: "LayeredBundle", name: str) -> None:
    """Refuse to reveal what is no key but stands for some; the hint is how one of them is shown."""
    from creds_shell.cli.credential_view import members

    keys = members(found, name) or tuple(_prefixed(found, name))
    if keys:
        what = "several keys" if len(keys) > 1 else "a credential"
        raise UsageError(f"{name} is {what}; --reveal shows a key", f"creds get {keys[0]} --reveal")


def _one(
    args: argparse.Namespace,
    inv: "Invocation",
    what: tuple["Project", str, str],
    value: bytes,
    *,
    masked: bool,
) -> int:
    project, provider, name = what
    if not args.reveal:
        recording.record("get", inv, project, [name], provider)
        if inv.json:
            render.json_out({"key": name, "value": MASK})
        else:
            say.out(f"{name}={MASK}\n")
        return 0
    text = _text(name, value) if inv.json else ""
    revealing.record("reveal", inv, project, {name: value}, provider, masked=[name] if masked else [])
    if inv.json:
        render.json_out({"key": name, "value": text})
    else:
        say.out(value + b"\n" if os.isatty(1) else value)
    return 0


def _text(name: str, value: bytes) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise InvalidValueError(
            f"{name} is no UTF-8, which JSON cannot hold", f"creds get {name} --reveal"
        ) from None


def _version(args: argparse.Namespace, inv: "Invocation", project: "Project") -> int:
    from creds_shell.masking.rules import why_unmasked
    from creds_shell.providers.registry import provider_for

    provider = provider_for(project)
    if not provider.caps().supports_versions:
        raise UsageError(f"the provider {provider.id} keeps no versions", "creds use aws-secrets-manager")
    if not args.key:
        raise UsageError("--version needs the name of a key", "creds get KEY --version ID")
    with reading.failure_recorded("reveal" if args.reveal else "get", inv, project):
        bundle = provider.get_version(project.id, args.version, project.environment)
        if args.key not in bundle:
            raise SecretNotFoundError(f"version {args.version} has no key {args.key}", "creds versions")
    value = bundle[args.key].get_secret_bytes()
    masked = why_unmasked(args.key, value) is None
    return _one(args, inv, (project, provider.id, args.key), value, masked=masked)


def _credentials(found: "LayeredBundle", name: str, inv: "Invocation") -> int:
    from creds_shell.cli.credential_view import view

    with reading.failure_recorded("get", inv, found.project):
        seen = view(found, name)
        keys = seen[1] if seen else tuple(_prefixed(found, name))
        fields = seen[0] if seen else dict.fromkeys(keys, MASK)
        if not fields:
            _no_credentials(found, name)
    recording.record("get", inv, found.project, keys)
    if inv.json:
        render.json_out({"key": name, "value": MASK, "fields": fields})
    else:
        say.out("".join(f"{field}={value}\n" for field, value in fields.items()))
    return 0


def _no_credentials(found: "LayeredBundle", name: str) -> None:
    if name == "DB":
        raise SecretNotFoundError(
            f"{found.project.id} has no credential DB", "creds set DATABASE_URL", "one key: creds get KEY"
        )
    found.must_have(name)


def _prefixed(found: "LayeredBundle", name: str) -> list[str]:
    prefix = name.upper().replace("-", "_") + "_"
    return [key for key in found.keys if key.startswith(prefix)]
