"""Times, dates and weekly windows as people type them."""

from zoneinfo import ZoneInfo

import pytest
import typer

from doorctl.cli.times import iso_date, local_time, unix_seconds, validity, window
from doorctl.core.model import Weekday
from doorctl.policy.rows import WindowRow

PARIS = ZoneInfo("Europe/Paris")
WEEKDAYS = tuple(Weekday)[:5]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2027-01-31", 1801350000),
        ("2027-07-31", 1816984800),  # summer time
        ("2027-01-31T18:00", 1801414800),
        ("2027-01-31 18:00:30", 1801414830),
        ("2027-01-31T18:00Z", 1801418400),
        ("2027-01-31T18:00+02:00", 1801411200),
    ],
)
def test_a_time_without_an_offset_is_by_the_sites_wall_clock(text: str, seconds: int) -> None:
    assert unix_seconds(text, PARIS) == seconds


@pytest.mark.parametrize("text", ["", "tomorrow", "2027-02-30", "31.01.2027", "2027-01-31T25:00", "0001-01-01"])
def test_what_is_no_time_is_wrong_use(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a time"):
        unix_seconds(text, PARIS)


def test_times_are_shown_with_their_offset() -> None:
    assert local_time(1801350000, PARIS) == "2027-01-31 00:00:00+01:00"


@pytest.mark.parametrize("at", [-(10**15), 253_402_300_799, 10**15, 2**70])
def test_a_time_that_no_calendar_has_is_shown_as_it_is(at: int) -> None:
    assert local_time(at, PARIS) == f"{at} s after 1970"


def test_a_validity_names_its_time_zone() -> None:
    assert validity(None, 1801350000, PARIS) == " until 2027-01-31 00:00:00+01:00 (Europe/Paris)"
    assert validity(None, None, PARIS) == ""


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("mon-fri 07:00-19:00", WindowRow(WEEKDAYS, "07:00", "19:00")),
        ("sat,sun 08:00-12:00", WindowRow((Weekday.SATURDAY, Weekday.SUNDAY), "08:00", "12:00")),
        ("fri-mon 22:00-06:00", WindowRow((*tuple(Weekday)[4:7], Weekday.MONDAY), "22:00", "06:00")),
        ("mon-sun 00:00-24:00", WindowRow(tuple(Weekday)[:7], "00:00", "24:00")),
        ("Holiday 10:00-12:00", WindowRow((Weekday.HOLIDAY,), "10:00", "12:00")),
        ("mon,mon-tue 07:00-08:00", WindowRow(WEEKDAYS[:2], "07:00", "08:00")),
    ],
)
def test_windows_are_days_and_hours(text: str, row: WindowRow) -> None:
    assert window(text) == row


@pytest.mark.parametrize(
    "text",
    [
        "",
        "mon",
        "07:00-19:00",
        "mon 7-19",
        "mon 07:00",
        "mon 07:00-24:30",
        "mon-holiday 07:00-08:00",
        "day 07:00-08:00",
    ],
)
def test_what_is_no_window_is_wrong_use(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a window"):
        window(text)


@pytest.mark.parametrize("text", ["", "2027-02-30", "2027-01-31T18:00", "31.01.2027"])
def test_what_is_no_date_of_the_calendar_is_wrong_use(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is not a date"):
        iso_date(text)
