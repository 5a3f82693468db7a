"""Write .env files: a new one, or changes to an old one that leave its comments and its order alone.

A file with a line that cannot be read is never rewritten. The prompt does not load this module.
"""

from creds_shell.core import dotenv

HEADER = f"{dotenv.MARK}{dotenv.FORMAT}\n"


def quote(value: bytes) -> bytes:
    r"""Return a value in double quotes with `\\ \" \n \r \t` escaped."""
    for plain, escaped in (
        (b"\\", b"\\\\"),
        (b'"', b'\\"'),
        (b"\n", b"\\n"),
        (b"\r", b"\\r"),
        (b"\t", b"\\t"),
    ):
        value = value.replace(plain, escaped)
    return b'"' + value + b'"'


def format_bundle(bundle: dict[str, bytes]) -> bytes:
    """Return a new file: the header with the format's number, then the keys, sorted."""
    lines = [f"{key}=".encode() + quote(bundle[key]) + b"\n" for key in sorted(bundle)]
    return HEADER.encode() + b"".join(lines)


def edit(data: bytes, changes: dict[str, bytes | None], path: str = "") -> bytes:
    """Return the file with some keys set (or removed, None); comments, order and other values stay as they are.

    Raises:
        DamagedFileError: the file holds a line that cannot be read.
    """
    if not data.strip():
        return format_bundle({key: value for key, value in changes.items() if value is not None})
    text = data.decode("utf-8", "surrogateescape")
    if text[-1] not in "\r\n":
        text += _eol(text)
    entries, bare = dotenv.scan(text, path)
    splices: list[tuple[int, int, str]] = []
    for key in sorted(changes):
        _splice(text, (entries, bare), key, changes[key], splices)
    for start, end, new in sorted(splices, key=_first_two, reverse=True):
        text = text[:start] + new + text[end:]
    return text.encode("utf-8", "surrogateescape")


def _first_two(splice: tuple[int, int, str]) -> tuple[int, int]:
    return splice[0], splice[1]


def _splice(
    text: str,
    found: tuple[list[dotenv.Entry], list[tuple[str, int, int]]],
    key: str,
    value: bytes | None,
    splices: list[tuple[int, int, str]],
) -> None:
    """Add what one change does to the text."""
    entries, bare = found
    mine = [e for e in entries if e.key == key]
    cut = [(start, end) for name, start, end in bare if name == key]
    if value is None or not mine:
        cut += [(e.start, e.end) for e in mine]
    splices += [(_line_start(text, start), end, "") for start, end in cut]
    if value is None:
        return
    written = quote(value).decode("utf-8", "surrogateescape")
    if mine:
        splices.append((mine[-1].value_start, mine[-1].value_end, written))
        return
    at = _place(text, entries, key)
    same_place = [i for i, splice in enumerate(splices) if splice[0] == splice[1] == at]
    if same_place:
        splices[same_place[0]] = (at, at, splices[same_place[0]][2] + f"{key}={written}{_eol(text)}")
    else:
        splices.append((at, at, f"{key}={written}{_eol(text)}"))


def _eol(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _place(text: str, entries: list[dotenv.Entry], key: str) -> int:
    """Where a new key goes: in order when the file is in order, else at the end."""
    keys = [e.key for e in entries]
    smaller = [e for e in entries if e.key < key]
    if keys != sorted(keys) or not entries:
        return len(text)
    return smaller[-1].end if smaller else _line_start(text, entries[0].start)


def _line_start(text: str, at: int) -> int:
    while at and text[at - 1] not in "\r\n\ufeff" and text[at - 1].isspace():
        at -= 1
    return at
