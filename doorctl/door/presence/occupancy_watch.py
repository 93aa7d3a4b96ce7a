"""When it is forgotten who is inside: by the policy, each day at the time of a zone, and with erased persons."""

from collections.abc import Callable
from datetime import datetime

from doorctl.core.areas import last_reset
from doorctl.door.presence.movement_records import MovementRecords
from doorctl.door.presence.occupancy import OccupancyBook
from doorctl.policy.building import Building


class OccupancyWatch:
    """Looks after the count of who is inside; used from the loop's thread alone."""

    def __init__(
        self,
        book: OccupancyBook,
        records: MovementRecords,
        *,
        clock: Callable[[], datetime],
        is_clock_trusted: Callable[[], bool],
    ) -> None:
        """Begin without a policy."""
        self._book = book
        self._records = records
        self._clock = clock
        self._is_clock_trusted = is_clock_trusted
        self._building: Building | None = None
        self._erased: frozenset[str] = frozenset()

    def learn(self, building: Building) -> None:
        """Learn what another policy says, and carry out its resets."""
        self._building = building
        self._book.learn(building.zones)
        for holder in building.erased - self._erased:
            self._book.erase(holder)
            self._records.erase(holder)
        self._erased = building.erased
        for holder, zone, at in sorted(building.resets, key=lambda reset: (reset[2], reset)):
            self._book.carry_out(holder, zone, at)

    def tick(self) -> None:
        """Record what could not be recorded before, and forget what is due; a clock that nothing confirms is not."""
        self._records.try_again()
        if self._building is None or not self._is_clock_trusted():
            return
        now = self._clock()
        for zone in self._building.zones.values():
            minute = zone.asked_inside.reset_minute
            if minute is None:
                continue
            due = int(last_reset(minute, now, self._building.timezone).timestamp())
            if due > self._book.last_reset(zone.id):
                self._book.forget("schedule", zone=zone.id, before=due)
