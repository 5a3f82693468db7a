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


def parse(data: bytes, path: str = "") -> "list[Entry]":
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


def parse_bundle(data: bytes, path: str = "") -> "dict[str, bytes]":
    """Return key → value of a file; see `parse`."""
    return {entry.key: entry.value for entry in parse(data, path)}


def forced_masks(data: bytes, path: str = "") -> "frozenset[str]":
    """Return the keys whose line ends in `# mask`."""
    return frozenset(entry.key for entry in parse(data, path) if entry.comment and entry.mask_mark)


def scan(text: str, path: str) -> "tuple[list[Entry], list[tuple[str, int, int]]]":
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
            pos = line_end(text, pos)
            continue
        line += text.count("\n", counted, pos)
        counted = pos
        plain = _plain(text, pos, line)
        if plain is not None:
            entries.append(plain)
            pos = plain.end
            continue
        from creds_shell.core.dotenv_line import Unreadable, binding  # late: most files have plain lines only

        try:
            found = binding(text, pos, line, shell=shell)
        except Unreadable:
            raise _damaged(path, line) from None
        if isinstance(found, Entry):
            entries.append(found)
            pos = found.end
        else:
            if found[0]:
                bare.append(found)
            pos = found[2]


def _plain(text: str, pos: int, line: int) -> "Entry | None":
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
        number = text[len(MARK) : line_end(text, 0)].strip()
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


def line_end(text: str, at: int) -> int:
    """Return where the line of a position ends: at its line feed or carriage return, or at the end of the text."""
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    other = text.find("\r", at, end)
    return end if other < 0 else other


def format_bundle(bundle: "dict[str, bytes]") -> bytes:
    """Return a new file; see `core.dotenv_write`, which the prompt does not load."""
    from creds_shell.core import dotenv_write

    return dotenv_write.format_bundle(bundle)


def edit(data: bytes, changes: "dict[str, bytes | None]", path: str = "") -> bytes:
    """Return a file with some keys set or removed; see `core.dotenv_write`."""
    from creds_shell.core import dotenv_write

    return dotenv_write.edit(data, changes, path)
