"""Secrets known by their shape: connection strings, `password=…`, tokens with a published prefix, JWTs, private keys.

A literal of the shape is found by the same scan as the values, and what stands around it is verified at the hit, by
walking forward over a bounded number of bytes: no expression that could go back, so the time is linear. What is
hidden is the secret part: `password=****`, `postgres://app:****@db`, `ghp_****`.
"""

from creds_shell.masking.lane import NEAR
from creds_shell.masking.matcher import Index
from creds_shell.masking.needle import Needle
from creds_shell.masking.prefixes import TOKENS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Verdict = tuple[int, int, int] | None
    Judge = Callable[["Hit"], Verdict]

LONGEST = 16384
"""A value, URL or key block is followed this far: a PEM block of a 16,384-bit RSA key has 12.6 KB."""

_LOWER = b"abcdefghijklmnopqrstuvwxyz"
_DIGITS = b"0123456789"
_ALNUM = _LOWER + _LOWER.upper() + _DIGITS
_WORD = _ALNUM + b"_"
_BASE64URL = _ALNUM + b"-_"
_CREDENTIAL = _ALNUM + b"-._~+/="  # RFC 6750: b64token
_BLANKS = b" \t"
_SPACE = b" \t\r\n\v\f"


_URL_ENDS = _SPACE + b"\"'`<>\\"
_LINE_ENDS = _SPACE + b"\"'`"
_WORD_ENDS = _LINE_ENDS + b",;&)}]<>|"
_OTHERS: "dict[bytes, bytes]" = {}


class Hit:
    """A literal that was found, and the text around it.

    Args:
        text: the visible text.
        start: where the literal begins.
        end: where it ends.
        near: what stood before the text, at least the last NEAR bytes of it.
        final: nothing follows the text.
        runs: for sets of characters the run that was last walked over; hits come in rising order, so that walking
            over the same long run from each of many hits stays linear.
    """

    __slots__ = ("_near", "_runs", "before", "end", "final", "literal", "start", "text")

    def __init__(
        self, text: bytes, start: int, end: int, near: bytes, final: bool, runs: "dict[bytes, tuple[int, int]]"
    ) -> None:
        self.text = text
        self.start = start
        self.end = end
        self.literal = text[start:end].lower()
        self.final = final
        self._runs = runs
        self._near = near
        self.before = text[start - 1] if start else near[-1] if near else -1

    def behind(self) -> bytes:
        """The last NEAR bytes before the literal."""
        text = self.text[max(0, self.start - NEAR) : self.start]
        return text if len(text) == NEAR else (self._near + text)[-NEAR:]

    def over(self, chars: bytes, at: int, limit: int = LONGEST) -> int:
        """Where a run of these characters ends, at most limit further."""
        first, end = self._runs.get(chars, (0, -1))
        known = first <= at <= end
        if not known:
            first, end = at, at
        size = 64
        while end < at + limit:
            part = self.text[end : end + size]
            rest = part.lstrip(chars)
            end += len(part) - len(rest)
            if rest or not part:
                break
            size *= 4
        self._runs[chars] = (first, end)
        return min(end, at + limit)

    def until(self, stops: bytes, at: int, limit: int = LONGEST) -> int:
        """Where the first of these characters stands, or the last place that was looked at."""
        others = _OTHERS.get(stops)
        if others is None:
            others = _OTHERS[stops] = bytes(set(range(256)) - set(stops))
        return self.over(others, at, limit)

    def open(self, at: int) -> bool:
        """Whether the text ends here and more may come."""
        return at >= len(self.text) and not self.final

    def wait(self, shown: int) -> "Verdict":
        """More bytes decide; up to shown anybody may see the text."""
        return (-1, -1, shown)


def _assignment(hit: Hit) -> "Verdict":
    """`name = value`, `name: value`, `"name": "value"`, `--name=value`, `?name=value&`."""
    if hit.literal in _WHOLE_NAMES and hit.before in _ALNUM_SET:
        return None
    text, at = hit.text, hit.over(_DIGITS, hit.end, 4)
    for suffix in (b"_base", b"_value"):
        rest = text[at : at + len(suffix)].lower()
        if rest == suffix:
            at += len(suffix)
        elif suffix.startswith(rest) and hit.open(at + len(rest)):
            return hit.wait(len(text))
    quote = hit.over(b"\\", at, 4)
    if text[quote : quote + 1] in (b'"', b"'", b"`"):
        quote += 1
    sign_at = hit.over(_BLANKS, quote, 8)
    if hit.open(sign_at):
        return hit.wait(len(text))
    sign = text[sign_at : sign_at + 1]
    if sign not in (b"=", b":"):
        return _argument(hit, sign_at) if sign_at > at == quote else None
    after = sign_at + 1
    second = text[after : after + 1]
    if (sign == b"=" and second == b">") or (sign == b":" and second == b"="):
        after += 1
    elif second in (b"=", b":") or (sign == b":" and second == b"/"):
        return None
    start = hit.over(_BLANKS, after, 8)
    if hit.open(start):
        return hit.wait(len(text))
    return _value(hit, start, prose=sign == b":" and start > after)


def _argument(hit: Hit, start: int) -> "Verdict":
    """`--password value`: the next argument of a long option."""
    line = hit.behind()
    option = line[len(line.rstrip(_WORD + b"-")) :]
    return _value(hit, start, prose=False) if option.startswith(b"--") else None


def _value(hit: Hit, start: int, *, prose: bool) -> "Verdict":
    """The value of an assignment: between quotes, or up to a blank or what ends it."""
    text = hit.text
    slash = hit.over(b"\\", start, 4)
    quote = text[slash : slash + 1]
    if hit.open(slash):
        return hit.wait(start)
    if quote in (b'"', b"'", b"`"):
        first = slash + 1
        end = _closing(hit, first, quote[0], escaped=slash > start)
    else:
        first = start
        if hit.literal == b"authorization":
            first = _after_scheme(hit, start)
        line_start = _at_line_start(hit)
        end = hit.until(_LINE_ENDS if line_start else _WORD_ENDS, first)
        if hit.open(end):
            return hit.wait(first)
        if prose and hit.literal in _PROSE_NAMES and (text[first:end].isalpha() or text[first:end].isdigit()):
            return None
    if hit.open(end):
        return hit.wait(first)
    return (first, end, -1) if _is_value(hit, text[first:end]) else None


def _closing(hit: Hit, at: int, quote: int, *, escaped: bool) -> int:
    """Where a quoted value ends: at the same quote, or at the end of the line."""
    text, first, stop = hit.text, at, min(len(hit.text), at + LONGEST)
    while at < stop:
        byte = text[at]
        if byte == 10:
            return at
        if byte == 92:
            behind = hit.over(b"\\", at, 64)
            if escaped and behind < stop and text[behind] == quote:
                return at
            if hit.open(behind):
                return len(text)
            at = behind + (behind - at) % 2
            continue
        if byte == quote:
            following = text[at + 1 : at + 2]
            if not following and not hit.final:
                return len(text)
            if at == first or following != bytes([quote]):
                return at
            at += 2  # doubled, as SQL and YAML write it
            continue
        at = hit.until(b"\n\\" + bytes([quote]), at, stop - at)
    return stop


def _after_scheme(hit: Hit, at: int) -> int:
    """Past `Bearer `, `Basic ` and the like in an Authorization header."""
    end = hit.over(_ALNUM, at, 32)
    after = hit.over(_BLANKS, end, 8)
    return after if after > end and hit.text[at:end].isalpha() else at


def _at_line_start(hit: Hit) -> bool:
    """Whether the name stands at the start of a line or after `export`: a shell's or an env file's assignment."""
    line = hit.behind()
    other = line.rstrip(_WORD)
    return other.endswith((b"\n", b"export ", b"set ", b"declare -x ")) or (not other and len(line) < NEAR)


def _is_value(hit: Hit, value: bytes) -> bool:
    """Whether this can be a secret: no placeholder, no variable, no directory in PWD."""
    if len(value) < (1 if hit.literal.startswith(b"pass") else 4) or not value.strip(b"*.-_x"):
        return False
    if value.lower() in _NO_VALUES:
        return False
    if hit.literal == b"pwd" and value[:1] in (b"/", b"~"):
        return False
    if value[:2] in (b"${", b"$(", b"{{", b"<%") or value.strip(b"()") == b"":
        return False
    return not (value[:1] == b"$" and value[1:].isupper() and not value[1:].strip(_WORD))


def _url(hit: Hit) -> "Verdict":
    """The password in `scheme://user:password@host`, which may itself hold `@`, `/`, `?` and `#`."""
    text, first = hit.text, hit.end
    if hit.before not in _ALNUM_SET:
        return None
    end = hit.until(_URL_ENDS, first, 2048)
    region = text[first:end]
    colon = region.find(b":")
    if hit.open(end):
        return hit.wait(first + colon + 1 if colon >= 0 else len(text))
    at = region.find(b"@")
    if at < 0 or region[:1] == b"[":
        return None
    stops = [stop for stop in (region.find(sign, at) for sign in (b"/", b"?", b"#")) if stop >= 0]
    user = region[: region.rindex(b"@", 0, min(stops, default=len(region)))]
    path = min([stop for stop in map(user.find, (b"/", b"?", b"#")) if stop >= 0], default=len(user))
    if 0 <= colon < min(path, len(user) - 1):
        if path < len(user) and not user[colon + 1 : path].strip(_DIGITS):
            return None  # http://localhost:4873/@scope/package
        return (first + colon + 1, first + len(user), -1)
    if colon < 0 and len(user) >= 20 and not user.strip(_WORD + b"-") and user.strip(_LOWER + b"-_"):
        return (first, first + len(user), -1)
    return None


def _authorization(hit: Hit) -> "Verdict":
    """`Bearer …` and `Basic …`, wherever they stand; a word after them is prose."""
    if hit.before in _ALNUM_SET:
        return None
    start = hit.over(_BLANKS, hit.end, 8)
    end = hit.over(_CREDENTIAL, start)
    if hit.open(end):
        return hit.wait(start)
    value = hit.text[start:end]
    if len(value) < 8 or (value.isalpha() and (value.islower() or value[1:].islower())):
        return None
    return (start, end, -1)


def _token(hit: Hit) -> "Verdict":
    """A token with a published prefix: long enough, of the right characters, standing alone."""
    prefix, chars, least, most, mixed = _TOKENS[hit.literal]
    if hit.before in _ALNUM_SET or hit.text[hit.start : hit.end] != prefix:
        return None
    end = hit.over(chars, hit.end, most + 1)
    if hit.open(end):
        return hit.wait(hit.end)
    value = hit.text[hit.end : end].rstrip(b"-.")
    if not least <= len(value) <= most:
        return None
    if mixed and value.strip(_LOWER + b"-_.") == b"" and max(map(len, value.split(b"-"))) < least:
        return None  # hyphened words: sk-learn-pipelines
    return (hit.end, hit.end + len(value), -1)


def _jwt(hit: Hit) -> "Verdict":
    """Three parts of base64url, the first two beginning like JSON."""
    if hit.before in _BASE64URL_SET or hit.text[hit.start : hit.end] != b"eyJ":
        return None
    at = hit.start
    for number in range(3):
        end = hit.over(_BASE64URL, at)
        if hit.open(end):
            return hit.wait(hit.end)
        if number < 2:
            if end - at < 8 or hit.text[end : end + 1] != b".":
                return None
            at = end + 1
    return (hit.start, end, -1)


def _private_key(hit: Hit) -> "Verdict":
    """The body of a PEM or PGP private key; without an end, as far as it looks like one."""
    text = hit.text
    if text[hit.start : hit.end] != b"-----BEGIN ":
        return None
    label_end = hit.over(_LOWER.upper() + _DIGITS + b" ", hit.end, 48)
    header_end = label_end + 5
    if hit.open(label_end) or (hit.open(header_end) and b"-----".startswith(text[label_end:])):
        return hit.wait(len(text))
    label = text[hit.end : label_end]
    if b"PRIVATE KEY" not in label or text[label_end:header_end] != b"-----":
        return None
    first = hit.over(_SPACE + b"\\nr", header_end, 16)
    if hit.open(first):
        return hit.wait(len(text))
    end = text.find(b"-----END", first, first + LONGEST)
    if end < 0:
        end = hit.over(_CREDENTIAL + _SPACE + b"\\:,()", first)
        if hit.open(end) or (end < len(text) and b"-----END".startswith(text[end:]) and not hit.final):
            return hit.wait(first)
    body = text[first:end].rstrip(_SPACE)
    while body.endswith((b"\\n", b"\\r")):
        body = body[:-2]
    return (first, first + len(body), -1) if body else None


_PASSWORD_NAMES = (b"password", b"passwd", b"passphrase", b"passcode", b"pass", b"pwd")
_SECRET_NAMES = (
    b"secret", b"token", b"apikey", b"api_key", b"api-key", b"api key", b"accesskey", b"access_key", b"access-key",
    b"access_key_id", b"secretkey", b"secret_key", b"secret-key", b"secretaccesskey", b"privatekey", b"private_key",
    b"private-key", b"encryption_key", b"signing_key", b"master_key", b"auth_key", b"authkey", b"accountkey",
    b"account_key", b"sharedaccesskey", b"subscription_key", b"credential", b"credentials", b"authorization",
)  # fmt: skip
_WHOLE_NAMES = (b"pass", b"pwd")
_PROSE_NAMES = (b"token", b"credential", b"credentials", b"pass", b"api key", b"authorization")
_NO_VALUES = frozenset((
    b"null", b"none", b"nil", b"true", b"false", b"undefined", b"required", b"optional", b"string", b"str", b"bytes",
    b"[redacted]", b"redacted", b"[masked]", b"<redacted>", b"<masked>", b"(none)", b"(empty)", b"(hidden)",
))  # fmt: skip
_ALNUM_SET = frozenset(_ALNUM)
_BASE64URL_SET = frozenset(_BASE64URL)

_TOKENS = {prefix.lower(): (prefix, *rule) for prefix, *rule in TOKENS}
JUDGES: "dict[bytes, tuple[str, Judge]]" = {
    **dict.fromkeys(_PASSWORD_NAMES, ("password", _assignment)),
    **dict.fromkeys(_SECRET_NAMES, ("secret", _assignment)),
    **{prefix: (f"token {rule[0].decode()}", _token) for prefix, rule in _TOKENS.items()},
    b"://": ("password in a URL", _url),
    b"bearer ": ("authorization", _authorization),
    b"basic ": ("authorization", _authorization),
    b"eyj": ("JSON web token", _jwt),
    b"-----begin ": ("private key", _private_key),
}
"""Each literal in lower case with the name of its kind and the function that verifies it."""


class Shapes:
    """The known shapes, as a second set of needles whose hits are verified."""

    __slots__ = ("_index",)

    def __init__(self) -> None:
        self._index = Index([Needle("shape", kind, literal) for literal, (kind, _) in JUDGES.items()])

    def judge(
        self, text: bytes, near: bytes, *, final: bool
    ) -> "tuple[list[tuple[int, int, str]], list[tuple[int, int, int]]]":
        """Find and verify.

        Args:
            text: the visible text.
            near: what stood before it.
            final: nothing follows.

        Returns:
            Matches (start, end, kind) and waits (start, limit, limit) as a Lane has them.
        """
        lower = text.lower()
        matches: list[tuple[int, int, str]] = []
        waits: list[tuple[int, int, int]] = []
        runs: dict[bytes, tuple[int, int]] = {}
        quick = self._index.quick(lower)
        for start, end, needle in sorted(self._index.matches(lower), key=_place) if quick != [] else ():
            kind, function = JUDGES[needle.text]
            verdict = function(Hit(text, start, end, near, final, runs))
            if verdict is None:
                continue
            first, last, shown = verdict
            if first < 0:
                waits.append((start, shown, shown))
            else:
                matches.append((first, last, kind))
        if not final:
            waits += [(at, len(text), len(text)) for at, _ in self._index.beginnings(lower)]
        return matches, waits


def _place(match: "tuple[int, int, Needle]") -> "tuple[int, int]":
    return match[0], match[1]
