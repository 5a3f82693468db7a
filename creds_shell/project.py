"""The project of a directory, for programs and commands; the only place that binds, allows and denies.

A binding is made by the user's own act (set, import, allow, the page's first write), never by the prompt.
"""

import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from creds_shell import resolved
from creds_shell.core import binding as bindings
from creds_shell.core import paths, resolve
from creds_shell.core.binding import Record
from creds_shell.core.dotenv import parse_bundle
from creds_shell.core.errors import (
    BadPermissionsError,
    DamagedFileError,
    NotAllowedError,
    ProjectNotFoundError,
    SecretsError,
)
from creds_shell.core.ids import is_environment
from creds_shell.core.load import STORE_LIMIT
from creds_shell.core.replace import write_private
from creds_shell.core.repository import Repository, find_repository
from creds_shell.core.resolve import Standing
from creds_shell.core.unbound import unbound
from creds_shell.state import keep, state_lock


@dataclass(frozen=True)
class Project:
    """A project that may be used, and how.

    Attributes:
        id: its name, also the store's folder.
        environment, provider, layers: what to ask; the provider is the first layer.
        repository: the worktree whose files may count, or None.
        explicit: it was named by --project or CREDS_ID.
        record: the settings that hold here.
        binding: the record of the anchor, or None (named, or not bound yet).
        warnings: what was ignored in the repository's creds.toml.
    """

    id: str
    environment: str
    provider: str
    layers: tuple[str, ...]
    repository: Repository | None = None
    explicit: bool = False
    record: Record = field(default_factory=Record, compare=False, repr=False)
    binding: bindings.Binding | None = field(default=None, compare=False, repr=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)

    @property
    def bound(self) -> bool:
        """Whether there is anything to read: named by the user, or bound; an unbound id is empty whatever it names."""
        return self.explicit or self.binding is not None


def get_project_root(path: str | os.PathLike[str] | None = None) -> Path:
    """The root of the worktree that a directory is in.

    Args:
        path: a file or directory; None is the working directory.

    Raises:
        ProjectNotFoundError: it is in no repository.
        BadPermissionsError: in one that cannot be trusted.
    """
    return Path(repository_at(None if path is None else os.fspath(path)).root)


def get_project_id(path: str | os.PathLike[str] | None = None) -> str:
    """The project id of a directory: its binding's, or for one that is not bound yet the id that it would get.

    Args:
        path: a file or directory; None is the working directory (then CREDS_ID names a project, if set).

    Raises:
        ProjectNotFoundError: it is in no repository.
        NotAllowedError: denied, moved, copied, or the id belongs to somebody else.
    """
    if path is None:
        return open_project().id
    standing = resolve.resolve(os.fspath(path), hook=True)
    refresh(standing)
    return _project(standing).id


def open_project(
    *,
    project: str | None = None,
    environment: str | None = None,
    provider: str | None = None,
    start: str | None = None,
    writing: bool = False,
) -> Project:
    """The project to work with.

    Args:
        project: an id named by the user; None asks CREDS_ID, then the directory.
        environment: named by the user; None asks CREDS_ENV, then the settings.
        provider: named by the user; None asks CREDS_PROVIDER, then the settings.
        start: the directory; None is the working directory.
        writing: bind a repository whose id is free.

    Raises:
        SecretsError: no project, or one that may not be used; the hints name the next command.
    """
    standing = resolve.resolve(start, project=project, environment=environment, provider=provider)
    refresh(standing)
    if writing and standing.state in ("unbound", "foreign") and standing.free_id is not None:
        _bind_unasked(standing)
        standing = resolve.resolve(start, project=project, environment=environment, provider=provider)
        refresh(standing)
    return _project(standing)


def refresh(standing: Standing) -> None:
    """Give a stale standing its settings, and keep them for the prompt."""
    if not standing.stale or standing.project_id is None:
        return
    record = resolved.build_record(standing.project_id, standing.root)
    if standing.state == "ready":
        resolved.write_record(record, standing.project_id, standing.root)
    resolve.apply(standing, record)


def _project(standing: Standing) -> Project:
    if standing.state not in ("ready", "unbound") or standing.project_id is None:
        refuse(standing)
    record = standing.record or Record()
    return Project(
        id=standing.project_id,
        environment=standing.environment,
        provider=standing.provider,
        layers=standing.layers,
        repository=standing.repository,
        explicit=standing.explicit,
        record=record,
        binding=standing.binding,
        warnings=tuple(record.warnings),
    )


def refuse(standing: Standing) -> NoReturn:
    """Raise the error that a standing stands for."""
    reason = standing.reason or standing.state
    if standing.state == "none":
        raise ProjectNotFoundError(reason, *standing.hints)
    if standing.state != "error":
        raise NotAllowedError(reason, *standing.hints)
    if standing.repository is not None and standing.repository.problem:
        raise BadPermissionsError(reason, *standing.hints)
    kinds = {kind.exit_code: kind for kind in (DamagedFileError, BadPermissionsError)}
    kind = kinds.get(standing.exit_code, SecretsError)
    raise kind(reason, *standing.hints, exit_code=standing.exit_code)


def repository_at(start: str | None = None) -> Repository:
    """The repository of a directory, bound or not.

    Raises:
        ProjectNotFoundError: there is none.
        BadPermissionsError: it cannot be trusted.
    """
    found = any_repository_at(start)
    if found.problem:
        raise BadPermissionsError(found.problem, *found.hints)
    return found


def working_directory() -> str:
    """Where we stand.

    Raises:
        ProjectNotFoundError: it was removed meanwhile.
    """
    try:
        return os.getcwd()
    except OSError:
        raise ProjectNotFoundError("the directory that this runs in is gone", "cd to another one") from None


def any_repository_at(start: str | None = None) -> Repository:
    """The repository of a directory, trusted or not: enough to deny it.

    Raises:
        ProjectNotFoundError: there is none.
    """
    if start is not None and not os.path.exists(start):
        raise ProjectNotFoundError(
            f"{start or repr(start)} does not exist", "name a directory of a repository"
        )
    found = find_repository(start)
    if found is None:
        here = "go to one, or name a directory of one: git init makes one"
        raise ProjectNotFoundError(resolve.OUTSIDE, here, resolve.NAME_IT)
    return found


def _bind_unasked(standing: Standing) -> None:
    """What a first write does; what stands for itself alone is confirmed by `creds allow`."""
    if standing.repository is None:
        return
    if standing.repository.kind == "foreign":
        raise NotAllowedError(standing.reason or standing.state, *standing.hints)
    bind_free(standing.repository)


def bind_free(repository: Repository) -> bindings.Binding:
    """Bind a repository to the id that is free for it, decided while nobody else binds.

    Raises:
        NotAllowedError: no id is free without `creds allow --adopt`, or the common directory cannot be written.
    """
    with state_lock("bindings"):
        standing = resolve.stand(repository)
        if standing.state == "ready" and standing.binding is not None:
            return standing.binding  # another command was faster
        if standing.state == "copied":
            standing = unbound(repository)
        if standing.free_id is None:
            refuse(standing)
        return _bind(repository, standing.free_id)


def bind(repository: Repository, project_id: str) -> bindings.Binding:
    """Bind a repository to an id that the user typed, whoever has it; every worktree shares the binding.

    Raises:
        NotAllowedError: the common directory cannot be written.
    """
    with state_lock("bindings"):
        return _bind(repository, project_id)


def _bind(repository: Repository, project_id: str) -> bindings.Binding:
    """Write a new cookie, then the record; in between the repository is as free as before."""
    cookie = _write_cookie(repository)
    made = bindings.Binding(
        cookie, repository.anchor, project_id, read_remote(repository), str(int(time.time()))
    )
    write_binding(made)
    _forget(repository.anchor, but=cookie)
    return made


def move(repository: Repository, known: bindings.Binding) -> None:
    """Let a binding follow its repository to where it is now."""
    with state_lock("bindings"):
        known.anchor = repository.anchor
        write_binding(known)
        _forget(repository.anchor, but=known.cookie)


def write_binding(known: bindings.Binding) -> None:
    """Write a binding's record."""
    rows: list[tuple[str, ...]] = [
        ("anchor", known.anchor),
        ("project_id", known.project_id),
        ("remote", known.remote),
        ("created", known.created),
        *[("secret", name, value) for name, value in sorted(known.secrets.items())],
    ]
    keep(bindings.binding_file(known.cookie), bindings.pack(rows))


def remember_secret_name(known: bindings.Binding, environment: str, name: str) -> None:
    """Keep the name that the first write to AWS used, so that a later prefix does not lose the bundle."""
    with state_lock("bindings"):
        fresh = bindings.read_record(known.cookie) or known
        fresh.secrets[environment] = name
        known.secrets[environment] = name
        write_binding(fresh)


def _forget(anchor: str, but: str) -> None:
    """Remove the bindings of a path's former repositories."""
    for known in bindings.all_bindings():
        if known.anchor == anchor and known.cookie != but:
            os.unlink(bindings.binding_file(known.cookie))


def _write_cookie(repository: Repository) -> str:
    """Put a new cookie into the common directory and return its hash."""
    path = bindings.cookie_path(repository)
    word = secrets.token_hex(bindings.COOKIE_LENGTH // 2).encode("ascii")
    try:
        write_private(path, word + b"\n")
    except (BadPermissionsError, OSError) as error:
        reason = error.message if isinstance(error, BadPermissionsError) else str(error.strerror).lower()
        raise NotAllowedError(
            f"cannot bind {repository.root}: {reason}", "use --project ID, which needs no binding"
        ) from None
    return bindings.digest(word)


def deny(anchor: str, root: str) -> None:
    """Forbid an anchor; it beats everything but `undeny`.

    The prompts of a bound repository watch its binding alone, so that is written again.
    """
    keep(bindings.deny_file(anchor), bindings.pack([("root", root), ("anchor", anchor)]))
    with state_lock("bindings"):
        for known in bindings.all_bindings():
            if known.anchor == anchor:
                write_binding(known)


def undeny(anchor: str) -> bool:
    """Take a denial back; whether there was one."""
    path = bindings.deny_file(anchor)
    try:
        os.unlink(path)
    except FileNotFoundError:
        return False
    except PermissionError:
        folder = os.path.dirname(path)
        paths.refuse(f"cannot write in {folder}: permission denied", "ls -ld", folder)
    return True


def allow_content(repository: Repository, data: bytes, relative_path: str = ".env") -> None:
    """Allow exactly these bytes of a repository's file."""
    key = bindings.content_key(repository.anchor, relative_path, data)
    rows = [("anchor", repository.anchor), ("path", relative_path), ("time", str(int(time.time())))]
    keep(bindings.allow_file(key), bindings.pack(rows))


def content_allowed(repository: Repository, data: bytes, relative_path: str = ".env") -> bool:
    """Whether exactly these bytes are allowed."""
    return bindings.is_allowed(bindings.content_key(repository.anchor, relative_path, data))


def bindings_of(project_id: str) -> list[bindings.Binding]:
    """Who is bound to a project."""
    return [known for known in bindings.all_bindings() if known.project_id == project_id]


def stored_names(project_id: str) -> dict[str, list[str]]:
    """Environment → names of keys in the local store; `(unreadable)` where a file cannot be read."""
    from creds_shell.core.encrypted import opened

    found = {}
    folder = paths.store_folder(project_id)
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else ():
        environment = "default" if name == ".env" else name.removeprefix(".env.")
        if name != ".env" and (environment == name or not is_environment(environment)):
            continue
        try:
            data = paths.read_private(f"{folder}/{name}", STORE_LIMIT) or b""
            found[environment] = list(parse_bundle(opened(data, name)))
        except SecretsError:
            found[environment] = ["(unreadable)"]
    return found


def read_remote(repository: Repository) -> str:
    """Where `origin` points, without any user or password in it; a hint for people."""
    try:
        with open(repository.common_dir + "/config", encoding="utf-8", errors="replace") as file:
            lines = file.read(1 << 16).splitlines()
    except OSError:
        return ""
    section = ""
    for line in map(str.strip, lines):
        if line.startswith("["):
            section = line
        elif section == '[remote "origin"]' and line.partition("=")[0].strip() == "url":
            return _without_credentials(line.partition("=")[2].strip().strip('"'))
    return ""


def _without_credentials(url: str) -> str:
    scheme, separator, rest = url.partition("://")
    if not separator:
        return url
    authority, slash, path = rest.partition("/")
    return scheme + separator + authority.rpartition("@")[2] + slash + path.partition("?")[0]
