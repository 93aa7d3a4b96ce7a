"""When a schedule opens next, and when it closes: the first such minute, as asking minute by minute finds it."""

from datetime import UTC, date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorctl.core.model import HolidayRule, Schedule, Weekday, Window
from doorctl.core.schedule import is_open, next_closing, next_opening
from tests.core.builders import NOON, WORKDAYS, a_schedule, a_window

PARIS = ZoneInfo("Europe/Paris")
NO_HOLIDAYS: frozenset[date] = frozenset()
OFFICE = a_schedule(a_window("07:00", "19:00", WORKDAYS))
LAST_MOMENT = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
DAYS = 2
CHANGES = [
    ("Europe/Paris", datetime(2026, 3, 28, tzinfo=UTC)),
    ("Europe/Paris", datetime(2026, 10, 24, tzinfo=UTC)),
    ("America/New_York", datetime(2026, 11, 1, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 11, 1, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, tzinfo=UTC)),
    ("Asia/Kathmandu", datetime(2026, 6, 3, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 29, tzinfo=UTC)),
    ("UTC", datetime(2028, 2, 28, tzinfo=UTC)),
]


def on(text: str, timezone: tzinfo = PARIS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=timezone)


@pytest.mark.parametrize(
    ("at", "opens", "closes"),
    [
        ("2026-06-03T06:59:59", "2026-06-03T07:00:00", "2026-06-03T06:59:59"),
        ("2026-06-03T07:00:00", "2026-06-03T07:00:00", "2026-06-03T19:00:00"),
        ("2026-06-03T12:34:56", "2026-06-03T12:34:56", "2026-06-03T19:00:00"),
        ("2026-06-05T19:00:00", "2026-06-08T07:00:00", "2026-06-05T19:00:00"),
    ],
)
def test_the_next_opening_and_closing_are_told_to_the_second(at: str, opens: str, closes: str) -> None:
    assert next_opening(OFFICE, on(at), PARIS, NO_HOLIDAYS) == on(opens)
    assert next_closing(OFFICE, on(at), PARIS, NO_HOLIDAYS) == on(closes)


def test_a_holiday_puts_the_next_opening_off() -> None:
    monday = date(2026, 6, 8)

    assert next_opening(OFFICE, on("2026-06-05T20:00"), PARIS, frozenset({monday})) == on("2026-06-09T07:00")


def test_a_schedule_for_holidays_opens_on_the_next_one() -> None:
    duty = a_schedule(a_window("10:00", "14:00", {Weekday.HOLIDAY}))

    assert next_opening(duty, NOON, PARIS, frozenset({date(2026, 12, 25)})) == on("2026-12-25T10:00")


def test_a_window_that_begins_in_the_skipped_hour_opens_when_the_hour_is_skipped() -> None:
    at_night = a_schedule(a_window("02:30", "04:00"))

    assert next_opening(at_night, on("2026-03-28T20:00"), PARIS, NO_HOLIDAYS) == on("2026-03-29T03:00")


def test_what_is_never_open_has_no_next_opening_and_what_is_always_open_no_closing() -> None:
    always = a_schedule(a_window("00:00", "24:00", frozenset(Weekday)))

    assert next_opening(a_schedule(), NOON, PARIS, NO_HOLIDAYS) is None
    assert next_closing(always, NOON, PARIS, NO_HOLIDAYS) is None


def test_nothing_is_told_beyond_the_days_looked_at() -> None:
    friday_evening = on("2026-06-05T19:00")

    assert next_opening(OFFICE, friday_evening, PARIS, NO_HOLIDAYS, within_days=2) is None
    assert next_opening(OFFICE, on("2026-06-03T06:00"), PARIS, NO_HOLIDAYS, within_days=0) is None
    assert next_opening(OFFICE, friday_evening, PARIS, NO_HOLIDAYS, within_days=3) == on("2026-06-08T07:00")


def test_at_the_end_of_the_calendar_there_is_no_next_opening() -> None:
    assert next_opening(OFFICE, LAST_MOMENT, UTC, NO_HOLIDAYS) is None


@settings(max_examples=100, deadline=None)
@given(
    windows=st.lists(
        st.builds(Window, st.frozensets(st.sampled_from(Weekday)), st.integers(0, 1439), st.integers(0, 1440)),
        max_size=3,
    ),
    change=st.sampled_from(CHANGES),
    seconds=st.integers(0, 86_400),
    holidays=st.frozensets(st.integers(-1, 3), max_size=2),
    rule=st.sampled_from(HolidayRule),
)
def test_no_minute_before_the_next_opening_is_open_and_none_before_the_closing_is_not(
    windows: list[Window], change: tuple[str, datetime], seconds: int, holidays: frozenset[int], rule: HolidayRule
) -> None:
    zone, day = change
    timezone, at = ZoneInfo(zone), day + timedelta(seconds=seconds)
    schedule = Schedule("any", tuple(windows), rule)
    days = frozenset(day.date() + timedelta(days=each) for each in holidays)
    whole = at.replace(second=0)
    minutes = (at, *(whole + timedelta(minutes=n) for n in range(1, DAYS * 1440 + 1)))
    answers = [(is_open(schedule, minute, timezone, days), minute) for minute in minutes]

    opens = next_opening(schedule, at, timezone, days, within_days=DAYS)
    closes = next_closing(schedule, at, timezone, days, within_days=DAYS)

    assert opens == next((minute for answer, minute in answers if answer), None)
    assert closes == next((minute for answer, minute in answers if not answer), None)
