"""Run a page from its first moment to its last: start code, browser, the URL for a person, and the end.

Where a browser can be opened it is; where none came within ten seconds, or none can, the URL is printed for a
person. An agent never gets it: whoever has the URL is let in.
"""

import asyncio
import contextlib
import os
import resource
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass

from creds_shell.core import talk
from creds_shell.core.errors import NotAllowedError, SecretsError
from creds_shell.ui.access import CODE_SECONDS
from creds_shell.ui.launch import browser_command, open_browser, write_redirect
from creds_shell.ui.server import Site

BROWSER_SECONDS = 10.0  # DESIGN: then the URL is printed
STATUS_OF = {signal.SIGINT: 130}


@dataclass(frozen=True)
class Opening:
    """How the start code gets to the person.

    Attributes:
        agent: the coding agent that runs us, or None.
        browser: whether to open one.
        environ: the environment for the browser, without secrets of a loaded project.
        announce: called with the URL once the page listens (`--json`), in place of printing it.
        say: how to tell a person something.
    """

    agent: str | None
    browser: bool
    environ: dict[str, str]
    announce: Callable[[str], None] | None = None
    say: Callable[[str], None] = talk.say


def run(site: Site, opening: Opening) -> int:
    """Serve until the page is stopped; return the exit status.

    Raises:
        NotAllowedError: an agent started it and there is no browser to open for a person.
    """
    command = browser_command(opening.environ) if opening.browser else None
    if opening.agent and command is None:
        site.listener.close()
        raise NotAllowedError(
            "there is no display to open the page on, and its address is not given to an agent",
            "ask a person to run `creds ui` in their own terminal",
        )
    _leave_no_core()
    try:
        asyncio.run(_serve(site, opening, command))
    finally:
        site.drop_redirect()
    return _farewell(site, opening)


def _leave_no_core() -> None:
    """A crash of this process must not write the values that it holds to a disk (core(5))."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))


async def _serve(site: Site, opening: Opening, command: list[str] | None) -> None:
    tasks: list[asyncio.Task[None]] = []

    def ready() -> None:
        tasks.append(asyncio.ensure_future(_bring_in(site, opening, command)))

    try:
        await site.serve(ready=ready)
    finally:
        for task in tasks:
            task.cancel()


async def _bring_in(site: Site, opening: Opening, command: list[str] | None) -> None:
    """Hand the start code over, and say what a person should know if nobody comes."""
    if opening.announce:
        opening.announce(site.url())
        return
    started = command is not None and _open(site, command, opening.environ)
    if started:
        opening.say(f"opening {site.origin} in your browser; ctrl-c stops it")
        await _arrival(site, BROWSER_SECONDS)
    if not site.presence.came and not opening.agent:
        _print_url(site)
    await _arrival(site, CODE_SECONDS)
    if not site.presence.came:
        if opening.agent:
            site.stop("nobody")
        else:
            await _offer_another(site, opening)


def _open(site: Site, command: list[str], environ: dict[str, str]) -> bool:
    try:
        site.redirect = write_redirect(site.url())
    except (OSError, SecretsError):
        return False  # the link is printed instead
    asyncio.get_running_loop().call_later(CODE_SECONDS, site.drop_redirect)
    return open_browser(command, site.redirect, environ)


def _print_url(site: Site) -> None:
    talk.say(
        f"open this within a minute, it works once: {site.url()}"
    )  # also with --quiet: nothing works without


async def _offer_another(site: Site, opening: Opening) -> None:
    """The printed link is too old by now; a person at the terminal gets another one by pressing Enter."""
    opening.say("nobody opened the link in time" + ("; press enter for a new one" if _asks_here() else ""))
    loop = asyncio.get_running_loop()
    if not _asks_here():
        return

    def pressed() -> None:
        if not _asks_here() or not os.read(0, 4096):
            loop.remove_reader(0)
        elif not site.presence.came:
            _print_url(site)

    loop.add_reader(0, pressed)


def _asks_here() -> bool:
    """Whether stdin is a terminal that we are in the foreground of: reading in the background would stop us."""
    try:
        return os.isatty(0) and os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return False


async def _arrival(site: Site, seconds: float) -> None:
    """Wait for a browser, but not for ever."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await site.presence.arrival.wait()


def _farewell(site: Site, opening: Opening) -> int:
    if site.stopped_by == "nobody":
        raise NotAllowedError(
            "nobody opened the page", "ask a person to run `creds ui` in their own terminal"
        )
    if site.stopped_by == "idle":
        opening.say("stopped after ten idle minutes")
    elif site.stopped_by == "page":
        opening.say("stopped from the page")
    if site.signal is None:
        return 0
    if sys.stderr.isatty():
        os.write(2, b"\n")
    opening.say("stopped")
    return STATUS_OF.get(signal.Signals(site.signal), 0)
