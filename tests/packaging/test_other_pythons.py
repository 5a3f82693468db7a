"""The core, the hook and the mask under every other Python that is present, from 3.11 to 3.14.

Found on PATH, or named in CREDS_TEST_PYTHONS (paths, colon-separated). Each gets a virtual environment of its own.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
VERSIONS = [(3, minor) for minor in (11, 12, 13, 14)]
TESTS = (
    "tests/unit/identity",
    "tests/unit/masking",
    "tests/unit/store/test_dotenv_grammar.py",
    "tests/unit/store/test_dotenv_edit.py",
    "tests/unit/test_agents.py",
    "tests/unit/test_values.py",
    "tests/shells/test_templates.py",
)
WITH = ("pytest>=8.3", "pytest-timeout", "pytest-randomly", "hypothesis", "pexpect")


def interpreter(version: tuple[int, int]) -> str | None:
    """A working interpreter of this version, or None."""
    named = os.environ.get("CREDS_TEST_PYTHONS", "").split(os.pathsep)
    for path in (*named, shutil.which("python{}.{}".format(*version))):
        if path and seen_version(path) == version:
            return path
    return None


def seen_version(path: str) -> tuple[int, ...] | None:
    code = "import sys; print(*sys.version_info[:2])"
    done = subprocess.run((path, "-c", code), capture_output=True, text=True, check=False)
    return tuple(map(int, done.stdout.split())) if done.returncode == 0 else None


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", VERSIONS, ids=lambda v: "{}.{}".format(*v))
def test_the_lean_parts_work_under_another_python(version, tmp_path):
    if version == sys.version_info[:2]:
        pytest.skip("this is the Python that runs the whole suite")
    path = interpreter(version)
    if path is None:
        pytest.skip("this Python is not installed")
    venv = tmp_path / "venv"
    subprocess.run((path, "-m", "venv", str(venv)), check=True)
    python = str(venv / "bin" / "python")
    install = (python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *WITH, str(ROOT))
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    env = os.environ | {"PATH": f"{venv / 'bin'}{os.pathsep}{os.environ['PATH']}"}
    command = (python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", "not slow", *TESTS)
    done = subprocess.run(
        command, cwd=ROOT, env=env, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    assert done.returncode == 0, done.stdout[-4000:]
