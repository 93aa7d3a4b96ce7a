"""When a keeper asks the hub: at once on each connection, soon after a gap, every period, and again while it must.

1. On each connection, and every ``period``: freshness is an answer to our own question.
2. When something is missing: after a random part of ``SOON_SECONDS``, so that one answer serves all controllers.
3. While unanswered or still missing: after a pause that doubles from ``FIRST_PAUSE_SECONDS`` to the period.
4. Each question has a fresh nonce; an answer counts once, not after that to a later question, and only for a question
   of this connection.
"""

import math
import secrets
from collections.abc import Callable
from dataclasses import dataclass

SOON_SECONDS = 0.5
FIRST_PAUSE_SECONDS = 1.0
PERIOD_SECONDS = 60.0
TRIES_IN_MAX_AGE = 4
OPEN_QUESTIONS = 8


@dataclass(frozen=True, slots=True)
class Question:
    """A question on its way: when its nonce was made, and at which revision we were."""

    nonce: str
    at: float
    revision: int


class Asking:
    """Decides when to ask, and knows which questions are open; time and chance come in."""

    def __init__(
        self, *, chance: Callable[[], float], new_nonce: Callable[[], str] = lambda: secrets.token_hex(16)
    ) -> None:
        """Begin without a connection; ``chance`` gives numbers in [0, 1)."""
        self.period = PERIOD_SECONDS
        self._chance = chance
        self._new_nonce = new_nonce
        self._at = math.inf
        self._pause = FIRST_PAUSE_SECONDS
        self._missing = False
        self._open: list[Question] = []

    def connected(self, now: float) -> None:
        """A broker is there: ask at once."""
        self._at, self._pause, self._missing, self._open = now, FIRST_PAUSE_SECONDS, False, []

    def disconnected(self) -> None:
        """No broker is there: no question is open, none is asked."""
        self._at, self._missing, self._open = math.inf, False, []

    def keep_fresh(self, max_age_seconds: int | None, now: float) -> None:
        """Ask often enough that a policy stays younger than this, though questions or answers are lost."""
        self.period = PERIOD_SECONDS if max_age_seconds is None else period_for(max_age_seconds)
        if self._at != math.inf:
            self._at = min(self._at, now + self.period)

    def missing(self, now: float) -> None:
        """Something is missing: ask soon, unless that is under way."""
        if not self._missing and self._at != math.inf:
            self._missing = True
            self.soon(now)

    def soon(self, now: float) -> None:
        """Somebody may have something for us: ask soon, if there is a broker."""
        if self._at != math.inf:
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
            self._rest(now)

    def ask_now(self, now: float, *, revision: int) -> Question | None:
        """Return a question when it is time for one."""
        if now < self._at:
            return None
        self._at = now + min(self._pause, self.period)
        self._pause = min(2 * self._pause, self.period)
        return self.question(now, revision=revision)

    def question(self, now: float, *, revision: int) -> Question:
        """Return a question that is asked for a reason of its own."""
        question = Question(self._new_nonce(), now, revision)
        self._open = [*self._open[1 - OPEN_QUESTIONS :], question]
        return question

    def answered(self, nonce: str, now: float) -> Question | None:
        """Return the question that this is an answer to; None if that is no open question of ours."""
        question = next((each for each in self._open if each.nonce == nonce), None)
        if question is None:
            return None
        self._open = self._open[self._open.index(question) + 1 :]
        if not self._missing:
            self._rest(now)
        return question

    def _rest(self, now: float) -> None:
        self._pause = FIRST_PAUSE_SECONDS
        self._at = now + self.period


def period_for(max_age_seconds: int) -> float:
    """Return the seconds between questions that leave three tries before a policy is so old."""
    return min(PERIOD_SECONDS, max_age_seconds / TRIES_IN_MAX_AGE)
