"""The audit log for the page: the newest records first, and the verification of the chain."""

from typing import Any

from creds_shell import audit
from creds_shell.project import Project

SHOWN = (
    "seq",
    "time",
    "login",
    "action",
    "project",
    "keys",
    "provider",
    "result",
    "reason",
    "agent",
    "environment",
    "program",
)
MOST = 5000


def records(project: Project | None, count: int) -> dict[str, Any]:
    """Return the last `count` records, of one project or (None) of all."""
    found = [each for each in audit.read() if project is None or each.get("project") == project.id]
    newest = found[::-1][:count]
    return {
        "records": [
            {name: each.get(name) for name in SHOWN} | {"keys": each.get("keys") or []} for each in newest
        ],
        "more": len(found) > count,
    }


def verify() -> dict[str, Any]:
    """Walk the chain."""
    found = audit.verify()
    return {"ok": found.ok, "count": found.records, "problems": [str(each) for each in found.problems[:20]]}
