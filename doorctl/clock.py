"""The clocks of a controller: a wall clock that never runs backwards, and one that counts through suspend."""

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path

_SYNCHRONIZED = Path("/run/systemd/timesync/synchronized")
_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
STEP_SECONDS = 1.0
MOST_LIFT_SECONDS = 300.0
CONFIRMING_SECONDS = 300.0


class ClockQuality(StrEnum):
    """How far the wall clock can be believed; stands in every record."""

    SYNCHRONIZED = "synchronized"
    CONFIRMED = "confirmed"
    """The hub's clock, in answer to a question of ours, showed the same within five minutes."""
    UNSYNCHRONIZED = "unsynchronized"
    HELD = "held"
    """The system clock was set back, while we ran or while we did not; we go on counting from before."""


TRUSTED = frozenset({ClockQuality.SYNCHRONIZED, ClockQuality.CONFIRMED})
"""The qualities with which what depends on the time of day counts."""


def boottime() -> float:
    """Return seconds since boot, suspend included (CLOCK_BOOTTIME)."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Return the kernel's random name of this boot, shortened."""
    try:
        return _BOOT_ID.read_text()[:8]
    except OSError:
        return "unknown"


class WallClock:
    """Tells the time of day by the system clock, and holds on when that is set back.

    A step of more than ``STEP_SECONDS`` against CLOCK_BOOTTIME is kept for ``take_step``.
    """

    def __init__(
        self,
        *,
        not_before: datetime | None = None,
        system: Callable[[], float] = time.time,
        counter: Callable[[], float] = boottime,
    ) -> None:
        """Start from what the system clock says now.

        ``not_before`` is a time that was told before, such as the newest record's. A system clock that is behind it
        and that nothing has synchronized is lifted towards it, by five minutes at most: it may have been wrong, too.
        """
        self._system = system
        self._counter = counter
        self._offset = system() - counter()
        self._last = 0.0
        self._step = 0.0
        self._behind = False
        self._confirmed = False
        self._liftable = MOST_LIFT_SECONDS
        self._synchronized = _SYNCHRONIZED.exists()
        self._lock = threading.Lock()
        if not_before is not None and not self._synchronized:
            self._start_behind(not_before.timestamp() - system())

    def _start_behind(self, seconds: float) -> None:
        if seconds > STEP_SECONDS:
            self._lift(seconds)
            self._behind, self._step = True, -seconds

    def _lift(self, seconds: float) -> None:
        """Go forward against the system clock, by five minutes in all at most."""
        lift = min(seconds, self._liftable)
        self._liftable -= lift
        self._offset += lift

    def confirm(self, hub_time: float) -> None:
        """Take the hub's time, from its answer to a question of ours. Any thread may tell.

        Within five minutes of ours it makes our clock trusted, and lifts one that is behind, by five minutes in all
        at most. It never sets a clock back. One further away says that one of us is wrong, and confirms nothing.
        """
        with self._lock:
            ahead = hub_time - self._tell().timestamp()
            self._confirmed = abs(ahead) <= CONFIRMING_SECONDS
            if self._confirmed and ahead > STEP_SECONDS:
                self._lift(ahead)
                self._behind = True

    def now(self) -> datetime:
        """Return the time, aware and in UTC; never earlier than the last time it was asked. Any thread may ask."""
        with self._lock:
            return self._tell()

    def _tell(self) -> datetime:
        counter = self._counter()
        offset = self._system() - counter
        was_behind, self._behind = self._behind, offset < self._offset - STEP_SECONDS
        if offset > self._offset + STEP_SECONDS or (self._behind and not was_behind):
            self._step = offset - self._offset
            self._confirmed = False
        if not self._behind:
            self._offset = offset
        self._last = max(self._last, self._offset + counter)
        return datetime.fromtimestamp(self._last, UTC)

    def quality(self) -> ClockQuality:
        """Return how far the last answer can be believed."""
        if self._synchronized and not self._behind:
            return ClockQuality.SYNCHRONIZED
        if self._confirmed:
            return ClockQuality.CONFIRMED
        return ClockQuality.HELD if self._behind else ClockQuality.UNSYNCHRONIZED

    def look_for_synchronization(self) -> None:
        """Look again whether the system says that its clock is synchronized; once a minute is enough."""
        self._synchronized = _SYNCHRONIZED.exists()

    def take_step(self) -> float | None:
        """Return the seconds of a step seen since the last time, once."""
        step, self._step = self._step, 0.0
        return step or None
