"""Where somebody stands: one answer for the hook, for `exec`, for the command line and for programs.

Order of the questions: is this place denied, is a project named, is there a repository, can it be trusted, is it
bound. Nothing is written and nothing of the repository is read but `.git`.
"""

import posix

from creds_shell.core import binding as bindings
from creds_shell.core.binding import Record, read_resolved
from creds_shell.core.paths import check_private, getenv, state_dir
from creds_shell.core.repository import Repository, find_repository

OUTSIDE = "not in a git repository"
NAME_IT = "name a project with --project ID (exec also takes --env-file FILE or --secret-env NAME)"


class Standing:
    """What holds here.

    Attributes:
        state: `none` (no repository), `unbound` (its id is free), `ready`, `denied`, `foreign` (its id has a store
            or belongs to another anchor), `moved`, `copied` or `error`.
        reason, hints: in words, for every state but `ready`.
        exit_code: of a command that needs the secrets; 0 for `ready` and `unbound`.
        repository: where we are, if a named project is not another one.
        binding: the record, also when it does not hold (moved, copied).
        project_id: the project; in `unbound` and `foreign` the id that the directory proposes.
        free_id: the id that `set`, `import` and `allow` may bind here, or None.
        explicit: the project was named by --project or CREDS_ID.
        provider, layers, environment: the tiers to ask, provider first.
        record: the settings; None when `stale`, and then an explicit command writes it anew.
        asked: environment and provider as the user named them.
        quiet: nothing that the prompt should mention.
    """

    def __init__(self, state: str, repository: "Repository | None" = None) -> None:
        self.state = state
        self.repository = repository
        self.reason: str | None = None
        self.hints: tuple[str, ...] = ()
        self.exit_code = 0
        self.binding: bindings.Binding | None = None
        self.project_id: str | None = None
        self.free_id: str | None = None
        self.explicit = False
        self.provider = ""
        self.layers: tuple[str, ...] = ()
        self.asked: tuple[str | None, str | None] = (None, None)
        self.environment = "default"
        self.record: Record | None = None
        self.stale = False
        self.quiet = False

    def because(self, reason: str, *hints: str, exit_code: int = 4) -> "Standing":
        """Say why."""
        self.reason, self.hints, self.exit_code = reason, hints, exit_code
        return self

    @property
    def root(self) -> "str | None":
        """The worktree whose files may count."""
        return self.repository.root if self.repository is not None else None


def resolve(
    start: "str | None" = None,
    *,
    project: "str | None" = None,
    environment: "str | None" = None,
    provider: "str | None" = None,
    hook: bool = False,
) -> Standing:
    """Answer for a directory.

    Args:
        start: the directory; None is the working directory.
        project: a project named by the user; None asks CREDS_ID, but never in the hook.
        environment: named by the user; None asks CREDS_ENV, then the settings.
        provider: named by the user; None asks CREDS_PROVIDER, then the settings.
        hook: the prompt asks; it follows the directory alone.

    Raises:
        UsageError: a malformed id or environment.
        BadPermissionsError: a record that others could write.
    """
    check_private(state_dir())
    named = project if project is not None or hook else getenv("CREDS_ID")
    found = _place(find_repository(start), named)
    _choose(
        found,
        environment if environment is not None else getenv("CREDS_ENV"),
        provider if provider is not None else getenv("CREDS_PROVIDER"),
    )
    return found


def _place(repository: "Repository | None", named: "str | None") -> Standing:
    trusted = repository is not None and not repository.problem
    found = denial(repository)
    if found is not None:
        found.project_id = named
        return found
    if named is not None:
        from creds_shell.core.ids import check_id

        return _named(repository if trusted else None, check_id(named))
    if repository is None:
        return Standing("none").because(OUTSIDE, NAME_IT, exit_code=3)
    if repository.problem:
        found = Standing("error", repository)
        found.quiet = repository.stranger
        return found.because(repository.problem, *repository.hints)
    return stand(repository)


def denial(repository: "Repository | None") -> "Standing | None":
    """Where a denied repository stands, also one that is refused anyway; None: this one is not denied."""
    if repository is None or not bindings.is_denied(repository.anchor):
        return None
    for folder in (state_dir(), bindings.deny_file(repository.anchor).rpartition("/")[0]):
        if not posix.access(folder, posix.X_OK):  # root's, after a sudo: no word of the user's can be seen
            from creds_shell.core.errors import step

            return Standing("error", repository).because(
                f"{folder} cannot be looked into", step("ls -ld", folder)
            )
    return Standing("denied", repository).because(f"{repository.root} is denied", "creds allow")


def refuse_denied() -> None:
    """Stop in a repository that the user denied, for a command that may not look at its project at all.

    Raises:
        NotAllowedError: it is denied.
    """
    found = denial(find_repository())
    if found is not None:
        from creds_shell.core.errors import NotAllowedError

        raise NotAllowedError(found.reason or found.state, *found.hints)


def _named(repository: "Repository | None", project_id: str) -> Standing:
    """A project by its id; a repository around it counts only if it is that project's own."""
    found = Standing("ready")
    if repository is not None:
        state, record = bindings.read_binding(repository)
        if state == "bound" and record is not None and record.project_id == project_id:
            found.repository, found.binding = repository, record
    found.project_id, found.explicit = project_id, True
    return found


def stand(repository: Repository) -> Standing:
    """Where a trusted repository stands, a denial apart."""
    state, record = bindings.read_binding(repository)
    if record is None:
        from creds_shell.core.unbound import unbound

        found = unbound(repository)
        if found.state == "unbound":
            return found
        state, record = bindings.read_binding(repository)  # another command may have bound it in between
        if record is None:
            return found
    found = Standing("ready" if state == "bound" else state, repository)
    found.binding, found.project_id = record, record.project_id
    if state == "moved":
        return found.because(f"this project moved from {bindings.place_of(record.anchor)}", "creds allow")
    if state == "copied":
        from creds_shell.core.ids import propose_id

        found.project_id = propose_id(repository.name)
        return found.because(
            f"this repository is a copy of {bindings.place_of(record.anchor)}", "creds allow"
        )
    return found


def _choose(found: Standing, environment: "str | None", provider: "str | None") -> None:
    if environment is not None:
        from creds_shell.core.ids import check_environment

        check_environment(environment)
    if provider == "":  # a script's variable that is not set must not choose the default
        from creds_shell.core.errors import UsageError

        raise UsageError("'' is not a provider", "those of this project: creds use")
    found.asked = (environment, provider)
    record: Record | None = Record()
    if found.project_id is not None and found.state in ("ready", "unbound"):
        record = read_resolved(found.project_id, found.root)
    apply(found, record or Record())
    if record is None:
        found.record, found.stale = None, True


def apply(found: Standing, record: Record) -> None:
    """Let settings decide what the user did not name."""
    environment, provider = found.asked
    found.record, found.stale = record, False
    if record.error and found.state in ("ready", "unbound"):
        found.state = "error"
        found.because(record.error, *record.error_hints, exit_code=record.error_code)
    found.environment = environment or record.environment
    found.provider = provider or record.provider
    found.layers = (found.provider,) if provider else (found.provider, *record.layers)
