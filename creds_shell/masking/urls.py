"""The password in a URL or a connection string, also where it holds `@`, `/`, `?` and `#` as they are.

That of a URL by one rule for values and for shapes.
"""

_ALNUM = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_DIGITS = b"0123456789"
_LOWER = b"abcdefghijklmnopqrstuvwxyz"

TOKEN = 20
"""A user of so many characters with a digit or capital is a token: GitHub's have 40, Sentry's 32, GitLab's 26."""


def password_span(rest: bytes) -> "tuple[int, int] | None":
    """Where the password stands in what follows `://`; None when there is none.

    Up to the last `@` before the path all belongs to user and password. A path may hold `@` as well: what looks
    like a host with a port before the first `/` is one (`localhost:4873/@scope/package`).
    """
    at = rest.find(b"@")
    if at < 0 or rest[:1] == b"[":
        return None
    user = rest[: rest.rindex(b"@", 0, _first(rest, at, len(rest)))]
    colon, path = user.find(b":"), _first(user, 0, len(user))
    if not 0 <= colon < min(path, len(user) - 1):
        return None
    if path < len(user) and not user[colon + 1 : path].strip(_DIGITS):
        return None
    return colon + 1, len(user)


def user_span(rest: bytes) -> "tuple[int, int] | None":
    """Where a token stands as the user of what follows `://` (`https://ghp_…@github.com`); None for a mere name."""
    user, at, _ = rest.partition(b"@")
    token = at and len(user) >= TOKEN and not user.strip(_ALNUM + b"_-") and user.strip(_LOWER + b"_-")
    return (0, len(user)) if token else None


def _first(text: bytes, start: int, default: int, signs: bytes = b"/?#") -> int:
    """The first of some signs from start on; of those that end a URL's host, when no others are given."""
    return min([at for at in (text.find(sign, start) for sign in signs) if at >= 0], default=default)


_NAMED = (b"password=", b"pwd=", b"accountkey=", b"sharedaccesskey=")
"""What precedes the secret in the parameters of a URL (JDBC, libpq) and in ADO.NET's, Azure's and libpq's strings."""


def url_passwords(value: bytes) -> "list[bytes]":
    """The secret inside a URL or a connection string, as it is written and decoded.

    It is the password of `scheme://user:password@host`, or the token in its place, and what a parameter of that name
    holds: `jdbc:postgresql://host/db?user=u&password=…`, `Server=…;Password=…`, `host=… password='…'`.
    """
    if b"\n" in value:
        return []
    found = _named_passwords(value) if b"=" in value else []
    scheme, sign, rest = value.partition(b"://")
    if sign and scheme and not scheme.strip(_ALNUM + b"+-.:"):
        span = password_span(rest) or user_span(rest)
        found += [rest[span[0] : span[1]]] if span else []
    spellings = [spelling.strip() for password in found for spelling in (password, _unquoted(password))]
    return list(dict.fromkeys(spellings))


def _named_passwords(value: bytes) -> "list[bytes]":
    lower, found = value.lower(), []
    ends = b"&;" if b"://" in value else b";" if b";" in value else b" "
    for name in _NAMED:
        at = lower.find(name)
        while at > 0 and lower[at - 1 : at].isalnum():  # `trustStorePassword=`
            at = lower.find(name, at + 1)
        if at >= 0:
            text = value[at + len(name) :]
            quote = text[:1]
            quoted = quote in (b"'", b'"') and quote in text[1:]
            found.append(text[1:].partition(quote)[0] if quoted else text[: _first(text, 0, len(text), ends)])
    return found


def _unquoted(text: bytes) -> bytes:
    """Percent-decoding; anything that is no escape stays."""
    head, *rest = text.split(b"%")
    out = [head]
    for part in rest:
        try:
            out.append(bytes([int(part[:2], 16)]) + part[2:] if len(part[:2].strip()) == 2 else b"%" + part)
        except ValueError:
            out.append(b"%" + part)
    return b"".join(out)
