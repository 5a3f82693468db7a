"""`creds list`: the keys of this project, where each comes from, its age, whether it is masked. Never a value."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import reading, recording, render, say
from creds_shell.cli.writing import where
from creds_shell.core.names import shown
from creds_shell.providers.registry import TIERS, provider_for

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.providers.layers import LayeredBundle, LayeredKey

SUMMARY = "the keys of this project"
DESCRIPTION = """List the keys: the tier each comes from, what it shadows, its age, who may have it, whether output
filters mask it. Values are never shown."""
EXAMPLES = """  creds list
  creds list -e production
  creds list --json | jq -r '.keys[].key'
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""


def run(args: argparse.Namespace, inv: "Invocation") -> int:  # noqa: ARG001 it has none of its own
    """Print the keys."""
    project = inv.open_project()
    found = reading.load("list", inv, project, skip_blocked=True)
    recording.record("list", inv, project)
    _warn(found)
    if inv.json:
        keys = [_as_json(key) for key in found.keys.values()]
        render.json_out({"project": project.id, "environment": project.environment, "keys": keys})
        return 0
    _table(found)
    return 0


def _as_json(key: "LayeredKey") -> dict[str, object]:
    return {
        "key": key.name,
        "provider": key.provider,
        "tier": TIERS.get(key.provider),
        "age_days": key.age_days,
        "masked": key.masked,
        "expose": key.expose,
        "shadows": list(key.shadows),
    }


def _table(found: "LayeredBundle") -> None:
    project = found.project
    if not found.keys:
        say.say(say.again(f"{where(project)} has no secrets yet: creds set KEY"))
        return
    rows = [
        (
            key.name,
            "****" if key.masked else f"**** (not masked: {key.why_unmasked})",
            _source(found, key),
            "" if key.age_days is None else f"{key.age_days} d",
            "" if key.expose == "shell" else key.expose,
            ", ".join(key.shadows),
        )
        for key in found.keys.values()
    ]
    render.table(("key", "value", "from", "age", "expose", "shadows"), rows)


def _warn(found: "LayeredBundle") -> None:
    for key in found.keys.values():
        if why := found.why_not_set(key):
            say.warn(f"{shown(key.name)} is not set: {why}")
        if found.is_old(key):
            say.warn(say.again(f"{key.name} is {key.age_days} days old: creds rotate {key.name}"))


def _source(found: "LayeredBundle", key: "LayeredKey") -> str:
    if key.provider == "aws-secrets-manager" and key.version:
        return f"{key.provider} (version {key.version[:8]})"
    if key.provider != "env-file":
        return key.provider
    provider = provider_for(found.project, key.provider)
    source = getattr(provider, "source_of", lambda _: "")(key.name)
    return f"{key.provider} (environment)" if source == "environment" else key.provider
