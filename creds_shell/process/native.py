"""C library calls that Python does not offer, without the ctypes package (which costs 5 ms).

`_ctypes` alone is the interpreter's own extension; a missing one only means less protection of this process's
memory and the plain way of receiving signals. It still costs a tenth of an interpreter's start, so it is loaded
when the command turns out to run on, before its first output is shown, and before we die of a signal that leaves a
core; a command that is over by then has left nothing to protect.
"""

import posix
import sys

_PR_SET_DUMPABLE, _PR_SET_NAME = 4, 15
_RLIMIT_CORE = 4
_WORD = 8  # sizeof(rlim_t)
_KEPT = 4 << 20


def call(name: str, *arguments: object) -> int:
    """Call a function of the C library; -1 where it is missing, as C functions say failure."""
    try:
        import _ctypes

        address = _ctypes.dlsym(_ctypes.dlopen(None, 0), name)  # type: ignore[arg-type,unused-ignore]
        return int(_ctypes.call_function(address, arguments))
    except (ImportError, OSError, AttributeError):
        return -1


def keep_freed_memory() -> None:
    """Let the buffers of a copying loop be used again.

    glibc gives freed blocks above 128 KiB back to the system, and each page of the next buffer is then faulted in and
    cleared again, which costs three times as much as reading into it. Freeing one larger block, which is never
    touched, raises that limit (mallopt(3), M_MMAP_THRESHOLD: it is dynamic) and that of the heap's end to twice as much.
    """
    bytes(_KEPT)


def protect_self(*, followed: bool = False) -> None:
    """Let nobody attach to this process or read its memory, and leave no core. The command is not affected.

    Args:
        followed: other programs of the user read our working directory (a terminal opens a new tab there), which
            proc(5) forbids for a process that is not dumpable. Only for a shell's front: the values are in that
            shell's environment, which is as readable. Then the core limit is 1 byte: with it the kernel refuses
            a core also to a handler behind a pipe, which a limit of 0 does not (core(5)).
    """
    if not followed:
        call("prctl", _PR_SET_DUMPABLE, 0, 0, 0, 0)
    limit = int(followed).to_bytes(_WORD, sys.byteorder)
    call("setrlimit", _RLIMIT_CORE, limit + limit)


def rename_self(name: bytes) -> bool:
    """Be another program for ps(1), pkill(1) and killall(1): its name, and its command line, which is in our memory.

    For a forked process that nobody should take for the run itself. Returns whether that worked.
    """
    try:
        import _ctypes

        class Address(_ctypes._SimpleCData):  # type: ignore[type-arg]  # noqa: SLF001 - c_void_p itself is in ctypes
            _type_ = "P"

        fd = posix.open("/proc/self/stat", posix.O_RDONLY | posix.O_CLOEXEC)
        try:
            words = posix.read(fd, 4096).rpartition(b")")[2].split()
        finally:
            posix.close(fd)
    except (ImportError, OSError):
        return False
    start, end = map(int, words[45:47])  # arg_start and arg_end, proc(5); 0 where we may not know them
    if start == 0 or call("prctl", _PR_SET_NAME, name) != 0:
        return False
    text = name.ljust(end - start, b"\0")[: end - start]
    call("memcpy", Address(start), text, len(text))
    return True
