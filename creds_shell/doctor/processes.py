"""Running programs that hold values: a tmux server started from a loaded shell, an agent, this shell itself."""

import os
from collections.abc import Iterator, Mapping

import psutil

from creds_shell.core import agents
from creds_shell.core.talk import counted
from creds_shell.validation.row import Row, ok, skip, warn

# What the hook and `creds shell` export while something is loaded: names, never values.
LOADED, SCOPED = "__CREDS_NAMES", "__CREDS_SCOPE_NAMES"
# A server that outlives its terminal hands its own environment to everything that it starts later.
SERVERS = ("tmux: server", "tmux", "screen", "zellij", "dtach", "abduco")


def session() -> Iterator[Row]:
    """Whether this shell is masked, and whether an agent in it has inherited values."""
    loaded = loaded_names(os.environ)
    if os.environ.get("CREDS_SHELL"):
        yield ok("session", "inside creds shell: the screen is masked")
    elif loaded:
        yield ok("session", f"export mode: {counted(len(loaded), 'value')} loaded, the screen is not masked")
    else:
        yield ok("session", "nothing is loaded in this shell")
    agent = agents.describe()
    if agent and loaded:
        then = "start it with `creds agent run -- COMMAND`"
        yield warn(
            "agent", f"{agent} was started from a loaded shell and has {counted(len(loaded), 'value')}", then
        )
    elif agent:
        yield ok("agent", f"{agent}, without loaded values")


def servers() -> Iterator[Row]:
    """Each terminal server of ours that was started from a loaded shell."""
    found = [process for process in psutil.process_iter(("pid", "name", "uids")) if _is_our_server(process)]
    for process in found:
        names = _loaded_names(process)
        if names is None:
            yield skip("terminal server", f"{process.info['name']} ({process.pid}) cannot be looked into")
        elif names:
            yield warn(
                "terminal server",
                f"{process.info['name']} ({process.pid}) holds {counted(len(names), 'value')}; new windows get them",
                _stop(process),
            )
    if not found:
        yield ok("terminal server", "none is running")
    elif not any(_loaded_names(process) for process in found):
        yield ok("terminal server", f"{len(found)} running, none holds values")


def _is_our_server(process: psutil.Process) -> bool:
    uids = process.info["uids"]
    if uids is None or uids.real != os.getuid():
        return False
    name = process.info["name"] or ""
    return name in SERVERS and (name != "tmux" or _is_daemon(process))


def _is_daemon(process: psutil.Process) -> bool:
    """A tmux client has a terminal; where the server does not rename itself, this tells them apart."""
    try:
        return process.terminal() is None
    except psutil.Error:
        return False


def _loaded_names(process: psutil.Process) -> list[str] | None:
    try:
        environ = process.environ()
    except (psutil.Error, OSError):
        return None
    return loaded_names(environ)


def loaded_names(environ: Mapping[str, str]) -> list[str]:
    """The keys that an environment has from creds."""
    names = [*environ.get(LOADED, "").split(":"), *environ.get(SCOPED, "").split()]
    return sorted({name for name in names if name in environ})


def _stop(process: psutil.Process) -> str:
    if "tmux" in process.info["name"]:
        return "tmux kill-server, then start it outside the project"
    return f"end process {process.pid}, then start it outside the project"
