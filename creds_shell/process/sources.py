"""Where the values of one run come from: the project, `--env-file`, `--secret-env`; or the reason to start nothing."""

from creds_shell.core.load import Load, Loaded, load
from creds_shell.core.paths import fsdecode, fsencode
from creds_shell.core.resolve import Standing, resolve

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.options import Options


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
        from creds_shell.process.by_hand import from_file

        secrets.masked += from_file(path)
    secrets.injected = _chosen({item.name: item for item in secrets.masked}, options)
    for name in options.secret_env:
        from creds_shell.process.by_hand import from_variable

        secrets.masked.append(from_variable(name, options))
    if options.keep_existing:
        from creds_shell.process.by_hand import kept

        secrets.masked += kept(secrets.injected)
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
