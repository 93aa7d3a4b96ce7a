"""Times as people write and read them: ISO 8601, and by the site's wall clock where no offset is given."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TypeVar
from zoneinfo import ZoneInfo

import typer

from doorctl.policy.rows import WindowRow
from doorctl.site.times import seconds_at, span_with_unit, window_in

T = TypeVar("T")
NOTHING = "none"
"""What stands for no span, no group, no times."""


def unix_seconds(text: str, timezone: ZoneInfo) -> int:
    """Read an ISO date or time; a bare date is its midnight, and both are local without an offset."""
    try:
        return seconds_at(text, timezone)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def optional_seconds(text: str | None, timezone: ZoneInfo) -> int | None:
    """Read a time if there is one."""
    return None if text is None else unix_seconds(text, timezone)


def period_seconds(since: str | None, until: str | None, timezone: ZoneInfo) -> tuple[int | None, int | None]:
    """Read from when on and until when; a period that ends before it begins holds nothing, and was not meant."""
    begin, end = optional_seconds(since, timezone), optional_seconds(until, timezone)
    if begin is not None and end is not None and end <= begin:
        raise typer.BadParameter(f"--to {until} is not after --from {since}: nothing lies between")
    return begin, end


def iso_date(text: str) -> str:
    """Read a date; nothing but a date of the calendar is one."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date: write 2027-01-31") from error


def span_seconds(text: str, allowed: range) -> int:
    """Read a span in its unit; none but an allowed one is."""
    try:
        return span_with_unit(text, allowed)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def a_span(allowed: range, *, or_none: bool = True) -> Callable[[str | None], str | None]:
    """Make the check of a span: in its unit, and one that is allowed, or the word for none."""

    def check(text: str | None) -> str | None:
        if text is not None and not (or_none and text == NOTHING):
            span_seconds(text, allowed)
        return text

    return check


def all_in(texts: list[str], read: Callable[[str], T]) -> tuple[T, ...]:
    """Read what is given one by one; the word for none, alone, says that there are none."""
    return () if texts == [NOTHING] else tuple(map(read, texts))


def each_in(read: Callable[[str], object]) -> Callable[[list[str] | None], list[str] | None]:
    """Make the check of what is given one by one: each can be read, which raises ValueError where it cannot."""

    def check(texts: list[str] | None) -> list[str] | None:
        try:
            all_in(texts or [], read)
        except ValueError as error:
            raise typer.BadParameter(str(error)) from error
        return texts

    return check


def local_time(at: int, timezone: ZoneInfo) -> str:
    """Write Unix seconds by the site's wall clock; as they are where no calendar has such a day."""
    local = _local(at, timezone)
    return _as_it_is(at) if local is None else local.isoformat(sep=" ", timespec="seconds")


def local_day(at: int, timezone: ZoneInfo) -> str:
    """Write the day of Unix seconds at the site."""
    local = _local(at, timezone)
    return _as_it_is(at) if local is None else local.date().isoformat()


def validity(valid_from: int | None, valid_until: int | None, timezone: ZoneInfo) -> str:
    """Say from when and until when, in words; nothing where there is no limit."""
    begins = "" if valid_from is None else f" from {local_time(valid_from, timezone)}"
    ends = "" if valid_until is None else f" until {local_time(valid_until, timezone)}"
    return f"{begins}{ends} ({timezone.key})" if begins or ends else ""


def window(text: str) -> WindowRow:
    """Read ``mon-fri 07:00-19:00``, ``sat,sun 08:00-12:00`` or ``holiday 10:00-12:00``."""
    try:
        return window_in(text)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def _local(at: int, timezone: ZoneInfo) -> datetime | None:
    try:
        return datetime.fromtimestamp(at, UTC).astimezone(timezone)
    except (ValueError, OverflowError, OSError):
        return None


def _as_it_is(at: int) -> str:
    return f"{at} s after 1970"
