"""The shape of the code is a promise too: one way of imports, lean fast paths, small modules, telling names."""

import ast
import functools
import re
import subprocess
import sys
from pathlib import Path

import pytest

from creds_shell.cli.app import COMMANDS

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "creds_shell"
MODULES = sorted(PACKAGE.rglob("*.py"))
SITE = next(p for p in sys.path if p.endswith("site-packages"))

LONGEST = 400  # lines of a module
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
UNFINISHED = re.compile(r"\b(TODO|FIXME|XXX|NotImplementedError|not implemented)\b")
MACHINE_PATHS = re.compile(r"/(work|root)/|/tmp/[a-z]+/[A-Z]")

# What a bare `python -I -S` does not have yet and a fast path may load. Each is built in or a C module without
# imports of its own; what is not listed costs start-up at every prompt or `exec` (re 4 ms, argparse 8, json 3).
BUILT_IN = {
    "posix", "time", "binascii", "errno", "_blake2", "_fcntl", "fcntl", "_signal", "_socket", "select", "_stat", "pwd",
    "termios", "_sha2", "_sha256", "resource", "_posixsubprocess", "gc", "_bisect", "_operator",
}  # fmt: skip
ALLOWED = {
    "core": BUILT_IN,
    "export": BUILT_IN,
    "hook": BUILT_IN | {"encodings.unicode_escape"},  # where a path of the installation does not print
    # _ctypes: prctl(2) and F_SETPIPE_SZ's kin; utf_16_le: a form that is masked.
    "exec": BUILT_IN | {"ahocorasick_rs", "ahocorasick_rs.ahocorasick_rs", "_ctypes", "encodings.utf_16_le"},
}


def loaded_after(statement: str) -> set[str]:
    """The modules that a bare interpreter has after one import statement."""
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]; sys.path.append({SITE!r})\n"
        "before = set(sys.modules)\n"
        f"{statement}\n"
        "print('\\n'.join(sorted(set(sys.modules) - before)))"
    )
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", code), capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.split())


def imported_by(command: list[str], home, cwd) -> set[str]:
    """The modules that a real run of a command imports, ours left out."""
    done = subprocess.run(
        command, cwd=cwd, env=home.env, capture_output=True, text=True, check=False, timeout=60,
        stdin=subprocess.DEVNULL,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    listed = [
        line.rpartition("|")[2].strip()
        for line in done.stderr.splitlines()
        if line.startswith("import time:")
    ]
    return {name for name in listed if name and not name.startswith(("imported package", "creds_shell"))}


def bare(code: str, *args: str) -> list[str]:
    """`python -I -S` that reports its imports."""
    return [sys.executable, "-I", "-S", "-X", "importtime", "-c", code, *args]


@pytest.fixture
def with_secrets(creds):
    """A project with a few secrets, so that the paths load and mask something."""
    for number in range(3):
        done = creds("set", f"TOKEN_{number}", "--stdin", input=f"layer-Value-{number}-0123456789")
        assert done.returncode == 0, done.stderr


@pytest.mark.usefixtures("with_secrets")
def test_exec_with_masking_imports_only_what_is_listed(home, repo):
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]; sys.path.append({SITE!r})\n"
        "sys.argv = ['creds', 'exec', '--', 'printenv', 'TOKEN_0']\n"
        "from creds_shell.__main__ import main\n"
        "sys.exit(main())"
    )
    assert sorted(imported_by(bare(code), home, repo) - ALLOWED["exec"] - started_with()) == []


def test_masking_a_pipe_does_without_the_command_lines_parser(home, repo, tmp_path):
    values = tmp_path / "values.env"
    values.write_text("API_TOKEN=layer-Value-0123456789\n")
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]; sys.path.append({SITE!r})\n"
        f"sys.argv = ['creds', 'mask', '--env-file', {str(values)!r}]\n"
        "from creds_shell.__main__ import main\n"
        "sys.exit(main())"
    )
    heavy = {"argparse", "re", "json", "typing", "dataclasses", "enum", "functools", "inspect", "subprocess"}
    assert imported_by(bare(code), home, repo) & heavy == set()


@pytest.mark.usefixtures("with_secrets")
def test_entering_a_project_imports_only_what_is_listed(home, repo, creds):
    shown = "; ".join(f'printf "%s\\0" "$__creds_{name}"' for name in ("boot", "protocol", "mode"))
    hook = subprocess.run(
        ("bash", "-c", f'eval "$(creds hook bash)"; {shown}'),
        env=home.env,
        capture_output=True,
        text=True,
        check=True,
    )
    boot, protocol, mode, _ = hook.stdout.split("\0")
    assert boot
    assert (
        sorted(
            imported_by(bare(boot, "bash", protocol, mode), home, repo) - ALLOWED["export"] - started_with()
        )
        == []
    )


@pytest.mark.usefixtures("with_secrets")
def test_printing_the_hook_imports_only_what_is_listed(home, repo):
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]; sys.argv = ['creds', 'hook', 'bash']\n"
        "from creds_shell.__main__ import main\n"
        "sys.exit(main())"
    )
    assert sorted(imported_by(bare(code), home, repo) - ALLOWED["hook"] - started_with()) == []


@functools.cache
def started_with() -> frozenset[str]:
    """What the interpreter imports before it runs anything."""
    done = subprocess.run(bare("pass"), capture_output=True, text=True, check=True)
    return frozenset(line.rpartition("|")[2].strip() for line in done.stderr.splitlines())


def test_all_of_core_stands_on_what_is_listed():
    names = sorted(path.stem for path in (PACKAGE / "core").glob("*.py") if path.stem != "__init__")
    loaded = loaded_after("import " + ", ".join(f"creds_shell.core.{name}" for name in names))
    assert sorted(m for m in loaded - ALLOWED["core"] if not m.startswith("creds_shell")) == []


def test_importing_the_package_imports_nothing_else():
    ours = {m for m in loaded_after("import creds_shell") if m != "creds_shell"}
    assert ours == set()


def test_imports_go_one_way():
    done = subprocess.run(
        (str(Path(sys.executable).with_name("lint-imports")), "--no-cache"),
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("layer", ["core", "hook"])
def test_the_prompts_code_imports_only_what_the_interpreter_has_built_in(layer):
    allowed = set(sys.builtin_module_names) | BUILT_IN | {"_frozen_importlib", "_frozen_importlib_external"}
    for path in (PACKAGE / layer).glob("*.py"):
        for name in imported_at_import_time(path):
            top = name.split(".")[0]
            ours = name.startswith(("creds_shell.core", f"creds_shell.{layer}")) or name == "creds_shell"
            assert top in allowed or ours, f"{path.name} imports {name}"


def imported_at_import_time(path: Path) -> list[str]:
    """Module names of the import statements at a module's top level."""
    found = []
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_a_module_is_short_and_says_what_it_is(path):
    text = path.read_text()
    assert text.count("\n") <= LONGEST
    assert path.stem not in EMPTY_NAMES
    assert not UNFINISHED.search(text)
    assert ast.get_docstring(ast.parse(text)), "a module's docstring states its rule"


def test_nothing_names_this_machine():
    tracked = subprocess.run(
        ("git", "ls-files", "*.py", "*.md", "*.toml", "hooks", "completions", "man", "Makefile"),
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    for name in tracked.stdout.split():
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            assert not MACHINE_PATHS.search(path.read_text()), name


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command, creds):
    done = creds(command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"usage: creds {command}")
    assert "examples:" in done.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_rejects_an_unknown_option(command, creds):
    done = creds(command, "--no-such-option")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "creds: error:" in done.stderr
