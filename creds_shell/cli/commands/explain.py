"""`creds explain KEY`: where a key comes from, what it shadows, who may have it, whether it is masked and why not."""

import argparse
from typing import TYPE_CHECKING

from creds_shell.cli import reading, recording, render, writing
from creds_shell.core import names
from creds_shell.providers.registry import TIERS, provider_for

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.providers.layers import LayeredBundle, LayeredKey

SUMMARY = "where a key comes from and whether it is masked"
DESCRIPTION = """Say of one key which tier, file, environment and version it comes from, what it shadows, who may have
it, how old it is, and whether output filters mask it; if not, why."""
EXAMPLES = """  creds explain API_KEY
  creds explain DATABASE_URL -e production --json
"""
_EXPOSED = {
    "shell": "the hook, exec and shell",
    "exec": "exec and shell only, never the hook",
    "never": "nothing: it is not injected",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument("key", metavar="KEY", help="which key")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Print one row a question."""
    project = inv.open_project()
    found = reading.load("explain", inv, project, skip_blocked=True)
    if args.key not in found.keys:
        writing.check_key(args.key)
    key = reading.key_of("explain", inv, found, args.key)
    recording.record("explain", inv, project, [key.name], key.provider)
    rows = [
        _source(found, key),
        *_shadows(key),
        _mask(found, key),
        _exposure(key),
        _age(found, key),
        _name(found, key),
    ]
    render.rows_out(rows, as_json=inv.json)
    return 0


def _row(status: str, check: str, detail: str, next_step: str = "") -> dict[str, str]:
    return {"status": status, "check": check, "detail": detail, "next": next_step}


def _source(found: "LayeredBundle", key: "LayeredKey") -> dict[str, str]:
    project = found.project
    tier = TIERS.get(key.provider)
    parts = [key.provider if tier is None else f"{key.provider} (tier {tier})"]
    place = _place(found, key)
    parts += [place] if place else []
    parts.append(f"environment {project.environment}")
    parts += [f"version {key.version}"] if key.version else []
    return _row("ok", "source", ", ".join(parts))


def _place(found: "LayeredBundle", key: "LayeredKey") -> str:
    provider = provider_for(found.project, key.provider)
    if key.provider == "dotenv-global":
        return str(getattr(provider, "path")(found.project.id, found.project.environment))  # noqa: B009 only some have it
    if key.provider == "env-file":
        return str(getattr(provider, "source_of")(key.name))  # noqa: B009 only some have it
    return ""


def _shadows(key: "LayeredKey") -> list[dict[str, str]]:
    return [_row("warn", "shadows", f"the value in {other} is not used") for other in key.shadows]


def _mask(found: "LayeredBundle", key: "LayeredKey") -> dict[str, str]:
    if key.masked and _suggested(found, key):
        detail = "in what exec, shell and mask print, though creds.toml says that it is no secret"
        return _row("ok", "masked", detail, f"creds allow --unmask {key.name}")
    if key.masked:
        return _row("ok", "masked", "in what exec, shell and mask print")
    config = f"[projects.{found.project.id}.keys.{key.name}] mask = true in config.toml"
    return _row("warn", "masked", f"not masked: {key.why_unmasked}", config)


def _suggested(found: "LayeredBundle", key: "LayeredKey") -> bool:
    """Whether the repository would free the key, which the user has to confirm: the value is not its own."""
    rule = found.project.record.keys.get(key.name)
    return rule is not None and rule.free and not key.forced


def _exposure(key: "LayeredKey") -> dict[str, str]:
    return _row("ok", "exposed", _EXPOSED.get(key.expose, key.expose))


def _age(found: "LayeredBundle", key: "LayeredKey") -> dict[str, str]:
    if key.age_days is None:
        return _row("ok", "age", "unknown: it was not written by creds")
    source = f", by {key.metadata.source}" if key.metadata.source else ""
    detail = f"changed {key.age_days} days ago{source}"
    if found.is_old(key):
        return _row("warn", "age", detail, f"creds rotate {key.name}")
    return _row("ok", "age", detail)


def _name(found: "LayeredBundle", key: "LayeredKey") -> dict[str, str]:
    why = found.why_not_set(key)
    if why:
        confirmable = names.is_name(key.name) and names.classify(key.name)[0] != "never"
        step = f"creds allow --name {key.name}" if confirmable else f"creds delete {key.name}"
        return _row("warn", "name", f"is not set: {why}", step)
    return _row("ok", "name", "may be set")
