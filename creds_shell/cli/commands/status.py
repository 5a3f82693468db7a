"""`creds status`: where am I, which project is it, from where, loaded or not, and why. Never an error by itself."""

import argparse
import os
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from creds_shell import project
from creds_shell.cli import render, say
from creds_shell.config import RepositoryConfig
from creds_shell.core import agents, load, resolve
from creds_shell.core.binding import DEFAULT_ENVIRONMENT, REPOSITORY_FILE, Record
from creds_shell.core.encrypted import is_encrypted, is_on
from creds_shell.core.errors import SecretsError, UsageError
from creds_shell.core.paths import store_file
from creds_shell.core.talk import printable
from creds_shell.providers.registry import PROVIDERS, TIERS, get_bundle_provider

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.core.resolve import Standing

SUMMARY = "where am I and what is loaded"
DESCRIPTION = """Say which project this directory is, which tier holds its secrets, and whether they are loaded here.

Exit status 0 also outside a project; `--json` is for prompts and programs."""
EXAMPLES = """  creds status
  creds status --json | jq -r .state
"""
UNBOUND = ("foreign", "moved", "copied")


@dataclass(frozen=True)
class Status:
    """The answer; the fields are the keys of `--json`.

    Attributes:
        state: `loaded` (in the calling shell), `ready`, `blocked`, `denied`, `unbound`, `none` or `error`.
        tier: the number of the provider's tier, None for another package's.
        next: the command to run, or None.
        keys: names; count is how many.
        since: when it was loaded (UTC), if the shell knows.
        mode: `export`, `subshell` or `session` while something is loaded by one of them.
        agent: the coding agent that runs us, with the variable that says so.
    """

    project: str | None
    anchor: str | None
    root: str | None
    provider: str | None
    tier: int | None
    environment: str | None
    state: str
    reason: str | None
    next: str | None
    count: int
    keys: list[str]
    since: str | None
    mode: str | None
    agent: str | None


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments: none but the global ones."""
    del parser


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Look and tell."""
    del args
    found, notes = look(inv)
    if inv.json:
        render.json_out(asdict(found))
    elif not inv.quiet:
        _show(found)
        for note in notes:
            say.say(note)
    return 0


def look(inv: "Invocation") -> tuple[Status, list[str]]:
    """Find everything out, without the network and without a value.

    Returns:
        The status, and remarks for people.
    """
    try:
        standing = resolve.resolve(project=inv.project, environment=inv.environment, provider=inv.provider)
        project.refresh(standing)
        if inv.provider is not None:
            _must_be_installed(inv.provider)
    except SecretsError as error:
        given = (inv.project, inv.environment, inv.provider)
        if isinstance(error, UsageError) and given != (None, None, None):
            raise  # a slip on this command line, not the state of this place
        return _failed(error), []
    return _judge(standing, list((standing.record or Record()).warnings))


def _must_be_installed(tier: str) -> None:
    """Raise what `get_bundle_provider` raises for another package's tier; ours are known without their imports."""
    if tier not in PROVIDERS:
        get_bundle_provider(tier)


def _judge(standing: "Standing", notes: list[str]) -> tuple[Status, list[str]]:
    state, reason, hints = standing.state, standing.reason, standing.hints
    values = list[load.Loaded]()
    if state == "ready":
        state, reason, hints, values = _what_loads(standing, notes)
    if state in ("ready", "unbound"):
        notes += _unused_env_file(standing)
    if state in ("unbound", "foreign"):
        notes += suggestion(standing)
    names = [item.name for item in values]
    there = loaded_here(standing, values) if state in ("ready", "blocked") else []
    if there:
        state, names = ("loaded" if state == "ready" else state), there
        notes += _differences(there, values)
    elif state == "ready" and values:
        reason, hints = _why_not_loaded(standing, values) or (reason, hints)
    repository = standing.repository
    known = standing.state in ("ready", "unbound", *UNBOUND) or standing.explicit
    return Status(
        project=standing.project_id if known else None,
        anchor=repository.anchor if repository else None,
        root=repository.root if repository else None,
        provider=standing.provider if known else None,
        tier=TIERS.get(standing.provider) if known else None,
        environment=standing.environment if known else None,
        state="unbound" if state in UNBOUND else state,
        reason=reason,
        next=hints[0] if hints else None,
        count=len(names),
        keys=names,
        since=os.environ.get("__CREDS_SINCE") if there else None,
        mode=_mode() if there else None,
        agent=agents.describe(),
    ), notes


def _what_loads(
    standing: "Standing", notes: list[str]
) -> tuple[str, str | None, tuple[str, ...], list[load.Loaded]]:
    """State, reason, hints and values of a project that may be used."""
    try:
        for tier in standing.layers:
            _must_be_installed(tier)
        found = load.load(standing, "exec")
    except SecretsError as error:
        return "error", error.message, error.hints, []
    notes += [f"{name} is not set: {why}" for name, why in found.skipped]
    notes += [f"required and missing: {name}" for name in found.missing]
    notes += found.notes
    if standing.record is not None and standing.record.options.get("message"):
        notes.append(f"creds.toml says: {standing.record.options['message']}")
    if found.state == "error":
        return "error", found.error, found.hints, []
    if found.state == "blocked":
        return "blocked", found.blocked, (found.unblock,), found.values
    if found.state == "cold":
        remote = next(tier for tier in standing.layers if tier not in (load.LOCAL, load.REPOSITORY))
        return "ready", f"{remote} has not been fetched here", ("creds refresh",), found.values
    return "ready", None, () if found.values else ("creds set KEY",), found.values


def _why_not_loaded(standing: "Standing", values: list[load.Loaded]) -> tuple[str, tuple[str, ...]] | None:
    """What keeps the hook from loading here, as far as the settings and the environment tell, and the next step."""
    if all(item.expose == "exec" for item in values):
        return "its keys are only for creds exec and creds shell", ("creds exec -- COMMAND",)
    if os.environ.get("CREDS_DISABLE"):
        return "CREDS_DISABLE is set", ("unset CREDS_DISABLE",)
    if agents.describe():
        return "not for an agent", ("creds exec -- COMMAND",)
    # no builtin of a shell sees that a mode was mended; it looked at what nobody named on this command line
    looked = standing.asked == (None, None) and _hook_is_here(standing)
    if looked and not os.environ.get("__CREDS_NAMES"):  # else the user unset what it had loaded
        return "this shell found nothing to load when it looked; coming back looks again", ("cd /",)
    return None


def _differences(there: list[str], values: list[load.Loaded]) -> list[str]:
    """What this shell has otherwise than it is stored: changed by the user, or not set."""
    given = os.environb
    changed = [i.name for i in values if i.name in there and given[i.name.encode()] != i.value]
    absent = [i.name for i in values if i.expose == "shell" and i.name not in os.environ]
    notes = [f"changed in this shell: {', '.join(changed)}"] if changed else []
    return notes + ([f"stored and not set in this shell: {', '.join(absent)}"] if absent else [])


def suggestion(standing: "Standing") -> list[str]:
    """The id that a repository suggests for itself, where another one would be used; only the user's word binds it."""
    wanted = RepositoryConfig.load(standing.root).id if standing.root is not None else None
    if wanted in (None, standing.free_id):
        return []
    return [f"{REPOSITORY_FILE} suggests the project id {wanted}: creds allow --adopt {wanted}"]


def _unused_env_file(standing: "Standing") -> list[str]:
    record = standing.record or Record()
    tiers = (record.provider, *record.layers, *standing.layers)
    if standing.root is None or load.REPOSITORY in tiers or not os.path.lexists(f"{standing.root}/.env"):
        return []
    ask = "creds allow" if standing.state == "unbound" else "creds use --also env-file"
    return [f".env is there and not used: {ask}"]


def loaded_here(standing: "Standing", values: list[load.Loaded]) -> list[str]:
    """The names that the calling environment has for this place: from its hook, from `creds shell`, or all of them.

    Args:
        standing: the place.
        values: what would be loaded here.
    """
    named = _named_here(standing, [item.name for item in values])
    same = [item.name for item in values if os.environb.get(item.name.encode()) == item.value]
    # One that happens to be alike is no load; all of them are: `creds exec`, or the user exports the very same.
    usual = [item for item in values if item.expose == "shell"] or values
    whole = all(item.name in same for item in usual)
    elsewhere = "__CREDS_GIT" in os.environ and not _hook_is_here(standing)
    return sorted({*named, *same}) if named or (whole and not elsewhere) else []


def _named_here(standing: "Standing", names: list[str]) -> list[str]:
    """What the calling shell's hook, or the `creds shell` around it, says that it loaded for this place."""
    given = os.environ
    if _hook_is_here(standing):
        return [name for name in given.get("__CREDS_NAMES", "").split(":") if name in given]
    inside = given.get("__CREDS_ROOT")
    if inside and os.path.realpath(inside) != standing.root:
        return []
    return [name for name in given.get("__CREDS_SCOPE_NAMES", "").split() if name in names and name in given]


def _hook_is_here(standing: "Standing") -> bool:
    """Whether the hook of the calling shell last answered for this very place."""
    git = os.environ.get("__CREDS_GIT")
    return bool(git and standing.root) and os.path.realpath(os.path.dirname(git or "")) == standing.root


def _mode() -> str | None:
    if "__CREDS_SCOPE_NAMES" in os.environ:
        return "subshell"
    if "__CREDS_SESSION" in os.environ:
        return "session"
    return "export" if "__CREDS_GIT" in os.environ else None


def _failed(error: SecretsError) -> Status:
    return Status(
        project=None,
        anchor=None,
        root=None,
        provider=None,
        tier=None,
        environment=None,
        state="error",
        reason=error.message,
        next=error.hints[0] if error.hints else None,
        count=0,
        keys=[],
        since=None,
        mode=None,
        agent=agents.describe(),
    )


STATES = {
    "loaded": "loaded in this shell",
    "ready": "ready, not loaded in this shell",
    "blocked": "blocked",
    "denied": "denied",
    "unbound": "not bound",
    "none": "no project",
    "error": "error",
}


def _show(found: Status) -> None:
    tier = f" (tier {found.tier})" if found.tier is not None else ""
    form = f", {_form(found)}" if found.tier == 0 else ""
    lines = [
        ("project", found.project),
        ("root", found.root),
        ("anchor", found.anchor),
        ("provider", f"{found.provider}{tier}{form}" if found.provider else None),
        ("environment", found.environment),
        ("state", STATES[found.state] + (f": {found.reason}" if found.reason else "")),
        ("since", found.since),
        ("keys", f"{found.count}: {', '.join(found.keys)}" if found.keys else None),
        ("mode", found.mode),
        ("agent", found.agent),
        ("next", found.next),
    ]
    for name, value in lines:
        if value:
            say.out(f"{name.ljust(12)} {printable(value)}\n")


def _form(found: Status) -> str:
    """Whether the local bundle is plain text or an age file."""
    try:
        with open(store_file(found.project or "", found.environment or DEFAULT_ENVIRONMENT), "rb") as file:
            return "age" if is_encrypted(file.read(64)) else "plain"
    except OSError:
        return "age" if is_on() else "plain"
