"""Times as people write and read them: ISO 8601, and by the site's wall clock where no offset is given."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec
import typer

from doorctl.core.model import Weekday
from doorctl.policy.rows import UnixSeconds, WindowRow

_WEEK = tuple(day for day in Weekday if day is not Weekday.HOLIDAY)


def unix_seconds(text: str, timezone: ZoneInfo) -> int:
    """Read an ISO date or time; a bare date is its midnight, and both are local without an offset."""
    try:
        at = datetime.fromisoformat(text)
        return msgspec.convert(int((at if at.tzinfo else at.replace(tzinfo=timezone)).timestamp()), UnixSeconds)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is not a time: write 2027-01-31 or 2027-01-31T18:00") from error


def optional_seconds(text: str | None, timezone: ZoneInfo) -> int | None:
    """Read a time if there is one."""
    return None if text is None else unix_seconds(text, timezone)


def local_time(at: int, timezone: ZoneInfo) -> str:
    """Write Unix seconds by the site's wall clock."""
    return datetime.fromtimestamp(at, UTC).astimezone(timezone).isoformat(sep=" ", timespec="seconds")


def validity(valid_from: int | None, valid_until: int | None, timezone: ZoneInfo) -> str:
    """Say from when and until when, in words; nothing where there is no limit."""
    begins = "" if valid_from is None else f" from {local_time(valid_from, timezone)}"
    ends = "" if valid_until is None else f" until {local_time(valid_until, timezone)}"
    return f"{begins}{ends} ({timezone.key})" if begins or ends else ""


def window(text: str) -> WindowRow:
    """Read ``mon-fri 07:00-19:00``, ``sat,sun 08:00-12:00`` or ``holiday 10:00-12:00``."""
    days, _, hours = text.strip().lower().partition(" ")
    start, _, end = hours.strip().partition("-")
    try:
        return msgspec.convert({"days": _days(days), "start": start, "end": end}, WindowRow)
    except (ValueError, msgspec.ValidationError) as error:
        raise typer.BadParameter(
            f"{text!r} is not a window: write 'mon-fri 07:00-19:00', 'sat,sun 08:00-12:00' or 'holiday 10:00-12:00'"
        ) from error


def _days(text: str) -> tuple[Weekday, ...]:
    return tuple(dict.fromkeys(day for part in text.split(",") for day in _range(part)))


def _range(text: str) -> tuple[Weekday, ...]:
    first, dash, last = text.partition("-")
    if not dash:
        return (Weekday(first),)
    begin, end = _WEEK.index(Weekday(first)), _WEEK.index(Weekday(last))
    length = (end - begin) % len(_WEEK) + 1
    return tuple(_WEEK[(begin + step) % len(_WEEK)] for step in range(length))
