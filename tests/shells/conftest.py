"""Real shells on a real terminal: one `shell` fixture, three shells, and a counter of their processes."""

import os
import re
import shlex
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pexpect
import pytest

from creds_shell.core.dotenv import format_bundle
from creds_shell.core.paths import make_private_dir
from creds_shell.core.replace import write_private
from creds_shell.hook.render import hook_text
from creds_shell.project import open_project

SHELLS = ("bash", "zsh", "fish")
PATIENCE = 60  # seconds; a bound for machines under load, nothing waits this long when all is well
ESCAPES = re.compile(r"\x1b\[[0-9;?<>=]*[A-Za-z]|\x1b[()][0-9A-B]|\x1b[=>]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


class Shell:
    """One interactive shell with the hook, driven line by line."""

    def __init__(self, name: str, home: "object", folder: Path) -> None:
        self.name = name
        self.folder = folder
        self.env = {**home.env, "TERM": "dumb", "PS1": "$ "}
        self.child: pexpect.spawn | None = None
        self.trace = folder / f"{name}.trace"
        self._sent = 0

    def start(
        self,
        *,
        cwd: Path,
        before: str = "",
        after: str = "",
        hook: str | None = None,
        env: "dict[str, str] | None" = None,
        counted: bool = False,
        argv: "list[str] | None" = None,
    ) -> "Shell":
        """Start it: `before` and `after` stand around the hook in its rc file; `counted` runs it under strace."""
        text = hook_text(self.name) if hook is None else hook
        self.folder.mkdir(parents=True, exist_ok=True)
        command = argv or self._command(f"{before}\n{text}\n{after}\n")
        if counted:
            command = [
                "strace",
                "-f",
                "-qq",
                "-e",
                "trace=clone,clone3,fork,vfork,execve",
                "-o",
                str(self.trace),
                *command,
            ]
        environment = {**self.env, **(env or {})}
        self.child = pexpect.spawn(
            command[0], command[1:], cwd=str(cwd), env=environment, timeout=PATIENCE, encoding="utf-8",
            codec_errors="surrogateescape", dimensions=(50, 1000), echo=True,
        )  # fmt: skip
        self.child.args_again = [shlex.quote(word) for word in command]
        self.run("")
        return self

    def _command(self, rc: str) -> list[str]:
        if self.name == "bash":
            path = Path(self.env["HOME"]) / ".bashrc"
            path.write_text("bind 'set enable-bracketed-paste off' 2>/dev/null\n" + rc)
            return ["bash", "-i"]
        if self.name == "zsh":
            folder = self.folder / "zdotdir"
            folder.mkdir(exist_ok=True)
            (folder / ".zshrc").write_text(
                "unsetopt beep\nPS1='$ '\nHISTFILE=$ZDOTDIR/history SAVEHIST=100 HISTSIZE=100\n" + rc
            )
            self.env["ZDOTDIR"] = str(folder)
            return ["zsh", "-d", "-i"]
        folder = Path(self.env["XDG_CONFIG_HOME"]) / "fish"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.fish").write_text(
            "set -g fish_greeting\nfunction fish_prompt; echo -n '$ '; end\n" + rc
        )
        (Path(self.env["XDG_DATA_HOME"]) / "fish" / "generated_completions").mkdir(
            parents=True, exist_ok=True
        )
        return ["fish", "-i"]

    def run(self, line: str) -> str:
        """Type a line, wait until the prompt after it was answered, return what was on the screen."""
        return self.run_status(line)[0]

    def run_status(self, line: str) -> "tuple[str, int]":
        """`run`, and the status that the user's command left for the next one."""
        assert self.child is not None
        self._sent += 1
        status = "$status" if self.name == "fish" else "$?"
        # the second line is typed ahead: it runs after the prompt that follows the first
        self.child.sendline(line or ("true" if self.name == "fish" else ":"))
        self.child.sendline(
            f"\\builtin printf '@@%s:%s@@\\n' {self._sent} {status}".replace(
                "\\builtin", "builtin" if self.name == "fish" else "\\builtin", 1
            )
        )
        self.child.expect(rf"@@{self._sent}:(\d+)@@")
        return ESCAPES.sub("", self.child.before).replace("\r", ""), int(self.child.match.group(1))

    def said(self, line: str) -> list[str]:
        """`run`, and of it only the lines that creds says."""
        return [said.rstrip() for said in re.findall(r"creds: (.*)", self.run(line))]

    @property
    def plain(self) -> str:
        """In front of a command: no alias."""
        return "command " if self.name == "fish" else "\\"

    def environment(self) -> dict[bytes, bytes]:
        """What a child of the shell gets now."""
        path = self.folder / "environment"
        path.unlink(missing_ok=True)
        self.run(f"{self.plain}env -0 > {shlex.quote(str(path))}")
        return dict(item.split(b"=", 1) for item in path.read_bytes().split(b"\0") if b"=" in item)

    def value(self, name: str) -> "bytes | None":
        """A variable as a child gets it."""
        return self.environment().get(name.encode())

    def variables(self) -> str:
        """All that the shell itself holds: variables and functions."""
        path = self.folder / "variables"
        path.unlink(missing_ok=True)
        self.run(
            ("set" if self.name == "fish" else "{ typeset -p; typeset -f; }") + f" > {shlex.quote(str(path))}"
        )
        return path.read_text(errors="surrogateescape")

    def processes(self, line: str) -> list[str]:
        """The programs started and the forks made by a line and the prompt after it (needs `counted`)."""
        self.run("")
        before = len(self._traced())
        self.run(line)
        return self._traced()[before:]

    def _traced(self) -> list[str]:
        lines = self.trace.read_text(errors="replace").splitlines()
        return [
            line for line in lines if re.search(r"(clone3?|v?fork)\(", line) and "CLONE_THREAD" not in line
        ]

    def quote(self, text: "str | Path") -> str:
        """A word of this shell."""
        from creds_shell.core.quoting import quote

        return quote(self.name, os.fsencode(text))

    def set(self, name: str, value: str, *, export: bool = True) -> str:
        """The command that sets a variable."""
        if self.name == "fish":
            return f"set -g{'x' if export else 'u'} {name} {self.quote(value)}"
        return f"{'export ' if export else ''}{name}={self.quote(value)}"

    def unset(self, name: str) -> str:
        """The command that removes a variable."""
        return f"set -e {name}" if self.name == "fish" else f"unset {name}"

    def close(self) -> None:
        """Hang up, and wait for the end."""
        if self.child is not None:
            child, self.child = self.child, None
            child.kill(signal.SIGHUP)
            child.kill(signal.SIGCONT)
            child.kill(signal.SIGKILL)
            wait_until(lambda: not child.isalive(), "the end of the shell")
            child.close()


@pytest.fixture(params=SHELLS)
def shell(request: pytest.FixtureRequest, home: "object", tmp_path: Path) -> Iterator[Shell]:
    """Each of the three shells, not started yet."""
    if shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    made = Shell(request.param, home, tmp_path / "shell")
    yield made
    made.close()


@pytest.fixture
def another(shell: Shell, home: "object", tmp_path: Path) -> Iterator[Callable[..., Shell]]:
    """Further shells of the same kind: another() -> Shell."""
    made: list[Shell] = []

    def make(name: str = "") -> Shell:
        made.append(Shell(name or shell.name, home, tmp_path / f"shell{len(made)}"))
        return made[-1]

    yield make
    for one in made:
        one.close()


Bind = Callable[..., Path]


@pytest.fixture
def bind(make_repo: Callable[..., Path], tmp_path: Path) -> Bind:
    """A function that makes a bound repository: bind("shop", KEY="value") -> its root."""

    def make(name: str = "shop", *, root: "Path | None" = None, **values: "str | bytes") -> Path:
        made = tmp_path / "src" / name
        root = root or (made if made.exists() else make_repo(name))
        project = open_project(start=str(root), writing=True)
        put(project.id, **values)
        return root

    return make


def put(project_id: str, **values: "str | bytes") -> None:
    """Write a bundle of tier 0, as `creds set` leaves it."""
    from creds_shell.core.paths import store_file, store_folder

    data = {key: os.fsencode(value) if isinstance(value, str) else value for key, value in values.items()}
    make_private_dir(store_folder(project_id))
    write_private(store_file(project_id, "default"), format_bundle(data))


def wait_until(condition: Callable[[], object], what: str, seen: "Callable[[], object]" = lambda: "") -> None:
    """Poll a condition with a generous bound."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, f"{what}: {seen()}"
        time.sleep(0.01)
