"""Secrets known by their shape: connection strings, `password=…`, tokens with a published prefix, JWTs, private keys.

A literal of the shape is found by the same scan as the values, and what stands around it is verified at the hit, by
walking forward over a bounded number of bytes: no expression that could go back, so the time is linear. What is
hidden is the secret part: `password=****`, `postgres://app:****@db`, `ghp_****`.
"""

from binascii import a2b_base64

from creds_shell.masking.assignments import PASSWORD_NAMES, SECRET_NAMES, assignment
from creds_shell.masking.hit import (
    ALNUM,
    ALNUM_SET,
    BLANKS,
    CONTROLS,
    DIGITS,
    LOWER,
    SPACE,
    Hit,
)
from creds_shell.masking.matcher import Index
from creds_shell.masking.needle import Needle
from creds_shell.masking.prefixes import TOKENS
from creds_shell.masking.urls import password_span, user_span

TYPE_CHECKING = False
if TYPE_CHECKING:
    from creds_shell.masking.hit import Judge, Verdict

_BASE64URL = ALNUM + b"-_"
_CREDENTIAL = ALNUM + b"-._~+/="  # RFC 6750: b64token
_KEY_BODY = (
    _CREDENTIAL + SPACE + b"\\:,()\"'[];<>&%#*|$"
)  # as it stands, or quoted in a program, a page, a log
_SIGNS = SPACE + b"\"':=>[|\\"
_URL_ENDS = SPACE + CONTROLS + b"\"'`<>\\"


def _url(hit: Hit) -> "Verdict":
    """The password in `scheme://user:password@host`, which may itself hold `@`, `/`, `?` and `#`."""
    text, first = hit.text, hit.end
    if hit.before not in ALNUM_SET:
        return None
    end = hit.until(_URL_ENDS, first, 2048)
    region = text[first:end]
    colon = region.find(b":")
    if hit.open(end):
        user = region.partition(b"@")[0]
        if not user.strip(_BASE64URL) and user.strip(
            LOWER
        ):  # it may be a token, also before a host with a port
            return hit.wait(min(first + 4, len(text)))
        return hit.wait(first + colon + 1 if colon >= 0 else len(text))
    span = password_span(region) or user_span(region)
    if span is not None:
        return (first + span[0], first + span[1], -1)
    return None


def _authorization(hit: Hit) -> "Verdict":
    """`Bearer …` and `Basic …`; without the header's name only what cannot be a word of prose."""
    if hit.before in ALNUM_SET:
        return None
    start = hit.over(BLANKS, hit.end, 8)
    end = hit.over(_CREDENTIAL, start)
    if hit.open(end):
        return hit.wait(start)
    value = hit.text[start:end]
    likely = _is_basic(value) if hit.literal == b"basic " else len(value) >= 8 and _has_digit(value)
    if not value.strip(b".-_") or not (likely or _is_in_header(hit.behind().lower())):
        return None
    return (start, end, -1)


def _is_in_header(before: bytes) -> bool:
    """Whether the header's name stands before a scheme: on its line, or with nothing but signs between them."""
    return b"authorization" in before[before.rfind(b"\n") + 1 :] or before.rstrip(_SIGNS).endswith(
        b"authorization"
    )


def _is_basic(value: bytes) -> bool:
    """Whether this is base64 of `user:password`, and no word of a sentence about something basic."""
    try:
        return b":" in a2b_base64(value + b"=" * (-len(value) % 4)) and len(value) >= 8
    except ValueError:
        return False


def _has_digit(value: bytes) -> bool:
    return len(value.translate(None, DIGITS)) != len(value)


def _token(hit: Hit) -> "Verdict":
    """A token with a published prefix: long enough, of the right characters, standing alone."""
    prefix, chars, least, most, mixed = _TOKENS[hit.literal]
    if hit.before in ALNUM_SET or hit.text[hit.start : hit.end] != prefix:
        return None
    end = hit.over(chars, hit.end, most + 1)
    if hit.open(end):
        return hit.wait(hit.end)
    value = hit.text[hit.end : end].rstrip(b"-.")
    if not least <= len(value) <= most:
        return None
    if mixed and not value.strip(LOWER + DIGITS + b"-_.") and _is_words(value.split(b"-"), least):
        return None
    return (hit.end, hit.end + len(value), -1)


def _is_words(parts: list[bytes], least: int) -> bool:
    """Whether hyphened parts are words, as in `sk-ssh-ed25519-cert-v01`; a UUID (`sk-lf-…`) has a part like 4789."""
    return all(len(part) < least and not part[:1].isdigit() for part in parts)


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
    label_end = hit.over(LOWER.upper() + DIGITS + b" ", hit.end, 48)
    header_end = label_end + 5
    if hit.open(label_end) or (hit.open(header_end) and b"-----".startswith(text[label_end:])):
        return hit.wait(len(text))
    label = text[hit.end : label_end]
    if b"PRIVATE KEY" not in label or text[label_end:header_end] != b"-----":
        return None
    first = hit.over(SPACE + b"\\nr", header_end, 16)
    if hit.open(first):
        return hit.wait(len(text))
    stop = hit.over(_KEY_BODY, first)
    end = text.find(b"-----END", first, stop)
    if end < 0:
        end = stop
        if hit.open(end):
            return hit.wait(first)
    body = text[first:end].rstrip(SPACE)
    while body.endswith((b"\\n", b"\\r")):
        body = body[:-2]
    return (first, first + len(body), -1) if body else None


_BASE64URL_SET = frozenset(_BASE64URL)

_TOKENS = {row[0].lower(): row for row in TOKENS}
JUDGES: "dict[bytes, tuple[str, Judge]]" = {
    **dict.fromkeys(PASSWORD_NAMES, ("password", assignment)),
    **dict.fromkeys(SECRET_NAMES, ("secret", assignment)),
    **{prefix: (f"token {rule[0].decode()}", _token) for prefix, rule in _TOKENS.items()},
    b"://": ("password in a URL", _url),
    b"bearer ": ("authorization", _authorization),
    b"basic ": ("authorization", _authorization),
    b"eyj": ("JSON web token", _jwt),
    b"-----begin ": ("private key", _private_key),
}
"""Each literal in lower case with the name of its kind and the function that verifies it."""


_LATE = (_url, _jwt)
"""What these hide may begin before the place up to which a person may see the text: on a pipe that waits."""


class Shapes:
    """The known shapes, as a second set of needles whose hits are verified."""

    __slots__ = ("_index",)

    def __init__(self) -> None:
        self._index = Index(
            {literal: Needle("shape", kind, literal) for literal, (kind, _) in JUDGES.items()}
        )

    def judge(
        self, text: bytes, near: bytes, *, final: bool
    ) -> "tuple[list[tuple[str, int, int]], list[tuple[int, int, int]], int]":
        """Find and verify.

        Args:
            text: the visible text.
            near: what stood before it.
            final: nothing follows.

        Returns:
            Matches (kind, start, end) and waits (start, limit, limit) as a Lane has them; and up to where everybody
            may see the text at once, because what the waits may hide begins there or later.
        """
        lower = text.lower()
        matches: list[tuple[str, int, int]] = []
        waits: list[tuple[int, int, int]] = []
        free = undecided = size = len(text)
        runs: dict[bytes, tuple[int, int]] = {}
        quick = self._index.quick(lower)
        for start, end, needle in sorted(self._index.matches(lower), key=_place) if quick != [] else ():
            if start >= undecided:  # nobody sees this yet, and it is judged again with what follows
                break
            kind, function = JUDGES[needle.text]
            verdict = function(Hit(text, start, end, near, final, runs))
            if verdict is None:
                continue
            first, last, shown = verdict
            if first < 0:
                waits.append((start, shown, shown))
                undecided = min(undecided, shown)
                free = min(free, start if function in _LATE else shown)
            else:
                matches.append((kind, first, last))
        for at, _ in () if final else self._index.beginnings(lower):
            waits.append((at, size, size))
            if b"eyj".startswith(lower[at:]):  # a web token is hidden from its beginning on
                free = min(free, at)
        return matches, waits, free


def _place(match: "tuple[int, int, Needle]") -> "tuple[int, int]":
    return match[0], match[1]


_shared: "list[Shapes]" = []


def find_shapes(data: bytes) -> "list[tuple[int, int, str]]":
    """Every secret part known by its shape in a whole text, as (start, end, kind), in order."""
    if not _shared:
        _shared.append(Shapes())
    matches, _, _ = _shared[0].judge(data, b"", final=True)
    return sorted([(start, end, kind) for kind, start, end in matches])
