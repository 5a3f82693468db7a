"""Make the resolved record of a project in a worktree, for the prompt and `exec`, which read no TOML."""

import os
from contextlib import suppress

from creds_shell.config import RepositoryConfig, SecretsConfig, one_line
from creds_shell.core import watch
from creds_shell.core.binding import Record, digest, pack, source_files
from creds_shell.core.errors import SecretsError
from creds_shell.core.record import FORMAT, UNREADABLE, KeyRule, read_source, record_file
from creds_shell.state import keep


def build_record(project_id: str, root: str | None) -> Record:
    """Resolve the settings of a project in a worktree; `error` is set if the user's config cannot be used."""
    record = Record()
    for path in source_files(root):
        record.sources.append((path, *_stamp(path)))
    try:
        _take_config(record, SecretsConfig.load(), project_id)
    except SecretsError as error:
        record.error, record.error_code, record.error_hints = error.message, error.exit_code, error.hints
    repository = RepositoryConfig.load(root) if root is not None else RepositoryConfig()
    for name, said in repository.keys.items():
        rule = record.keys.setdefault(name, KeyRule())
        rule.required = bool(said.get("required", False))
        rule.free = said.get("secret") is False
        rule.description = one_line(said.get("description")) or ""
    if repository.message:
        record.options["message"] = repository.message
    record.warnings = list(repository.warnings)
    return record


def _take_config(record: Record, config: SecretsConfig, project_id: str) -> None:
    own = config.project(project_id)
    for name in ("provider", "environment", "access", "expose"):
        if own.get(name):
            record.options[name] = own[name]
    record.layers = tuple(dict.fromkeys(tier for tier in own.get("layers", ()) if tier != record.provider))
    record.secrets = dict(own.get("secret_names", {}))
    record.aws = config.aws
    record.grants = config.agent_allow
    record.options["messages"] = config.messages
    record.options["strict"] = str(config.audit_strict).lower()
    record.options["warn_days"] = str(config.rotation_warn_days)
    for name, said in own.get("keys", {}).items():
        rule = record.keys.setdefault(name, KeyRule())
        rule.mask = said.get("mask")
        rule.expose = said.get("expose", "")
        tiers = said.get("confirmed", ())
        rule.confirmed = ("*",) if tiers is True else tuple(tiers or ())


def rows_of(record: Record) -> list[tuple[str, ...]]:
    """The record as rows for `pack`; `read_resolved` reads them back."""
    rows: list[tuple[str, ...]] = [("creds-record", FORMAT)]
    rows += [("source", path, str(mtime), content) for path, mtime, content in record.sources]
    rows += [("option", name, value) for name, value in sorted(record.options.items())]
    rows += [("layers", *record.layers)] if record.layers else []
    rows += [("grants", *record.grants)] if record.grants else []
    rows += [("secret", name, value) for name, value in sorted(record.secrets.items())]
    rows += [("aws", name, value) for name, value in sorted(record.aws.items())]
    rows += [("warning", text) for text in record.warnings]
    rows += [("error", record.error, str(record.error_code), *record.error_hints)] if record.error else []
    for name, rule in sorted(record.keys.items()):
        mask = "" if rule.mask is None else "yes" if rule.mask else "no"
        flags = "r" * rule.required + "f" * rule.free
        rows.append(("key", name, mask, rule.expose, flags, rule.description, *rule.confirmed))
    return rows


def write_record(record: Record, project_id: str, root: str | None) -> None:
    """Keep a record for the prompt; a state directory that cannot be written keeps none."""
    with suppress(SecretsError):
        keep(record_file(project_id, root), pack(rows_of(record)))


def _stamp(path: str) -> tuple[int, str]:
    """The mtime, taken before the content, and the digest of a source.

    Of a source that may change again and keep its mtime it is another one, so that the digest decides.
    """
    try:
        mtime = os.stat(path).st_mtime_ns
        mtime -= watch.is_young(mtime, watch.now())
        data = read_source(path)
    except OSError:
        return -1, ""
    except SecretsError:
        return UNREADABLE, ""
    return (mtime, digest(data)) if data is not None else (-1, "")
