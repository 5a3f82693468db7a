"""The loader of a run: our modules come as the import machinery would bring them, or are left to it."""

import fcntl
import os
import py_compile
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "creds_shell"

SEEN = """\
import sys
sys.path.insert(0, sys.argv[1])
from creds_shell import load_modules, load_package
"""


@pytest.fixture
def copy(tmp_path) -> Path:
    """A copy of the package, all of it compiled."""
    copied = tmp_path / "creds_shell"
    shutil.copytree(PACKAGE, copied, ignore=shutil.ignore_patterns("__pycache__"))
    for source in copied.rglob("*.py"):
        py_compile.compile(str(source), doraise=True)
    return copied


def run(copy: Path, code: str) -> str:
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-B", "-c", SEEN + code, str(copy.parent)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_what_is_loaded_is_what_an_import_gives(copy):
    code = """load_modules("core/ core/talk")
found = sys.modules["creds_shell.core.talk"]
from creds_shell.core import talk
import creds_shell.core.talk as again
print(found is talk is again, talk.__name__, talk.__package__, talk.printable("a"))
print(talk.__file__ == talk.say.__code__.co_filename == sys.argv[1] + "/creds_shell/core/talk.py")
"""
    assert run(copy, code).split("\n") == ["True creds_shell.core.talk creds_shell.core a", "True"]


def test_a_package_can_be_loaded_and_finds_its_modules(copy):
    code = """load_modules("masking/")
from creds_shell.masking import rules
print(rules.SHORTEST)
"""
    assert run(copy, code) == "4"


def test_a_module_that_is_imported_later_comes_the_same_way(copy):
    code = """load_package("process")
before = set(sys.modules)
from creds_shell.core import errors
print(errors.__spec__.loader.__name__, sorted(set(sys.modules) - before))
"""
    assert run(copy, code) == "_Loader ['creds_shell.core.errors']"


def test_an_interrupt_before_our_own_words_for_it_kills_without_a_traceback(tmp_path):
    """In the script, while it loads; every further command has its own words again once it is known."""
    package = tmp_path / "creds_shell"
    package.mkdir()
    (package / "__init__.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    script = Path(__file__).parents[2] / "bin" / "creds"
    code = "import sys; sys.path.append(sys.argv[1]); exec(open(sys.argv[2]).read())"
    done = subprocess.run(
        (sys.executable, "-I", "-S", "-c", code, str(tmp_path), str(script)),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stderr) == (-signal.SIGINT, "")


def test_a_module_of_the_interpreter_is_what_an_import_gives(copy):
    code = """load_modules("=select =_no_such =fcntl core/")
import fcntl, select
from importlib.util import find_spec
print("creds_shell.core" in sys.modules, find_spec("fcntl").name, hasattr(select, "select"), fcntl.F_GETFL)
"""
    assert run(copy, code) == f"True fcntl True {fcntl.F_GETFL}"


@pytest.mark.parametrize("folder", ["hook", "process"])
def test_the_lists_name_every_module_after_what_it_imports(copy, folder):
    """A module that stands too early is imported by the machinery, and so late, that is slowly."""
    code = f"""
class Spy:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.startswith("creds_shell."):
            print(name)
import creds_shell
creds_shell._Loader.find_spec = Spy.find_spec
sys.meta_path.insert(0, Spy)
load_package({folder!r})
if {folder!r} == "process":
    from creds_shell import process
    load_modules(process.BESIDE)
    load_modules(process.RECORD)
    load_modules(process.PIPES)
    load_modules(process.TERMINAL)
    load_modules(process.MONITOR)
    load_modules(process.FRONT)
"""
    assert run(copy, code) == ""


@pytest.mark.parametrize("state", ["missing", "older", "another size", "checked by hash", "cut off"])
def test_a_compiled_file_that_is_unusual_is_left_to_the_machinery(copy, state):
    source = copy / "core" / "talk.py"
    compiled = Path(py_compile.compile(str(source), doraise=True))
    if state == "missing":
        compiled.unlink()
    elif state == "older":
        os.utime(source, (1, 1))
    elif state == "another size":
        before = source.stat()
        source.write_text(source.read_text() + "\nFRESH = True\n")
        os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    elif state == "checked by hash":
        py_compile.compile(str(source), invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)
    else:
        compiled.write_bytes(compiled.read_bytes()[:10])
    code = """load_modules("core/ core/talk")
print("creds_shell.core.talk" in sys.modules)
from creds_shell.core import talk
print(talk.printable("a"), getattr(talk, "FRESH", False))
"""
    fresh = state == "another size"
    assert run(copy, code).split("\n") == ["False", f"a {fresh}"]


def test_a_module_that_fails_is_not_left_half_made(copy):
    source = copy / "core" / "talk.py"
    source.write_text("raise LookupError('no')\n")
    py_compile.compile(str(source), doraise=True)
    code = """
try:
    load_modules("core/ core/talk")
except LookupError:
    print("creds_shell.core.talk" in sys.modules)
"""
    assert run(copy, code) == "False"
