"""Whether a weekly schedule is open at a given moment.

A window is compared with what a clock on the wall shows, so on daylight-saving days:
a window inside the skipped hour is empty, and one inside the repeated hour is open in both passes.
"""

from datetime import date, datetime, timedelta, tzinfo

from doorctl.core.model import HolidayRule, Schedule, Weekday, Window

_ONE_DAY = timedelta(days=1)
_WEEKDAYS = tuple(day for day in Weekday if day is not Weekday.HOLIDAY)


def is_open(schedule: Schedule, at: datetime, timezone: tzinfo, holidays: frozenset[date]) -> bool:
    """Answer whether a window of the schedule covers `at` on the wall clock of `timezone`.

    Raises ValueError for a time without a zone.
    """
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    local = at.astimezone(timezone)
    minute = local.hour * 60 + local.minute
    today = _day_of(local.date(), schedule.holidays, holidays)
    if any(today in window.days and _covers_start_day(window, minute) for window in schedule.windows):
        return True
    night_windows = [window for window in schedule.windows if window.crosses_midnight and minute < window.end]
    if not night_windows:
        return False
    yesterday = _day_of(local.date() - _ONE_DAY, schedule.holidays, holidays)
    return any(yesterday in window.days for window in night_windows)


def _day_of(day: date, rule: HolidayRule, holidays: frozenset[date]) -> Weekday:
    """Name the day: its weekday, or `holiday` in its place."""
    if rule is not HolidayRule.IGNORE and day in holidays:
        return Weekday.HOLIDAY
    return _WEEKDAYS[day.weekday()]


def _covers_start_day(window: Window, minute: int) -> bool:
    """Answer whether the window covers this minute of the day it begins on."""
    return window.start <= minute and (window.crosses_midnight or minute < window.end)
