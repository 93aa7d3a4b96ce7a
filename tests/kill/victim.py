"""A process that is started, kept busy and killed at random moments, again and again.

Each kind of process has its victim: it knows how to start, how to be kept busy, when it works, and what must be
true at the end. Half of the kills hit a start, half a process at work.
"""

import random
import time
from collections.abc import Sequence
from typing import Protocol

START_SECONDS = 0.6
WORK_SECONDS = 0.3
PAUSE_SECONDS = 0.002


class Victim(Protocol):
    """One process under random kills."""

    def start(self) -> None:
        """Start it by exec, and do not wait for it."""

    def keep_busy(self, now: float) -> None:
        """Give it something to do; called every few milliseconds."""

    def works(self) -> bool:
        """Tell whether it has done some of its work since the start."""

    def kill(self) -> None:
        """End it by SIGKILL."""


class _Life:
    """One victim from kill to kill."""

    def __init__(self, victim: Victim, chance: random.Random) -> None:
        self._victim = victim
        self._chance = chance
        self._doomed_at: float | None = None
        self._begin()

    def go_on(self, now: float) -> bool:
        """Keep the victim busy, or kill it and start it again when its time has come; tell whether it was killed."""
        self._victim.keep_busy(now)
        if self._doomed_at is None and self._victim.works():
            self._doomed_at = now + self._chance.uniform(0, WORK_SECONDS)
        if self._doomed_at is None or now < self._doomed_at:
            return False
        self._victim.kill()
        self._begin()
        return True

    def _begin(self) -> None:
        self._victim.start()
        dies_young = self._chance.random() < 0.5
        self._doomed_at = time.monotonic() + self._chance.uniform(0, START_SECONDS) if dies_young else None


def kill_at_random(victims: Sequence[Victim], *, kills: int, chance: random.Random) -> None:
    """Kill processes so many times in all, each at a random moment of its start or of its work."""
    lives = [_Life(victim, chance) for victim in victims]
    killed = 0
    while killed < kills:
        now = time.monotonic()
        killed += sum(life.go_on(now) for life in lives)
        time.sleep(PAUSE_SECONDS)
    for victim in victims:
        victim.kill()
