"""Bring the start code to the person's browser without putting it into any argument list.

The browser is given the path of a 0600 file that sends it on to the page. The file is removed once the code is used,
or when the code expires.
"""

import contextlib
import html
import os
import secrets
import shlex
import shutil
import subprocess
import sys

from creds_shell.core.paths import make_private_dir
from creds_shell.core.runtime import runtime_dir

# What opens a file in the person's browser, in the order in which it is looked for.
OPENERS = (
    "xdg-open",
    "wslview",
    "gio",
    "x-www-browser",
    "sensible-browser",
    "chromium",
    "google-chrome",
    "firefox",
)
PREFIX = "ui-open-"
LOADED, BEFORE = "__CREDS_NAMES", "__CREDS_WAS_"

# A refresh after 0 s replaces the entry in the tab's history, so that the code does not stay there.
DOCUMENT = """<!doctype html>
<meta charset="utf-8">
<meta name="referrer" content="no-referrer">
<title>creds</title>
<meta http-equiv="refresh" content="0; url={url}">
<p>Opening creds …</p>
"""


def write_redirect(url: str) -> str:
    """Write the 0600 file that leads to `url` and return its path; what a killed run left behind is removed."""
    directory = runtime_dir()
    make_private_dir(directory)
    _remove_stale(directory)
    path = os.path.join(directory, f"{PREFIX}{os.getpid()}-{secrets.token_hex(4)}.html")
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as file:
        file.write(DOCUMENT.format(url=html.escape(url, quote=True)))
    return path


def remove_redirect(path: str | None) -> None:
    """Remove the file; it may be gone."""
    if path:
        with contextlib.suppress(OSError):
            os.unlink(path)


def _remove_stale(directory: str) -> None:
    for name in os.listdir(directory):
        pid = name.removeprefix(PREFIX).partition("-")[0]
        if name.startswith(PREFIX) and pid.isdecimal() and not _runs(int(pid)):
            remove_redirect(os.path.join(directory, name))


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def browser_command(environ: dict[str, str]) -> list[str] | None:
    """Return what opens a page here, or None: no display, or a person who sits elsewhere (ssh)."""
    if environ.get("SSH_CONNECTION") or environ.get("SSH_TTY"):
        return None
    if chosen := environ.get("BROWSER"):
        return shlex.split(chosen.split(os.pathsep)[0].replace("%s", "")) or None
    if sys.platform == "darwin":
        return ["/usr/bin/open"]
    if not (environ.get("DISPLAY") or environ.get("WAYLAND_DISPLAY")):
        return None
    for name in OPENERS:
        if found := shutil.which(name, path=environ.get("PATH")):
            return [found, "open"] if name == "gio" else [found]
    return None


def browser_environment() -> dict[str, str]:
    """Return our environment as it was before the hook loaded secrets into this shell: a browser needs none.

    The hook exports the names that it set in `__CREDS_NAMES`, joined with `:`, and what an exported variable held
    before as `__CREDS_WAS_<name>`.
    """
    found = dict(os.environ)
    for name in found.get(LOADED, "").split(":"):
        found.pop(name, None)
        if BEFORE + name in found:
            found[name] = found[BEFORE + name]
    return {name: value for name, value in found.items() if not name.startswith("__CREDS_")}


def open_browser(command: list[str], path: str, environ: dict[str, str]) -> bool:
    """Start the browser on the file; False when it could not be started."""
    try:
        subprocess.Popen(
            [*command, path],
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except OSError:
        return False
    return True
