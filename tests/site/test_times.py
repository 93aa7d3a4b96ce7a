"""Times, spans and windows as people write them, there and back."""

from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.model import HolidayRule, Weekday
from doorctl.policy.rows import WindowRow
from doorctl.site.times import (
    seconds_at,
    seconds_in,
    window_in,
    written_hours,
    written_span,
    written_time,
    written_window,
)

PARIS = ZoneInfo("Europe/Paris")


@given(st.integers(0, 4_000_000_000))
def test_a_written_time_reads_back(at: int) -> None:
    assert seconds_at(written_time(at, PARIS), PARIS) == at


def test_a_midnight_is_written_as_its_date() -> None:
    assert written_time(seconds_at("2027-01-31", PARIS), PARIS) == "2027-01-31"


@given(st.integers(0, 31_536_000))
def test_a_written_span_reads_back(seconds: int) -> None:
    assert seconds_in(written_span(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1", "15 m", "1.5h", "٣m"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="span"):
        seconds_in(text)


def test_a_written_window_reads_back() -> None:
    window = WindowRow((Weekday.MONDAY, Weekday.HOLIDAY), "22:00", "06:00")

    assert window_in(written_window(window)) == window


def test_the_hours_of_a_schedule_tell_its_windows_and_its_holidays() -> None:
    windows = (window_in("sat,sun 08:00-12:00"), window_in("holiday 10:00-12:00"))

    assert written_hours(windows, HolidayRule.IGNORE) == "sat,sun 08:00-12:00; holiday 10:00-12:00 (holidays: ignore)"
    assert written_hours((), HolidayRule.REPLACE) == "never (holidays: replace)"
