"""How late the door's loop is, turn by turn: some counters, made anew each minute, and no memory beyond them.

1. A turn is late by the time since the moment that the loop had set itself: it samples inputs every 10 ms.
2. A turn that finds bytes without having waited is late by as much as the turn before took: when they came, nobody
   knows, but not before that.
3. A turn lasts until the loop waits again: so long waits whatever comes meanwhile.
"""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import accumulate

BOUNDS_MS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50, 70, 100, 150, 200, 300, 500, 700, 1000, 2000, 5000, 10_000)
"""Latenesses are counted up to each of these, and beyond."""
_AT_ONCE_SECONDS = 0.0002


@dataclass(frozen=True, slots=True)
class Latency:
    """What was measured since the last time, in seconds; 99 of 100 turns were late by ``p99`` at most."""

    p99: float
    worst: float
    longest_turn: float


class LoopLatency:
    """Told by the loop when it waits and when it goes on; `now` is monotonic seconds."""

    def __init__(self) -> None:
        """Begin with nothing measured."""
        self._woke_at = self._waits_at = 0.0
        self._worst = self._longest_turn = 0.0
        self._counts = [0] * (len(BOUNDS_MS) + 1)

    def begins(self, now: float) -> None:
        """Take that the loop begins to turn."""
        self._woke_at = self._waits_at = now

    def waits(self, now: float) -> None:
        """Take that a turn is over."""
        self._longest_turn = max(self._longest_turn, now - self._woke_at)
        self._waits_at = now

    def woke(self, now: float, *, deadline: float, is_served: bool) -> None:
        """Take that a turn begins; ``is_served``: it finds something to serve, not its deadline alone."""
        has_waited = now - self._waits_at > _AT_ONCE_SECONDS
        may_have_waited = self._waits_at - self._woke_at if is_served and not has_waited else 0.0
        late = max(now - deadline, may_have_waited)
        self._counts[bisect_left(BOUNDS_MS, late * 1000)] += 1
        self._worst = max(self._worst, late)
        self._woke_at = now

    def take(self) -> Latency:
        """Return what was measured, and begin anew."""
        most = sum(self._counts) * 0.99
        bounds = zip((*BOUNDS_MS, float("inf")), accumulate(self._counts), strict=True)
        p99_ms = next((bound for bound, turns in bounds if turns >= most), 0.0)
        taken = Latency(min(p99_ms / 1000, self._worst), self._worst, self._longest_turn)
        self._counts = [0] * (len(BOUNDS_MS) + 1)
        self._worst = self._longest_turn = 0.0
        return taken
