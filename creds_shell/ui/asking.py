"""Ask a person through the page: what `creds set KEY` and the grants of an agent call.

An open tab of any running page of this user gets the question; else, with a display, a page is opened for it alone.
Nobody can be asked: NotAllowedError at once, so nothing waits where no person is.
"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from creds_shell.core.agents import ACTIONS
from creds_shell.core.errors import NotAllowedError
from creds_shell.project import Project, working_directory
from creds_shell.ui.doorbell import ring
from creds_shell.ui.launch import (
    browser_command,
    browser_environment,
    open_browser,
    write_redirect,
)
from creds_shell.ui.questions import Kind, Question

if TYPE_CHECKING:
    from creds_shell.ui.server import Site

SAVED, DECLINED = "saved", "declined"
BROWSER_SECONDS = 30.0  # a browser that was not running needs its time


def ask_value(
    key: str,
    project: Project,
    *,
    rotate: bool = False,
    agent: str | None = None,
    reason: str | None = None,
    timeout: float = 300.0,
) -> str:
    """Ask a person for a value, which the page stores; the caller never sees it.

    Args:
        key: the name to set.
        project: where it goes; the page opens the same one.
        rotate: the key has a value, and this one replaces it as `creds rotate` does.
        agent: who asks, for the page and the audit record.
        reason: what --reason said; shown as the asker's own words.
        timeout: seconds that the person has.

    Returns:
        `saved` or `declined`.

    Raises:
        NotAllowedError: nobody can be asked, or nobody answered in time.
    """
    action = f"{'rotate' if rotate else 'set'} {key}"
    question = _question("rotate" if rotate else "value", action, project, (key,), agent, reason)
    instead = f"ask a person to run `creds {action}` in their own terminal"
    return SAVED if _ask(question, timeout, instead) == "yes" else DECLINED


def ask_permission(
    action: str,
    project: Project | None,
    *,
    keys: Sequence[str] = (),
    agent: str | None = None,
    reason: str | None = None,
    timeout: float = 120.0,
) -> bool:
    """Ask a person whether an action may be done, this once.

    Args:
        action: a word of `core.agents.ACTIONS`, or words that finish “… wants to”.
        project: whose secrets; None outside any.
        keys: the names concerned.
        agent: who asks.
        reason: what --reason said.
        timeout: seconds that the person has.

    Raises:
        NotAllowedError: nobody can be asked, or nobody answered in time.
    """
    what = ACTIONS[action][0] if action in ACTIONS else action
    question = _question("permission", what, project, tuple(keys), agent, reason)
    return _ask(question, timeout, "ask a person to run it in their own terminal") == "yes"


def _question(  # noqa: PLR0917 one for each field of a question
    kind: Kind,
    action: str,
    project: Project | None,
    keys: tuple[str, ...],
    agent: str | None,
    reason: str | None,
) -> Question:
    return Question(
        kind=kind,
        action=action,
        project=project.id if project else "",
        environment=project.environment if project else "default",
        provider=project.provider if project else None,
        keys=keys,
        agent=agent,
        reason=reason,
        explicit=bool(project and project.explicit),
        directory=working_directory(),
    )


def _ask(question: Question, timeout: float, instead: str) -> str:
    try:
        answer = ring(question, timeout) or _ask_on_a_page_of_our_own(question, timeout)
    except TimeoutError:
        answer = None
        why = "nobody answered on the page"
    else:
        why = "there is no page open and no display to open one on"
    if answer is None:
        raise NotAllowedError(why, instead)
    return answer


def _ask_on_a_page_of_our_own(question: Question, timeout: float) -> str | None:
    """Open a page for one question.

    Raises:
        TimeoutError: the browser did not come, or nobody answered.
    """
    environ = browser_environment()
    command = browser_command(environ)
    if command is None:
        return None
    from creds_shell.project import open_project
    from creds_shell.ui.operations import Operations
    from creds_shell.ui.selection import Home, Wanted
    from creds_shell.ui.server import Site

    named = question.project if question.explicit else None
    given = Wanted(named, question.environment, question.provider)
    home = open_project(project=named, environment=question.environment, provider=question.provider)
    site = Site(Operations(Home(home, given, working_directory())), idle_seconds=timeout + BROWSER_SECONDS)
    try:
        return asyncio.run(_one_answer(site, question, command, environ, timeout))
    finally:
        site.drop_redirect()


async def _one_answer(
    site: "Site", question: Question, command: list[str], environ: dict[str, str], seconds: float
) -> str:
    asked: list[asyncio.Task[str]] = []

    def ready() -> None:
        site.redirect = write_redirect(site.url())
        open_browser(command, site.redirect, environ)
        asked.append(asyncio.ensure_future(_wait_for_answer(site, question, seconds)))

    await site.serve(ready=ready)
    if site.signal is not None:
        raise KeyboardInterrupt
    return await asked[0]


async def _wait_for_answer(site: "Site", question: Question, seconds: float) -> str:
    """Wait for the browser, then for the person; the tab hears that all is done before the page stops.

    Raises:
        TimeoutError: the browser did not come, or nobody answered.
    """
    answer = site.questions.ask(question)
    try:
        async with asyncio.timeout(BROWSER_SECONDS):
            await site.presence.arrival.wait()
        async with asyncio.timeout(seconds):
            return await answer if answer else ""
    finally:
        site.stop("answered")
