"""Who may speak to the page: a start code works once and for a minute, a tab's token until the page stops.

Only hashes are kept. Wrong tries are answered ever more slowly; a right one is never delayed by somebody else's
wrong ones, so nobody on this machine can lock the person out.
"""

import hashlib
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field

CODE_SECONDS = 60.0  # DESIGN: the start code lives 60 s
CODE_BYTES = 24  # 192 bits: beyond guessing at any rate
TOKEN_BYTES = 32
MAX_TOKENS = 64  # tabs; the oldest is forgotten
FREE_TRIES = 5  # a stale tab after a restart asks a few times; that is no attack
LONGEST_DELAY = 8.0
FORGIVEN_AFTER = 60.0


@dataclass
class Access:
    """The codes that are open, the tokens that were given, and the wrong tries."""

    clock: Callable[[], float] = time.monotonic
    _codes: dict[bytes, float] = field(default_factory=dict)
    _tokens: dict[bytes, float] = field(default_factory=dict)
    _wrong: int = 0
    _last_wrong: float = 0.0

    def issue_code(self) -> str:
        """Return a new start code, good once and for CODE_SECONDS."""
        code = secrets.token_urlsafe(CODE_BYTES)
        self._codes[_digest(code)] = self.clock() + CODE_SECONDS
        return code

    def redeem(self, code: str) -> str | None:
        """Swap a code for a token; None when it is unknown, used or too old."""
        expires = self._codes.pop(_digest(code), None)
        if expires is None or expires < self.clock():
            return None
        token = secrets.token_urlsafe(TOKEN_BYTES)
        self._tokens[_digest(token)] = self.clock()
        while len(self._tokens) > MAX_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        return token

    def knows(self, token: str) -> bool:
        """Whether this token was given out by this run."""
        return _digest(token) in self._tokens

    def delay_after_wrong_try(self) -> float:
        """Count one wrong try and return how many seconds its sender must wait (0: not yet)."""
        now = self.clock()
        if now - self._last_wrong > FORGIVEN_AFTER:
            self._wrong = 0
        self._wrong, self._last_wrong = self._wrong + 1, now
        if self._wrong <= FREE_TRIES:
            return 0.0
        return float(min(LONGEST_DELAY, 0.25 * 2 ** min(self._wrong - FREE_TRIES, 10)))


def _digest(text: str) -> bytes:
    """Look-up by hash: comparing takes the same time whatever the guess shares with a real one."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
