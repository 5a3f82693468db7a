"""`creds refresh`: fetch the bundle from AWS anew; also what the prompt starts in the background."""

import argparse
import os
from typing import TYPE_CHECKING

from creds_shell.cli import recording, say
from creds_shell.core.errors import SecretsError
from creds_shell.core.talk import counted
from creds_shell.providers import cache
from creds_shell.providers.aws_secrets_manager import ID, AWSSecretsProvider

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project

SUMMARY = "fetch the cached bundle anew"
DESCRIPTION = """Ask AWS for this project's bundle now and renew the copy that shells and `creds exec` use.

The copy lies in memory-backed storage alone and is good for aws.cache_ttl seconds (900). `--refresh` does the same
for one command."""
EXAMPLES = """  creds refresh
  creds refresh -e production
  creds refresh --all
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments; the two hidden ones are what the prompt uses."""
    parser.add_argument("--all", action="store_true", help="the bundles of all environments, in one call")
    parser.add_argument("--detached", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--lock-fd", type=int, help=argparse.SUPPRESS)


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Fetch."""
    project = inv.open_project()
    if args.detached:
        return _in_background(project, args.lock_fd, inv)
    if ID not in project.layers:
        say.say(f"{project.id} uses {', '.join(project.layers)}: there is nothing to fetch from aws")
        return 0
    try:
        told = _all(project) if args.all else _one(project)
    except SecretsError as error:
        _record(project, error.code, inv)
        raise
    _record(project, "ok", inv)
    for line in told:
        say.say(line)
    return 0


def _one(project: "Project") -> list[str]:
    bundle = _provider(project).load(project.id, project.environment, refresh=True)
    return [f"{project.id}, {counted(len(bundle), 'secret')} from aws"]


def _all(project: "Project") -> list[str]:
    bundles = _provider(project).renew_all(project.id)
    lines = [f"{project.id} in {bundle.environment}, {len(bundle)} from aws" for bundle in bundles]
    return lines or [f"{project.id} has no secret in aws yet: creds promote"]


def _in_background(project: "Project", lock: int | None, inv: "Invocation") -> int:
    """The copy says how it went, the prompt that watches it sees it; the lock is held until this process ends."""
    provider = _provider(project)
    source = provider.source_of(project.id, project.environment)
    try:
        cache.renew(source, lambda: provider.answer(source))
    except SecretsError as error:
        _record(project, error.code, inv)
        return error.exit_code
    finally:
        if lock is not None:
            os.close(lock)
    _record(project, "ok", inv)
    return 0


def _provider(project: "Project") -> AWSSecretsProvider:
    provider = AWSSecretsProvider()
    provider.attach(project)
    return provider


def _record(project: "Project", result: str, inv: "Invocation") -> None:
    recording.record("refresh", inv, project, provider=ID, result=result)
