"""The static page: every file is read once, served from memory by its exact name, under headers that allow nothing else.

The page holds no data and no secret: whoever reads `/` learns that creds is here, and nothing more.
"""

import secrets
from dataclasses import dataclass
from importlib.resources import files

KINDS = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
NONCE = "__NONCE__"

# Headers of every answer, errors included.
ALWAYS = {
    "cache-control": "no-store",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-embedder-policy": "require-corp",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
NOTHING = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# Trusted Types make innerHTML and its kin throw, so that `textContent` is the only way to show text.
PAGE = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)


@dataclass(frozen=True)
class Page:
    """One static answer."""

    kind: str
    body: bytes
    policy: str = NOTHING


def static_files() -> dict[str, Page]:
    """Return path → answer for every static file but the page itself, which needs a nonce."""
    found = {}
    for entry in (files("creds_shell.ui") / "static").iterdir():
        kind = KINDS.get(entry.name[entry.name.rfind(".") :])
        if kind and entry.name != "index.html":
            found[f"/static/{entry.name}"] = Page(kind, entry.read_bytes())
    return found


def index_template() -> str:
    """Return the page with its nonce still open."""
    return (files("creds_shell.ui") / "static" / "index.html").read_text("utf-8")


def index_page(template: str) -> Page:
    """Return the page under a nonce of its own."""
    nonce = secrets.token_urlsafe(18)
    body = template.replace(NONCE, nonce).encode()
    return Page(KINDS[".html"], body, PAGE.format(nonce=nonce))
