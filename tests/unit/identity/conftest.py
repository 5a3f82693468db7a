"""A bound repository, what is written by hand beside it, and what it gives then."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from creds_shell import project
from creds_shell.core.load import Load, load
from creds_shell.core.resolve import resolve

Shop = Callable[..., Path]


@pytest.fixture
def shop(repo: Path) -> Path:
    """A bound repository with no secrets yet."""
    project.open_project(start=str(repo), writing=True)
    return repo


def store(text: str, environment: str = "default", project_id: str = "shop") -> Path:
    """Write a bundle by hand."""
    folder = Path(os.environ["HOME"], ".config/claude-power-pack/secrets", project_id)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = folder / (".env" if environment == "default" else f".env.{environment}")
    file.write_text(text)
    return file


def settings(text: str) -> Path:
    """Write the user's config.toml."""
    folder = Path(os.environ["HOME"], ".config/claude-power-pack")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "config.toml").write_text(text)
    return folder / "config.toml"


def loaded(root: Path, purpose: str = "exec", **options: str) -> Load:
    """What a place gives, after the settings were read as an explicit command does."""
    standing = resolve(str(root), **options)
    project.refresh(standing)
    return load(standing, purpose)


def values(found: Load) -> dict[str, bytes]:
    return {item.name: item.value for item in found.values}


def allow(root: Path) -> None:
    project.allow_content(project.repository_at(str(root)), (root / ".env").read_bytes())


LAYERED = '[projects.shop]\nlayers = ["env-file"]\n'
