"""One run of the page: bind 127.0.0.1, let a browser in, serve, and stop by itself when nobody is there any more.

Nothing of a request is logged, and what goes wrong inside is told by type and place, never by its text.
"""

import asyncio
import contextlib
import errno
import logging
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import uvicorn

from creds_shell.core.errors import SecretsError, UsageError
from creds_shell.ui.access import Access
from creds_shell.ui.doorbell import Doorbell
from creds_shell.ui.launch import remove_redirect
from creds_shell.ui.operations import Operations
from creds_shell.ui.questions import Questions
from creds_shell.ui.routes import application

if TYPE_CHECKING:
    from creds_shell.ui.guard import Guard

ADDRESS = "127.0.0.1"  # the literal: a name could resolve to something else
IDLE_SECONDS = 600.0  # DESIGN: stops after 10 idle minutes
CONNECTIONS = 256


def bind(port: int = 0) -> socket.socket:
    """Return a listening socket on 127.0.0.1, at a random port unless one is asked for.

    Raises:
        UsageError: the port is not one, is taken or is not ours to take.
    """
    if not 0 <= port <= 65535:
        raise UsageError(f"{port} is not a port", "use --port 1024 to 65535, or leave it out")
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((ADDRESS, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        why = (
            "is in use"
            if error.errno == errno.EADDRINUSE
            else f"cannot be used ({os.strerror(error.errno or 0)})"
        )
        raise SecretsError(f"port {port} {why}", "leave --port out for a free one") from None
    listener.setblocking(False)
    return listener


@dataclass
class Presence:
    """Who is there: tabs that wait for changes now, and when a person last did something."""

    clock: Callable[[], float] = time.monotonic
    idle_seconds: float = IDLE_SECONDS
    tabs: int = 0
    arrival: asyncio.Event = field(default_factory=asyncio.Event)
    last_seen: float = 0.0
    last_action: float = field(default=0.0)

    def __post_init__(self) -> None:
        self.touch()

    @property
    def came(self) -> bool:
        """Whether a browser was let in."""
        return self.arrival.is_set()

    def touch(self) -> None:
        """Note that a person did something."""
        self.last_action = self.clock()

    def idle_in(self) -> float:
        """Seconds until the page stops by itself."""
        return self.last_action + self.idle_seconds - self.clock()

    def somebody_looks(self) -> bool:
        """Whether a tab waits for changes, or did a moment ago (it asks again at once)."""
        return self.tabs > 0 or (self.came and self.clock() - self.last_seen < 3.0)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """A tab waits for changes inside this block."""
        self.tabs += 1
        try:
            yield
        finally:
            self.tabs -= 1
            self.last_seen = self.clock()


class Site:
    """The page of one run and all that belongs to it."""

    WARN_SECONDS = 60.0  # the tabs say so when the page is about to stop

    def __init__(self, operations: Operations, *, port: int = 0, idle_seconds: float = IDLE_SECONDS) -> None:
        """Bind at once, so that the address is known before anything runs."""
        self.listener = bind(port)
        self.port = int(self.listener.getsockname()[1])
        # A browser leaves the port of its scheme out of Host and Origin (URL Standard, default ports).
        self.origin = f"http://{ADDRESS}" + ("" if self.port == 80 else f":{self.port}")
        self.access = Access()
        self.presence = Presence(idle_seconds=idle_seconds)
        self.questions = Questions()
        self.operations = operations
        self.guard: Guard
        self.redirect: str | None = None
        self.signal: int | None = None
        self.stopped_by: str | None = None
        self._server: _Server | None = None

    def url(self) -> str:
        """Return a start URL with a new one-use code in its fragment, which no server ever sees in a request line."""
        return f"{self.origin}/#code={self.access.issue_code()}"

    def let_in(self) -> None:
        """A browser came: the file that sent it here has done its work."""
        self.presence.touch()
        self.presence.arrival.set()
        self.drop_redirect()

    def drop_redirect(self) -> None:
        """Remove the file that sends a browser here: it did its work, or its code is too old."""
        remove_redirect(self.redirect)
        self.redirect = None

    def stop(self, why: str) -> None:
        """Stop soon; the tabs are told."""
        self.stopped_by = self.stopped_by or why
        if self._server:
            self._server.should_exit = True
        self.questions.changed.set()

    async def serve(self, *, ready: Callable[[], None]) -> None:
        """Serve until stopped; `ready` is called once the page listens."""
        doorbell = Doorbell(self.questions, self.presence.somebody_looks)
        self._server = _Server(_config(application(self)))
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self._stop_on, number)
        await doorbell.start()
        watch = asyncio.ensure_future(self._stop_when_idle())
        try:
            ready()
            await self._server.serve(sockets=[self.listener])
        finally:
            watch.cancel()
            await doorbell.stop()

    def _stop_on(self, number: int) -> None:
        self.signal = self.signal or number
        self.stop("signal")

    async def _stop_when_idle(self) -> None:
        while (left := self.presence.idle_in()) > 0:  # noqa: ASYNC110 time itself is awaited
            await asyncio.sleep(min(left, 5.0))
        self.stop("idle")


class _Server(uvicorn.Server):
    """uvicorn without its own signal handling: it would raise the signal again after a clean stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _config(app: object) -> uvicorn.Config:
    logging.getLogger(
        "uvicorn.error"
    ).disabled = True  # it would print exceptions, whose text may hold a value
    return uvicorn.Config(
        app,  # type: ignore[arg-type]
        http="h11",
        ws="none",
        lifespan="off",
        loop="asyncio",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        limit_concurrency=CONNECTIONS,
        h11_max_incomplete_event_size=16 * 1024,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=2,
    )
