"""Whether a weekly schedule is open at a given moment, when it opens next, and when it closes.

A window is compared with what a clock on the wall shows, so on daylight-saving days:
a window inside the skipped hour is empty, and one inside the repeated hour is open in both passes.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo

from doorctl.core.model import MINUTES_OF_DAY, HolidayRule, Schedule, Weekday, Window

DAYS_AHEAD = 366
_ONE_DAY = timedelta(days=1)
_ONE_MINUTE = timedelta(minutes=1)
_WEEKDAYS = tuple(day for day in Weekday if day is not Weekday.HOLIDAY)


def is_open(schedule: Schedule, at: datetime, timezone: tzinfo, holidays: frozenset[date]) -> bool:
    """Answer whether a window of the schedule covers `at` on the wall clock of `timezone`.

    Before the first day of the calendar and after its last, in the year 9999, none is. Raises ValueError for a time
    without a zone.
    """
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    try:
        return _is_covered(schedule, at.astimezone(timezone), holidays)
    except OverflowError:  # such a day has no date
        return False


def next_opening(
    schedule: Schedule, at: datetime, timezone: tzinfo, holidays: frozenset[date], *, within_days: int = DAYS_AHEAD
) -> datetime | None:
    """Return the first moment from `at` on when the schedule is open; None when that is in none of so many days."""
    moments = _moments(schedule, at, timezone, within_days)
    return _first(moment for moment in moments if is_open(schedule, moment, timezone, holidays))


def next_closing(
    schedule: Schedule, at: datetime, timezone: tzinfo, holidays: frozenset[date], *, within_days: int = DAYS_AHEAD
) -> datetime | None:
    """Return the first moment from `at` on when the schedule is closed; None when that is in none of so many days."""
    moments = _moments(schedule, at, timezone, within_days)
    return _first(moment for moment in moments if not is_open(schedule, moment, timezone, holidays))


def next_change(schedule: Schedule, at: datetime, timezone: tzinfo, holidays: frozenset[date]) -> datetime | None:
    """Return when the schedule closes next, or, while it is closed, opens."""
    following = next_closing if is_open(schedule, at, timezone, holidays) else next_opening
    return following(schedule, at, timezone, holidays)


def _first(moments: Iterator[datetime]) -> datetime | None:
    try:
        return next(moments, None)
    except OverflowError:  # after the year 9999 there is nothing
        return None


def _moments(schedule: Schedule, at: datetime, timezone: tzinfo, within_days: int) -> Iterator[datetime]:
    """Yield `at`, and in their order the moments of the next days at which a schedule may open or close."""
    yield at
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    for _ in range(within_days + 1):
        for moment in _edges(schedule, midnight, timezone):
            if moment > at and moment - at <= within_days * _ONE_DAY:
                yield moment
        midnight += _ONE_DAY


def _edges(schedule: Schedule, midnight: datetime, timezone: tzinfo) -> list[datetime]:
    """Return when, on a day by UTC, a window may begin or end: every minute where clocks change."""
    offset = midnight.astimezone(timezone).utcoffset()
    if offset is None or offset != (midnight + _ONE_DAY).astimezone(timezone).utcoffset():
        return [midnight + minute * _ONE_MINUTE for minute in range(MINUTES_OF_DAY)]
    minutes = {minute for window in schedule.windows for minute in (window.start, window.end)}
    return sorted({midnight + (minute * _ONE_MINUTE - offset) % _ONE_DAY for minute in minutes})


def _is_covered(schedule: Schedule, local: datetime, holidays: frozenset[date]) -> bool:
    minute = local.hour * 60 + local.minute
    for window in schedule.windows:
        began = _begun_on(window, minute, local)
        if began is not None and _day_of(began, schedule.holidays, holidays) in window.days:
            return True
    return False


def _day_of(day: date, rule: HolidayRule, holidays: frozenset[date]) -> Weekday:
    """Name the day: its weekday, or `holiday` in its place."""
    if rule is not HolidayRule.IGNORE and day in holidays:
        return Weekday.HOLIDAY
    return _WEEKDAYS[day.weekday()]


def _begun_on(window: Window, minute: int, local: datetime) -> date | None:
    """Return the day on which the window must begin to cover this minute; None where it never does."""
    if minute >= window.start:
        return local.date() if minute < window.end or window.crosses_midnight else None
    return local.date() - _ONE_DAY if minute < window.end and window.crosses_midnight else None
