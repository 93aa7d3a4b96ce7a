"""Events and site facts for reports."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from doorctl.core.model import Schedule, Weekday, Window
from doorctl.reports.tallies import Event, WallClock

NOON = int(datetime(2027, 1, 15, 12, tzinfo=UTC).timestamp())  # a Friday
PARIS = ZoneInfo("Europe/Paris")
WORKDAYS = frozenset(Weekday) - {Weekday.SATURDAY, Weekday.SUNDAY, Weekday.HOLIDAY}
OFFICE = Schedule("office", (Window(WORKDAYS, 7 * 60, 19 * 60),))


def an_event(
    at: int = NOON,
    *,
    kind: str = "decision",
    outcome: str | None = "granted",
    reason: str | None = "granted",
    door: str = "front",
    zone: str = "floor-3",
    subject: str | None = "holder:ada",
) -> Event:
    return Event(at, kind, outcome if kind == "decision" else None, reason, door, zone, subject)


def a_clock(schedule: Schedule | None = OFFICE) -> WallClock:
    return WallClock(PARIS, schedule)
