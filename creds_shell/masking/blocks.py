"""The value of a YAML block scalar: `password: |` and the deeper indented lines below it."""

from creds_shell.masking.hit import BLANKS, LONGEST, Hit
from creds_shell.masking.lane import NEAR

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.masking.hit import Verdict

_INDICATORS = b"+-123456789"


def block(hit: Hit, at: int) -> "Verdict":
    """Judge what follows a name and a colon when it begins with `|` or `>`.

    Args:
        hit: the name.
        at: where the `|` or `>` stands.

    Returns:
        The lines of the block, from its first to its last visible character, as one span; None when this is no block.
    """
    text = hit.text
    end = hit.over(BLANKS, hit.over(_INDICATORS, at + 1, 2), 64)
    if text[end : end + 1] == b"#":
        end = hit.until(b"\n", end)
    indent = _indent(hit)
    if indent is None:
        return None
    if hit.open(end):
        return hit.wait(at)
    return _lines(hit, at, end + 1, indent) if text[end : end + 1] == b"\n" else None


def _indent(hit: Hit) -> "int | None":
    """The column of the key; None when its line began too long ago."""
    line = hit.behind()
    start = line.rfind(b"\n") + 1
    if not start and len(line) == NEAR:
        return None
    body = line[start:]
    return len(body) - len(body.lstrip(b" -"))


def _lines(hit: Hit, sign: int, first: int, indent: int) -> "Verdict":
    """The lines from first on that are blank or indented deeper than the key; without any, the sign may be a value."""
    text, at, stop = hit.text, first, min(len(hit.text), first + LONGEST)
    begin = end = -1
    while at < stop:
        content = hit.over(b" ", at)
        after = hit.until(b"\n", content)
        if hit.open(content) or hit.open(after):
            return hit.wait(begin if begin >= 0 else sign)
        if after > content:
            if content - at <= indent:
                break
            begin = content if begin < 0 else begin
            end = after
        at = after + 1
    if at >= len(text) and not hit.final:
        return hit.wait(begin if begin >= 0 else sign)
    return (begin, end, -1) if begin >= 0 else None
