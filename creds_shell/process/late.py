"""Whether a key's signal found the command ended already, as it would not have bare.

Where the command reads from a pipe, ^C ends who writes there by the kernel's hand and comes to the command by ours. The
end of that input can be quicker: the command ends well, and a calling script would go on. Linux; elsewhere nobody can
say, and the status is the command's.
"""

import posix

_PF_EXITING = 4  # linux/sched.h


def is_ending(pid: int) -> bool:
    """Whether a process is past the point where a signal could still end it, or gone."""
    # pid (name) state ppid …; the name may hold anything, so count from its last parenthesis (proc(5))
    words = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
    return not words or words[0] in (b"Z", b"X") or bool(int(words[6]) & _PF_EXITING)


def lethal(pid: int, numbers: "tuple[int, ...]") -> "list[int]":
    """Which signals end a process by their default action, or would have: that is known until it is reaped."""
    status = _read(f"/proc/{pid}/status")
    other = 0
    for field in (b"SigBlk:\t", b"SigIgn:\t", b"SigCgt:\t"):
        other |= int(status.partition(field)[2][:16] or b"0", 16)
    return [number for number in numbers if status and not other >> (number - 1) & 1]


def _read(path: str) -> bytes:
    try:
        fd = posix.open(path, posix.O_RDONLY | posix.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return posix.read(fd, 4096)
    except OSError:  # it has just gone
        return b""
    finally:
        posix.close(fd)
