"""Paths and their handlers. Every interface path is a POST; its handler gets checked fields and returns an object.

What goes wrong is answered with the sentence and hints of a SecretsError; anything else is told by type alone.
"""

import asyncio
import json
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from creds_shell.core import talk
from creds_shell.core.errors import SecretsError
from creds_shell.ui.access import CODE_SECONDS
from creds_shell.ui.guard import App, Guard, Refusal, refusal_body
from creds_shell.ui.page import Page, index_page, index_template, static_files
from creds_shell.ui.selection import Wanted
from creds_shell.ui.wire import ChangedError, FieldError, Fields, read_fields

if TYPE_CHECKING:
    from creds_shell.ui.server import Site

Answer = dict[str, Any]
Handler = Callable[["Site", Fields], Awaitable[Answer]]

WATCH_SECONDS = 20.0
WATCH_STEP = 0.4
MAX_WATCHES = 4  # a browser opens six connections to a host; more waiting tabs would starve the rest
STATUS = {
    "invalid": 422,
    "usage": 422,
    "invalid_value": 422,
    "confirm_name": 422,
    "not_found": 404,
    "no_project": 404,
    "not_allowed": 403,
    "bad_permissions": 403,
    "changed": 409,
    "busy": 409,
    "provider_unavailable": 503,
}


async def session(site: "Site", fields: Fields) -> Answer:
    """Swap a start code for the tab's token."""
    token = site.access.redeem(fields.text("code", 200))
    if token is None:
        await site.guard.refuse_wrong_try("this start link was used or is too old")
    site.let_in()
    return {"token": token}


async def code(site: "Site", _: Fields) -> Answer:
    """Give a tab that is in a code for another one."""
    return {"code": site.access.issue_code(), "seconds": CODE_SECONDS}


async def watch(site: "Site", fields: Fields) -> Answer:
    """Wait until the secrets, the questions or the state of the server change, at most WATCH_SECONDS."""
    if fields.flag("active"):
        site.presence.touch()
    with site.presence.waiting():
        return {
            "revision": await _wait_for_change(site, fields),
            "asked": site.questions.shown(),
            "questions": site.questions.mark(),
            "idle_in": round(site.presence.idle_in()),
            "stopping": site.stopped_by is not None,
        }


async def _wait_for_change(site: "Site", fields: Fields) -> str | None:
    """Return the new mark of the secrets, or None when something else ended the wait."""
    wanted, revision = Wanted.of(fields), fields.maybe("revision")
    seen = fields.maybe("questions") or ""
    crowded = site.presence.tabs > MAX_WATCHES
    until = asyncio.get_running_loop().time() + (1.0 if crowded else WATCH_SECONDS)
    warned = site.presence.idle_in() <= site.WARN_SECONDS
    while True:
        if revision and (mark := await run_in_threadpool(site.operations.mark, wanted)) != revision:
            return mark
        due = (site.presence.idle_in() <= site.WARN_SECONDS) != warned
        if (
            due
            or site.stopped_by
            or site.questions.mark() != seen
            or asyncio.get_running_loop().time() > until
        ):
            return None
        with suppress(TimeoutError):
            await asyncio.wait_for(site.questions.changed.wait(), WATCH_STEP)


async def touch(site: "Site", _: Fields) -> Answer:
    """The person is still here."""
    site.presence.touch()
    return {}


async def stop(site: "Site", _: Fields) -> Answer:
    """Stop the page."""
    site.stop("page")
    return {}


async def answer(site: "Site", fields: Fields) -> Answer:
    """Answer a question of another process; a value is stored here and never sent to it."""
    name = fields.text("id", 64)
    question = site.questions.get(name)
    if question is None:
        raise SecretsError("the question was withdrawn", "nothing was done")
    yes = fields.text("answer", 8) == "yes"
    await run_in_threadpool(site.operations.answer, question, fields if yes else None)
    site.questions.answer(name, "yes" if yes else "no")
    return {}


def _operation(method: str, *, by_itself: bool = False) -> Handler:
    """A handler that runs one operation in a thread: stores lock and networks wait.

    What a tab asks for `by_itself`, because the store changed, is no sign of a person.
    """

    async def handler(site: "Site", fields: Fields) -> Answer:
        if not by_itself:
            site.presence.touch()
        result: Answer = await run_in_threadpool(getattr(site.operations, method), Wanted.of(fields), fields)
        return result

    return handler


HANDLERS: dict[str, Handler] = {
    "session": session,
    "code": code,
    "watch": watch,
    "touch": touch,
    "stop": stop,
    "answer": answer,
    "state": _operation("state", by_itself=True),
    "reveal": _operation("reveal"),
    "put": _operation("put"),
    "rotate": _operation("rotate"),
    "delete": _operation("delete"),
    "undo": _operation("undo"),
    "import/preview": _operation("preview"),
    "import/apply": _operation("apply"),
    "tiers": _operation("tiers"),
    "promote/plan": _operation("promotion_plan"),
    "promote/apply": _operation("promote"),
    "validate": _operation("validate"),
    "audit": _operation("history"),
    "audit/verify": _operation("verify"),
}


def application(site: "Site") -> App:
    """Return the whole application of a site: guard, static page, interface."""
    static, template = static_files(), index_template()

    async def index(_: Request) -> Response:
        return _page(index_page(template))

    async def file(request: Request) -> Response:
        return _page(static[request.url.path])

    async def interface(request: Request) -> Response:
        return await _respond(site, HANDLERS[request.url.path.removeprefix("/api/")], await request.body())

    routes = [Route("/", index), *(Route(path, file) for path in static)]
    routes += [Route(f"/api/{name}", interface, methods=["POST"]) for name in HANDLERS]
    paths = {"/": "GET", **dict.fromkeys(static, "GET"), **{f"/api/{name}": "POST" for name in HANDLERS}}
    site.guard = Guard(
        Starlette(routes=routes), access=site.access, host=site.origin.removeprefix("http://"), paths=paths
    )
    return site.guard


async def _respond(site: "Site", handler: Handler, body: bytes) -> Response:
    try:
        return _json(await handler(site, read_fields(body)))
    except Refusal as refusal:
        return _json(refusal_body(refusal), refusal.status, refusal.headers)
    except SecretsError as error:
        return _json({"error": _told(error)}, STATUS.get(error.code, 400))
    except Exception as error:  # noqa: BLE001 its text may hold a value: type and place are all that is told
        place = traceback.extract_tb(error.__traceback__)[-1]
        name = place.filename.rpartition("/")[2]
        talk.warn(
            f"the page met {type(error).__name__} in {name}:{place.lineno}; nothing more is shown of it"
        )
        message = "something went wrong inside creds"
        return _json(
            {"error": {"code": "internal", "message": message, "hints": ["see the terminal of creds ui"]}},
            500,
        )


def _json(answer: Answer, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Render in ASCII: a path or a name may hold half a surrogate pair, which UTF-8 cannot."""
    return Response(json.dumps(answer), status, headers, "application/json")


def _told(error: SecretsError) -> Answer:
    told: Answer = {"code": error.code, "message": error.message, "hints": list(error.hints)}
    if isinstance(error, FieldError):
        told["field"] = error.field
    if isinstance(error, ChangedError):
        told["version"] = error.version
    return told


def _page(page: Page) -> Response:
    return Response(page.body, media_type=page.kind, headers={"content-security-policy": page.policy})
