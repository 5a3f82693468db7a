"""The environment without what the hook loaded: by the names and former values that it exports, never by values."""

NAMES, WAS = b"__CREDS_NAMES", b"__CREDS_WAS_"
OUR_STATE = (b"CREDS_PROJECT", b"CREDS_STATUS", b"CREDS_COUNT", NAMES, b"__CREDS_GIT", b"__CREDS_SINCE")
SHELL_STATE = (b"__CREDS_ROOT", b"__CREDS_LEFT", b"__CREDS_SHELL_PID", b"__CREDS_SCOPE_NAMES")


def undo(environ: "dict[bytes, bytes]") -> "dict[bytes, bytes]":
    """A copy of `environ` as it was before the hook loaded anything."""
    left = dict(environ)
    for name in environ.get(NAMES, b"").split(b":"):
        if not name:
            continue
        former = environ.get(WAS + name)
        left.pop(name, None)
        if former is not None:
            left[name] = former
    for name in environ:
        if name in OUR_STATE or name in SHELL_STATE or name.startswith(WAS):
            left.pop(name, None)
    return left
