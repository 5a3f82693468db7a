"""Three C library calls that Python does not offer, without the ctypes package (which costs 5 ms).

`_ctypes` alone is the interpreter's own extension; a missing one only means less protection of this process's
memory and the plain way of receiving signals.
"""

_PR_SET_DUMPABLE = 4
_RLIMIT_CORE = 4
_NO_CORE = bytes(16)  # struct rlimit {0, 0}


def call(name: str, *arguments: int | bytes) -> int:
    """Call a function of the C library; -1 where it is missing, as C functions say failure."""
    try:
        import _ctypes

        address = _ctypes.dlsym(_ctypes.dlopen(None, 0), name)  # type: ignore[arg-type,unused-ignore]
        return int(_ctypes.call_function(address, arguments))
    except (ImportError, OSError, AttributeError):
        return -1


def protect_self() -> None:
    """Let nobody attach to this process or read its memory, and leave no core. The command is not affected."""
    call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
    call("setrlimit", _RLIMIT_CORE, _NO_CORE)
