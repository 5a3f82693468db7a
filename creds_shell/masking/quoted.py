r"""How text formats write a value between their quotes: JSON, YAML, Python, SQL, HTML.

Everything is bytes; a byte that is no UTF-8 is in a text what Python makes of it, a lone surrogate.
"""

from binascii import hexlify


def escaped(value: bytes, table: "dict[int, bytes]") -> bytes:
    """Replace each byte that is in the table; str.translate, because it is the one way of C for several bytes."""
    texts = {byte: table[byte].decode("latin-1") for byte in set(value) if byte in table}
    return value.decode("latin-1").translate(texts).encode("latin-1") if texts else value


def backslashed(signs: bytes) -> "dict[int, bytes]":
    """A table that puts a backslash before each of these signs."""
    return {sign: b"\\%c" % sign for sign in signs}


def as_text(value: bytes) -> str:
    """The value as text, as Python has it from its environment."""
    return value.decode("utf-8", "surrogateescape")


def as_bytes(text: str) -> bytes:
    """The other way."""
    return text.encode("utf-8", "surrogateescape")


_JSON_SHORT = {8: b"\\b", 9: b"\\t", 10: b"\\n", 12: b"\\f", 13: b"\\r", 34: b'\\"', 92: b"\\\\"}
_JSON = {**{byte: b"\\u%04x" % byte for byte in range(32)}, **_JSON_SHORT}
_JSON_SLASH = {**_JSON, 47: b"\\/"}
_JSON_HTML = {60: b"\\u003c", 62: b"\\u003e", 38: b"\\u0026"}
_JSON_STRICT = {**_JSON_HTML, 39: b"\\u0027", 34: b"\\u0022", 43: b"\\u002b", 96: b"\\u0060"}
_JSON_TABLES = (
    _JSON,
    _JSON_SLASH,
    {**_JSON, **_JSON_HTML},
    {**_JSON, **_JSON_HTML, 39: b"\\u0027"},  # Jinja, Flask
    {**_JSON, **_JSON_STRICT},
    {**_JSON, 127: b"\\u007f"},
    {
        9: b"\\t",
        10: b"\\n",
        13: b"\\r",
        **backslashed(b'"\\'),
    },  # env files, git's configuration: the rest as it is
)


def json_strings(value: bytes) -> "list[bytes]":
    r"""Inside a JSON string: UTF-8 or ASCII, `\/`, `\u003c` (Go, Rails, .NET), digits in both cases."""
    found = [escaped(value, table) for table in _JSON_TABLES]
    found += _in_ascii(found)
    return found + [_upper_digits(form, b"\\u") for form in found if b"\\u00" in form]


def json_in_json(value: bytes) -> "list[bytes]":
    """A JSON text or a repr that is itself a string of another one, and such a JSON text of a third."""
    texts = [form for form in json_strings(value) if form != value]
    found = [escaped(form, _JSON) for form in texts]
    found += [escaped(form, _JSON) for form in found]
    if b"/" in value:  # PHP's json_encode, twice
        found += [escaped(form, _JSON_SLASH) for form in texts if b"\\/" in form]
    if not value.isascii():  # a body as it was received; the quotes of JSON stand around it
        found += [repr(form + b"'\"")[2:-4].encode("ascii") for form in texts]
    for form in dict.fromkeys((*texts, *python_repr(value))):
        if b"\\" in form:  # a repr, between the quotes that are not in it or between single ones
            deeper = form.replace(b"\\", b"\\\\")
            found += [deeper, deeper.replace(b"'", b"\\'"), deeper.replace(b'"', b'\\"')]
    return found + _in_ascii(found)


def _in_ascii(forms: "list[bytes]") -> "list[bytes]":
    r"""The same JSON with everything outside ASCII as \uXXXX, digits in both cases."""
    found = []
    for form in dict.fromkeys(forms):
        if not form.isascii():
            found += [_utf16_escapes(as_text(form), upper) for upper in (False, True)]
    return found


def _utf16_escapes(text: str, upper: bool) -> bytes:
    r"""Write characters outside ASCII as \uXXXX, surrogate pairs beyond the first plane."""
    out = []
    for char in text:
        if char < "\x80":
            out.append(char.encode())
            continue
        units = char.encode("utf-16-be", "surrogatepass")
        for at in range(0, len(units), 2):
            digits = hexlify(units[at : at + 2])
            out.append(b"\\u" + (digits.upper() if upper else digits))
    return b"".join(out)


def _upper_digits(form: bytes, mark: bytes) -> bytes:
    r"""The same text with upper-case digits in its \uXXXX or \xXX."""
    size = 4 if mark == b"\\u" else 2
    head, *rest = form.split(mark)
    return head + b"".join([mark + part[:size].upper() + part[size:] for part in rest])


_YAML = {0: b"\\0", 7: b"\\a", 11: b"\\v", 27: b"\\e", **_JSON_SHORT}
_YAML |= {0x85: b"\\N", 0xA0: b"\\_", 0x2028: b"\\L", 0x2029: b"\\P"}


def yaml_string(value: bytes) -> "list[bytes]":
    r"""Inside a YAML double-quoted string: `\xE9`, `\u20AC`, `\U0001F600`, `\e`."""
    if value.isascii() and value.isalnum():
        return []
    # everything outside ASCII escaped, or only what is beyond the first plane
    return [
        b"".join([_yaml_character(char, limit) for char in as_text(value)]) for limit in ("\x7e", "\uffff")
    ]


def _yaml_character(char: str, limit: str) -> bytes:
    code = ord(char)
    if code in _YAML:
        return _YAML[code]
    if " " <= char <= limit and not "\ud800" <= char <= "\udfff":
        return char.encode()
    return b"\\x%02X" % code if code < 0x100 else b"\\u%04X" % code if code < 0x10000 else b"\\U%08X" % code


_CONTROLS = (*range(32), 127)
_GO = {**{byte: b"\\x%02x" % byte for byte in _CONTROLS}, 7: b"\\a", 11: b"\\v", **_JSON_SHORT}
_NODE = {**{byte: b"\\x%02X" % byte for byte in _CONTROLS}, **_JSON_SHORT, 34: b'"'}
_RUBY = {**_GO, **{byte: b"\\u%04X" % byte for byte in range(32) if byte not in range(7, 14)}}
_RUBY |= {27: b"\\e", 127: b"\\x7F"}
_RUST = {**{byte: b"\\u{%x}" % byte for byte in _CONTROLS}, **backslashed(b'\\"')}
_RUST |= {9: b"\\t", 10: b"\\n", 13: b"\\r"}
_PERL = {**{byte: b"\\%o" % byte for byte in (*_CONTROLS, *range(128, 256))}, 7: b"\\a", **_JSON_SHORT}
_PERL |= {27: b"\\e", **backslashed(b"$@")}
_PROPERTIES = {**{byte: b"\\u%04X" % byte for byte in _CONTROLS}, **backslashed(b"\\:=#!")}
_PROPERTIES |= {9: b"\\t", 10: b"\\n", 12: b"\\f", 13: b"\\r"}
_PHP = backslashed(b"\\'\"")
# of characters, not of bytes
_COOKIE = {number: f"\\{number:03o}" for number in (*_CONTROLS, *b",;", *range(128, 256))} | {
    34: '\\"',
    92: "\\\\",
}
_LARAVEL = {**_JSON_SLASH, **{byte: b"\\u%04X" % byte for byte in b"<>&'\""}}
_LITERALS = (
    _GO,  # strconv.Quote, the %q of fmt
    _NODE,  # util.inspect
    _RUST,  # {:?}
    _PERL,  # Data::Dumper with Useqq
    _PHP,  # addslashes
    {**_PHP, 10: b"\\n", 13: b"\\r", 26: b"\\Z"},  # MySQL
)


def literals(value: bytes) -> "list[bytes]":
    r"""Inside a string of Go, Node, Rust, Ruby, Perl, PHP, MySQL, PostgreSQL, a cookie or a Java properties file."""
    found = [escaped(value, table) for table in _LITERALS]
    ruby = escaped(value, _RUBY)
    for sign in (b"{", b"$", b"@"):
        ruby = ruby.replace(b"#" + sign, b"\\#" + sign)
    postgres = value.replace(b"\\", b"\\\\").replace(b"'", b"''")
    cookie = value.decode("utf-8", "surrogateescape").translate(_COOKIE).encode("utf-8", "surrogateescape")
    texts = [escaped(value, _LARAVEL), escaped(value, _PROPERTIES)]
    return [*found, ruby, postgres, cookie, *texts, *_in_ascii(texts)]


def python_repr(value: bytes) -> "list[bytes]":
    """Inside Python's repr of a string or of bytes."""
    found = [repr(value)[2:-1].encode("ascii"), repr(value + b"'\"")[2:-4].encode("ascii")]
    text = as_text(value)
    found += [repr(text)[1:-1].encode("utf-8"), ascii(text)[1:-1].encode("ascii")]
    found.append(repr(text + "'\"")[1:-4].encode("utf-8"))
    return found + [_upper_digits(form, b"\\x") for form in found if b"\\x" in form]


def doubled(value: bytes) -> "list[bytes]":
    r"""A sign written twice: `''` (SQL, YAML), `""` (CSV), `$$` (compose, make), `\\`, `%%`, and one quote escaped."""
    signs = (b"'", b'"', b"$", b"\\", b"%")
    found = [value.replace(sign, sign + sign) for sign in signs if sign in value]
    return [*found, value.replace(b"'", b"\\'"), value.replace(b'"', b'\\"')]


_MARKUP = frozenset(b"&<>\"'")
_DOUBLE = (b'"', b"&quot;", b"&#34;", b"&#x22;")
_SINGLE = (b"'", b"&apos;", b"&#39;", b"&#x27;", b"&#039;")
_TEMPLATES = (
    {39: b"&#39;", 47: b"&#x2F;", 96: b"&#x60;", 61: b"&#x3D;"},  # Mustache
    {39: b"&#x27;", 96: b"&#x60;", 61: b"&#x3D;"},  # Handlebars
    {39: b"&#x27;", 47: b"&#x2F;"},  # OWASP
    {34: b"&#34;", 39: b"&#39;", 43: b"&#43;"},  # Go: html/template
)
_SPACES = (
    {9: b"&#9;", 10: b"&#10;", 13: b"&#13;"},
    {9: b"&#09;", 10: b"&#10;", 13: b"&#13;"},  # Python's ElementTree
    {9: b"&#x9;", 10: b"&#xA;", 13: b"&#xD;"},  # .NET
)
_AMP = {38: b"&amp;", 60: b"&lt;", 62: b"&gt;"}
_NUMBERS = ("&#%d;", "&#x%x;", "&#x%X;")
_LATIN = (
    "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro "
    "para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil "
    "Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave "
    "Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml "
    "igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute "
    "thorn yuml"
)
"""The names of U+00A0 to U+00FF in HTML 4, in their order; Python's own table would import `re`."""


def entities(value: bytes) -> "list[bytes]":
    """HTML and XML entities: named, decimal and hexadecimal, for quotes, signs and what is outside ASCII."""
    found = [escaped(value, _AMP), escaped(value, {38: b"&amp;", 60: b"&lt;"})]
    if any(byte < 32 for byte in value):  # XML attributes
        found += [escaped(value, {**_AMP, **each, 34: double}) for each in _SPACES for double in _DOUBLE[:2]]
    doubles, singles = _DOUBLE if 34 in value else _DOUBLE[:1], _SINGLE if 39 in value else _SINGLE[:1]
    found += [escaped(value, {**_AMP, 34: double, 39: single}) for double in doubles for single in singles]
    found += [escaped(value, {**_AMP, 34: b"&quot;", **table}) for table in _TEMPLATES]
    found = list(dict.fromkeys(found))
    if not value.isascii():
        found += [_outside_ascii(as_text(form), way) for form in found for way in (*_NUMBERS, "")]
    return found + _numbered(as_text(value))


def _outside_ascii(text: str, way: str) -> bytes:
    """Characters outside ASCII by number, or by name where HTML 4 has one in Latin-1 or for the euro."""
    if way:
        return as_bytes("".join([char if char < "\x80" else way % ord(char) for char in text]))
    names = {160 + at: f"&{name};" for at, name in enumerate(_LATIN.split())}
    return as_bytes(text.translate({**names, 0x20AC: "&euro;"}))


def _numbered(text: str) -> "list[bytes]":
    """The signs of markup by number, every sign by number (ESAPI, esc_attr), and all characters by number."""
    found = []
    codes = set(map(ord, text))
    plain = set(filter(_is_alnum, codes))
    for way in _NUMBERS:
        every = {code: way % code for code in codes}
        found.append(text.translate(every))
        found.append(text.translate({code: every[code] for code in codes - plain}))
        found.append(text.translate({code: every[code] for code in codes & _MARKUP}))
    return [as_bytes(form) for form in found]


def _is_alnum(code: int) -> bool:
    return code < 0x80 and chr(code).isalnum()
