"""The signals that a wrapper has to understand, held back from before the command is started until somebody hears them."""

from _signal import SIG_BLOCK, SIG_DFL, SIG_IGN, getsignal, pthread_sigmask, signal

from _signal import SIGABRT, SIGALRM, SIGCHLD, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM  # isort: skip
from _signal import SIGTSTP, SIGTTIN, SIGTTOU, SIGUSR1, SIGUSR2, SIGVTALRM, SIGWINCH  # isort: skip

FORWARDED = (SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGABRT, SIGALRM, SIGTERM, SIGVTALRM, SIGPROF, SIGIO)
STOPPING = (SIGTSTP, SIGTTIN, SIGTTOU)
BY_KEY = (SIGINT, SIGQUIT, SIGTSTP)
_WATCHED = (*FORWARDED, *STOPPING, SIGCHLD, SIGCONT, SIGWINCH)

SHORT = 0.003
"""Seconds in which most short commands are over: until then neither masks are made nor the C library is called."""


class Held:
    """Kept pending from now on, so that none is lost while a child is started; `signals.Signals` hears them then.

    Attributes:
        watched: their numbers, without those that are ignored.
        mask: the signal mask that we were started with: the command gets that one.
    """

    def __init__(self) -> None:
        if getsignal(SIGCHLD) == SIG_IGN:
            signal(SIGCHLD, SIG_DFL)  # or wait() would find nothing
        self.watched = [number for number in _WATCHED if getsignal(number) != SIG_IGN]
        self.mask = pthread_sigmask(SIG_BLOCK, self.watched)
