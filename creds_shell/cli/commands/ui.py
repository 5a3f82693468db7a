"""`creds ui`: the local web page, for this user on this machine, until it is stopped or nobody is there."""

import argparse
import json
import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from creds_shell.cli import say
from creds_shell.core import agents, talk

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation
    from creds_shell.project import Project
    from creds_shell.ui.operations import Extras
    from creds_shell.ui.server import Site

SUMMARY = "the local web page"
DESCRIPTION = """Open a page in your browser: list, add, edit, reveal, rotate, delete and import secrets, compare tiers,
check them, and read the audit log.

It listens on 127.0.0.1 alone. The link works once and for a minute; the tab that opens it gets a key of its own.
It stops with Ctrl-C, from the page, or after ten idle minutes."""
EXAMPLES = """  creds ui
  creds ui --project shop -e production
  creds ui --no-open --port 8765
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--port", type=_port, default=0, metavar="N", help="listen there; default: a free port"
    )
    parser.add_argument("--no-open", action="store_true", help="open no browser, print the link")


def AGENT_ACTION(args: argparse.Namespace) -> str | None:  # noqa: N802 the name that the agents' gate looks for
    """What an agent must be granted: the link, which lets in whoever has it."""
    return "ui" if args.json or args.no_open else None


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Serve the page until it is stopped."""
    from creds_shell.project import working_directory
    from creds_shell.ui import opening
    from creds_shell.ui.launch import browser_environment
    from creds_shell.ui.operations import Operations
    from creds_shell.ui.selection import Home, Wanted
    from creds_shell.ui.server import Site

    given = Wanted(inv.project, inv.environment, inv.provider)
    asked_for_link = args.no_open or inv.json  # an agent comes this far only where it was granted
    site = Site(Operations(Home(inv.open_project(), given, working_directory()), _extras()), port=args.port)
    talk.release()  # what is held for --json: the page runs for hours
    return opening.run(
        site,
        opening.Opening(
            agent=None if asked_for_link else agents.detect(),
            browser=not asked_for_link,
            environ=browser_environment(),
            announce=(lambda url: _announce(site, url)) if inv.json else None,
            say=say.say,
        ),
    )


def _announce(site: "Site", url: str) -> None:
    """Write the one line of `--json`."""
    from creds_shell.ui.access import CODE_SECONDS

    expires = datetime.now(UTC) + timedelta(seconds=CODE_SECONDS)
    told = {
        "version": 1,
        "url": url,
        "port": site.port,
        "pid": os.getpid(),
        "expires": expires.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }
    say.out(json.dumps(told) + "\n")


def _extras() -> "Extras":
    from creds_shell import audit
    from creds_shell.cli.import_formats import marked_keys, parse_secrets
    from creds_shell.ui.operations import Extras
    from creds_shell.validation.report import PARTS, validate
    from creds_shell.validation.row import Row

    def check(project: "Project", wanted: frozenset[str]) -> list[Row]:
        rows = validate(project, tuple(part for part in PARTS if part in wanted))
        broken = any(row["status"] == "fail" for row in rows)
        audit.record(
            "validate",
            project=project.id,
            provider=project.provider,
            result="problems" if broken else "ok",
            program="ui",
            environment=project.environment,
        )
        return rows

    return Extras(validate=check, parse=lambda data: parse_secrets(data, "the text"), marked=marked_keys)


def _port(text: str) -> int:
    if text.isdecimal() and 0 <= int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text} is not a port")
