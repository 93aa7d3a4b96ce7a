"""In which zones it counts when a schedule or a holiday changes: of grants, rosters, factors and doors by it."""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Set
from typing import Any

from doorctl.core.model import HolidayRule, Weekday
from doorctl.policy.apply import position_of
from doorctl.policy.row_lists import factor_times_of, mode_times_of, windows_of
from doorctl.policy.rows import ScheduleRow
from doorctl.wire.commands import HolidayAdd, HolidayRemove, ScheduleRemove, ScheduleSet
from doorctl.wire.messages import from_text
from doorctl.wire.notes import text_of
from doorctl.wire.roster import Roster

_USED = (
    "SELECT DISTINCT g.zone, s.id, s.windows, s.holidays FROM grants AS g JOIN schedules AS s ON s.id = g.schedule"
)
_ROSTERS = "SELECT note FROM rosters"
_FACTORS = "SELECT zone, times FROM zone_factors"
_MODES = "SELECT door, zone, times FROM door_modes"
_SCHEDULES = "SELECT id FROM schedules WHERE holidays <> ?"


def of_schedule(do: ScheduleSet | ScheduleRemove, connection: sqlite3.Connection) -> frozenset[str]:
    """Find the zones where more may enter, or bring less, on this schedule; a roster's stays what was signed."""
    admitting = _zones(connection.execute(_USED), lambda schedule: schedule.id == do.schedule)
    return admitting | _zones_by_the_clock(connection, {do.schedule})


def of_holiday(do: HolidayAdd | HolidayRemove, connection: sqlite3.Connection) -> frozenset[str]:
    """Find the zones where somebody may enter, or bring less, at other times by this, on any day."""
    opens = _opens_on_holidays if isinstance(do, HolidayAdd) else _heeds_holidays
    heeding = {id_ for (id_,) in connection.execute(_SCHEDULES, (HolidayRule.IGNORE,))}
    admitting = _zones(connection.execute(_USED), opens) | _in_rosters(connection, opens)
    return admitting | _zones_by_the_clock(connection, heeding)


def zones_asking_on(connection: sqlite3.Connection, schedules: Set[str]) -> frozenset[str]:
    """Find the zones that ask for something else at their doors on one of these schedules."""
    asked = ((zone, factor_times_of(times)) for zone, times in connection.execute(_FACTORS))
    return frozenset(zone for zone, times in asked if any(time.schedule in schedules for time in times))


def doors_in_modes_on(connection: sqlite3.Connection, schedules: Set[str]) -> Mapping[str, str]:
    """Find the doors that are in another mode on one of these schedules, with their zones."""
    rows = connection.execute(_MODES).fetchall()
    return {
        door: zone for door, zone, times in rows if any(time.schedule in schedules for time in mode_times_of(times))
    }


def _zones_by_the_clock(connection: sqlite3.Connection, schedules: Set[str]) -> frozenset[str]:
    doors = doors_in_modes_on(connection, schedules)
    return zones_asking_on(connection, schedules) | frozenset(doors.values())


def _zones(rows: Any, counts: Callable[[ScheduleRow], bool]) -> frozenset[str]:  # noqa: ANN401 - rows of a query
    return frozenset(
        zone
        for zone, id_, windows, holidays in rows
        if counts(ScheduleRow(id=id_, windows=windows_of(windows), holidays=HolidayRule(holidays)))
    )


def _in_rosters(connection: sqlite3.Connection, counts: Callable[[ScheduleRow], bool]) -> frozenset[str]:
    return frozenset(roster.zone for roster in _rosters(connection) if any(map(counts, roster.schedules)))


def _rosters(connection: sqlite3.Connection) -> Iterator[Roster]:
    site = position_of(connection).site
    for (note,) in connection.execute(_ROSTERS):
        yield from_text(text_of(note.encode()), Roster, site=site)


def _heeds_holidays(schedule: ScheduleRow) -> bool:
    return schedule.holidays is not HolidayRule.IGNORE


def _opens_on_holidays(schedule: ScheduleRow) -> bool:
    """Tell whether one day more that is a holiday lets somebody in; without such a window it only takes away."""
    return _heeds_holidays(schedule) and any(Weekday.HOLIDAY in window.days for window in schedule.windows)
