"""The .env grammar: a value that was written comes back byte for byte.

What python-dotenv parses without a warning means the same here (interpolation off); what it cannot parse is an
error with its line. Text is scanned as `str` with surrogateescape: white space is Unicode's, as in python-dotenv,
while bytes that are no UTF-8 pass unchanged.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.core.errors import DamagedFileError

FORMAT = 1
MARK = "# creds-format: "
# lib.creds wrote values with shlex.quote, where a backslash inside '…' is a backslash
_ANCESTOR = "# Claude Power Pack secrets"
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


class Entry:
    """One `KEY=value` of a file: what it says, and where, so that an edit can leave the rest alone.

    `start` and `end` bound the whole binding with its line end, `value_start` and `value_end` the value as written;
    all four count characters of the decoded text.
    """

    __slots__ = ("comment", "end", "key", "line", "start", "value", "value_end", "value_start")

    def __init__(  # noqa: PLR0917 keywords cost time in the prompt
        self,
        key: str,
        value: bytes,
        line: int,
        start: int,
        value_start: int,
        value_end: int,
        end: int,
        comment: bytes,
    ) -> None:
        self.key = key
        self.value = value
        self.line = line
        self.start = start
        self.value_start = value_start
        self.value_end = value_end
        self.end = end
        self.comment = comment

    @property
    def mask_mark(self) -> bool:
        """Whether the line ends in `# mask`."""
        return self.comment.lstrip(b"#").split()[:1] == [b"mask"]

    def __repr__(self) -> str:
        return f"Entry({self.key!r}, line {self.line})"


class _Unreadable(Exception):  # noqa: N818 never leaves this module
    """This binding does not follow the grammar."""


def parse(data: bytes, path: str = "") -> list[Entry]:
    """Return the entries of a file in order, duplicates included; the last one of a key counts.

    A key without `=` is no entry, and ends an earlier one of that key, as in python-dotenv.

    Raises:
        DamagedFileError: names `path` and the line.
    """
    entries, bare = scan(data.decode("utf-8", "surrogateescape"), path)
    if bare:
        gone = {key: start for key, start, _ in bare}
        return [e for e in entries if e.start > gone.get(e.key, -1)]
    return entries


def parse_bundle(data: bytes, path: str = "") -> dict[str, bytes]:
    """Return key → value of a file; see `parse`."""
    return {entry.key: entry.value for entry in parse(data, path)}


def forced_masks(data: bytes, path: str = "") -> frozenset[str]:
    """Return the keys whose line ends in `# mask`."""
    return frozenset(entry.key for entry in parse(data, path) if entry.comment and entry.mask_mark)


def scan(text: str, path: str) -> tuple[list[Entry], list[tuple[str, int, int]]]:
    """Return the entries of a text, and its keys without a value as (key, start, end); see `parse`."""
    entries: list[Entry] = []
    bare: list[tuple[str, int, int]] = []
    shell = _look_at_header(text, path)
    pos = 1 if text.startswith("\ufeff") else 0
    line, counted, size = 1, 0, len(text)
    while True:
        while pos < size and text[pos].isspace():
            pos += 1
        if pos >= size:
            return entries, bare
        if text[pos] == "#":
            pos = _line_end(text, pos)
            continue
        line += text.count("\n", counted, pos)
        counted = pos
        plain = _plain(text, pos, line)
        if plain is not None:
            entries.append(plain)
            pos = plain.end
            continue
        try:
            found = _binding(text, pos, line, shell=shell)
        except _Unreadable:
            raise _damaged(path, line) from None
        if isinstance(found, Entry):
            entries.append(found)
            pos = found.end
        else:
            if found[0]:
                bare.append(found)
            pos = found[2]


def _plain(text: str, pos: int, line: int) -> Entry | None:
    """Read `KEY="value"` with nothing to unescape, or `KEY=token`, in one look: most lines, at every prompt."""
    equal, end = text.find("=", pos), text.find("\n", pos)
    if not pos < equal < end - 1:
        return None
    key, body = text[pos:equal], text[equal + 1 : end]
    if body[0] == '"':
        if end < equal + 3 or body[-1] != '"':
            return None
        body = body[1:-1]
        if '"' in body or "\\" in body or "\r" in body:
            return None
    elif not (body.isalnum() or body.replace("-", "").replace("_", "").replace(".", "").isalnum()):
        return None
    if not key.isidentifier():
        return None
    value = body.encode("utf-8", "surrogateescape")
    return Entry(key, value, line, pos, equal + 1, end, end + 1, b"")


def _look_at_header(text: str, path: str) -> bool:
    """Whether the ancestor wrote this file; a format newer than ours is refused."""
    if text.startswith(MARK):
        number = text[len(MARK) : _line_end(text, 0)].strip()
        if not (number.isdecimal() and int(number) <= FORMAT):
            from creds_shell.core.errors import DamagedFileError

            raise DamagedFileError(
                f"{path or 'this file'}: written by a newer creds (format {number[:20]})", "upgrade creds"
            )
    return text.startswith(_ANCESTOR)


def _damaged(path: str, line: int) -> "DamagedFileError":
    from creds_shell.core.errors import DamagedFileError

    return DamagedFileError(
        f"{path or 'line '}{':' if path else ''}{line}: this line cannot be read",
        "correct or remove the line by hand; a file with such a line is never rewritten",
    )


def _binding(text: str, start: int, line: int, *, shell: bool) -> "Entry | tuple[str, int, int]":
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
            raise _Unreadable
        return _lf(text[at + 1 : stop]), _blanks(text, stop + 1)
    stop = at
    while stop < len(text) and text[stop] not in "=#" and not text[stop].isspace():
        stop += 1
    if stop == at:
        raise _Unreadable
    return text[at:stop], _blanks(text, stop)


def _quoted(text: str, key: str, where: tuple[int, int], at: int, *, shell: bool) -> Entry:
    ways = (_shell_word, _dotenv_word) if shell and text[at] == "'" else (_dotenv_word, _shell_word)
    for number, way in enumerate(ways):
        try:
            value, stop = way(text, at)
            comment, end = _rest(text, stop)
        except _Unreadable:
            if number:
                raise
        else:
            if "\r" in text:
                value = way(_lf(text[at:stop]), 0)[0]
            return Entry(
                key, value.encode("utf-8", "surrogateescape"), where[1], where[0], at, stop, end, comment
            )
    raise _Unreadable


def _dotenv_word(text: str, at: int) -> tuple[str, int]:
    """One quoted string as python-dotenv reads it: a backslash always escapes the character after it."""
    quote, begin = text[at], at + 1
    look, escaped = begin, False
    while True:
        stop = text.find(quote, look)
        if stop < 0:
            raise _Unreadable
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
                raise _Unreadable
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
    part = text[at : _line_end(text, at)]
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
        stop = _line_end(text, at)
        comment, at = text[at:stop].encode("utf-8", "surrogateescape"), stop
    if text.startswith("\r\n", at):
        return comment, at + 2
    if at >= len(text):
        return comment, at
    if text[at] not in "\r\n":
        raise _Unreadable
    return comment, at + 1


def _blanks(text: str, at: int) -> int:
    size = len(text)
    while at < size and text[at] not in "\r\n" and text[at].isspace():
        at += 1
    return at


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    other = text.find("\r", at, end)
    return end if other < 0 else other


def _lf(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def format_bundle(bundle: dict[str, bytes]) -> bytes:
    """Return a new file; see `core.dotenv_write`, which the prompt does not load."""
    from creds_shell.core import dotenv_write

    return dotenv_write.format_bundle(bundle)


def edit(data: bytes, changes: dict[str, bytes | None], path: str = "") -> bytes:
    """Return a file with some keys set or removed; see `core.dotenv_write`."""
    from creds_shell.core import dotenv_write

    return dotenv_write.edit(data, changes, path)
