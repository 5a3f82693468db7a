r"""How shells and the tools around them quote a value: `printf %q`, `set`, `export -p`, `set -x`, `string escape`."""

from creds_shell.masking.quoted import backslashed, escaped

_ANSI_C = {
    7: b"\\a",
    8: b"\\b",
    9: b"\\t",
    10: b"\\n",
    11: b"\\v",
    12: b"\\f",
    13: b"\\r",
    39: b"\\'",
    92: b"\\\\",
}
_OCTAL = {byte: b"\\%03o" % byte for byte in (*range(32), *range(127, 256))}
_OCTAL_BELOW = {byte: b"\\%03o" % byte for byte in (*range(32), 127)}
_HEX = {byte: b"\\x%02x" % byte for byte in _OCTAL}
_EMACS = {byte: b"\\C-%c" % (byte + 64) for byte in range(32)}
_FISH = {
    **{byte: b"\\c%c" % (byte + 96) for byte in range(32)},
    8: b"\\b",
    9: b"\\t",
    10: b"\\n",
    13: b"\\r",
    27: b"\\e",
    127: b"\\x7f",
    **backslashed(b"\\'&$ #<>()[]{}?*|;\"%~"),
}
_ZSH_CONTROLS = {byte: b"$'%s'" % _ANSI_C.get(byte, _OCTAL[byte]) for byte in range(32)}
_TABLES = (
    backslashed(b" \t\"'`$&|;<>()[]{}*?!\\^,"),  # bash: printf %q
    {**_ZSH_CONTROLS, **backslashed(b" \"'`$&|;<>()[]{}*?\\^#")},  # zsh: ${(q)…}
    backslashed(b" \t\"'`$&|;<>()[]{}*?!#~=%^,\\"),  # every sign
    backslashed(b'"$`\\'),  # double quotes
    backslashed(b'"$`\\!'),
    _ANSI_C,  # $'…', the rest as it is
    {**_ANSI_C, 27: b"\\E"},  # bash
    {**_ANSI_C, 33: b"\\!"},  # zsh: ${(qqqq)…}
    {**_OCTAL_BELOW, **_ANSI_C, 33: b"\\!"},
    {**_OCTAL, **_ANSI_C},
    {**_OCTAL, **_ANSI_C, 27: b"\\E"},
    {**_HEX, **_ANSI_C},
    {**_EMACS, **_ANSI_C},  # zsh: ${(q+)…}
    _FISH,
    {**_FISH, 63: b"?"},  # fish 4: a question mark is no wildcard
)
_ZSH_SPECIAL = b'#$^*()=|{}[]`<>?~;&\n\t \\"!'
"""What makes zsh's ${(q-)…} quote a piece (Src/ztype.h, SPECCHARS, and the history sign)."""


def shell_quoted(value: bytes) -> "list[bytes]":
    r"""Quoted for a shell: `'\''`, `'"'"'`, `printf %q`, `$'…'`, the escapes of double quotes, zsh's and fish's own."""
    found = [value.replace(b"'", b"'\\''"), value.replace(b"'", b"'\"'\"'")]
    found += [escaped(value, table) for table in _TABLES]
    bash = found[2]
    if b"~" in value:
        bash = bash.replace(b":~", b":\\~").replace(b"=~", b"=\\~")  # bash: where a tilde would expand
    found.append(b"\\" + bash if value[:1] in (b"#", b"~") else bash)
    if any(byte < 32 for byte in value):  # coreutils: 'a'$'\t''b', neighbours together
        escapes = {byte: b"'$'%s''" % _ANSI_C.get(byte, _OCTAL[byte]) for byte in range(32)}
        found.append(escaped(found[0], escapes).replace(b"'''$'", b""))
    return found + _in_pieces(value) if b"'" in value else found


def _in_pieces(value: bytes) -> "list[bytes]":
    """Single quotes between pieces that are quoted one by one, as zsh and dash do it; no empty pieces."""
    pieces = value.split(b"'")
    special = bytes(set(range(256)) - set(_ZSH_SPECIAL))
    always = [b"'%s'" % piece if piece else b"" for piece in pieces]
    needed = [b"'%s'" % piece if piece.translate(None, special) else piece for piece in pieces]
    found = [b"\\'".join(always), b"\\'".join(needed), _dash(pieces)]
    return [_without_ends(form, value) for form in found]


def _dash(pieces: "list[bytes]") -> bytes:
    """Neighbouring single quotes together in double quotes: `'a'"''"'b'`."""
    out = b"'%s'" % pieces[0]
    quotes = 0
    for piece in pieces[1:]:
        quotes += 1
        if piece:
            out += b'"%s"' % (b"'" * quotes) + b"'%s'" % piece
            quotes = 0
    return out + (b'"%s"' % (b"'" * quotes) if quotes else b"")


def _without_ends(form: bytes, value: bytes) -> bytes:
    """Without the outermost quotes, which stand around the value and not for a sign of it."""
    first = 1 if form[:1] == b"'" else 0
    last = len(form) - (form[-1:] == b"'" and value[-1:] != b"'")
    return form[first:last]
