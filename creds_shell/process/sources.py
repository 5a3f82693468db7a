"""Where the values of one run come from: the project, `--env-file`, `--secret-env`; or the reason to start nothing."""

import posix

from creds_shell.core.load import Load, Loaded, load
from creds_shell.core.paths import environ, fsdecode, fsencode
from creds_shell.core.resolve import Standing, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.options import Options

_LIMIT = 64 << 20


class Secrets:
    """What a run gets.

    Attributes:
        standing: the project, or where there is none.
        injected: the values that the command gets.
        masked: all values to mask: those, what --only and --except leave out, what an --env-file replaces, and what
            --keep-existing keeps under a secret's name.
        access: `access` of the user's config, for databases.
        grants: what the user's config grants coding agents.
    """

    def __init__(self, standing: Standing) -> None:
        self.standing = standing
        self.injected: list[Loaded] = []
        self.masked: list[Loaded] = []
        record = standing.record
        self.access = record.options.get("access") if record is not None else None
        self.grants = frozenset(record.grants if record is not None else ())

    @property
    def names(self) -> "tuple[str, ...]":
        """The names that the command gets."""
        return tuple(sorted(item.name for item in self.injected))


def gather(secrets: Secrets, options: "Options") -> None:
    """Find all values of this run.

    Raises:
        SecretsError: nothing may be started: a tier that fails, a .env that is not allowed, a required key missing
            (and not --allow-missing).
    """
    standing = secrets.standing
    if standing.state == "ready":
        secrets.masked += _project(standing, options)
    for path in options.env_files:
        secrets.masked += _file(path)
    secrets.injected = _chosen({item.name: item for item in secrets.masked}, options)
    for name in options.secret_env:
        secrets.masked.append(_variable(name, options))
    if options.keep_existing:
        secrets.masked += _kept(secrets.injected)
    if not secrets.masked:
        _say_empty(standing, options)


def stand(options: "Options") -> Standing:
    """Say which project this run is for.

    Raises:
        SecretsError: nothing may be started: not allowed, or no project and no other source.
    """
    standing = resolve(project=options.project, environment=options.environment, provider=options.provider)
    if standing.stale:
        from creds_shell.project import refresh

        refresh(standing)
    if _is_nowhere(standing) and (options.env_files or options.secret_env or options.session):
        return standing
    if standing.state == "none":
        from creds_shell.core.errors import ProjectNotFoundError

        raise ProjectNotFoundError(
            f"{standing.reason}",
            "name a project with --project ID, or give --env-file FILE or --secret-env NAME",
        )
    if standing.state not in ("ready", "unbound") and not options.session:
        from creds_shell.core.errors import NotAllowedError, SecretsError

        error = SecretsError if standing.exit_code == 1 else NotAllowedError
        raise error(standing.reason or standing.state, *standing.hints, exit_code=standing.exit_code)
    return standing


def _is_nowhere(standing: Standing) -> bool:
    """No repository, or one that cannot be trusted and so is none: sources named by hand need no project."""
    repository = standing.repository
    distrusted = standing.state == "error" and repository is not None and bool(repository.problem)
    return standing.state == "none" or distrusted


def _project(standing: Standing, options: "Options") -> "list[Loaded]":
    found = load(standing, "exec")
    if found.error:
        from creds_shell.core.errors import SecretsError

        raise SecretsError(found.error, *found.hints)
    if found.state == "cold" or (options.refresh and standing.state == "ready"):
        from creds_shell.process.remote import fetch

        found = fetch(standing, options)
    if found.blocked and not options.skip_blocked:
        from creds_shell.core.errors import NotAllowedError

        raise NotAllowedError(found.blocked, found.unblock, "--skip-blocked goes on without that tier")
    _complain(found, options)
    return found.values


def _complain(found: Load, options: "Options") -> None:
    if (found.notes or found.skipped) and not options.quiet:
        from creds_shell.core.talk import say, warn

        for note in found.notes:
            say(note)
        for name, reason in found.skipped:
            warn(f"{name} is left out: {reason}")
    if found.missing and not options.allow_missing:
        from creds_shell.core.errors import SecretNotFoundError

        raise SecretNotFoundError(
            f"required and not there: {', '.join(found.missing)}",
            f"creds set {found.missing[0]}",
            "--allow-missing starts the command without it",
        )


def _file(path: str) -> "list[Loaded]":
    """The values of an `--env-file`, a file named by hand needs no allow."""
    from creds_shell.core.dotenv import parse
    from creds_shell.core.names import why_not

    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError as error:
        from creds_shell.core.errors import SecretNotFoundError

        raise SecretNotFoundError(f"cannot read {path}: {posix.strerror(error.errno or 2).lower()}") from None
    data = b""
    try:
        while len(data) <= _LIMIT and (part := posix.read(fd, 1 << 16)):
            data += part
    except OSError as error:
        from creds_shell.core.errors import SecretNotFoundError

        raise SecretNotFoundError(f"cannot read {path}: {posix.strerror(error.errno or 5).lower()}") from None
    finally:
        posix.close(fd)
    items = []
    for entry in parse(data, path):
        # Naming the file by hand is the user's word for what redirects a program, not for what makes it run code.
        why = why_not(entry.key, path, confirmed=False, from_repository=False)
        if b"\0" in entry.value:
            why = "holds a NUL byte"
        if why is not None:
            from creds_shell.core.talk import warn

            warn(f"{entry.key} of {path} is left out: {why}")
            continue
        item = Loaded(entry.key, entry.value, "env-file", ())
        item.force_mask = entry.mask_mark
        items.append(item)
    return items


def _variable(name: str, options: "Options") -> Loaded:
    value = environ().get(fsencode(name))
    if value is None:
        if options.allow_missing:
            return Loaded(name, b"", "environment", ())
        from creds_shell.core.errors import SecretNotFoundError

        raise SecretNotFoundError(f"--secret-env {name}: this variable is not set")
    return Loaded(name, value, "environment", ())


def _kept(injected: "list[Loaded]") -> "list[Loaded]":
    """The inherited values that stay in the place of the project's."""
    from creds_shell.core.loaded import undo

    inherited = undo(environ())
    kept = []
    for item in injected:
        value = inherited.get(fsencode(item.name))
        if value is not None:
            kept.append(Loaded(item.name, value, "environment", ()))
            kept[-1].force_mask, kept[-1].free_mask = item.force_mask, item.free_mask
    return kept


def _chosen(values: "dict[str, Loaded]", options: "Options") -> "list[Loaded]":
    unknown = [name for name in (*(options.only or ()), *options.omit) if name not in values]
    if unknown and not options.allow_missing:
        from creds_shell.core.errors import SecretNotFoundError

        raise SecretNotFoundError(f"there is no key {', '.join(unknown)}", "creds list shows the keys")
    wanted = values if options.only is None else options.only
    return [item for name, item in values.items() if name in wanted and name not in options.omit]


def _say_empty(standing: Standing, options: "Options") -> None:
    if options.quiet or options.session:
        return
    from creds_shell.core.talk import warn

    whose = fsdecode(fsencode(standing.project_id or "this project"))
    warn(f"{whose} has no secrets here; the command runs without any")
