"""Wheel and sdist hold what they must; each installer gives a working creds; upgrade and removal break no prompt."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import creds_shell

ROOT = Path(__file__).parents[2]
SITE = sysconfig.get_path("purelib")
SHELLS = ("bash", "zsh", "fish")
SHARED = (
    "share/man/man1/creds.1",
    "share/bash-completion/completions/creds",
    "share/zsh/site-functions/_creds",
    "share/fish/vendor_completions.d/creds.fish",
)
# uv brings its own list of certificate authorities; behind a proxy only the system's knows the right one.
UV = {"UV_SYSTEM_CERTS": "1", "UV_NATIVE_TLS": "1", "UV_NO_PROGRESS": "1"}
pytestmark = pytest.mark.timeout(600)


def run(*command, env=None, cwd=None):
    return subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, check=False, timeout=500, stdin=subprocess.DEVNULL
    )  # fmt: skip


def build(source: Path, to: Path, *targets: str) -> dict[str, Path]:
    done = run(sys.executable, "-m", "hatchling", "build", "-d", str(to), *targets, cwd=source)
    assert done.returncode == 0, done.stderr
    return {path.suffix.lstrip("."): path for path in to.iterdir()}


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The wheel and the sdist of this tree, by suffix."""
    return build(ROOT, tmp_path_factory.mktemp("dist"))


@pytest.fixture
def environment(tmp_path):
    """A fresh virtual environment that sees our dependencies, and its python."""
    folder = tmp_path / "venv"
    venv.create(folder, with_pip=False, symlinks=True)
    version = f"python{sys.version_info[0]}.{sys.version_info[1]}"
    link = folder / "lib" / version / "site-packages" / "dependencies.pth"
    link.write_text(f"{SITE}\n")
    return folder


def pip(environment: Path, *args: str):
    done = run(
        sys.executable, "-m", "pip", "--python", str(environment / "bin" / "python"), *args,
        "--disable-pip-version-check", "-q",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done


def install(environment: Path, wheel: Path, *extra: str):
    """`pip install` without a network: the dependencies are already to be seen."""
    return pip(environment, "install", "--no-deps", "--no-index", "--force-reinstall", *extra, str(wheel))


def names_in(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def test_the_wheel_holds_everything_that_runs(built):
    names = names_in(built["whl"])
    for wanted in (
        "creds_shell/py.typed",
        "creds_shell/ui/static/index.html",
        "creds_shell/cli/topics/security.txt",
        "creds_shell/cli/agent_files/claude/skills/secrets/SKILL.md",
        "creds_shell/completions/_creds",
        *(f"creds_shell/{path.relative_to(ROOT)}" for path in ROOT.glob("hooks/*/*")),
        *(f"creds_shell-{creds_shell.__version__}.data/data/{path}" for path in SHARED),
    ):
        assert wanted in names


def test_the_wheel_holds_nothing_else(built):
    top = {name.split("/")[0].split("-")[0] for name in names_in(built["whl"])}
    assert top == {"creds_shell"}
    assert not [
        n for n in names_in(built["whl"]) if re.search(r"\.pyc$|__pycache__|generate\.py$|/tests/", n)
    ]


def test_every_module_of_the_package_is_in_the_wheel(built):
    names = set(names_in(built["whl"]))
    modules = {str(path.relative_to(ROOT)) for path in (ROOT / "creds_shell").rglob("*.py")}
    assert modules - names == set()


def test_the_sdist_builds_the_same_wheel(built, tmp_path):
    with tarfile.open(built["gz"]) as archive:
        archive.extractall(tmp_path)  # noqa: S202 we made it; Debian's 3.11 knows no filter
    again = build(next(tmp_path.iterdir()), tmp_path / "dist", "-t", "wheel")
    assert sorted(names_in(again["whl"])) == sorted(names_in(built["whl"]))


def works(creds: Path, prefix: Path, home, repo):
    """The installed command does its job: version, a secret in and masked out, hooks, completions, manual."""
    env = {**home.env, "PATH": f"{creds.parent}:/usr/bin:/bin"}
    assert run(creds, "--version", env=env).stdout == f"creds {creds_shell.__version__}\n"
    value = "Installed-Value-0123456789"
    stored = subprocess.run(
        (creds, "set", "API_KEY", "--stdin"),
        input=value,
        env=env,
        cwd=repo,
        capture_output=True,
        text=True,
        check=False,
    )
    assert stored.returncode == 0, stored.stderr
    done = run(creds, "exec", "--", "sh", "-c", "echo $API_KEY", env=env, cwd=repo)
    assert (done.returncode, done.stdout) == (0, "****\n"), done.stderr
    for shell in SHELLS:
        text = run(creds, "hook", shell, env=env)
        assert text.returncode == 0, text.stderr
        assert str(ROOT) not in text.stdout
        assert "__CREDS_PYTHON__" not in text.stdout
        assert run(creds, "completion", shell, env=env).stdout.strip()
    for path in SHARED:
        assert (prefix / path).is_file(), path


def test_pip_install_gives_a_working_creds(built, environment, home, repo):
    install(environment, built["whl"])
    works(environment / "bin" / "creds", environment, home, repo)


def test_no_module_of_a_repository_gets_in_front_of_ours(built, environment, home, repo):
    """A PYTHONPATH of `.` is common, and then a clone could bring a `creds_shell` or a `json` of its own."""
    install(environment, built["whl"])
    store(environment, home, repo)
    for folder in (repo, repo / "lib"):
        (folder / "creds_shell").mkdir(parents=True)
        for name in ("creds_shell/__init__", "creds_shell/__main__", "json", "argparse", "select", "psutil"):
            (folder / f"{name}.py").write_text("raise SystemExit('hostile')\n")
    for listed in (str(repo), ".", "", "lib", f"lib/:{repo}/lib"):
        env = {**home.env, "PYTHONPATH": listed, "PYTHONDONTWRITEBYTECODE": "1"}
        for command in (("--version",), ("exec", "--", "true"), ("list",)):
            done = run(environment / "bin" / "creds", *command, env=env, cwd=repo)
            assert (done.returncode, done.stderr) == (0, ""), (listed, command)


def test_pip_compiles_the_modules_of_the_fast_path(built, environment):
    install(environment, built["whl"])
    cached = {path.name.split(".")[0] for path in environment.rglob("creds_shell/core/__pycache__/*.pyc")}
    assert {path.stem for path in (ROOT / "creds_shell" / "core").glob("*.py")} <= cached


def type_into_bash(environment: Path, text: str, home, repo, *lines: str):
    """An interactive bash with this hook text, in which these lines are typed; talk() is what creds said."""
    hook = repo.parent / "hook.bash"
    hook.write_text(text)
    typed = "\n".join([f"source {hook}", *lines, "exit", ""])
    env = {**home.env, "PATH": f"{environment / 'bin'}:/usr/bin:/bin", "TERM": "dumb"}
    return subprocess.run(
        ("bash", "--norc", "--noprofile", "-i"), input=typed, env=env, cwd=repo.parent,
        capture_output=True, text=True, check=False, timeout=120, start_new_session=True,
    )  # fmt: skip


def talk(done) -> list[str]:
    return re.findall(r"creds: .*", done.stderr)


def hook_text(environment: Path, home) -> str:
    return run(environment / "bin" / "creds", "hook", "bash", env=home.env).stdout


def store(environment: Path, home, repo):
    done = subprocess.run(
        (environment / "bin" / "creds", "set", "API_KEY", "--stdin"), input="Value-0123456789", env=home.env,
        cwd=repo, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_after_an_upgrade_an_open_shell_goes_on(built, environment, home, repo, tmp_path):
    install(environment, built["whl"])
    store(environment, home, repo)
    text = hook_text(environment, home)
    newer = tmp_path / "newer"
    shutil.copytree(
        ROOT, newer, ignore=shutil.ignore_patterns(".git", ".venv", "build", "__pycache__", ".*_cache")
    )
    init = newer / "creds_shell" / "__init__.py"
    init.write_text(init.read_text().replace(f'"{creds_shell.__version__}"', '"99.0.0"'))
    install(environment, build(newer, tmp_path / "dist99", "-t", "wheel")["whl"])
    show = 'echo "${API_KEY-unset}"'
    done = type_into_bash(environment, text, home, repo, "cd shop", show, "cd ..", show)
    assert (done.returncode, done.stdout) == (0, "Value-0123456789\nunset\n"), done.stderr


def test_after_the_removal_an_open_shell_says_one_line_and_goes_on(built, environment, home, repo):
    install(environment, built["whl"])
    store(environment, home, repo)
    text = hook_text(environment, home)
    pip(environment, "uninstall", "-y", "creds-shell")
    done = type_into_bash(environment, text, home, repo, "cd shop", "true", "true", "echo alive", "cd ..")
    assert (done.returncode, done.stdout) == (0, "alive\n")
    assert len(talk(done)) <= 1, done.stderr


def test_after_the_removal_a_loaded_shell_still_unloads(built, environment, home, repo):
    install(environment, built["whl"])
    store(environment, home, repo)
    text = hook_text(environment, home)
    gone = f"{sys.executable} -m pip --python {environment}/bin/python uninstall -q -y creds-shell"
    show = 'echo "${API_KEY-unset}"'
    lines = ("cd shop", show, f"{gone} >/dev/null 2>&1", "cd ..", show)
    done = type_into_bash(environment, text, home, repo, *lines)
    assert done.stdout == "Value-0123456789\nunset\n", done.stderr


def test_a_start_up_line_without_creds_breaks_no_shell(environment, home, repo):
    line = 'eval "$(creds hook bash)"; echo alive\n'
    done = run("bash", "--norc", "--noprofile", "-c", line, env={**home.env, "PATH": "/usr/bin:/bin"})
    assert done.stdout == "alive\n"


@pytest.mark.slow
def test_pipx_install_gives_a_working_creds(built, home, repo, tmp_path):
    env = {
        **home.env,
        **UV,
        "PIPX_HOME": str(tmp_path / "pipx"),
        "PIPX_BIN_DIR": str(tmp_path / "bin"),
        "PIPX_MAN_DIR": str(tmp_path / "man"),
    }
    done = run(
        sys.executable, "-m", "pipx", "install", "-q", "--python", sys.executable, str(built["whl"]), env=env
    )
    assert done.returncode == 0, done.stderr
    works(tmp_path / "bin" / "creds", tmp_path / "pipx" / "venvs" / "creds-shell", home, repo)
    assert (tmp_path / "man" / "man1" / "creds.1").exists()
    assert run(sys.executable, "-m", "pipx", "uninstall", "creds-shell", env=env).returncode == 0
    assert not (tmp_path / "bin" / "creds").exists()


@pytest.mark.slow
def test_uv_tool_install_gives_a_working_creds(built, home, repo, tmp_path):
    uv = Path(sysconfig.get_path("scripts")) / "uv"
    env = {
        **home.env,
        "UV_TOOL_DIR": str(tmp_path / "tools"),
        "UV_TOOL_BIN_DIR": str(tmp_path / "bin"),
        **UV,
    }
    done = run(uv, "tool", "install", "-q", "--python", sys.executable, str(built["whl"]), env=env)
    assert done.returncode == 0, done.stderr
    works(tmp_path / "bin" / "creds", tmp_path / "tools" / "creds-shell", home, repo)
    assert run(uv, "tool", "uninstall", "creds-shell", env=env).returncode == 0
    assert not (tmp_path / "bin" / "creds").exists()
