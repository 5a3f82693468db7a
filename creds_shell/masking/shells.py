r"""How shells and the tools around them quote a value: `printf %q`, `set`, `export -p`, `set -x`, `string escape`."""

from creds_shell.masking.quoted import backslashed, escaped

_CONTROLS = (*range(32), 127)
_UNPRINTABLE = (*_CONTROLS, *range(128, 256))
_SIGNS = bytes([byte for byte in range(32, 127) if not chr(byte).isalnum()])

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
_C = {byte: text for byte, text in _ANSI_C.items() if byte != ord("'")}
_OCTAL = {byte: b"\\%03o" % byte for byte in _UNPRINTABLE}
_OCTAL_BELOW = {byte: b"\\%03o" % byte for byte in _CONTROLS}
_HEX = {byte: b"\\x%02x" % byte for byte in _UNPRINTABLE}
_IN_DOLLARS = {byte: b"$'%s'" % _ANSI_C.get(byte, octal) for byte, octal in _OCTAL.items()}


def _named(byte: int, control: bytes, meta: bytes) -> bytes:
    """A byte that does not print, in the notation of Emacs: 1 is control and A, 129 is meta, control and A."""
    low = byte & 127
    sign = control % (low ^ 64) if low in _CONTROLS else b"%c" % low
    return meta + sign if byte > 127 else sign


_CARET = {byte: _named(byte, b"^%c", b"M-") for byte in _UNPRINTABLE if byte != 10}
_ZSH_BYTES = {
    **{byte: _named(byte, b"\\C-%c", b"\\M-") for byte in _UNPRINTABLE},
    9: b"\\t",
    10: b"\\n",
    128 + 9: b"\\M-\\t",
    128 + 10: b"\\M-\\n",
    **backslashed(b"\\'"),
}
_ZSH_TEXT = {byte: text for byte, text in _ZSH_BYTES.items() if byte < 128}
_ZSH_SIGNS = backslashed(b" \"'`$&|;<>()[]{}*?\\^#")
_ZSH_PATTERN = {**backslashed(b"\\<>()|^#~[]*?$ "), **{byte: _IN_DOLLARS[byte] for byte in b"\t\n\r"}}
"""Within `[[ a == $V ]]` of set -x, and in a case (Src/exec.c, quote_tokenized_output)."""
_FISH_SHOW = {
    **{byte: b"\\c%c" % (byte + 96) for byte in range(32)},
    8: b"\\b",
    9: b"\\t",
    10: b"\\n",
    13: b"\\r",
    27: b"\\e",
    92: b"\\\\",
    127: b"\\x7f",
}
_FISH = {**_FISH_SHOW, **backslashed(b"'&$ #<>()[]{}?*|;\"%~")}
_FISH_BYTES = {byte: b"\\X%02x" % byte for byte in range(128, 256)}  # a value that is no UTF-8
_TABLES = (
    backslashed(b" \t\"'`$&|;<>()[]{}*?!\\^,"),  # bash: printf %q
    {**{byte: _IN_DOLLARS[byte] for byte in _CONTROLS}, **_ZSH_SIGNS},  # zsh: ${(q)…}
    {**_IN_DOLLARS, **_ZSH_SIGNS},
    backslashed(b" \t\"'`$&|;<>()[]{}*?!#~=%^,\\"),  # every sign
    backslashed(_SIGNS.translate(None, b"_-.,:+/@")),  # Ruby: shellescape
    backslashed(b'"$`\\'),  # double quotes
    backslashed(b'"$`\\!'),
    _ANSI_C,  # $'…', the rest as it is
    {**_ANSI_C, 27: b"\\E"},  # bash
    {**_ANSI_C, 33: b"\\!"},  # zsh: ${(qqqq)…}
    {**_OCTAL_BELOW, **_ANSI_C, 33: b"\\!"},
    {**_OCTAL, **_ANSI_C, 33: b"\\!"},
    {**_OCTAL, **_ANSI_C},
    {**_OCTAL, **_ANSI_C, 27: b"\\E"},
    {**_HEX, **_ANSI_C},
    {**_OCTAL, **_C},  # sed: l
    {**_OCTAL, **_C, 34: b'\\"'},  # git, ls -Q
    {**_OCTAL_BELOW, **_C, 34: b'\\"'},
    _ZSH_PATTERN,
    _ZSH_TEXT,  # zsh: ${(q+)…}, set, set -x
    _ZSH_BYTES,
    _FISH,
    {**_FISH, **_FISH_BYTES},
    {**_FISH, 63: b"?"},  # fish 4: a question mark is no wildcard
    _FISH_SHOW,  # fish: set --show
    {**_FISH_SHOW, **_FISH_BYTES},
)
_CHARACTERS = backslashed(bytes(range(128)) + bytes(range(0xC0, 256)))  # the others continue one in UTF-8
_ZSH_SPECIAL = b'#$^*()|{}[]`<>?;&\n\t \\"'
"""What makes zsh's ${(q-)…} quote a piece (Src/ztype.h, SPECCHARS); at a terminal the history sign does so, too."""


def shell_quoted(value: bytes) -> "list[bytes]":
    r"""Quoted for a shell: `'\''`, `'"'"'`, `printf %q`, `$'…'`, the escapes of double quotes, zsh's and fish's own."""
    found = [value.replace(b"'", b"'\\''"), value.replace(b"'", b"'\"'\"'")]
    found.append(found[0].replace(b"!", b"'\\!'"))  # git: GIT_TRACE
    found += [escaped(value, table) for table in _TABLES]
    bash = found[3]
    if b"~" in value:
        bash = bash.replace(b":~", b":\\~").replace(b"=~", b"=\\~")  # bash: where a tilde would expand
    found.append(b"\\" + bash if value[:1] in (b"#", b"~") else bash)
    found.append(backslashes(value))
    if not value.isascii():
        found.append(escaped(value, _CHARACTERS))
    if _OCTAL.keys() & set(value):
        found += [_in_turns(value, 127), _in_turns(value, 255)]
    return found + _in_pieces(value) if b"'" in value else found


def backslashes(value: bytes) -> bytes:
    r"""A backslash before each byte, as bash traces the right side of `[[ $a == "$b" ]]` without a locale."""
    out = bytearray(b"\\") * (2 * len(value))
    out[1::2] = value
    return bytes(out)


def _in_turns(value: bytes, last: int) -> bytes:
    r"""Single quotes and dollar quotes in turn, as coreutils do it: `'a'$'\t\001''b'`.

    Args:
        value: the value.
        last: 127, or 255 without a locale: then what is outside ASCII does not print, either.
    """
    out, in_dollars = [], False
    for byte in value:
        octal = _OCTAL.get(byte) if byte <= last else None
        if octal is not None:
            out.append((b"" if in_dollars else b"'$'") + _ANSI_C.get(byte, octal))
        elif byte == ord("'"):
            out.append(b"'\\''")
        else:
            out.append((b"''" if in_dollars else b"") + b"%c" % byte)
        in_dollars = octal is not None
    return b"".join(out)


def caret(value: bytes) -> "list[bytes]":
    """What `cat -v` and `cat -A` show: `^[` for a control character, `M-C` for a byte outside ASCII."""
    return [escaped(value, {**_CARET, 9: b"\t"}), escaped(value, _CARET)]


def _in_pieces(value: bytes) -> "list[bytes]":
    """Single quotes between pieces that are quoted one by one, as zsh and dash do it; no empty pieces."""
    pieces = value.split(b"'")
    always = [b"'%s'" % piece if piece else b"" for piece in pieces]
    found = [b"\\'".join(always), _dash(pieces)]
    for special in (_ZSH_SPECIAL, _ZSH_SPECIAL + b"!"):
        needed = [len(piece.translate(None, special)) < len(piece) for piece in pieces]
        needed[0] |= value[:1] in (b"=", b"~")
        chosen = [
            quoted if need else piece for need, quoted, piece in zip(needed, always, pieces, strict=True)
        ]
        found.append(b"\\'".join(chosen))
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
