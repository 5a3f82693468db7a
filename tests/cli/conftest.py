"""What the tests of the command line share."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Creds = Callable[..., Any]


@pytest.fixture
def shop(repo: Path, creds: Creds) -> Path:
    """A bound project with two secrets."""
    done = creds("import", "-", "--yes", input="A_TOKEN=alpha-secret-1\nB_TOKEN=beta-secret-2\n")
    assert done.returncode == 0, done.stderr
    return repo


def lengths(creds: Creds, *options: str, **more: Any) -> dict[str, int]:
    """Which of A_… and B_… the command gets, by length: the values are masked in what it prints."""
    show = "import os, json; print(json.dumps({k: len(v) for k, v in os.environ.items() if k[:2] in ('A_', 'B_')}))"
    done = creds("exec", *options, "--", sys.executable, "-c", show, **more)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def set_key(creds: Creds, key: str, value: str, **where: Any) -> None:
    """Store a value."""
    done = creds("set", key, "--stdin", input=value, **where)
    assert done.returncode == 0, done.stderr


def reveal(creds: Creds, key: str, **where: Any) -> str:
    """What a command gets, "" for nothing."""
    return str(creds("exec", "--no-mask", "--", "printenv", key, **where).stdout).strip()
