"""What stands in place of a value and other tools resolve: creds takes every value as it stands, and says so."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

# how the value is known, what it is, and how to get at what is meant (creds help migrate)
_KINDS = (
    (
        lambda value: value.startswith(b"op://"),
        "a reference to 1Password",
        "op inject -i FILE | creds import -",
    ),
    (
        lambda value: value.startswith(b"encrypted:"),
        "encrypted by dotenvx",
        "dotenvx get --all | creds import -",
    ),
    (lambda value: b"$(" in value or b"${" in value, "$(…) or ${…} of a shell", "creds set KEY"),
)


def told(values: "dict[str, bytes]", done: str) -> "Iterator[str]":
    """Return a line for each kind of reference among the values; `done` is what is done with it as it stands."""
    for known, what, step in _KINDS:
        keys = [key for key, value in values.items() if known(value)]
        if keys:
            names = ", ".join(keys[:3]) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")
            yield f"{names}: {what}, which is {done} as it stands; for the value: {step}"
