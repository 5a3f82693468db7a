"""What a benchmark hands over: rows of figure, ratio, budget and peer; a table for people, JSON for `make bench`.

In a benchmark: `from report import Row, finish`, then `finish("prompt", [Row(...), ...])`.
"""

import json
import sys
from dataclasses import asdict, dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        what: what was measured.
        figure: the measured figure with its unit.
        ratio: ours divided by the peer's, or None.
        peer: the peer and its own figure.
        budget: what the ratio or figure must keep, in words.
        kept: whether it was kept; None where there is no budget or the machine cannot tell.
    """

    what: str
    figure: str
    ratio: float | None = None
    peer: str = ""
    budget: str = ""
    kept: bool | None = None


def cells(row: Row) -> list[str]:
    """Return a row as text."""
    ratio = "" if row.ratio is None else f"{row.ratio:.3g}"
    return [row.what, row.figure, ratio, row.peer, row.budget, {True: "yes", False: "NO", None: ""}[row.kept]]


HEADS = ["what", "figure", "ratio", "peer", "budget", "kept"]


def finish(title: str, rows: list[Row]) -> None:
    """Print the table, or with --json one object."""
    if "--json" in sys.argv:
        print(json.dumps({"title": title, "rows": [asdict(row) for row in rows]}))
        return
    lines = [HEADS, *(cells(row) for row in rows)]
    widths = [max(len(line[i]) for line in lines) for i in range(len(HEADS))]
    print(title)
    for line in lines:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
