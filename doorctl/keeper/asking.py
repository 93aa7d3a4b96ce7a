"""When a keeper asks the hub: at once on each connection, soon after a gap, every minute, and again while it must.

1. On each connection, and every ``PERIOD_SECONDS``: freshness is an answer to our own question.
2. When something is missing: after a random part of ``SOON_SECONDS``, so that one answer serves all controllers.
3. While unanswered or still missing: after a pause that doubles from ``FIRST_PAUSE_SECONDS`` to the period.
4. Each question has a fresh nonce; an answer counts once, and only for a question of this connection.
"""

import math
import secrets
from collections.abc import Callable

SOON_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 1.0
PERIOD_SECONDS = 60.0
OPEN_QUESTIONS = 8


class Asking:
    """Decides when to ask, and knows which questions are open; time and chance come in."""

    def __init__(
        self, *, chance: Callable[[], float], new_nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        """Begin without a connection; ``chance`` gives numbers in [0, 1)."""
        self._chance = chance
        self._new_nonce = new_nonce
        self._at = math.inf
        self._pause = FIRST_PAUSE_SECONDS
        self._missing = False
        self._open: list[str] = []

    def connected(self, now: float) -> None:
        """A broker is there: ask at once."""
        self._at, self._pause, self._missing, self._open = now, FIRST_PAUSE_SECONDS, False, []

    def disconnected(self) -> None:
        """No broker is there: no question is open, none is asked."""
        self._at, self._missing, self._open = math.inf, False, []

    def missing(self, now: float) -> None:
        """Something is missing: ask soon, unless that is under way."""
        if not self._missing and self._at != math.inf:
            self._missing = True
            self._at = min(self._at, now + self._chance() * SOON_SECONDS)

    def progressed(self, now: float) -> None:
        """Something of what is missing came: give the rest time to come, then ask again without a long pause."""
        self._pause = FIRST_PAUSE_SECONDS
        if self._missing:
            self._at = now + SOON_SECONDS

    def complete(self, now: float) -> None:
        """Nothing is missing any more."""
        if self._missing:
            self._missing = False
            self._pause = FIRST_PAUSE_SECONDS
            self._at = now + PERIOD_SECONDS

    def ask_now(self, now: float) -> str | None:
        """Return the nonce of a question when it is time for one."""
        if now < self._at:
            return None
        self._at = now + self._pause
        self._pause = min(2 * self._pause, PERIOD_SECONDS)
        nonce = self._new_nonce()
        self._open = [*self._open[1 - OPEN_QUESTIONS :], nonce]
        return nonce

    def answered(self, nonce: str, now: float) -> bool:
        """Take an answer; False if it is to no open question of ours."""
        if nonce not in self._open:
            return False
        self._open = []
        if not self._missing:
            self._pause = FIRST_PAUSE_SECONDS
            self._at = now + PERIOD_SECONDS
        return True
