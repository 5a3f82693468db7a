"""The forms in which one value may be printed. Each form is one function and one line in docs/security.md.

A form is made only when the characters of the value need it, so a plain token has about eight needles.
Everything is bytes.
"""

from binascii import b2a_base64, hexlify

from creds_shell.masking.needle import Needle
from creds_shell.masking.quoted import (
    as_text,
    doubled,
    entities,
    escaped,
    json_in_json,
    json_strings,
    literals,
    python_repr,
    yaml_string,
)
from creds_shell.masking.rules import characters, is_common, needs_border, why_unmasked
from creds_shell.masking.shells import backslashes, caret, shell_quoted
from creds_shell.masking.urls import url_passwords

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection

__all__ = ["FORMS", "needles_of", "why_unmasked"]

LINE = 8
"""The shortest line of a multi-line value that is a needle by itself."""

_ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_UNRESERVED = _ALNUM + b"-._"
_BASE64 = _ALNUM + b"+/"
_URLSAFE = bytes.maketrans(b"+/", b"-_")
_LOST = "\ufffd".encode()
_LF, _PLUS, _SLASH = b"\n+/"  # numbers: `in` finds them ten times as fast as bytes


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
    _ALNUM + b"-._~!$&'()*+,;=",  # RFC 3986: sub-delims kept
    _ALNUM + b"-._~!$&'()*+,;=:",  # RFC 3986: user and password (urllib3, Java)
    _ALNUM + b"-._~!$&'()*+,;=:@/",  # RFC 3986: path
    _ALNUM + b"-._~!$&'()*+,;=:@/?",  # RFC 3986: query and fragment
    _ALNUM + b"-._~!#$%&'()*+,/:;=?@[]",  # Python: requests
    _ALNUM + b"-._~$&+,;=",  # Go: user and password of a URL
    _ALNUM + b"-._~$&+:=@",  # Go: PathEscape
    _ALNUM + b"-._~ +",  # SQLAlchemy: user and password of a URL
    _ALNUM + b"-_.!~*'():$,",  # axios: parameters
    _ALNUM + b"-._~%!$&'()*+,",  # WHATWG: user and password of a URL
    _ALNUM + b"-._~%!$&()*+,/:;=?@[\\]^`{|}",  # WHATWG: query
    _ALNUM + b"-._~%!$&'()*+,/:;=@[]|",  # WHATWG: path
    _ALNUM + b"-._~%!#$&'()*+,/:;=?@[\\]^{|}",  # WHATWG: fragment
    _ALNUM + b"@*_+-./",  # JavaScript's old escape
    _ALNUM + b"-_.!*()",  # .NET: WebUtility
    _ALNUM + b"-._",  # PHP urlencode
)


_ENCODED_TWICE = 3
"""So many of the sets are those that encode an address which is a parameter of another one (`?next=https%3A%2F%2F…`)."""


def percent(value: bytes) -> "list[bytes]":
    """Percent-encoding as the common libraries do it: both cases, `/` kept or not, `+` or `%20` for a space; or twice."""
    signs = frozenset(value.translate(None, _UNRESERVED))
    if not signs:
        return []
    found = []
    encoded: dict[frozenset[int], int] = {}  # most sets differ in none of the value's signs
    for number, safe in enumerate(_SAFE_SETS):
        encoded.setdefault(signs.difference(safe), number)
    for unsafe, number in encoded.items():
        upper = {byte: b"%%%02X" % byte for byte in unsafe}
        lower = {byte: b"%%%02x" % byte for byte in unsafe}
        for table in (upper, lower):
            found.append(escaped(value, table))
            if number < _ENCODED_TWICE and table is upper:
                found.append(found[-1].replace(b"%", b"%25"))
            if 32 in table:
                found.append(escaped(value, {**table, 32: b"+"}))
    return found


def utf16(value: bytes) -> "list[bytes]":
    """UTF-16 of both byte orders; for ASCII one needle is a part of both."""
    text = as_text(value)
    little = text.encode("utf-16-le", "surrogatepass")
    return [little[:-1]] if value.isascii() else [little, text.encode("utf-16-be", "surrogatepass")]


def joined_lines(value: bytes) -> "list[bytes]":
    r"""A multi-line value on one line: newlines as a space, `\n`, `\r\n`, `\\n`, or nothing."""
    if _LF not in value:
        return []
    return [value.replace(b"\n", joint) for joint in (b" ", b"\\n", b"\\r\\n", b"\\\\n", b"\\\\r\\\\n", b"")]


def single_lines(value: bytes) -> "list[bytes]":
    """Each line of a multi-line value: trimmed, 8 characters or more, no PEM header, no common word."""
    if _LF not in value:
        return []
    lines = [line.strip() for line in value.split(b"\n")]
    return [
        line
        for line in lines
        if characters(line) >= LINE and not is_common(line) and not _is_pem_border(line)
    ]


def _is_pem_border(line: bytes) -> bool:
    return line.startswith(b"-----") and line.endswith(b"-----")


def unfolded_blocks(value: bytes) -> "list[bytes]":
    r"""The PEM blocks of a value that writes their newlines as `\n`: programs put real ones there before use.

    So does everybody who keeps a key in one line of an env file, and the JSON of a service account.
    """
    start, end = value.find(b"-----BEGIN "), value.rfind(b"-----END ")
    blocks = value[start : value.find(b"-----", end + 9) + 5]
    if not 0 <= start < end or b"\\n" not in blocks:
        return []
    return [blocks.replace(b"\\r\\n", b"\n").replace(b"\\n", b"\n")]


def base64(name: str, value: bytes) -> "list[Needle]":
    """Base64 and base64url at each of the three alignments, by the characters that only the value decides.

    The characters at the edges mix bits of the value with its neighbours'; the needle says which they can be,
    so that the mask covers them too.
    """
    found = []
    for offset in range(3):
        size = offset + len(value)
        middle = b2a_base64(_BEFORE[offset] + value)[_BEFORE_MIDDLE[offset] : 8 * size // 6]
        if len(middle) < 4:
            continue
        left = _LEFT[offset][value[0] >> _LEFT_SHIFT[offset]]
        spare = 8 * size % 6
        right = _RIGHT[spare][value[-1] & ((1 << spare) - 1)]
        pads = -size % 3
        found.append(Needle("base64", name, middle, offset, left, right, pads))
        if _PLUS in middle or _SLASH in middle:
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


def _wrapped_hex(name: str, digits: bytes) -> "list[Needle]":
    """The lines of a long value's hex, as `xxd -p` breaks it; of a key in PEM there would be a hundred.

    A short last one counts only alone, or before the newline of `echo`: six digits are a part of many numbers.
    """
    *lines, last = [digits[at : at + 60] for at in range(0, len(digits), 60)]
    found = [Needle("hex", name, line) for line in lines]
    if lines and len(last) >= 16:
        found.append(Needle("hex", name, last))
    elif lines and len(last) >= 6:
        found += [Needle("hex", name, last + end, border=True) for end in (b"", b"0a")]
    return found


def _mixed(known: int, width: int, *, high: bool) -> bytes:
    """The base64 characters whose high or low `width` bits are the known ones."""
    free = 6 - width
    codes = [(known << free | rest) if high else (rest << width | known) for rest in range(1 << free)]
    chars = bytes([_BASE64[code] for code in codes])
    return chars + chars.translate(_URLSAFE)


_BEFORE = (b"", b"\0", b"\0\0")
_BEFORE_MIDDLE = (0, 2, 3)  # how many characters these bytes decide, alone or with the value's first one
_LEFT_SHIFT = (8, 4, 6)
_LEFT = [
    [b""],
    *([_mixed(known, width, high=False) for known in range(1 << width)] for width in (4, 2)),
]
_RIGHT = {
    0: [b""],
    **{width: [_mixed(known, width, high=True) for known in range(1 << width)] for width in (2, 4)},
}


FORMS = {
    "raw": raw,
    "hex": hexadecimal,
    "percent": percent,
    "json": json_strings,
    "json in json": json_in_json,
    "yaml": yaml_string,
    "python repr": python_repr,
    "literals": literals,
    "shell": shell_quoted,
    "caret": caret,
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
_BINARY_FORMS = ("hex", "utf-16")
_LINE_END_FORMS = ("hex", "percent", "json", "python repr", "utf-16")
"""The forms, beside base64, in which a value with LF is often written with CRLF: web forms, files of Windows."""

_LATIN_FORMS = ("raw", "percent")
"""The forms, beside base64, of Latin-1: requests writes it into an Authorization header, JavaScript's `escape` into a URL."""


def needles_of(name: str, value: bytes, *, force: bool = False) -> "list[Needle]":
    """All needles of one value that `why_unmasked` lets pass.

    Args:
        name: the key, which `--mask-text '{key}'` may print.
        value: its bytes; white space around it is dropped, CRLF is LF (the view of the stream makes it so too).
        force: the user asked for it: no token border is needed.

    Returns:
        The raw form first; a text may be there twice. A needle is at least 4 bytes long.
    """
    if _is_token(value):
        return _token_spellings(name, value, border=needs_border(value, force=force))
    core = value.replace(b"\r\n", b"\n").strip()
    found = _spellings(name, core, border=needs_border(core, force=force))
    if value.find(b"\r\n") >= 0:
        found += _spellings(name, value.strip(), border=False)
    elif _LF in core:
        found += _spellings(name, core.replace(b"\n", b"\r\n"), border=False, only=_LINE_END_FORMS)
    for block in unfolded_blocks(core):
        found += _spellings(name, block, border=False)
    text = core.decode("utf-8", "replace")
    lossy = text.encode()
    if lossy != core and lossy.strip(_LOST):  # what Node, Java and jq make of a value that is no UTF-8
        found += _spellings(name, lossy, border=False)
    if not core.isascii() and max(text) < "\u0100":
        found += _spellings(name, text.encode("latin-1"), border=False, only=_LATIN_FORMS)
    for password in url_passwords(core):
        if password != core and why_unmasked("PASSWORD", password) is None:
            found += _spellings(name, password, border=needs_border(password, force=force))
    return found


def _spellings(name: str, core: bytes, *, border: bool, only: "Collection[str]" = FORMS) -> "list[Needle]":
    """One value in every form, or in some."""
    if _is_token(core):
        return _token_spellings(name, core, border=border)
    found = []
    for form, function in FORMS.items():
        if form not in only or (len(core) > LONG and form not in LONG_FORMS):
            continue
        found += [
            Needle(form, name, text, border=border and form not in _BINARY_FORMS)
            for text in dict.fromkeys(function(core))
            if len(text) >= 4
        ]
    encoded = base64(name, core)
    found += encoded
    if len(core) <= LONG:
        found += _wrapped_base64(name, encoded[0])
        found += _wrapped_hex(name, hexlify(core)) if _LF not in core else []
    return found


def _is_token(value: bytes) -> bool:
    """Whether a value has letters, digits and `-._` alone: most secrets do, and there may be thousands."""
    return len(value) <= LONG and (value.isalnum() or not value.strip(_UNRESERVED))


def _token_spellings(name: str, core: bytes, *, border: bool) -> "list[Needle]":
    """One token in every form that it needs, without asking each."""
    digits = hexlify(core)
    found = [
        Needle("raw", name, core, 0, b"", b"", 0, border),
        Needle("hex", name, digits),
        Needle("hex", name, digits.upper()),
        Needle("utf-16", name, core.decode("ascii").encode("utf-16-le")[:-1]),
        Needle("shell", name, backslashes(core)),
    ]
    encoded = base64(name, core)
    found += encoded
    if len(core) > 48:
        found += _wrapped_base64(name, encoded[0])
    if len(core) > 30:
        found += _wrapped_hex(name, digits)
    return found
