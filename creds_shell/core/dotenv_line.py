"""One binding of the .env grammar as it may be written by hand: quotes, escapes, comments, `export`, odd keys.

The prompt loads this module only for a file that has such a line; the plain ones are read in `dotenv`.
"""

from creds_shell.core.dotenv import Entry, line_end

# python-dotenv's _double_quote_escapes and _single_quote_escapes
_DOUBLE = {
    "\\": "\\",
    "'": "'",
    '"': '"',
    "a": "\a",
    "b": "\b",
    "f": "\f",
    "n": "\n",
    "r": "\r",
    "t": "\t",
    "v": "\v",
}
_SINGLE = {"\\": "\\", "'": "'"}


class Unreadable(Exception):  # noqa: N818 `dotenv` alone sees it, and names the line
    """This binding does not follow the grammar."""


def binding(text: str, start: int, line: int, *, shell: bool) -> "Entry | tuple[str, int, int]":
    """Read one binding; a key without value gives (key, start, end), a comment after `export` ("", start, end)."""
    equal = text.find("=", start)
    key = text[start:equal] if equal > 0 else ""
    if not key.isidentifier():
        key, equal = _odd_key(text, start)
        if equal >= len(text) or text[equal] != "=":
            _, end = _rest(text, equal)
            return key, start, end
    at = _blanks(text, equal + 1)
    quote = text[at : at + 1]
    if quote == "#" and at > equal + 1:
        value, stop = "", at
    elif quote in {'"', "'"}:
        return _quoted(text, key, (start, line), at, shell=shell)
    else:
        value, stop = _unquoted(text, at)
    comment, end = _rest(text, stop)
    return Entry(key, value.encode("utf-8", "surrogateescape"), line, start, at, stop, end, comment)


def _odd_key(text: str, start: int) -> tuple[str, int]:
    """Read `export`, a quoted key or a key that is no identifier; return it and where `=` should be."""
    at = start
    if text.startswith("export", at) and _blanks(text, at + 6) > at + 6:
        at = _blanks(text, at + 6)
    if text[at : at + 1] == "#":
        return "", at
    if text[at : at + 1] == "'":
        stop = text.find("'", at + 1)
        if stop <= at + 1:
            raise Unreadable
        return _lf(text[at + 1 : stop]), _blanks(text, stop + 1)
    stop = at
    while stop < len(text) and text[stop] not in "=#" and not text[stop].isspace():
        stop += 1
    if stop == at:
        raise Unreadable
    return text[at:stop], _blanks(text, stop)


def _quoted(text: str, key: str, where: tuple[int, int], at: int, *, shell: bool) -> Entry:
    ways = (_shell_word, _dotenv_word) if shell and text[at] == "'" else (_dotenv_word, _shell_word)
    for number, way in enumerate(ways):
        try:
            value, stop = way(text, at)
            comment, end = _rest(text, stop)
        except Unreadable:
            if number:
                raise
        else:
            if "\r" in text:
                value = way(_lf(text[at:stop]), 0)[0]
            return Entry(
                key, value.encode("utf-8", "surrogateescape"), where[1], where[0], at, stop, end, comment
            )
    raise Unreadable


def _dotenv_word(text: str, at: int) -> tuple[str, int]:
    """One quoted string as python-dotenv reads it: a backslash always escapes the character after it."""
    quote, begin = text[at], at + 1
    look, escaped = begin, False
    while True:
        stop = text.find(quote, look)
        if stop < 0:
            raise Unreadable
        slash = text.find("\\", look, stop)
        if slash < 0:
            break
        look, escaped = slash + 2, True
    body = text[begin:stop]
    return _unescape(body, _DOUBLE if quote == '"' else _SINGLE) if escaped else body, stop + 1


def _shell_word(text: str, at: int) -> tuple[str, int]:
    r"""Adjacent quoted strings as a shell reads them: what shlex.quote makes of a value with quotes in it."""
    parts = []
    while text[at : at + 1] in ("'", '"'):
        if text[at] == '"':
            part, at = _dotenv_word(text, at)
        else:
            stop = text.find("'", at + 1)
            if stop < 0:
                raise Unreadable
            part, at = text[at + 1 : stop], stop + 1
        parts.append(part)
    return "".join(parts), at


def _unescape(body: str, table: dict[str, str]) -> str:
    pieces = body.split("\\")
    out, at = [pieces[0]], 1
    while at < len(pieces):
        piece = pieces[at]
        if not piece:  # two backslashes: the piece after them is plain text
            out.append("\\")
            at += 1
            out.append(pieces[at] if at < len(pieces) else "")
        else:
            known = table.get(piece[0])
            out.append("\\" + piece if known is None else known + piece[1:])
        at += 1
    return "".join(out)


def _unquoted(text: str, at: int) -> tuple[str, int]:
    """Read to the end of the line or to a `#` after white space."""
    part = text[at : line_end(text, at)]
    mark = part.find("#", 1)
    while mark > 0 and not part[mark - 1].isspace():
        mark = part.find("#", mark + 1)
    part = (part[:mark] if mark > 0 else part).rstrip()
    return part, at + len(part)


def _rest(text: str, at: int) -> tuple[bytes, int]:
    """Read what may follow a value: blanks, a comment, the line end. Returns the comment and the next position."""
    at = _blanks(text, at)
    comment = b""
    if text[at : at + 1] == "#":
        stop = line_end(text, at)
        comment, at = text[at:stop].encode("utf-8", "surrogateescape"), stop
    if text.startswith("\r\n", at):
        return comment, at + 2
    if at >= len(text):
        return comment, at
    if text[at] not in "\r\n":
        raise Unreadable
    return comment, at + 1


def _blanks(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] not in "\r\n" and text[at].isspace():
        at += 1
    return at


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
