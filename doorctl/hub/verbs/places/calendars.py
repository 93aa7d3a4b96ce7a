"""Commands about time: weekly schedules and holidays."""

from doorctl.errors import Refused
from doorctl.hub.rights.calendar_reach import doors_in_modes_on, zones_asking_on
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import GrantRow, HolidayRow, ScheduleRow
from doorctl.wire.commands import HolidayAdd, HolidayRemove, ScheduleRemove, ScheduleSet
from doorctl.wire.messages import Drop, Put


def schedule_set(do: ScheduleSet, asked: Asked) -> Intent:
    """Make a schedule, or change when it is open."""
    for window in do.windows:
        if window.start == window.end:
            raise Refused("bad-window", f"{window.start} to {window.end} is unclear: a whole day is 00:00 to 24:00")
    row = ScheduleRow(id=do.schedule, windows=do.windows, holidays=do.holidays)
    if find_row(asked.connection, row) == row:
        return Intent((), f"schedule {do.schedule} is so already")
    return Intent((Put(row),), f"schedule {do.schedule} set")


def schedule_remove(do: ScheduleRemove, asked: Asked) -> Intent:
    """Remove a schedule that no grant needs, and by which no zone asks for anything and no door is in a mode."""
    row = the(asked, ScheduleRow, do.schedule)
    grants = rows_where(asked.connection, GrantRow, schedule=do.schedule)
    if grants:
        raise Refused("schedule-in-use", f"{len(grants)} grant(s) use it, one of them for zone {grants[0].zone}")
    asking = zones_asking_on(asked.connection, {do.schedule})
    if asking:
        raise Refused("schedule-in-use", f"zone {min(asking)} asks by it: `doorctl zone factor {min(asking)}`")
    if doors := doors_in_modes_on(asked.connection, {do.schedule}):
        raise Refused("schedule-in-use", f"the mode of door {min(doors)} is by it: `doorctl door modes {min(doors)}`")
    return Intent((Drop(row),), f"schedule {do.schedule} removed")


def holiday_add(do: HolidayAdd, asked: Asked) -> Intent:
    """Make a date a holiday."""
    row = _holiday(do.date)
    if find_row(asked.connection, row):
        return Intent((), f"{do.date} is a holiday already")
    return Intent((Put(row),), f"{do.date} is a holiday")


def holiday_remove(do: HolidayRemove, asked: Asked) -> Intent:
    """Make a date an ordinary day again."""
    row = _holiday(do.date)
    if not find_row(asked.connection, row):
        raise Refused("unknown-holiday", f"{do.date} is not a holiday")
    return Intent((Drop(row),), f"{do.date} is an ordinary day")


def _holiday(date: str) -> HolidayRow:
    try:
        return HolidayRow(date=date)
    except ValueError as error:
        raise Refused("bad-date", f"{date} is not a date of the calendar") from error
