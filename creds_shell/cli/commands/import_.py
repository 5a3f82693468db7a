"""`creds import`: take secrets from a .env or JSON file, all or none. Shows which keys are new, changed or equal."""

import argparse
import os
from typing import TYPE_CHECKING

from creds_shell.cli import recording, render, say, value_input, writing
from creds_shell.config import force_masks
from creds_shell.core import references
from creds_shell.core.errors import SecretsError, step
from creds_shell.core.talk import counted
from creds_shell.values import SecretBundle

if TYPE_CHECKING:
    from creds_shell.base import BundleProvider
    from creds_shell.cli.app import Invocation
    from creds_shell.core.resolve import Standing
    from creds_shell.project import Project

SUMMARY = "take secrets from a .env or JSON file"
DESCRIPTION = """Merge the keys of a file into this project, all or none of them. A file whose first character is `{`
is a JSON object of strings, every other one is a .env file. `-` reads stdin.

It shows `+ KEY` (new), `~ KEY` (changed), `= KEY` (the same) and asks only if an existing value would change."""
EXAMPLES = """  creds import .env
  creds import secrets.json --dry-run
  op inject -i .env.tpl | creds import -
"""
# What the files of other environments are called: what such a file holds should not get into every shell.
_ELSEWHERE = frozenset({"ci", "preview", "prod", "production", "qa", "stage", "staging", "test"})
_MARKS = {"new": "+", "changed": "~", "same": "="}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("file", metavar="FILE", help="a .env or JSON file, or - for stdin")
    parser.add_argument("--format", choices=("dotenv", "json"), help="what the file is (default: look at it)")
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and stop")
    parser.add_argument("--force", action="store_true", help="write even if AWS does not allow a safe merge")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Read, show, ask, store."""
    from creds_shell.cli.import_formats import marked_keys, read_secrets

    where = "stdin" if args.file == "-" else args.file
    data = value_input.read_stdin() if args.file == "-" else value_input.read_file(args.file)
    given = read_secrets(data, where, args.format)
    if not given:
        raise SecretsError(
            f"{where} holds no secrets, nothing was changed", 'wanted: KEY=value lines, or {"KEY": "value"}'
        )
    confirmed = writing.prepare(inv, () if args.dry_run else given)
    changed = _compare(inv, given)
    for line in references.told(given, "stored"):
        say.warn(say.again(line))  # before anything is asked or stored: the file may be the wrong one
    _warn_of_another_environment(args.file, inv)
    if args.dry_run:
        say.say("nothing was changed (--dry-run)")
        return 0
    if changed and not say.ask(f"change {render.some(changed)}?"):
        raise SecretsError("nothing was changed")
    project = writing.open_for_writing(inv, confirmed)
    marked = marked_keys(data, args.format)
    force_masks(project.id, marked)
    return _store(inv, project, given, marked, force=args.force)


def _compare(inv: "Invocation", given: dict[str, bytes]) -> list[str]:
    """Show what would change; return the keys that have another value now."""
    project = inv.open_project() if not _unbound(inv) else None
    return _show(given, _stored(project))


def _warn_of_another_environment(path: str, inv: "Invocation") -> None:
    """Say where the keys of a `.env.production` go when nobody said `-e production`."""
    named = _ELSEWHERE.intersection(os.path.basename(path).split("."))
    if named and _standing(inv).environment == "default":
        name = min(named)
        whose = f" --project {inv.project}" if inv.project else ""
        again = f"{step(f'creds import{whose}', path)} -e {name}"
        say.warn(f"this goes into the environment default; into {name}: {again}")


def _unbound(inv: "Invocation") -> bool:
    """Whether the repository gets its id by this import; then nothing is stored yet."""
    return _standing(inv).state not in {"ready", "unbound"}


def _standing(inv: "Invocation") -> "Standing":
    from creds_shell.core.resolve import resolve

    return resolve(project=inv.project, environment=inv.environment, provider=inv.provider)


def _stored(project: "Project | None") -> dict[str, bytes]:
    if project is None:
        return {}
    return writing.stored(project, _provider(project)).as_bytes()


def _provider(project: "Project") -> "BundleProvider":
    return writing.provider_of(project, "import")


def _show(given: dict[str, bytes], stored: dict[str, bytes]) -> list[str]:
    """Print one line a key to stderr; return the keys whose value would change."""
    changed = []
    for key in sorted(given):
        kind = "new" if key not in stored else "same" if stored[key] == given[key] else "changed"
        say.line(f"{_MARKS[kind]} {key}")
        if kind == "changed":
            changed.append(key)
    return changed


def _store(
    inv: "Invocation",
    project: "Project",
    given: dict[str, bytes],
    marked: frozenset[str],
    *,
    force: bool,
) -> int:
    provider = _provider(project)
    provider.force = force
    with recording.recorded("import", inv, project, given, provider.id):
        stored = provider.put_bundle(SecretBundle(project.id, given, environment=project.environment))
    say.say(f"{writing.where(project)}: {counted(len(given), 'key')} stored in {provider.id}")
    writing.settle_masking(project, given, stored, marked)
    return 0
