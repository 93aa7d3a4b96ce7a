"""When a schedule is open, among them all minutes around daylight-saving days."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorctl.core.model import HolidayRule, Schedule, Weekday, Window
from doorctl.core.schedule import is_open
from tests.core.builders import EVERY_DAY, NOON, WORKDAYS, a_schedule, a_window

PARIS = ZoneInfo("Europe/Paris")
WEDNESDAY = date(2026, 6, 3)
NO_HOLIDAYS: frozenset[date] = frozenset()
CLOCK_CHANGES = [
    ("Europe/Paris", date(2026, 3, 29)),
    ("Europe/Paris", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("Asia/Kathmandu", date(2026, 3, 29)),
    ("UTC", date(2026, 12, 31)),
]
TRICKY = a_schedule(
    a_window("01:45", "02:15"),
    a_window("22:30", "01:15", WORKDAYS),
    a_window("02:10", "02:50", {Weekday.SUNDAY}),
    a_window("12:00", "24:00", {Weekday.SATURDAY}),
    a_window("23:59", "00:01", {Weekday.HOLIDAY}),
    a_window("05:00", "05:00", {Weekday.HOLIDAY}),
)


@pytest.mark.parametrize(
    ("at", "expected"), [("07:59:59", False), ("08:00:00", True), ("17:59:59", True), ("18:00:00", False)]
)
def test_a_window_opens_at_its_first_moment_and_closes_at_its_last(at: str, expected: bool) -> None:
    office = a_schedule(a_window("08:00", "18:00"))

    assert opens(office, at) is expected


def test_a_window_counts_on_its_days_only() -> None:
    assert not opens(a_schedule(a_window("00:00", "24:00", EVERY_DAY - {Weekday.WEDNESDAY})), "12:00:00")


def test_a_window_until_24_00_closes_at_midnight() -> None:
    evening = a_schedule(a_window("20:00", "24:00", {Weekday.WEDNESDAY}))

    assert opens(evening, "23:59:59")
    assert not is_open(evening, NOON + timedelta(hours=12), UTC, NO_HOLIDAYS)


def test_a_window_over_midnight_belongs_to_the_day_it_begins_on() -> None:
    tuesday_night = a_schedule(a_window("22:00", "06:00", {Weekday.TUESDAY}))

    assert opens(tuesday_night, "05:59:59")
    assert not opens(tuesday_night, "06:00:00")
    assert not opens(tuesday_night, "22:00:00")


def test_a_window_that_ends_when_it_begins_lasts_24_hours() -> None:
    shift = a_schedule(a_window("08:00", "08:00", {Weekday.TUESDAY}))

    assert opens(shift, "07:59:59")
    assert not opens(shift, "08:00:00")


def test_without_windows_a_schedule_is_never_open() -> None:
    assert not opens(a_schedule(), "12:00:00")


def test_a_holiday_closes_the_windows_of_its_weekday() -> None:
    office = a_schedule(a_window("08:00", "18:00"))

    assert not opens(office, "12:00:00", holidays={WEDNESDAY})


def test_a_holiday_opens_the_windows_for_holidays() -> None:
    duty = a_schedule(a_window("10:00", "14:00", {Weekday.HOLIDAY}))

    assert opens(duty, "12:00:00", holidays={WEDNESDAY})
    assert not opens(duty, "12:00:00")


def test_a_schedule_may_ignore_holidays() -> None:
    plant = a_schedule(a_window("08:00", "18:00"), holidays=HolidayRule.IGNORE)

    assert opens(plant, "12:00:00", holidays={WEDNESDAY})


def test_the_night_into_a_holiday_stays_open_and_the_night_after_it_does_not_begin() -> None:
    nights = a_schedule(a_window("22:00", "06:00"))

    assert opens(nights, "05:00:00", holidays={WEDNESDAY})
    assert not opens(nights, "23:00:00", holidays={WEDNESDAY})
    assert not opens(nights, "05:00:00", holidays={WEDNESDAY - timedelta(days=1)})


def test_the_sites_wall_clock_decides_and_not_utc() -> None:
    office = a_schedule(a_window("14:00", "14:01"))

    assert is_open(office, NOON, PARIS, NO_HOLIDAYS)
    assert not is_open(office, NOON, UTC, NO_HOLIDAYS)


def test_a_window_in_the_skipped_hour_is_empty_that_day() -> None:
    at_night = a_schedule(a_window("02:00", "03:00"))
    spring = [at for at in minutes_around(date(2026, 3, 29), PARIS) if is_open(at_night, at, PARIS, NO_HOLIDAYS)]

    assert {at.astimezone(PARIS).day for at in spring} == {28, 30}


def test_a_window_in_the_repeated_hour_is_open_in_both_passes() -> None:
    at_night = a_schedule(a_window("02:30", "02:31", {Weekday.SUNDAY}))
    autumn = [at for at in minutes_around(date(2026, 10, 25), PARIS) if is_open(at_night, at, PARIS, NO_HOLIDAYS)]

    assert [(at.hour, at.minute) for at in autumn] == [(0, 30), (1, 30)]


@pytest.mark.parametrize(("zone", "day"), CLOCK_CHANGES)
@pytest.mark.parametrize("rule", HolidayRule)
def test_every_minute_around_a_clock_change_agrees_with_the_plain_list(
    zone: str, day: date, rule: HolidayRule
) -> None:
    timezone = ZoneInfo(zone)
    schedule = Schedule("tricky", TRICKY.windows, rule)
    holidays = frozenset({day - timedelta(days=2), day + timedelta(days=1)})
    labels = open_labels(schedule, day, holidays)

    disagreeing = [
        at
        for at in minutes_around(day, timezone)
        if is_open(schedule, at, timezone, holidays) != (at.astimezone(timezone).replace(tzinfo=None) in labels)
    ]

    assert disagreeing == []


@settings(max_examples=60, deadline=None)
@given(
    windows=st.lists(
        st.builds(Window, st.frozensets(st.sampled_from(Weekday)), st.integers(0, 1439), st.integers(0, 1440)),
        max_size=4,
    ),
    change=st.sampled_from(CLOCK_CHANGES),
    offsets=st.lists(st.integers(-1440, 2 * 1440), min_size=1, max_size=20),
    is_holiday=st.tuples(st.booleans(), st.booleans(), st.booleans()),
    rule=st.sampled_from(HolidayRule),
)
def test_any_windows_agree_with_the_plain_list(
    windows: list[Window],
    change: tuple[str, date],
    offsets: list[int],
    is_holiday: tuple[bool, bool, bool],
    rule: HolidayRule,
) -> None:
    zone, day = change
    timezone = ZoneInfo(zone)
    schedule = Schedule("any", tuple(windows), rule)
    holidays = frozenset(day + timedelta(days=n - 1) for n, holiday in enumerate(is_holiday) if holiday)
    labels = open_labels(schedule, day, holidays)

    for offset in offsets:
        at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=offset)
        label = at.astimezone(timezone).replace(tzinfo=None)
        assert is_open(schedule, at, timezone, holidays) is (label in labels)


@pytest.mark.parametrize(
    ("at", "timezone"),
    [
        (datetime.max.replace(tzinfo=UTC), ZoneInfo("Pacific/Kiritimati")),
        (datetime.min.replace(tzinfo=UTC), ZoneInfo("America/New_York")),
        (datetime.min.replace(tzinfo=UTC), UTC),
    ],
)
def test_beyond_the_first_and_the_last_day_of_the_calendar_nothing_is_open(at: datetime, timezone: tzinfo) -> None:
    at_night = a_schedule(a_window("22:00", "21:59", frozenset(Weekday)))

    assert not is_open(at_night, at, timezone, NO_HOLIDAYS)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="has no time zone"):
        is_open(a_schedule(), NOON.replace(tzinfo=None), UTC, NO_HOLIDAYS)


def opens(schedule: Schedule, at: str, holidays: set[date] | frozenset[date] = NO_HOLIDAYS) -> bool:
    """Ask the schedule at a time of that Wednesday."""
    return is_open(schedule, datetime.fromisoformat(f"2026-06-03T{at}+00:00"), UTC, frozenset(holidays))


def minutes_around(day: date, timezone: tzinfo) -> Iterator[datetime]:
    """Give every minute from the day before to the day after, in UTC."""
    first = datetime(day.year, day.month, day.day, tzinfo=timezone) - timedelta(days=1)
    return (first.astimezone(UTC) + timedelta(minutes=n) for n in range(3 * 1440))


def open_labels(schedule: Schedule, day: date, holidays: frozenset[date]) -> set[datetime]:
    """List what a wall clock shows in each open minute: written out day by day, without any time zone."""
    names = list(Weekday)
    labels = set()
    for n in range(-4, 5):
        start_day = day + timedelta(days=n)
        closed = start_day in holidays and schedule.holidays is HolidayRule.REPLACE
        name = Weekday.HOLIDAY if closed else names[start_day.isoweekday() - 1]
        midnight = datetime(start_day.year, start_day.month, start_day.day)  # noqa: DTZ001
        for window in schedule.windows:
            if name in window.days:
                end = window.end if window.end > window.start else window.end + 1440
                labels |= {midnight + timedelta(minutes=minute) for minute in range(window.start, end)}
    return labels
