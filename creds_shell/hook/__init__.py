"""What the three hooks call, on `core` alone: the hook text (render) and the reply at the prompt (export)."""

import posix

PROTOCOL = "3"
"""Version of what a hook and `export` say to each other; a hook of another version gets the present one."""

SHELLS = ("bash", "zsh", "fish")
MODES = ("export", "subshell", "session")

# What every answer at the prompt needs, each after what it imports.
QUICK = (
    "core/paths =_blake2 core/repository core/binding core/names core/resolve core/load core/watch core/quoting core/talk "
    "hook/export"
)


def write_out(text: str) -> None:
    """Write all of `text` to stdout."""
    data = text.encode("utf-8", "surrogateescape")
    while data:
        data = data[posix.write(1, data) :]
