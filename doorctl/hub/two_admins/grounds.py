"""What a command that waits for a second admin rests on beyond its own words, and one hash of all of it.

1. Whoever approves agrees to what it does: to whom a group holds, when a schedule is open and on which days, to the
   rows that it changes, and to the zones that wait for it. All of this could change after somebody has looked.
2. So an approval names the hash of what was shown, and counts only while it is the same.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache, partial

import msgspec

from doorctl.core.model import HolidayRule
from doorctl.hub.two_admins.awaiting import zones_awaiting
from doorctl.hub.two_admins.door_asks import modes_of
from doorctl.hub.two_admins.occupancy_asks import occupancies_before
from doorctl.hub.two_admins.training_asks import trainings_before
from doorctl.hub.two_admins.visit_asks import escort_rule_of
from doorctl.hub.two_admins.zone_asks import factor_of, rule_of
from doorctl.hub.two_admins.zone_bars import bars_before
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import (
    DoorOverrideRow,
    DoorRow,
    Row,
    ScheduleRow,
    SponsorRow,
    VisitorRow,
    ZoneRow,
)
from doorctl.wire.classes import ZoneClassesSet
from doorctl.wire.commands import DoorRemove, DoorSet, GrantAdd, ScheduleSet, Verb, ZoneSet
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet
from doorctl.wire.occupancy_words import ZoneOccupancySet
from doorctl.wire.rights import ZoneFactorSet, ZoneRuleSet
from doorctl.wire.threats import ClearanceSet, ThreatSet, ZoneThreatSet
from doorctl.wire.training_words import TrainingSet, ZoneTrainingSet
from doorctl.wire.visits import SponsorSet, VisitorEnd, VisitorSet, ZoneEscortSet

_encoder = msgspec.json.Encoder(order="deterministic")


@dataclass(frozen=True, slots=True)
class Grounds:
    """What a command rests on now.

    ``present`` are the rows that it would change, and the schedules by which a zone would ask for things; ``zones``
    those that ask for a second admin. ``members`` are the holders in the group that it lets in, None without one;
    ``holidays`` the dates to come that its schedules heed.
    """

    present: tuple[Row, ...]
    zones: tuple[str, ...]
    schedule: ScheduleRow | None
    members: tuple[str, ...] | None
    holidays: tuple[str, ...] | None

    @property
    def sha256(self) -> str:
        """What an approval names it by."""
        told = (self.present, self.zones, self.schedule, self.members, self.holidays)
        return hashlib.sha256(_encoder.encode(told)).hexdigest()


class Survey:
    """Finds what commands rest on at a time; each group, and the holidays, are read once."""

    def __init__(self, connection: sqlite3.Connection, *, at: int) -> None:
        """Look at this site, at this time in Unix seconds."""
        self._connection = connection
        self._members = cache(partial(_members, connection))
        self._holidays = cache(partial(_holidays, connection, at))

    def grounds_of(self, do: Verb) -> Grounds:
        """Find what a command rests on."""
        group, schedule = _group_let_in(do), self._schedule(do)
        by_clock = tuple(_asked_by(do, self._connection))
        heeds = any(each.holidays is not HolidayRule.IGNORE for each in (schedule, *by_clock) if each is not None)
        return Grounds(
            present=(*_present(do, self._connection), *by_clock),
            zones=tuple(sorted(zones_awaiting(do, self._connection))),
            schedule=None if isinstance(do, ScheduleSet) else schedule,
            members=None if group is None else self._members(group),
            holidays=self._holidays() if heeds else None,
        )

    def _schedule(self, do: Verb) -> ScheduleRow | None:
        """Return when it lets in: the schedule that it names, as it stands or as it is to be."""
        match do:
            case GrantAdd(schedule=str(name)):
                return next(iter(rows_where(self._connection, ScheduleRow, id=name)), None)
            case ScheduleSet(schedule=name, windows=windows, holidays=holidays):
                return ScheduleRow(id=name, windows=windows, holidays=holidays)
        return None


def _group_let_in(do: Verb) -> str | None:
    match do:
        case GrantAdd(group=group):
            return group
        case ZoneRuleSet(break_glass=group) | ZoneFactorSet(persons_group=group) | DoorModeSet(office_group=group):
            return group
        case ZoneEscortSet(group=group) | VisitorSet(escort_group=group):
            return group
    return None


def _members(connection: sqlite3.Connection, group: str) -> tuple[str, ...]:
    rows = connection.execute('SELECT holder FROM members WHERE "group" = ? ORDER BY holder', (group,))
    return tuple(holder for (holder,) in rows)


def _holidays(connection: sqlite3.Connection, at: int) -> tuple[str, ...]:
    """Return the holidays from yesterday on, for it is not yet today everywhere."""
    first = (datetime.fromtimestamp(at, UTC) - timedelta(days=1)).date().isoformat()
    rows = connection.execute("SELECT date FROM holidays WHERE date >= ? ORDER BY date", (first,))
    return tuple(date for (date,) in rows)


def _asked_by(do: Verb, connection: sqlite3.Connection) -> Iterator[ScheduleRow]:
    """Find the schedules by which a zone would ask for something, or a door be in a mode, as they stand."""
    for time in do.times if isinstance(do, ZoneFactorSet | DoorModeSet) else ():
        yield from rows_where(connection, ScheduleRow, id=time.schedule)


def _present(do: Verb, connection: sqlite3.Connection) -> Iterator[Row]:
    """Find the rows that a command would change, as they stand."""
    match do:
        case ZoneRuleSet(zone=zone):
            yield rule_of(connection, zone)
            yield from rows_where(connection, ZoneRow, id=zone)
        case ZoneFactorSet(zone=zone):
            yield factor_of(connection, zone)
        case DoorModeSet(door=door) | DoorOverrideSet(door=door) | DoorOverrideEnd(door=door):
            yield modes_of(connection, door)
            yield from rows_where(connection, DoorOverrideRow, door=door)
            yield from rows_where(connection, DoorRow, id=door)
        case ZoneOccupancySet():
            yield from occupancies_before(do, connection)
        case ZoneTrainingSet() | TrainingSet():
            yield from trainings_before(do, connection)
        case ZoneEscortSet(zone=zone):
            yield escort_rule_of(connection, zone)
        case VisitorSet(holder=holder) | VisitorEnd(holder=holder):
            yield from rows_where(connection, VisitorRow, holder=holder)
        case SponsorSet(holder=holder):
            yield from rows_where(connection, SponsorRow, holder=holder)
        case ZoneClassesSet() | ZoneThreatSet() | ThreatSet() | ClearanceSet():
            yield from bars_before(do, connection)
        case ZoneSet(zone=zone):
            yield from rows_where(connection, ZoneRow, id=zone)
        case DoorSet(door=door) | DoorRemove(door=door):
            yield from rows_where(connection, DoorRow, id=door)
        case ScheduleSet(schedule=schedule):
            yield from rows_where(connection, ScheduleRow, id=schedule)
