"""How results are shown: tables for people, aligned text for pipes, versioned JSON for programs. Data only."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence

from creds_shell.cli import say
from creds_shell.core.talk import printable

NARROWEST = 40  # columns; rich would show letters below each other, and of COLUMNS=0 nothing
STATUS_STYLE = {"ok": "green", "warn": "yellow", "fail": "red", "skip": "dim"}


def json_out(payload: Mapping[str, object]) -> None:
    r"""Write one JSON object with `"version": 1` in front; a byte of a path that is no UTF-8 stands as `\udcNN`."""
    text = json.dumps({"version": 1, **payload}, indent=2, ensure_ascii=False) + "\n"
    say.out(text.encode("utf-8", "backslashreplace"))


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write rows under their column names; empty columns are left out."""
    cells = [[printable(str(cell)) for cell in row] for row in rows]
    kept = [i for i in range(len(columns)) if any(row[i] for row in cells)]
    heads = [columns[i] for i in kept]
    body = [[row[i] for i in kept] for row in cells]
    if wants_colour():
        _rich_table(heads, body)
    else:
        _plain_table(heads, body)


def some(names: Iterable[str], most: int = 10) -> str:
    """Return names as a list for people; of thousands the first ones and how many more there are."""
    listed = list(names)
    more = f" and {len(listed) - most} more" if len(listed) > most else ""
    return ", ".join(listed[:most]) + more


def rows_out(rows: Iterable[Mapping[str, str]], *, as_json: bool) -> None:
    """Write findings: rows of status, check, detail and the next command."""
    listed = [{k: row.get(k, "") for k in ("status", "check", "detail", "next")} for row in rows]
    for row in listed:
        row["next"] = say.again(row["next"])
    if as_json:
        json_out({"rows": listed})
        return
    table(("status", "check", "detail", "next"), [list(row.values()) for row in listed])


def wants_colour() -> bool:
    """Whether stdout takes colour: NO_COLOR, FORCE_COLOR (no-color.org, force-color.org), TERM=dumb, a terminal."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return os.isatty(1) and os.environ.get("TERM", "dumb") != "dumb"


def _plain_table(heads: Sequence[str], body: Sequence[Sequence[str]]) -> None:
    widths = _widths(heads, body)
    for line in [[head.upper() for head in heads], *body]:
        say.out(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        )


def _widths(heads: Sequence[str], body: Sequence[Sequence[str]]) -> list[int]:
    return [max(len(line[i]) for line in [heads, *body]) for i in range(len(heads))]


def _rich_table(heads: Sequence[str], body: Sequence[Sequence[str]]) -> None:
    from io import StringIO

    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=StringIO(), force_terminal=True, highlight=False)
    console.width = max(console.width, NARROWEST)
    heads, body = _next_below(heads, body, console.width)
    grid = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for head in heads:
        grid.add_column(head.upper(), overflow="fold")
    for line in body:
        style = STATUS_STYLE.get(line[0], "") if heads and heads[0] == "status" else ""
        grid.add_row(*[Text(cell, style=style if i == 0 else "") for i, cell in enumerate(line)])
    with console.capture() as text:
        console.print(grid)
    say.out(text.get())


def _next_below(
    heads: Sequence[str], body: Sequence[Sequence[str]], width: int
) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    """Give the next step a line of its own below what was found, where a narrow column would break the command."""
    if heads[-2:] != ["detail", "next"] or sum(_widths(heads, body)) + 2 * (len(heads) - 1) <= width:
        return heads, body
    below = [[*line[:-2], f"{line[-2]}\nnext: {line[-1]}" if line[-1] else line[-2]] for line in body]
    return heads[:-1], below
