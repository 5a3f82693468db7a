"""`creds audit`: who did what with the secrets, and whether the log is whole."""

import argparse
from typing import TYPE_CHECKING

from creds_shell import audit
from creds_shell.cli import render, say
from creds_shell.core.errors import UsageError
from creds_shell.core.talk import counted

if TYPE_CHECKING:
    from creds_shell.cli.app import Invocation

SUMMARY = "who did what, and whether the log is whole"
DESCRIPTION = """Show the last records of the audit log: names of keys, never values, never arguments.

--verify walks the whole chain and compares its end with the head kept in the state directory. It shows edits; it does
not stop somebody who has your uid."""
EXAMPLES = """  creds audit
  creds audit -n 100 --json
  creds audit --verify
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--verify", action="store_true", help="check the chain; exit 1 if something was changed"
    )
    parser.add_argument("-n", dest="count", type=int, default=20, metavar="N", help="how many records (20)")


def run(args: argparse.Namespace, inv: "Invocation") -> int:
    """Print records, or what the verification found."""
    if args.verify:
        return _verify(inv)
    if args.count < 1:
        raise UsageError("-n takes a number from 1", "creds audit -n 20")
    records = audit.read(args.count)
    if inv.json:
        render.json_out({"records": records})
        return 0
    if not records:
        say.say("nothing is recorded yet")
        return 0
    columns = ("time", "action", "project", "keys", "provider", "result", "by")
    render.table(columns, [_row(record) for record in records])
    return 0


def _row(record: dict[str, object]) -> list[str]:
    keys = record.get("keys")
    names = render.some(map(str, keys)) if isinstance(keys, list) else ""
    who = str(record.get("agent") or record.get("login") or record.get("uid") or "")
    shown = [str(record.get(field) or "") for field in ("time", "action", "project")]
    return [*shown, names, str(record.get("provider") or ""), str(record.get("result") or ""), who]


def _verify(inv: "Invocation") -> int:
    found = audit.verify()
    rows = [
        {"status": "fail", "check": f"{problem.file}:{problem.line}", "detail": problem.what, "next": ""}
        for problem in found.problems
    ]
    if not rows:
        detail = f"{counted(found.records, 'record')}, the chain is whole and ends at the head"
        rows = [{"status": "ok", "check": "audit log", "detail": detail, "next": ""}]
    render.rows_out(rows, as_json=inv.json)
    return 0 if found.ok else 1
