"""Any bytes as one word of bash, zsh or fish, and back out of that shell as the same bytes.

Never `shlex.quote`: it leaves `=ls` bare, which zsh expands, and it knows no control bytes. Words are ASCII for bash
and zsh, so that a multi-byte locale with a backslash inside a character (SJIS, GBK) cannot end one early.
"""

# What stands between single quotes as itself in bash and zsh: every printing ASCII byte but the quote.
# `!` is no history mark inside single quotes, and `eval` expands no history.
_SINGLE = frozenset(range(0x20, 0x7F)) - {0x27}
_DOLLAR = {0x5C: "\\\\", 0x27: "\\'", 0x0A: "\\n", 0x0D: "\\r", 0x09: "\\t"}
_FISH = {0x5C: "\\\\", 0x27: "\\'"}


def quote_posix(value: bytes) -> str:
    r"""Quote for bash (3.2 and later) and zsh.

    `$'…'` takes three octal digits, never `\x`: bash reads as many hexadecimal digits as follow.
    """
    if _SINGLE.issuperset(value):
        return "'" + value.decode("ascii") + "'"
    return "$'" + "".join([_dollar(byte) for byte in value]) + "'"


def _dollar(byte: int) -> str:
    known = _DOLLAR.get(byte)
    if known is not None:
        return known
    return chr(byte) if byte in _SINGLE else "\\%03o" % byte  # noqa: UP031  an f-string has no octal width that is shorter


def quote_fish(value: bytes) -> str:
    r"""Quote for fish.

    Text stays as it is between single quotes, where fish reads `\\` and `\'` only. A byte that does not print or is
    no UTF-8 stands outside them as `\XHH`, which fish takes as that byte (`\xHH` would be the character).
    """
    text = value.decode("utf-8", "surrogateescape")
    if text.isascii() and text.isprintable() and "\\" not in text and "'" not in text:
        return "'" + text + "'"
    return "'" + "".join([_fish(character) for character in text]) + "'"


def _fish(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if character.isprintable() and not "\ue000" <= character <= "\uf8ff":
        return character
    data = character.encode("utf-8", "surrogateescape")
    return "'" + "".join(["\\X%02x" % byte for byte in data]) + "'"  # noqa: UP031


QUOTE = {"bash": quote_posix, "zsh": quote_posix, "fish": quote_fish}
"""Shell name to its quoting function."""


def quote(shell: str, value: bytes) -> str:
    """Quote `value` (no NUL) as one word of `shell`."""
    return QUOTE[shell](value)
