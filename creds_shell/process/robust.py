"""Hear of the front's death before its parent does: by robust mutexes (pthread_mutexattr_setrobust(3)) that it holds.

zsh keeps the terminal settings that it finds at the end of a job, so they must be the caller's by then. The kernel
hands a mutex on as the first thing of an exit (kernel/exit.c). Then it takes the memory apart, which lasts a
millisecond, closes the descriptors, and 60 µs after that the parent knows: whoever waits for the end of a pipe was
late in every third case. Linux only; elsewhere that end has to do.
"""

import _ctypes
import posix
from errno import EOWNERDEAD
from mmap import mmap

from creds_shell.process import native

_SIZE = 64  # more than a pthread_mutex_t or a pthread_mutexattr_t has anywhere
WAITERS = 2
"""Each with a mutex and a processor of its own: one that is woken where the dying process runs has to wait for it."""
ROOM = WAITERS * _SIZE


class _Byte(_ctypes._SimpleCData):  # type: ignore[type-arg]  # noqa: SLF001 - ctypes itself costs 5 ms
    _type_ = "b"


class Block(_ctypes.Array):  # type: ignore[type-arg]
    """Memory for a C library type."""

    _type_ = _Byte
    _length_ = _SIZE


def hold(shared: int) -> "list[Block]":
    """Make the mutexes in the memory of descriptor `shared`, owned for as long as this thread and the list live.

    Returns:
        Nothing, where there are none to be had.
    """
    kind = Block()
    steps = [
        native.call("pthread_mutexattr_init", kind),
        native.call("pthread_mutexattr_setrobust", kind, 1),
        native.call("pthread_mutexattr_setpshared", kind, 1),
    ]
    held = [_block(shared, waiter) for waiter in range(WAITERS)]
    for mutex in held:
        steps += native.call("pthread_mutex_init", mutex, kind), native.call("pthread_mutex_lock", mutex)
    return [] if any(steps) else held


def outlive(shared: int, waiter: int) -> bool:
    """Wait, in a thread of its own for each waiter, for the end of the process that holds the mutexes there.

    Returns:
        Whether it has ended; not, if waiting failed.
    """
    processors = sorted(posix.sched_getaffinity(0))
    posix.sched_setaffinity(0, processors[waiter % len(processors) :][:1])
    return native.call("pthread_mutex_lock", _block(shared, waiter)) == EOWNERDEAD


def _block(shared: int, waiter: int) -> Block:
    return Block.from_buffer(mmap(shared, ROOM), waiter * _SIZE)
