"""Writes what a coding agent needs to use creds into a project, and takes away exactly that.

The files lie readable in cli/agent_files/<agent>; a file that a person has changed is never overwritten or removed.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

from creds_shell.core.errors import DamagedFileError, NotAllowedError, UsageError, step

SOURCE = os.path.join(os.path.dirname(__file__), "agent_files")
FOLDERS = {"claude": ".claude"}  # agent: its folder in a project
HOOK_COMMAND = '"$CLAUDE_PROJECT_DIR"/.claude/hooks/creds-mask'
HOOK_ENTRY = {"matcher": "*", "hooks": [{"type": "command", "command": HOOK_COMMAND, "timeout": 30}]}


@dataclass(frozen=True)
class Change:
    """What was done with one file: `written`, `kept` (a person changed it), `removed`, `same`."""

    did: str
    path: str


def install(agent: str, root: str) -> list[Change]:
    """Write the files of `agent` below `root` and return what was done.

    Raises:
        UsageError: there are no files for this agent.
        DamagedFileError: its settings file is no JSON; nothing was written then.
        NotAllowedError: a repository's symbolic link would lead a write elsewhere.
    """
    settings = _settings_path(agent, root)
    _stay_inside(agent, root)
    merged = _with_hook(_read_settings(settings))
    changes = [_write(source, target) for source, target in _files(agent, root)]
    changes.append(_write_settings(settings, merged))
    return changes


def remove(agent: str, root: str) -> list[Change]:
    """Take away what `install` wrote, but for what a person has changed since.

    Raises:
        UsageError: there are no files for this agent.
        DamagedFileError: its settings file is no JSON; nothing was removed then.
        NotAllowedError: a repository's symbolic link would lead a write elsewhere.
    """
    settings = _settings_path(agent, root)
    _stay_inside(agent, root)
    left = _without_hook(_read_settings(settings))
    changes = [_remove(target) for _, target in _files(agent, root)]
    changes.append(_write_settings(settings, left))
    _remove_empty_folders(os.path.join(root, FOLDERS[agent]))
    return changes


def _files(agent: str, root: str) -> Iterator[tuple[str, str]]:
    base = os.path.join(SOURCE, agent)
    for folder, _, names in sorted(os.walk(base)):
        for name in sorted(names):
            source = os.path.join(folder, name)
            yield source, os.path.join(root, FOLDERS[agent], os.path.relpath(source, base))


def _stay_inside(agent: str, root: str) -> None:
    """Refuse links among what is written: a clone may bring `.claude` along, and this command writes for the user."""
    settings = _settings_path(agent, root)
    targets = [target for _, target in _files(agent, root)]
    for path in (settings, _temporary(settings), *targets):
        if os.path.realpath(path) != os.path.join(os.path.realpath(root), os.path.relpath(path, root)):
            raise NotAllowedError(
                f"{path} is a symbolic link, or behind one; nothing was changed",
                step("ls -l", f"{root}/{FOLDERS[agent]}"),
            )


def _temporary(path: str) -> str:
    return f"{path}.creds-new"


def _read(path: str) -> bytes | None:
    try:
        with open(path, "rb") as file:
            return file.read()
    except FileNotFoundError:
        return None


def _signed(source: str) -> bytes:
    """The text of a file with a last line that tells later whether a person has changed it."""
    text = _read(source) or b""
    note = f"written by creds agent install, {_digest(text)}"
    return text + (f"<!-- {note} -->\n" if source.endswith(".md") else f"# {note}\n").encode()


def _digest(text: bytes) -> str:
    return hashlib.sha256(text).hexdigest()[:16]


def _is_ours(present: bytes) -> bool:
    """Whether the last line is the one that `_signed` made for this text, by this version or another."""
    text, _, note = present.removesuffix(b"\n").rpartition(b"\n")
    digest = _digest(text + b"\n")
    return f"written by creds agent install, {digest}".encode() in note


def _write(source: str, target: str) -> Change:
    wanted, present = _signed(source), _read(target)
    if present == wanted:
        return Change("same", target)
    if present is not None and not _is_ours(present):
        return Change("kept", target)
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with open(target, "wb") as file:
        file.write(wanted)
    if os.sep + "hooks" + os.sep in source:
        os.chmod(target, 0o755)  # noqa: S103 a script in a work tree, as git would check it out
    return Change("written", target)


def _remove(target: str) -> Change:
    present = _read(target)
    if present is None:
        return Change("same", target)
    if not _is_ours(present):
        return Change("kept", target)
    os.unlink(target)
    return Change("removed", target)


def _settings_path(agent: str, root: str) -> str:
    if agent not in FOLDERS:
        raise UsageError(f"there are no files for {agent}", f"known: {', '.join(FOLDERS)}")
    return os.path.join(root, FOLDERS[agent], "settings.json")


def _read_settings(path: str) -> dict[str, object]:
    text = _read(path)
    if not text or not text.strip():
        return {}
    try:
        settings = json.loads(text)
    except ValueError:
        raise DamagedFileError(f"{path} is not JSON", "mend it and run this again") from None
    if not isinstance(settings, dict):
        raise DamagedFileError(f"{path} is not a JSON object", "mend it and run this again")
    return settings


def _post_tool_hooks(settings: dict[str, object]) -> tuple[dict[str, object], list[object]]:
    hooks = settings.get("hooks")
    hooks = dict(hooks) if isinstance(hooks, dict) else {}
    entries = hooks.get("PostToolUse")
    return hooks, list(entries) if isinstance(entries, list) else []


def _with_hook(settings: dict[str, object]) -> dict[str, object]:
    hooks, entries = _post_tool_hooks(settings)
    if HOOK_ENTRY in entries:
        return settings
    return {**settings, "hooks": {**hooks, "PostToolUse": [*entries, HOOK_ENTRY]}}


def _without_hook(settings: dict[str, object]) -> dict[str, object]:
    hooks, entries = _post_tool_hooks(settings)
    if HOOK_ENTRY not in entries:
        return settings
    entries.remove(HOOK_ENTRY)
    hooks = {k: v for k, v in hooks.items() if k != "PostToolUse"} | (
        {"PostToolUse": entries} if entries else {}
    )
    rest = {k: v for k, v in settings.items() if k != "hooks"}
    return {**rest, "hooks": hooks} if hooks else rest


def _write_settings(path: str, settings: dict[str, object]) -> Change:
    if settings == _read_settings(path):
        return Change("same", path)
    if not settings:
        os.unlink(path)
        return Change("removed", path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    temporary = _temporary(path)
    with open(temporary, "w", encoding="utf-8") as file:
        file.write(json.dumps(settings, indent=2, ensure_ascii=False) + "\n")
    os.replace(temporary, path)
    return Change("written", path)


def _remove_empty_folders(base: str) -> None:
    for folder, _, _ in sorted(os.walk(base), reverse=True):
        if not os.listdir(folder):
            os.rmdir(folder)
