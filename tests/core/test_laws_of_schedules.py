"""Schedules minute by minute beside another implementation: stretches of local time over spans of one offset."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from random import Random
from zoneinfo import ZoneInfo

import pytest

from doorctl.core.model import MINUTES_OF_DAY, HolidayRule, Schedule, Weekday
from doorctl.core.schedule import is_open
from tests.core.law_values import a_random_window

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
MONTHS_OF_CLOCK_CHANGES = (3, 4, 9, 10, 11)
NAMES = ("", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
ZONES = (
    "Europe/Paris",
    "Europe/Dublin",
    "America/New_York",
    "America/St_Johns",
    "Africa/Casablanca",
    "Asia/Kathmandu",
    "Asia/Gaza",
    "Australia/Lord_Howe",
    "Pacific/Chatham",
    "Pacific/Apia",
)
"""Offsets of hours, halves and quarters; changes by an hour or half of one, twice or four times a year; a day that
Apia left out."""


@pytest.mark.parametrize("days", [28, pytest.param(3 * 365 + 1, marks=[pytest.mark.long, pytest.mark.timeout(1800)])])
@pytest.mark.parametrize("zone", ZONES)
def test_every_minute_of_random_schedules_agrees_with_another_implementation(
    zone: str, days: int, chance: Random
) -> None:
    timezone, schedule = ZoneInfo(zone), a_random_schedule(chance)
    first = datetime(chance.randint(2000, 2035), chance.choice(MONTHS_OF_CLOCK_CHANGES), 1, tzinfo=UTC)
    holidays = frozenset(first.date() + n * DAY for n in range(-2, days + 2) if chance.random() < 0.1)
    minutes = [first + n * MINUTE for n in range(days * MINUTES_OF_DAY)]
    expected = open_minutes(schedule, minutes, timezone, holidays)

    wrong = [
        at for at, opens in zip(minutes, expected, strict=True) if is_open(schedule, at, timezone, holidays) != opens
    ]

    assert not wrong, (wrong[:3], schedule, zone)


def a_random_schedule(chance: Random) -> Schedule:
    """Make a schedule of one to six windows."""
    windows = tuple(a_random_window(chance) for _ in range(chance.randint(1, 6)))
    return Schedule("random", windows, chance.choice(list(HolidayRule)))


def open_minutes(
    schedule: Schedule, minutes: list[datetime], timezone: ZoneInfo, holidays: frozenset[date]
) -> bytearray:
    """Mark each of these minutes of UTC, which follow one another, with 1 while the schedule is open."""
    marks = bytearray(len(minutes))
    days = [minutes[0].date() + n * DAY for n in range(-3, len(minutes) // MINUTES_OF_DAY + 3)]
    stretches = [
        ((begin - midnight(minutes[0])) // MINUTE, (end - midnight(minutes[0])) // MINUTE)
        for begin, end in local_stretches(schedule, days, holidays)
    ]
    for start, stop, offset in spans_of_one_offset(minutes, timezone):
        for begin, end in stretches:
            low, high = max(start, begin - offset), min(stop, end - offset)
            if low < high:
                marks[low:high] = b"\1" * (high - low)
    return marks


def local_stretches(
    schedule: Schedule, days: list[date], holidays: frozenset[date]
) -> Iterator[tuple[datetime, datetime]]:
    """Write out, day by day, from when until when a wall clock shows open, without any time zone."""
    for day in days:
        replaced = day in holidays and schedule.holidays is HolidayRule.REPLACE
        name = "holiday" if replaced else NAMES[day.isoweekday()]
        for window in schedule.windows:
            if Weekday(name) in window.days:
                begin = midnight(day) + window.start * MINUTE
                end = midnight(day) + window.end * MINUTE
                yield begin, end if end > begin else end + DAY


def spans_of_one_offset(minutes: list[datetime], timezone: ZoneInfo) -> Iterator[tuple[int, int, int]]:
    """Cut the minutes where clocks change: the first, the one past the last, and how far local time is ahead."""
    start = 0
    for offset, same in groupby(at.astimezone(timezone).utcoffset() or timedelta() for at in minutes):
        stop = start + sum(1 for _ in same)
        yield start, stop, offset // MINUTE
        start = stop


def midnight(day: date) -> datetime:
    """Give the first moment of a day on the wall clock."""
    return datetime(day.year, day.month, day.day)  # noqa: DTZ001
