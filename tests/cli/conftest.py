"""What the tests of the command line share."""

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
