"""One byte string that the mask looks for, with what may stand around it."""

BASE64 = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_")
"""Both base64 alphabets: what may stand before or after a needle made from base64."""

TOKEN = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") | frozenset(
    range(128, 256)
)
"""Bytes that continue a token; a very short value counts only where none of them touches it."""

PUBLIC_PREFIXES = (
    b"github_pat_", b"ghp_", b"gho_", b"ghu_", b"ghs_", b"ghr_", b"glpat-", b"xoxb-", b"xoxp-", b"xoxa-", b"xoxs-",
    b"sk-proj-", b"sk-ant-api03-", b"sk-ant-", b"sk_live_", b"sk_test_", b"rk_live_", b"pk_live_", b"pk_test_", b"sk-",
    b"AKIA", b"ASIA", b"AIza", b"npm_", b"pypi-", b"dop_v1_", b"hf_", b"SG.", b"whsec_", b"eyJ", b"-----BEGIN ",
)  # fmt: skip
"""Beginnings that a token's maker publishes; an idle stream may show them (section "Masked forms" of docs/security.md)."""

_SCHEME = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+.-"


class Needle:
    """A byte string to find.

    Args:
        form: which form of the value this is (docs/security.md lists them).
        name: the key that it belongs to.
        text: the bytes to find.
        offset: for base64: how many foreign bytes (0–2) share the first group of four characters.
        left: the base64 characters that may mix a neighbour's bits with the value's, before the text.
        right: the same after the text.
        pads: how many `=` may follow when the value ends the encoded data.
        border: whether it counts only as a whole token.
    """

    __slots__ = ("_allowance", "border", "form", "left", "name", "offset", "pads", "right", "text")

    def __init__(  # noqa: PLR0917 thousands are made at once, and keywords take twice as long
        self,
        form: str,
        name: str,
        text: bytes,
        offset: int = 0,
        left: bytes = b"",
        right: bytes = b"",
        pads: int = 0,
        border: bool = False,
    ) -> None:
        self.form = form
        self.name = name
        self.text = text
        self.offset = offset
        self.left = left
        self.right = right
        self.pads = pads
        self.border = border
        self._allowance = -1

    def __repr__(self) -> str:
        return f"Needle({self.form!r}, {self.name!r}, {len(self.text)} bytes)"

    def edges(self) -> "tuple[bool, bytes, bytes]":
        """What decides how far a match reaches."""
        return self.border, self.left, self.right

    def joined(self, other: "Needle") -> "Needle":
        """One needle for two of the same text: secrets that differ in a few bits at an edge share their base64.

        It may mix with what either of them mixes with, and has a border only where both have one. Where the two begin
        at different offsets, which takes two unlike secrets, the left edge is that of the first.
        """
        alike = not self.left or not other.left or self.offset == other.offset
        return Needle(
            self.form,
            self.name,
            self.text,
            self.offset or other.offset,
            bytes({*self.left, *other.left}) if alike else self.left,
            bytes({*self.right, *other.right}),
            max(self.pads, other.pads),
            self.border and other.border,
        )

    def allowance(self) -> int:
        """How many bytes an idle terminal may show: the public prefix and min(4, a quarter of the rest).

        Not a part of a character: the terminal would show a broken one.
        """
        if self._allowance < 0:
            public = public_prefix(self.text)
            size = public + min(4, (len(self.text) - public) // 4)
            while size > public and self.text[size] & 0xC0 == 0x80:
                size -= 1
            self._allowance = size
        return self._allowance


def public_prefix(text: bytes) -> int:
    """The length of the beginning that says nothing about the secret: a token's published prefix or a URL's scheme."""
    for prefix in PUBLIC_PREFIXES:
        if text.startswith(prefix):
            return len(prefix)
    scheme = text.find(b"://", 0, 40)
    return scheme + 3 if scheme > 0 and not text[:scheme].strip(_SCHEME) else 0
