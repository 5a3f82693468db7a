"""`creds exec`: the values into the command's environment, its output through the mask, its end as our end.

Fails closed: when the filter, the terminal or the monitor cannot start or dies, the command is hung up or never
started, and one line says so (exit 70).
"""

import posix

from creds_shell import load_modules, process
from creds_shell.core import paths
from creds_shell.process import descriptors
from creds_shell.process.options import Options, parse
from creds_shell.process.plan import Fd, plan

# HUP, INT, KILL, PIPE, ALRM and TERM (signal(7)): what most commands die of, and without a core
_LEAVE_NO_CORE = (1, 2, 9, 13, 14, 15)
_PATIENCE_MS = 100  # many runs at once (make -j) write their records in turn; the command is running by then

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from creds_shell.core.load import Loaded
    from creds_shell.masking.stream import Masker, Needles
    from creds_shell.process.session import Server
    from creds_shell.process.sources import Secrets


class Job:
    """One command to run and what belongs to it.

    Attributes:
        command, environ: program and arguments, and the whole environment.
        path: the program, once it is found.
        needles: makes the shared pattern set; called while the command is starting.
        fds: what descriptors 0 to 2 are.
        secret: there is something to mask.
        tty, kill_tree: the options of these names.
        becomes: with nothing to mask we may become the command.
        started: told once how the start went, "ok" or an error's code.
        register: hands all values to the live session of this terminal; says whether it masks them now.
        server: the live session that this run offers (`creds shell`), or None.
        protect: called before the first output is shown: who has seen some may look at this process.
    """

    def __init__(
        self, command: "list[bytes]", environ: "dict[bytes, bytes]", needles: "Callable[[], Needles]"
    ) -> None:
        self.command, self.environ, self.needles = command, environ, needles
        self.path = b""
        self.fds: tuple[Fd, Fd, Fd] | None = None
        self.secret = True
        self.tty = "auto"
        self.kill_tree = False
        self.becomes = True
        self.started: Callable[[str], None] = _untold
        self.register: Callable[[], bool] = bool
        self.server: Server | None = None
        self.protect: Callable[[], None] = _unwanted
        self._set: Needles | None = None

    def pattern_set(self) -> "Needles":
        """The one pattern set of this run, made when it is first needed."""
        if self._set is None:
            self._set = self.needles()
        return self._set

    def masker(self, terminal: bool) -> "Masker":
        """A mask for one more stream."""
        from creds_shell.masking.needles import collect_rarely
        from creds_shell.masking.stream import Masker

        collect_rarely()  # it was off for the start; a run with output may be a long one
        masker = Masker(self.pattern_set(), terminal=terminal)
        self.protect()
        return masker


def main(argv: "list[str]") -> int:
    """Run `creds exec ARGV` whole; ends this process as the command ended, or returns the status of an error."""
    json = "--json" in (argv[: argv.index("--")] if "--" in argv else argv)
    try:
        fds = descriptors.standard()
        descriptors.fill_gaps(fds)
        options, words = parse(argv)
        json = options.json  # what follows the command's name is the command's
        if json:
            from creds_shell.core.talk import hold

            hold()
        status = execute([paths.fsencode(word) for word in words], options, fds)
    except Exception as error:  # noqa: BLE001 - whatever it was, nothing is shown; its text may hold a value
        from creds_shell.process.failure import tell

        return tell(error, json=json)
    exit_like(status)
    return 1


def execute(
    command: "list[bytes]", options: Options, fds: "tuple[Fd, Fd, Fd]", *, becomes: bool = True
) -> int:
    """Find the values, make the environment, run; returns the command's status (minus a signal).

    With `becomes` it does not return where there is nothing to mask: this process is the command then.
    """
    from creds_shell.core import agents
    from creds_shell.process.environment import compose

    if not command:
        from creds_shell.core.errors import UsageError

        raise UsageError("there is no command to run", "creds exec -- COMMAND ARGUMENTS")
    agent = agents.detect()
    secrets = find(command, options, agent)
    if options.no_mask and agent:
        agents.refuse("no-mask", secrets.grants)
    environ = compose(paths.environ(), secrets, options, agent=agent is not None)
    job = Job(command, environ, lambda: fill(secrets, options))
    job.fds, job.tty, job.kill_tree = fds, options.tty, options.kill_tree
    job.becomes = becomes and not job.kill_tree
    job.secret = not options.no_mask and (options.patterns or any(is_masked(item) for item in secrets.masked))
    job.started = lambda result: _started(command, secrets, options, agent, result)
    job.register = lambda: register(secrets)
    try:
        return run(job)
    except Exception as error:
        if getattr(error, "code", "") == "not_started":
            job.started("not_started")
            from creds_shell.process.failure import hint_at_form

            hint_at_form(error, command)
        raise


def _started(
    command: "list[bytes]", secrets: "Secrets", options: Options, agent: "str | None", result: str
) -> None:
    """Record that the command runs, or could not be started; what --json held back is for a command that runs."""
    record(command, secrets, options, agent, result)
    if options.json and result == "ok":
        from creds_shell.core.talk import release

        release()


def find(command: "list[bytes]", options: Options, agent: "str | None", *, action: str = "exec") -> "Secrets":
    """Find the values of this run; that a project's cannot be had is recorded.

    Raises:
        SecretsError: nothing may be started.
    """
    from creds_shell.process.sources import Secrets, gather, stand

    secrets = Secrets(stand(options))
    try:
        gather(secrets, options)
    except Exception as error:
        from creds_shell.core.errors import SecretsError
        from creds_shell.core.talk import same_bundle

        if isinstance(error, SecretsError):
            record(command, secrets, options, agent, error.code, action=action)
            error.hints = tuple(same_bundle(h, options.project, options.environment) for h in error.hints)
        raise
    return secrets


def run(job: Job) -> int:
    """Run a command behind the mask, in the mode that descriptors 0 to 2 call for.

    Returns:
        The exit status, or minus the signal that killed it.

    Raises:
        StartError: not found or not startable. FilterError: nothing (more) may be shown.
    """
    if job.fds is None:
        job.fds = descriptors.standard()
        descriptors.fill_gaps(job.fds)
    from creds_shell.process.spawn import find

    job.path = find(job.command[0], job.environ)
    if b"_" in job.environ:  # a shell names there the program that it starts, and that was us
        job.environ[b"_"] = job.path
    decided = plan(job.fds, tty=job.tty, secret=job.secret)
    if decided.mode != "X" and paths.getenv("__CREDS_SESSION") is not None and not job.server:
        inside = plan(job.fds, tty=job.tty, secret=job.secret, session=True)
        if inside.mode == "X" and job.register():
            decided = inside
    if decided.mode == "X" and job.becomes:
        from creds_shell.process.spawn import become

        job.started("ok")
        raise become(job.path, job.command, job.environ)
    if decided.mode == "T":
        load_modules(process.TERMINAL)
        from creds_shell.process.inner import start

        begun = start(decided, job)
        load_modules(process.FRONT)
        from creds_shell.process.front import Front

        return Front(decided, job, begun).run()
    load_modules(process.BESIDE)
    from creds_shell.process.beside import run_beside

    return run_beside(decided, job)


def fill(secrets: "Secrets", options: Options) -> "Needles":
    """The pattern set of this run."""
    from creds_shell.masking.stream import Needles

    needles = Needles(
        mask_text=paths.fsencode(options.mask_text), **({"patterns": True} if options.patterns else {})
    )
    for item in secrets.masked:
        needles.add(item.name, item.value, force=item.force_mask, free=item.free_mask)
    return needles


def maskable(secrets: "Secrets") -> "list[tuple[str, bytes]]":
    """(name, value) of what is masked at all."""
    return [(item.name, item.value) for item in secrets.masked if is_masked(item)]


def is_masked(item: "Loaded") -> bool:
    """Whether a value is masked at all."""
    from creds_shell.masking.rules import why_unmasked

    return why_unmasked(item.name, item.value, force=item.force_mask, free=item.free_mask) is None


def register(secrets: "Secrets") -> bool:
    """Hand the values to the live session that masks this terminal; whether it holds them now."""
    from creds_shell.core.frame import register as hand_over

    pairs = maskable(secrets)
    forced = frozenset(item.name for item in secrets.masked if item.force_mask)
    return hand_over([value for _, value in pairs], [name for name, _ in pairs], forced=forced) == "acked"


def record(
    command: "list[bytes]",
    secrets: "Secrets",
    options: Options,
    agent: "str | None",
    result: str,
    *,
    action: str = "exec",
) -> None:
    """Audit the run: the program's name and the keys, no arguments."""
    from creds_shell.core import journal

    standing = secrets.standing
    program = command[0].rpartition(b"/")[2].decode("utf-8", "replace")
    written = journal.append(
        action, project=standing.project_id, keys=secrets.names, provider=standing.provider, result=result,
        reason=options.reason, agent=agent, wait_ms=_PATIENCE_MS, program=program,
        environment=standing.environment if standing.project_id else None,
    )  # fmt: skip
    if not written:
        from creds_shell.core.talk import warn

        warn("the audit record of this run could not be written")


def exit_like(status: int) -> None:
    """End this process at once as the command ended: its status, or death by the same signal."""
    if status < 0:
        from creds_shell.process.signals import die_of

        if -status not in _LEAVE_NO_CORE:
            from creds_shell.process.native import protect_self

            protect_self()  # a short command is over before its run was protected, and the core would be ours
        die_of(-status)
        status = 128 - status
    posix._exit(status & 0xFF)  # noqa: SLF001 - nothing is left to clean up, and finalizing costs milliseconds


def _untold(_result: str) -> None:
    """Nobody wants to know."""


def _unwanted() -> None:
    """Nothing runs yet."""
