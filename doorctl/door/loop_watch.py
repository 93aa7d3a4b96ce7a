"""Tells how late the door's loop is: the keeper each minute, the journal hourly and when that it is late changes."""

import time
from collections.abc import Callable

from doorctl import journal
from doorctl.door.loop_latency import LoopLatency
from doorctl.wire.bell import LoopIs
from doorctl.wire.loop_state import LoopState

TELL_SECONDS = 60.0
HOUR_SECONDS = 3600.0
LATE_P99_SECONDS = 0.05
LATE_WORST_SECONDS = 0.5
"""A loop that was later than either within a minute is late: a swipe waits, and so does the way out."""


class LoopWatch:
    """Takes the figures of each minute; called each second by the loop itself."""

    def __init__(
        self,
        latency: LoopLatency,
        tell_keeper: Callable[[LoopIs], None],
        *,
        counter: Callable[[], float] = time.monotonic,
    ) -> None:
        """Tell what is measured here."""
        self._latency = latency
        self._tell_keeper = tell_keeper
        self._counter = counter
        self._was_late = False
        self._next = counter() + TELL_SECONDS
        self._next_line = counter() + HOUR_SECONDS

    def tick(self) -> None:
        """Tell, if a minute is over."""
        now = self._counter()
        if now < self._next:
            return
        self._next = now + TELL_SECONDS
        state = self._state()
        self._tell_keeper(LoopIs(state))
        self._tell_journal(state, now)

    def _state(self) -> LoopState:
        took = self._latency.take()
        return LoopState(
            p99_ms=round(took.p99 * 1000),
            worst_ms=round(took.worst * 1000),
            turn_ms=round(took.longest_turn * 1000),
            is_late=took.p99 > LATE_P99_SECONDS or took.worst > LATE_WORST_SECONDS,
        )

    def _tell_journal(self, state: LoopState, now: float) -> None:
        turned = state.is_late is not self._was_late
        if not turned and now < self._next_line:
            return
        self._was_late, self._next_line = state.is_late, now + HOUR_SECONDS
        p99, worst, turn = state.p99_ms, state.worst_ms, state.turn_ms
        if state.is_late:
            journal.say("loop_late", journal.Level.WARNING, p99_ms=p99, worst_ms=worst, turn_ms=turn)
        else:
            journal.say("loop", p99_ms=p99, worst_ms=worst, turn_ms=turn)
