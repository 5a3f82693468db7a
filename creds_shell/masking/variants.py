"""The forms in which one value may be printed. Each form is one function and one line in docs/security.md.

A form is made only when the characters of the value need it, so a plain token has about seven needles.
Everything is bytes; a text form of a value that is no UTF-8 is made byte by byte.
"""

from binascii import b2a_base64, hexlify

from creds_shell.masking.needle import Needle
from creds_shell.masking.rules import characters, is_common, needs_border, why_unmasked
from creds_shell.masking.urls import url_passwords

__all__ = ["FORMS", "needles_of", "why_unmasked"]

LINE = 8
"""The shortest line of a multi-line value that is a needle by itself."""

_ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_UNRESERVED = _ALNUM + b"-._"
_BASE64 = _ALNUM + b"+/"
_URLSAFE = bytes.maketrans(b"+/", b"-_")


def _escaped(value: bytes, table: "dict[int, bytes]") -> bytes:
    """Replace each byte that is in the table; str.translate, because it is the one way of C for several bytes."""
    if not _concerned(value, table):
        return value
    texts = {byte: spelling.decode("latin-1") for byte, spelling in table.items()}
    return value.decode("latin-1").translate(texts).encode("latin-1")


def _concerned(value: bytes, table: "dict[int, bytes]") -> bool:
    """Whether any byte of the value is in the table."""
    return len(value.translate(None, bytes(table))) != len(value)


def _text(value: bytes) -> "str | None":
    """The value as text, or None where it is no UTF-8."""
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return None


def raw(value: bytes) -> "list[bytes]":
    """The value itself."""
    return [value]


def hexadecimal(value: bytes) -> "list[bytes]":
    """Two hex digits for each byte, lower and upper case."""
    digits = hexlify(value)
    return [digits, digits.upper()]


_SAFE_SETS = (
    _ALNUM + b"-._~",  # RFC 3986: curl --data-urlencode, quote(safe='')
    _ALNUM + b"-._~/",  # urllib.parse.quote
    _ALNUM + b"-_.!~*'()",  # encodeURIComponent
    _ALNUM + b"-_.!~*'();/?:@&=+$,#",  # encodeURI
    _ALNUM + b"*-._",  # WHATWG forms, Java
    _ALNUM + b"-._~!$&'()*+,;=",  # Go's PathEscape family: sub-delims kept
    _ALNUM + b"-._",  # PHP urlencode
)


def percent(value: bytes) -> "list[bytes]":
    """Percent-encoding as the common libraries do it: both cases, `/` kept or not, `+` or `%20` for a space."""
    if not value.strip(_UNRESERVED) and b"~" not in value:
        return []
    found = []
    for safe in _SAFE_SETS:
        upper = {byte: b"%%%02X" % byte for byte in set(value) if byte not in safe}
        lower = {byte: b"%%%02x" % byte for byte in upper}
        for table in (upper, lower):
            found.append(_escaped(value, table))
            if 32 in table:
                found.append(_escaped(value, {**table, 32: b"+"}))
    return found


_JSON_SHORT = {8: b"\\b", 9: b"\\t", 10: b"\\n", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}
_JSON = {**{byte: b"\\u%04x" % byte for byte in range(32)}, **_JSON_SHORT}
_JSON_HTML = {60: b"\\u003c", 62: b"\\u003e", 38: b"\\u0026"}
_JSON_STRICT = {**_JSON_HTML, 39: b"\\u0027", 34: b"\\u0022", 43: b"\\u002b", 96: b"\\u0060"}


def _utf16_escapes(text: str, upper: bool) -> bytes:
    r"""Write characters outside ASCII as \uXXXX, surrogate pairs beyond the first plane."""
    out = []
    for char in text:
        if char < "\x80":
            out.append(char.encode())
            continue
        units = char.encode("utf-16-be")
        for at in range(0, len(units), 2):
            digits = hexlify(units[at : at + 2])
            out.append(b"\\u" + (digits.upper() if upper else digits))
    return b"".join(out)


def _upper_digits(escaped: bytes) -> bytes:
    r"""The same JSON with upper-case digits in its \uXXXX."""
    head, *rest = escaped.split(b"\\u")
    return head + b"".join([b"\\u" + part[:4].upper() + part[4:] for part in rest])


def json_strings(value: bytes) -> "list[bytes]":
    r"""Inside a JSON string: UTF-8 or ASCII, `\/`, `\u003c` (Go, Rails, .NET), digits in both cases."""
    tables = [
        _JSON,
        {**_JSON, 47: b"\\/"},
        {**_JSON, **_JSON_HTML},
        {**_JSON, **_JSON_STRICT},
        {**_JSON, 127: b"\\u007f"},
    ]
    found = [_escaped(value, table) for table in tables]
    text = _text(value)
    if text is not None and not value.isascii():
        found += [_utf16_escapes(form.decode(), upper) for form in found for upper in (False, True)]
    return found + [_upper_digits(form) for form in found if b"\\u00" in form]


def yaml_string(value: bytes) -> "list[bytes]":
    r"""Inside a YAML double-quoted string: `\xE9`, `\u20AC`, `\U0001F600`."""
    text = _text(value)
    if text is None or value.isascii():
        return []
    found = []
    for limit in (
        "\x7f",
        "\uffff",
    ):  # everything outside ASCII escaped, or only what is beyond the first plane
        chars = [char.encode() if char <= limit else _yaml_escape(ord(char)) for char in text]
        found.append(b"".join([_JSON_SHORT.get(char[0], char) if len(char) == 1 else char for char in chars]))
    return found


def _yaml_escape(code: int) -> bytes:
    return b"\\x%02X" % code if code < 0x100 else b"\\u%04X" % code if code < 0x10000 else b"\\U%08X" % code


def json_in_json(value: bytes) -> "list[bytes]":
    """A JSON document that is itself a string of another one."""
    return [_escaped(form, _JSON) for form in json_strings(value) if form != value]


def python_repr(value: bytes) -> "list[bytes]":
    """Inside Python's repr of a string or of bytes."""
    found = [repr(value)[2:-1].encode("ascii"), repr(value + b"'\"")[2:-4].encode("ascii")]
    text = _text(value)
    if text is not None:
        found += [repr(text)[1:-1].encode("utf-8"), ascii(text)[1:-1].encode("ascii")]
        found.append(repr(text + "'\"")[1:-4].encode("utf-8"))
    return found


_ANSI_C = {
    7: b"\\a",
    8: b"\\b",
    9: b"\\t",
    10: b"\\n",
    11: b"\\v",
    12: b"\\f",
    13: b"\\r",
    27: b"\\E",
    39: b"\\'",
    92: b"\\\\",
}
_OCTAL = {byte: b"\\%03o" % byte for byte in (*range(32), *range(127, 256))}
_HEX = {byte: b"\\x%02x" % byte for byte in _OCTAL}


def _backslashed(signs: bytes) -> "dict[int, bytes]":
    """A table that puts a backslash before each of these signs."""
    return {sign: b"\\%c" % sign for sign in signs}


_CONTROLS = {byte: b"$'%s'" % _ANSI_C.get(byte, _OCTAL[byte]) for byte in range(32)}
_SHELL_TABLES = (
    _backslashed(b" \t\"'`$&|;<>()[]{}*?!\\^,"),  # bash: printf %q
    {**_CONTROLS, **_backslashed(b" \"'`$&|;<>()[]{}*?\\^#")},  # zsh: ${(q)…}
    _backslashed(b" \t\"'`$&|;<>()[]{}*?!#~=%^,\\"),  # every sign
    _backslashed(b'"$`\\'),  # double quotes
    _backslashed(b'"$`\\!'),
    _ANSI_C,  # $'…', the rest as it is
    {**_ANSI_C, 33: b"\\!"},  # zsh: ${(qqqq)…}
    {**_OCTAL, **_ANSI_C},
    {**_HEX, **_ANSI_C},
)


def shell_quoted(value: bytes) -> "list[bytes]":
    r"""Quoted for a shell: `'\''`, `'"'"'`, `printf %q`, `$'…'`, and the escapes of double quotes."""
    found = [value.replace(b"'", b"'\\''"), value.replace(b"'", b"'\"'\"'")]
    found += [_escaped(value, table) for table in _SHELL_TABLES]
    bash = found[2]
    if b"~" in value:
        bash = bash.replace(b":~", b":\\~").replace(b"=~", b"=\\~")  # bash: where a tilde would expand
    found.append(b"\\" + bash if value[:1] in (b"#", b"~") else bash)
    if any(byte < 32 for byte in value):  # coreutils: 'a'$'\t''b', neighbours together
        escapes = {byte: b"'$'%s''" % _ANSI_C.get(byte, _OCTAL[byte]) for byte in range(32)}
        found.append(_escaped(found[0], escapes).replace(b"'''$'", b""))
    return found


def doubled(value: bytes) -> "list[bytes]":
    r"""A sign written twice: `''` (SQL, YAML), `""` (CSV), `$$` (compose, make), `\\`, `%%`, and one quote escaped."""
    signs = (b"'", b'"', b"$", b"\\", b"%")
    found = [value.replace(sign, sign + sign) for sign in signs if sign in value]
    return [*found, value.replace(b"'", b"\\'"), value.replace(b'"', b'\\"')]


_DOUBLE = (b'"', b"&quot;", b"&#34;", b"&#x22;")
_SINGLE = (b"'", b"&apos;", b"&#39;", b"&#x27;", b"&#039;")
_TEMPLATES = (
    {39: b"&#39;", 47: b"&#x2F;", 96: b"&#x60;", 61: b"&#x3D;"},  # Mustache
    {39: b"&#x27;", 96: b"&#x60;", 61: b"&#x3D;"},  # Handlebars
    {39: b"&#x27;", 47: b"&#x2F;"},  # OWASP
)
_SPACES = {9: b"&#9;", 10: b"&#10;", 13: b"&#13;"}
_AMP = {38: b"&amp;", 60: b"&lt;", 62: b"&gt;"}


def entities(value: bytes) -> "list[bytes]":
    """HTML and XML entities: named, decimal and hexadecimal quotes, other characters by number or as they are."""
    found = [_escaped(value, _AMP), _escaped(value, {38: b"&amp;", 60: b"&lt;"})]
    if any(byte < 32 for byte in value):  # XML attributes
        found += [_escaped(value, {**_AMP, **_SPACES, 34: double}) for double in _DOUBLE[:2]]
    found += [_escaped(value, {**_AMP, 34: double, 39: single}) for double in _DOUBLE for single in _SINGLE]
    found += [_escaped(value, {**_AMP, 34: b"&quot;", **table}) for table in _TEMPLATES]
    if not value.isascii() and _text(value) is not None:
        found += [form.decode().encode("ascii", "xmlcharrefreplace") for form in dict.fromkeys(found)]
    return found


def utf16(value: bytes) -> "list[bytes]":
    """UTF-16 of both byte orders; for ASCII one needle is a part of both."""
    text = _text(value)
    if text is None:
        return []
    little = text.encode("utf-16-le")
    return [little[:-1]] if value.isascii() else [little, text.encode("utf-16-be")]


def joined_lines(value: bytes) -> "list[bytes]":
    r"""A multi-line value on one line: newlines as a space, `\n`, `\r\n`, `\\n`, or nothing."""
    if b"\n" not in value:
        return []
    return [value.replace(b"\n", joint) for joint in (b" ", b"\\n", b"\\r\\n", b"\\\\n", b"\\\\r\\\\n", b"")]


def single_lines(value: bytes) -> "list[bytes]":
    """Each line of a multi-line value: trimmed, 8 characters or more, no PEM header, no common word."""
    if b"\n" not in value:
        return []
    lines = [line.strip() for line in value.split(b"\n")]
    return [
        line
        for line in lines
        if characters(line) >= LINE and not is_common(line) and not _is_pem_border(line)
    ]


def _is_pem_border(line: bytes) -> bool:
    return line.startswith(b"-----") and line.endswith(b"-----")


def base64(name: str, value: bytes) -> "list[Needle]":
    """Base64 and base64url at each of the three alignments, by the characters that only the value decides.

    The characters at the edges mix bits of the value with its neighbours'; the needle says which they can be,
    so that the mask covers them too.
    """
    found = []
    for offset in range(3):
        size = offset + len(value)
        middle = b2a_base64(_BEFORE[offset] + value, newline=False)[(8 * offset + 5) // 6 : 8 * size // 6]
        if len(middle) < 4:
            continue
        left = _LEFT[offset][value[0] >> (2 + 2 * offset)] if offset else b""
        spare = 8 * size % 6
        right = _RIGHT[spare][value[-1] & ((1 << spare) - 1)] if spare else b""
        pads = -size % 3
        found.append(Needle("base64", name, middle, offset, left, right, pads))
        if b"+" in middle or b"/" in middle:
            found.append(Needle("base64", name, middle.translate(_URLSAFE), offset, left, right, pads))
    return found


def _wrapped_base64(name: str, whole: Needle) -> "list[Needle]":
    """The lines of a long value's base64, as `base64` (76 columns) and openssl (64) break it when it comes first."""
    found, text = [], whole.text
    for width in (76, 64) if len(text) > 64 else ():
        for at in range(0, len(text), width):
            edge = (whole.right, whole.pads) if at + width >= len(text) else (b"", 0)
            if len(text) - at >= 5:
                found.append(Needle("base64", name, text[at : at + width], 0, b"", *edge))
    return found


def _mixed(known: int, width: int, *, high: bool) -> bytes:
    """The base64 characters whose high or low `width` bits are the known ones."""
    free = 6 - width
    codes = [(known << free | rest) if high else (rest << width | known) for rest in range(1 << free)]
    chars = bytes([_BASE64[code] for code in codes])
    return chars + chars.translate(_URLSAFE)


_BEFORE = (b"", b"\0", b"\0\0")
_LEFT = {
    offset: [_mixed(known, width, high=False) for known in range(1 << width)]
    for offset, width in ((1, 4), (2, 2))
}
_RIGHT = {width: [_mixed(known, width, high=True) for known in range(1 << width)] for width in (2, 4)}


FORMS = {
    "raw": raw,
    "hex": hexadecimal,
    "percent": percent,
    "json": json_strings,
    "json in json": json_in_json,
    "yaml": yaml_string,
    "python repr": python_repr,
    "shell": shell_quoted,
    "doubled": doubled,
    "entities": entities,
    "utf-16": utf16,
    "joined lines": joined_lines,
    "single lines": single_lines,
}
"""Form → function from a value to its spellings, in the order of docs/security.md; base64 and URL passwords beside it."""

LONG = 32768
"""A longer value has only the forms of LONG_FORMS: no environment variable can hold four times as much, and each
further form of a megabyte costs another one."""

LONG_FORMS = ("raw", "hex", "json", "joined lines", "single lines")
_PLAIN_FORMS = ("raw", "hex", "utf-16", "percent")
_BINARY_FORMS = ("hex", "utf-16")
_PLAIN = _ALNUM + b"-._~+=@"
"""A value of these characters alone is written the same way by JSON, every shell, Python and HTML."""


def needles_of(name: str, value: bytes, *, force: bool = False) -> "list[Needle]":
    """All needles of one value that `why_unmasked` lets pass.

    Args:
        name: the key, which `--mask-text '{key}'` may print.
        value: its bytes; white space around it is dropped, CRLF is LF (the view of the stream makes it so too).
        force: the user asked for it: no token border is needed.

    Returns:
        Needles without duplicates, the raw form first. A needle is at least 4 bytes long.
    """
    core = value.replace(b"\r\n", b"\n").strip()
    found = _spellings(name, core, border=needs_border(core, force=force))
    for password in url_passwords(core):
        if password != core and why_unmasked("PASSWORD", password) is None:
            found += _spellings(name, password, border=needs_border(password, force=force))
    seen: dict[bytes, Needle] = {}
    for needle in found:
        seen.setdefault(needle.text, needle)
    return list(seen.values())


def _spellings(name: str, core: bytes, *, border: bool) -> "list[Needle]":
    """One value in every form."""
    if not core.strip(_UNRESERVED) and len(core) <= LONG:
        return _token_spellings(name, core, border=border)
    plain = not core.strip(_PLAIN) and b"\n" not in core
    found = []
    for form, function in FORMS.items():
        if plain and form not in _PLAIN_FORMS:
            continue
        if len(core) > LONG and form not in LONG_FORMS:
            continue
        found += [
            Needle(form, name, text, border=border and form not in _BINARY_FORMS)
            for text in dict.fromkeys(function(core))
            if len(text) >= 4
        ]
    encoded = base64(name, core)
    return found + encoded + (_wrapped_base64(name, encoded[0]) if len(core) <= LONG else [])


def _token_spellings(name: str, core: bytes, *, border: bool) -> "list[Needle]":
    """The same for letters, digits and `-._`, without asking every form: most secrets, and there may be thousands."""
    digits = hexlify(core)
    found = [
        Needle("raw", name, core, border=border),
        Needle("hex", name, digits),
        Needle("hex", name, digits.upper()),
        Needle("utf-16", name, core.decode("ascii").encode("utf-16-le")[:-1]),
    ]
    encoded = base64(name, core)
    return found + encoded + (_wrapped_base64(name, encoded[0]) if len(core) > 48 else [])
