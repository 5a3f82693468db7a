"""The table of situations: how a row is built, beside a victim that is bound and has a secret."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from creds_shell.project import open_project

SECRET = b"victim-value-8141"


@dataclass
class Place:
    """A directory to build in, and the victim beside it."""

    top: Path
    home: Path
    env: dict[str, str] = field(default_factory=dict)

    def git(self, *args: str, cwd: Path) -> None:
        """Run git with an identity and without the user's settings."""
        identity = (
            "-c",
            "user.name=T",
            "-c",
            "user.email=t@example.invalid",
            "-c",
            "protocol.file.allow=always",
        )
        clean = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
        subprocess.run(("git", *identity, *args), cwd=cwd, env=clean, check=True, capture_output=True)

    def repo(self, name: str, *, commit: bool = False, bound: bool = False) -> Path:
        """A repository."""
        root = self.top / name
        root.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", cwd=root)
        if commit:
            self.git("commit", "-q", "--allow-empty", "-m", "begin", cwd=root)
        if bound:
            self.bind(root)
        return root

    def bind(self, root: Path) -> str:
        """What the first `creds set` does; gives the id back."""
        found = open_project(start=str(root), writing=True)
        store = self.home / ".config/claude-power-pack/secrets" / found.id
        store.mkdir(parents=True, mode=0o700, exist_ok=True)
        (store / ".env").write_bytes(b'KEY="' + SECRET + b'"\n')
        return found.id

    @property
    def victim(self) -> Path:
        """The project that everybody is after."""
        return self.top / "victim"


Start = Path | tuple[Path, dict[str, str]]


@dataclass(frozen=True)
class Situation:
    """A row: how to build it, and what must come out.

    `project` is the id, or a pattern of it; `kind` None means that no repository is found.
    """

    build: Callable[[Place], Path]
    kind: str | None
    state: str
    project: str | None = None

    @property
    def name(self) -> str:
        return self.build.__name__


SITUATIONS: list[Situation] = []
Build = Callable[[Place], Path]


def situation(kind: str | None, state: str, project: str | None = None) -> Callable[[Build], Build]:
    """Add a row to the table."""

    def add(build: Build) -> Build:
        SITUATIONS.append(Situation(build, kind, state, project))
        return build

    return add
