"""What every test stands on: a fresh HOME, fresh repositories, the installed command.

Importing this file already replaces the process's environment by a clean one with a throw-away HOME, so
that no test can read or write the real one, whatever it forgets to ask for.
"""

import io
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

SCRIPTS = sysconfig.get_path("scripts")
CREDS = os.path.join(SCRIPTS, "creds")
COMMAND_TIMEOUT = (
    60.0  # seconds; a command takes some 100 ms, a loaded CI machine has been seen 50 times slower
)

# The rest of the caller's environment (agent markers, CREDS_*, AWS_*, GIT_*, PG*) would change what creds does.
KEPT = (
    "PATH",
    "TMPDIR",
    "USER",
    "LOGNAME",
    "TZ",
    "COVERAGE_PROCESS_START",
    "CREDS_TEST_FOREIGN",
    "CREDS_AXE",
    "CREDS_CHROMIUM",
    "CREDS_TEST_PYTHONS",
    "CREDS_SCREENSHOTS",
)
KEPT_PREFIXES = ("PYTEST_", "COV_", "HYPOTHESIS_")

_session_home = tempfile.mkdtemp(prefix="creds-test-home-")


def _clean_environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k in KEPT or k.startswith(KEPT_PREFIXES)}
    path = kept.get("PATH", os.defpath)
    if path.split(os.pathsep)[0] != SCRIPTS:
        path = SCRIPTS + os.pathsep + path
    return kept | {
        "HOME": _session_home,
        "PATH": path,
        "LANG": "C.UTF-8",
        "TERM": "xterm-256color",
        "AWS_EC2_METADATA_DISABLED": "true",  # no test waits for a metadata service that is not there
    }


os.umask(0o022)  # a group-writable tree would rightly be refused
_environment = _clean_environment()
os.environ.clear()
os.environ.update(_environment)
for _name in [name for name in _environment if name.startswith("CREDS_")]:
    del _environment[
        _name
    ]  # for the tests themselves; nothing that they start sees a CREDS_ variable of ours


def pytest_sessionfinish() -> None:
    """Remove the throw-away HOME."""
    shutil.rmtree(_session_home, ignore_errors=True)


@dataclass(frozen=True)
class Home:
    """A fresh home directory and the environment of somebody who lives in it."""

    path: Path
    env: dict[str, str] = field(repr=False)

    @property
    def config(self) -> Path:
        """Where the store, the audit log and config.toml are."""
        return self.path / ".config" / "claude-power-pack"

    @property
    def state(self) -> Path:
        """Where bindings, allow records and watch references are."""
        return self.path / ".local" / "state" / "creds-shell"

    @property
    def runtime(self) -> Path:
        """Where sockets and caches are; a short path, because a socket's has 107 bytes at most."""
        return Path(self.env["XDG_RUNTIME_DIR"]) / "creds-shell"

    @property
    def audit(self) -> Path:
        """The audit log."""
        return self.config / "audit.log"

    def store(self, project: str, environment: str = "default") -> Path:
        """The file of one bundle of tier 0."""
        name = ".env" if environment == "default" else f".env.{environment}"
        return self.config / "secrets" / project / name


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Home]:
    """A fresh HOME with its XDG folders, also set for this process."""
    path = tmp_path / "home"
    path.mkdir(mode=0o700)
    runtime = tempfile.mkdtemp(prefix="cr-", dir="/tmp")
    env = {
        **_environment,
        "HOME": str(path),
        "XDG_CONFIG_HOME": str(path / ".config"),
        "XDG_STATE_HOME": str(path / ".local" / "state"),
        "XDG_CACHE_HOME": str(path / ".cache"),
        "XDG_DATA_HOME": str(path / ".local" / "share"),
        "XDG_RUNTIME_DIR": runtime,
    }
    for key, value in env.items():
        monkeypatch.setenv(key, value)
    yield Home(path, env)
    shutil.rmtree(runtime, ignore_errors=True)


def git(*args: str, cwd: Path, env: dict[str, str]) -> str:
    """Run git and return what it printed."""
    done = subprocess.run(("git", *args), cwd=cwd, env=env, check=True, capture_output=True, text=True)
    return done.stdout


MakeRepo = Callable[..., Path]


@pytest.fixture
def make_repo(home: Home, tmp_path: Path) -> MakeRepo:
    """A function that makes a fresh repository: make_repo(name, commit=False) -> its root."""

    def make(name: str = "shop", *, commit: bool = False, parent: Path | None = None) -> Path:
        root = (parent or tmp_path / "src") / name
        root.mkdir(parents=True)
        git("init", "-q", "-b", "main", cwd=root, env=home.env)
        if commit:
            identity = ("-c", "user.name=Test", "-c", "user.email=test@example.invalid")
            git(*identity, "commit", "-q", "--allow-empty", "-m", "begin", cwd=root, env=home.env)
        return root

    return make


@pytest.fixture
def repo(make_repo: MakeRepo) -> Path:
    """The root of a fresh repository called `shop`, on branch main, without a commit."""
    return make_repo("shop")


Run = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture
def creds(home: Home, repo: Path) -> Run:
    """Run the installed command: creds(*args, input=None, cwd=repo, env={}, text=True).

    There is never a terminal: standard input is /dev/null or the given text, and the process is in a
    session of its own, so that nothing can be asked on /dev/tty.
    """

    def run(
        *args: str,
        input: str | bytes | None = None,
        cwd: Path | str | None = None,
        env: dict[str, str] | None = None,
        text: bool = True,
        timeout: float = COMMAND_TIMEOUT,
    ) -> "subprocess.CompletedProcess[str]":
        source = {"input": input} if input is not None else {"stdin": subprocess.DEVNULL}
        return subprocess.run(  # type: ignore[call-overload,no-any-return]
            (CREDS, *args),
            cwd=cwd or repo,
            env=home.env | (env or {}),
            text=text,
            capture_output=True,
            check=False,
            timeout=timeout,
            start_new_session=True,
            **source,
        )

    return run


@dataclass
class Done:
    """What a command left, as subprocess.CompletedProcess names it."""

    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def creds_here(
    home: Home, repo: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Done]:
    """Run a command of the command line in this process, for tables of many runs: no interpreter to start.

    For everything but `exec`, `hook` and `export`, which have ways of their own; there is no terminal here either.
    """
    from creds_shell import audit
    from creds_shell.__main__ import split_command
    from creds_shell.cli import app, crash, say

    monkeypatch.setattr(say, "can_ask", lambda: False)

    def run(
        *words: str,
        input: str = "",
        cwd: Path | str = repo,
        env: dict[str, str] | None = None,
    ) -> Done:
        with monkeypatch.context() as patch:
            patch.chdir(cwd)
            patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO((input or "").encode())))
            patch.setitem(audit._state, "warned", False)
            for key, value in (env or {}).items():
                patch.setenv(key, value)
            capfd.readouterr()
            try:
                code = app.main(*split_command(list(words)))
            except Exception as error:  # noqa: BLE001 as __main__ does
                code = crash.explain(error)
            shown = capfd.readouterr()
            return Done(code, shown.out, shown.err)

    return run


@pytest.fixture
def run_python(home: Home, repo: Path) -> Run:
    """Run Python text in a process of its own: run_python(code, *args, flags=(), cwd=repo, env={})."""

    def run(
        code: str,
        *args: str,
        flags: tuple[str, ...] = (),
        input: str | None = None,
        cwd: Path | str | None = None,
        env: dict[str, str] | None = None,
        timeout: float = COMMAND_TIMEOUT,
    ) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            (sys.executable, *flags, "-c", code, *args),
            cwd=cwd or repo,
            env=home.env | (env or {}),
            text=True,
            input=input or "",
            capture_output=True,
            check=False,
            timeout=timeout,
            start_new_session=True,
        )

    return run


@pytest.fixture
def foreign_repo(tmp_path: Path) -> Path:
    """A repository that belongs to somebody else: prepared by `make test`, or made here by root."""
    prepared = os.environ.get("CREDS_TEST_FOREIGN")
    if prepared and os.stat(prepared).st_uid != os.geteuid():
        return Path(prepared)
    if os.geteuid() != 0:
        pytest.skip("no repository of another owner (only `make test` as root prepares one)")
    root = tmp_path / "foreign" / "shop"
    root.mkdir(parents=True)
    subprocess.run(("git", "init", "-q", "-b", "main", str(root)), check=True)
    for directory, _, files in os.walk(root):
        for name in (directory, *(os.path.join(directory, f) for f in files)):
            os.chown(name, 65534, 65534)
    return root
