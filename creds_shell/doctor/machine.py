"""The installation and the shells: interpreter, compiled modules, versions, the hook's line in each start-up file."""

import glob
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import creds_shell
from creds_shell.core.errors import step
from creds_shell.core.talk import counted
from creds_shell.hook import PROTOCOL
from creds_shell.validation.row import Row, ok, skip, warn

# The oldest shells whose hook does its tests without asking the loader (DESIGN: portability).
OLDEST = {"bash": (4, 4), "zsh": (5, 3), "fish": (3, 6)}
LEAN_FOLDERS = ("core", "hook", "process", "masking")
HOOK_LINE = re.compile(r"^[^#\n]*\bcreds\s+hook\b", re.MULTILINE)
VERSION_TIMEOUT = 10.0  # seconds; a shell that asks something at start must not hang us


def installation() -> Iterator[Row]:
    """Version, interpreter, and whether the lean paths are compiled."""
    version = ".".join(map(str, sys.version_info[:3]))
    yield ok("version", f"creds {creds_shell.__version__}, Python {version} ({sys.executable})")
    found = shutil.which("creds")
    if found is None:
        yield warn("command", "creds is not on PATH: the hook cannot heal itself", "pipx ensurepath")
    elif os.path.dirname(os.path.realpath(found)) != os.path.dirname(os.path.abspath(sys.executable)):
        here = os.path.dirname(sys.executable)
        yield warn("command", f"PATH has another creds first: {found}", f"PATH={here}:$PATH, or remove one")
    else:
        yield ok("command", found)
    yield from _compiled()


def _compiled() -> Iterator[Row]:
    """A module that cannot be compiled for good is compiled at each prompt that loads: that doubles every cost."""
    base = os.path.dirname(creds_shell.__file__)
    sources = [path for folder in LEAN_FOLDERS for path in glob.glob(os.path.join(base, folder, "*.py"))]
    missing = [path for path in sources if not _is_compiled(path)]
    if any(not os.access(_folder_of_compiled(path), os.W_OK) for path in missing):
        then = step(f"{sys.executable} -m compileall -q", base)
        yield warn("compiled", f"{len(missing)} of {len(sources)} modules are not compiled", then)
    else:
        rest = f", {len(missing)} of them at their first use" if missing else ""
        yield ok("compiled", f"{counted(len(sources), 'module')}{rest}")


def _folder_of_compiled(path: str) -> str:
    """Where its compiled form goes, or would be made."""
    folder = os.path.dirname(importlib.util.cache_from_source(path))
    return folder if os.path.isdir(folder) else os.path.dirname(path)


def _is_compiled(path: str) -> bool:
    cached = importlib.util.cache_from_source(path)
    try:
        return os.stat(cached).st_size > 0
    except OSError:
        return False


def shells() -> Iterator[Row]:
    """Each shell that is installed: its version, and whether its start-up file has the hook's line."""
    for shell, oldest in OLDEST.items():
        path = shutil.which(shell)
        if path is None:
            continue
        version = shell_version(path)
        if version is None:
            yield warn(shell, "its version cannot be found out", f"{shell} --version")
        elif version < oldest:
            wanted = ".".join(map(str, oldest))
            yield warn(shell, f"older than {wanted}: the hook looks only at cd", f"install {shell} {wanted}")
        else:
            yield ok(shell, ".".join(map(str, version)))
        yield from _hook(shell)


def shell_version(path: str) -> tuple[int, ...] | None:
    """Return the version that `SHELL --version` prints, or None."""
    try:
        done = subprocess.run(
            (path, "--version"), capture_output=True, text=True, check=False, timeout=VERSION_TIMEOUT,
            stdin=subprocess.DEVNULL, errors="replace",
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    match = re.search(r"(\d+)\.(\d+)", done.stdout)
    return tuple(map(int, match.groups())) if match else None


def _hook(shell: str) -> Iterator[Row]:
    files = startup_files(shell)
    having = [path for path in files if HOOK_LINE.search(_text(path))]
    mine = os.path.basename(os.environ.get("SHELL", "")) == shell
    if having:
        version = f"creds {creds_shell.__version__}, protocol {PROTOCOL}"
        yield ok(f"{shell} hook", f"{having[0]}; a new shell gets {version}")
        if len(having) > 1:
            yield ok(f"{shell} hook", f"also in {', '.join(having[1:])}; sourcing twice is one hook")
    elif mine:
        yield warn(f"{shell} hook", f"not in {files[0]}, so cd loads nothing", f"creds setup {shell}")
    else:
        yield skip(f"{shell} hook", "not your login shell", f"creds setup {shell}")


def startup_files(shell: str) -> list[str]:
    """The files that an interactive shell reads, the usual one first."""
    home = os.path.expanduser("~")
    if shell == "bash":
        return [os.path.join(home, name) for name in (".bashrc", ".bash_profile", ".bash_login", ".profile")]
    if shell == "zsh":
        folder = os.environ.get("ZDOTDIR") or home
        return [os.path.join(folder, name) for name in (".zshrc", ".zprofile", ".zshenv")]
    config = os.environ.get("XDG_CONFIG_HOME") or os.path.join(home, ".config")
    extra = sorted(glob.glob(os.path.join(config, "fish", "conf.d", "*.fish")))
    return [os.path.join(config, "fish", "config.fish"), *extra]


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""
