"""Times, spans and weekly windows as people write them: ISO 8601, local at the site where no offset is given."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import msgspec

from doorctl.core.model import HolidayRule, Weekday
from doorctl.policy.rows import UnixSeconds, WindowRow

AGES = range(1, 31_536_001)
"""How old, in seconds, a zone may let the policy become."""
GRACES = range(86_401)
"""How long, in seconds, a zone may let a clock count that nothing has confirmed."""
PIN_BLOCKS = range(10, 86_401)
"""For how long, in seconds, a zone may block whoever entered too many wrong PINs."""
PASSBACKS = range(5, 86_401)
"""For how long, in seconds, a zone may deny who enters again."""
FIRST_USES = range(60, 31_536_001)
"""For how long, in seconds, a card may count from its first use on."""
TRAININGS = range(86_400, 3650 * 86_400 + 1, 86_400)
"""How long ago, in seconds of whole days, a zone may let a training be."""
RELEASES = range(1, 61)
"""For how long, in seconds, the strike may be released for somebody."""
HELD_OPENS = range(5, 601)
"""For how long, in seconds, a door may stay open behind somebody."""
WAITS = range(5, 301)
"""For how long, in seconds, somebody may wait at a door for company."""
VISITS = range(60, 86_401)
"""Within what time, in seconds, an escort brings so many visitors."""
STAYS = range(60, 31_536_001)
"""For how long, in seconds, a guest stays at most."""
_WEEK = tuple(day for day in Weekday if day is not Weekday.HOLIDAY)
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_SPAN = re.compile(r"([0-9]{1,9})([smhd])?", re.ASCII)


def seconds_at(text: str, timezone: ZoneInfo) -> int:
    """Read an ISO date or time as Unix seconds; a bare date is its midnight. Raises ValueError."""
    try:
        at = datetime.fromisoformat(text)
        return msgspec.convert(int((at if at.tzinfo else at.replace(tzinfo=timezone)).timestamp()), UnixSeconds)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a time: write 2027-01-31 or 2027-01-31T18:00") from error


def seconds_in(text: str) -> int:
    """Read a span such as ``15m``, ``24h`` or ``900`` (seconds). Raises ValueError."""
    match = _SPAN.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is not a span of time: write 900, 15m, 24h or 7d")
    return int(match[1]) * _UNITS[match[2] or "s"]


def span_within(text: str, allowed: range) -> int:
    """Read a span that is one of these numbers of seconds. Raises ValueError."""
    seconds = seconds_in(text)
    if seconds not in allowed:
        raise ValueError(f"{text!r} is not between {written_span(allowed[0])} and {written_span(allowed[-1])}")
    return seconds


def span_with_unit(text: str, allowed: range) -> int:
    """Read a span as ``span_within`` does, but take no bare number: whoever types it may mean minutes."""
    if text.isdecimal():
        raise ValueError(f"{text} of what? Write {text}s for seconds or {text}m for minutes")
    return span_within(text, allowed)


def days_in(text: str) -> int:
    """Read a span of whole days. Raises ValueError."""
    return span_within(text, TRAININGS) // _UNITS["d"]


def written_span(seconds: int) -> str:
    """Write a span in the largest unit that is exact."""
    unit = next(unit for unit, length in reversed(_UNITS.items()) if seconds % length == 0)
    return f"{seconds // _UNITS[unit]}{unit}"


def written_time(at: int, timezone: ZoneInfo) -> str:
    """Write Unix seconds as ``seconds_at`` reads them: a bare date where it is a midnight, else with its offset."""
    local = datetime.fromtimestamp(at, UTC).astimezone(timezone)
    text = local.date().isoformat()
    try:
        return text if seconds_at(text, timezone) == at else local.isoformat(timespec="seconds")
    except ValueError:
        return local.isoformat(timespec="seconds")


def window_in(text: str) -> WindowRow:
    """Read ``mon-fri 07:00-19:00``, ``sat,sun 08:00-12:00`` or ``holiday 10:00-12:00``. Raises ValueError."""
    days, _, hours = text.strip().lower().partition(" ")
    start, _, end = hours.strip().partition("-")
    try:
        return msgspec.convert({"days": _days(days), "start": start, "end": end}, WindowRow)
    except (ValueError, msgspec.ValidationError) as error:
        raise ValueError(
            f"{text!r} is not a window: write 'mon-fri 07:00-19:00', 'sat,sun 08:00-12:00' or 'holiday 10:00-12:00'"
        ) from error


def written_window(window: WindowRow) -> str:
    """Write a window as ``window_in`` reads it."""
    return f"{','.join(window.days)} {window.start}-{window.end}"


def written_windows(windows: Iterable[WindowRow]) -> str:
    """Write the windows of a schedule; one without any is never open."""
    return "; ".join(map(written_window, windows)) or "never"


def written_hours(windows: Iterable[WindowRow], holidays: HolidayRule) -> str:
    """Write when a schedule is open, and what holidays do to it."""
    return f"{written_windows(windows)} (holidays: {holidays})"


def _days(text: str) -> tuple[Weekday, ...]:
    return tuple(dict.fromkeys(day for part in text.split(",") for day in _range(part)))


def _range(text: str) -> tuple[Weekday, ...]:
    first, dash, last = text.partition("-")
    if not dash:
        return (Weekday(first),)
    begin, end = _WEEK.index(Weekday(first)), _WEEK.index(Weekday(last))
    length = (end - begin) % len(_WEEK) + 1
    return tuple(_WEEK[(begin + step) % len(_WEEK)] for step in range(length))
