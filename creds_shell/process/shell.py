"""`creds shell`: the user's shell behind the mask, with a live session; the secrets end with it.

`--session` (for the hook mode of that name) gives it no secrets of its own: the hook inside loads in place and
registers. `--left FILE` (mode subshell) leaves in FILE how it ended; `core/frame.py` has the table.
"""

import posix

from creds_shell.core import paths
from creds_shell.core.errors import UsageError
from creds_shell.core.talk import counted, hold, release, say
from creds_shell.process import descriptors
from creds_shell.process.failure import INTERNAL, FilterError, StartError, tell
from creds_shell.process.options import Options, parse_shell
from creds_shell.process.plan import Fd, plan
from creds_shell.process.run import Job, exit_like, fill, find, maskable, record, run
from creds_shell.process.session import Server

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.process.sources import Secrets

_PRIVATE = posix.O_WRONLY | posix.O_CREAT | posix.O_EXCL | posix.O_NOFOLLOW | posix.O_CLOEXEC


def main(argv: list[str]) -> int:
    """Run `creds shell ARGV` whole; ends this process as the shell ended, or returns the status of an error."""
    json = "--json" in argv
    try:
        fds = descriptors.standard()
        descriptors.fill_gaps(fds)
        options = parse_shell(argv)
        if options.json:
            hold()
        status = execute(options, fds)
    except Exception as error:  # noqa: BLE001 - whatever it was, nothing is shown; its text may hold a value
        return tell(error, json=json)
    exit_like(status)
    return INTERNAL


def execute(options: Options, fds: tuple[Fd, Fd, Fd]) -> int:
    """Find shell and values, run; returns the shell's status (minus a signal)."""
    from creds_shell.core import agents
    from creds_shell.core.resolve import Standing
    from creds_shell.process.environment import compose
    from creds_shell.process.sources import Secrets

    program = find_shell(options.shell)
    agent = agents.detect()
    if options.session:
        # It loads in place, by the hook inside: where it opens neither gives it values nor keeps it shut.
        secrets = Secrets(Standing("none"))
    else:
        secrets = find([program], options, agent, action="shell")
    if options.no_mask and agent:
        agents.refuse("no-mask", secrets.grants)
    environ = compose(paths.environ(), secrets, options, agent=agent is not None)
    job = Job([program], environ, lambda: fill(secrets, options))
    job.fds = fds
    job.secret = not options.no_mask and (options.session or options.patterns or bool(maskable(secrets)))
    masked = not options.no_mask and plan(fds, secret=True).mode == "T"
    if (options.session or options.left) and not masked:
        raise FilterError("there is no terminal to mask")
    job.started = lambda result: _started(program, secrets, options, agent, result)
    server = job.server = Server(_extra(secrets, options)) if masked else None
    job.secret = job.secret or masked
    try:
        if options.left:
            _begin(options.left, needed=not options.session)
        return _run(job, options)
    finally:
        if server is not None:
            server.close()


def _run(job: Job, options: Options) -> int:
    try:
        status = run(job)
    except StartError as error:
        if options.left:
            posix.unlink(options.left)
        job.started(error.code)
        raise
    if options.left and status >= 0:
        _end(options.left)
    return status


def find_shell(asked: str | None) -> bytes:
    """The shell to run: the one asked for, the one that we were called from, SHELL, or /bin/sh."""
    if asked:
        return paths.fsencode(asked)
    named = paths.getenv("SHELL")
    try:
        from shellingham import ShellDetectionFailure, detect_shell
    except ImportError:
        return paths.fsencode(named or "/bin/sh")
    try:
        name, path = detect_shell()
    except (ShellDetectionFailure, OSError, RuntimeError):
        return paths.fsencode(named or "/bin/sh")
    if "/" in path:
        return paths.fsencode(path)
    if named and named.rpartition("/")[2] == name:
        return paths.fsencode(named)
    return paths.fsencode(name)


def _extra(secrets: "Secrets", options: Options) -> dict[bytes, bytes]:
    """What a scoped subshell is told beside the session."""
    if options.session:
        return {}
    extra = {b"__CREDS_SCOPE_NAMES": paths.fsencode(" ".join(secrets.names))}
    if options.left:
        extra[b"__CREDS_LEFT"] = paths.fsencode(options.left)
        extra[b"__CREDS_ROOT"] = paths.fsencode(secrets.standing.root or "")
    return extra


def _started(program: bytes, secrets: "Secrets", options: Options, agent: str | None, result: str) -> None:
    if result == "ok":
        release()  # what --json held back is for a shell that runs
    if options.session:
        return
    if result == "ok" and not options.quiet and paths.getenv("CREDS_MESSAGES") != "off":
        what = counted(len(secrets.injected), "secret")
        until = "leave the project" if options.left else "exit it"
        say(f"{secrets.standing.project_id or 'no project'}, {what} in this shell until you {until}")
    record([program], secrets, options, agent, result, action="shell")


def _begin(path: str, *, needed: bool) -> None:
    """Make the file that tells the parent shell how this one ended; until then it holds nothing but a NUL.

    That byte keeps the place on the disk for what is to be told. Without it a session starts all the same.
    """
    folder = path.rpartition("/")[0]
    if not folder.startswith("/"):
        raise UsageError("--left needs an absolute path")
    paths.check_private(folder)
    fd = -1
    try:
        fd = posix.open(path, _PRIVATE, 0o600)
        posix.write(fd, b"\0")
    except OSError as error:
        if fd >= 0 and not needed:
            return
        if fd >= 0:
            posix.unlink(path)
        reason = posix.strerror(error.errno or 5).lower()
        raise FilterError(f"cannot write {path}: {reason}, the shell was not started") from None
    finally:
        if fd >= 0:
            posix.close(fd)


def _end(path: str) -> None:
    """The shell ended by itself: if it did not say where the user went, the user typed `exit`."""
    try:
        fd = posix.open(path, posix.O_RDWR | posix.O_NOFOLLOW | posix.O_CLOEXEC)
    except OSError:
        return
    try:
        if posix.read(fd, 1) in (b"", b"\0"):
            posix.pwrite(fd, b"exit", 0)
    except OSError:  # a full disk: the parent takes it for a death and goes on
        return
    finally:
        posix.close(fd)
