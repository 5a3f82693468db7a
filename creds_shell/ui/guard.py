"""Every request is decided here before a handler sees it: where it came from, who sends it, how large it is.

The order matters. What a page of another origin could learn from an answer is nothing: no CORS header is ever sent,
and a request that is refused is refused before its body is read.
"""

import asyncio
import contextlib
import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from creds_shell.ui.access import Access
from creds_shell.ui.page import ALWAYS, NOTHING

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

MAX_BODY = 2 * 1024 * 1024  # an import of 1 MiB, escaped as JSON
MAX_OPEN_BODY = 1024  # what somebody without a token may send: a code
BODY_SECONDS = 15.0
MAX_DRAINED = 8 * 1024 * 1024
DRAIN_SECONDS = 2.0
SESSION = "/api/session"


class Refusal(Exception):  # noqa: N818 not an error of ours: an answer to a request
    """An answer that ends a request."""

    def __init__(self, status: int, code: str, message: str, **headers: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.headers = headers


class Guard:
    """ASGI middleware around the whole application."""

    def __init__(self, app: App, *, access: Access, host: str, paths: dict[str, str]) -> None:
        """Wrap `app`; `host` is the exact `127.0.0.1:PORT`, `paths` maps each path to its method."""
        self.app, self.access, self.host, self.paths = app, access, host, paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a refused request, pass an accepted one on with its body read."""
        if scope["type"] != "http":
            return
        try:
            headers = _headers(scope)
            method = self._check_target(scope, headers)
            if method == "POST":
                await self._check_sender(scope["path"], headers)
                receive = _replay(await _body(scope["path"], headers, receive), receive)
            await self.app(scope, receive, _with_headers(send))
        except Refusal as refusal:
            await _drain(receive)
            await _answer(refusal, send)

    def _check_target(self, scope: Scope, headers: dict[str, list[str]]) -> str:
        """Refuse another host (DNS rebinding), another origin, another path, another method."""
        if headers.get("host") != [self.host]:
            raise Refusal(403, "host", "this page answers to its own address only")
        path = scope["raw_path"].decode("latin-1")  # as it was sent: none of ours is written with a `%`
        if path not in self.paths or scope.get("query_string"):
            raise Refusal(404, "not_found", "there is nothing here")
        method = self.paths[path]
        if scope["method"] != method:
            raise Refusal(405, "method", f"this path takes {method}", allow=method)
        self._check_origin(path, method, headers)
        return method

    def _check_origin(self, path: str, method: str, headers: dict[str, list[str]]) -> None:
        """Sec-Fetch-* comes from every current browser, and a page cannot set it; Origin from every one on POST."""
        ours = [f"http://{self.host}"]
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        opening = path == "/" and headers.get("sec-fetch-dest", ["document"]) == ["document"]
        if site not in (None, ["same-origin"]) and not opening:
            raise Refusal(403, "origin", "another site asked for this")
        if origin != ours and (method == "POST" or origin is not None):
            raise Refusal(403, "origin", "another origin asked for this")

    async def _check_sender(self, path: str, headers: dict[str, list[str]]) -> None:
        """Refuse what is not JSON, and (but for the swap of a code) what has no token of this run."""
        kind = headers.get("content-type", [""])
        if len(kind) != 1 or kind[0].replace(" ", "").lower() not in (
            "application/json",
            "application/json;charset=utf-8",
        ):
            raise Refusal(415, "media_type", "this takes application/json only")
        if headers.get("content-encoding", ["identity"]) != ["identity"]:
            raise Refusal(415, "media_type", "this takes no encoded body")
        if path == SESSION:
            return
        scheme, _, token = headers.get("authorization", [""])[0].partition(" ")
        if scheme != "Bearer" or not token:
            raise Refusal(401, "unauthorised", "this tab is not let in", **{"www-authenticate": "Bearer"})
        if not self.access.knows(token):
            await self.refuse_wrong_try("this tab is not let in")

    async def refuse_wrong_try(self, message: str) -> None:
        """Answer a wrong code or token, after a few of them with a wait.

        Raises:
            Refusal: always.
        """
        delay = self.access.delay_after_wrong_try()
        if not delay:
            raise Refusal(401, "unauthorised", message, **{"www-authenticate": "Bearer"})
        await asyncio.sleep(min(delay, 0.5))  # slow for the sender, without holding many connections for long
        raise Refusal(429, "slow_down", message, **{"retry-after": str(max(1, round(delay)))})


def _headers(scope: Scope) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in scope["headers"]:
        found.setdefault(name.decode("latin-1").lower(), []).append(value.decode("latin-1"))
    return found


async def _body(path: str, headers: dict[str, list[str]], receive: Receive) -> bytes:
    """Read the whole body within its limits of size and time, declared length first."""
    limit = MAX_OPEN_BODY if path == SESSION else MAX_BODY
    declared = headers.get("content-length", ["0"])[0]
    if not declared.isdecimal() or int(declared) > limit:
        raise Refusal(413, "too_large", f"a body may have {limit} bytes", connection="close")
    try:
        async with asyncio.timeout(BODY_SECONDS):
            return await _read(receive, limit)
    except TimeoutError:
        raise Refusal(408, "too_slow", "the body did not arrive", connection="close") from None


async def _read(receive: Receive, limit: int) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refusal(400, "gone", "the sender went away")
        body += message.get("body", b"")
        if len(body) > limit:
            raise Refusal(413, "too_large", f"a body may have {limit} bytes", connection="close")
        if not message.get("more_body"):
            return bytes(body)


async def _drain(receive: Receive) -> None:
    """Throw away what is still coming, within bounds: closing on unread bytes would reset the refusal away."""
    left = MAX_DRAINED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(DRAIN_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] == "http.disconnect" or not message.get("more_body"):
                    return
                left -= len(message.get("body", b""))


def _replay(body: bytes, receive: Receive) -> Receive:
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


def _with_headers(send: Send) -> Send:
    async def with_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            given = {name for name, _ in message["headers"]}
            always = {**ALWAYS, "content-security-policy": NOTHING}
            message["headers"] = [
                *message["headers"],
                *((k.encode(), v.encode()) for k, v in always.items() if k.encode() not in given),
            ]
        await send(message)

    return with_headers


def refusal_body(refusal: Refusal) -> dict[str, Any]:
    """Return what a refused request is told."""
    return {"error": {"code": refusal.code, "message": refusal.message, "hints": []}}


async def _answer(refusal: Refusal, send: Send) -> None:
    body = json.dumps(refusal_body(refusal)).encode()
    headers = {"content-type": "application/json", "content-length": str(len(body)), **refusal.headers}
    start = {
        "type": "http.response.start",
        "status": refusal.status,
        "headers": [(k.encode(), v.encode()) for k, v in headers.items()],
    }
    with_headers = _with_headers(send)
    await with_headers(start)
    await with_headers({"type": "http.response.body", "body": body})
