"""What of a policy changes only with its revision, read once for each: doors, zones and their rules, schedules."""

import sqlite3
from collections.abc import Callable, Iterable, Mapping, Set
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from doorctl.core.model import (
    USUAL_GRACE_AFTER_BOOT_SECONDS,
    Door,
    HolidayRule,
    OnAuditFailure,
    Schedule,
    Window,
    Zone,
    ZoneKind,
)
from doorctl.core.request import NO_POLICY, Facts
from doorctl.core.rules.threat import LOWEST_THREAT
from doorctl.policy.areas import Areas
from doorctl.policy.door_modes import with_modes
from doorctl.policy.gathered import is_gathered
from doorctl.policy.needs import EVERYWHERE
from doorctl.policy.row_lists import factor_times_of, windows_of
from doorctl.policy.rows import ScheduleRow, ZoneFactorRow
from doorctl.policy.visits import Escorts, has_visitors, read_escorts
from doorctl.policy.zone_bars import read_bars

T = TypeVar("T")
_Columns = tuple[Any, ...] | None

_DOORS = "SELECT id, zone FROM doors"
_ZONES = "SELECT id, kind, on_audit_failure, max_age_seconds FROM zones"
_SCHEDULES = "SELECT id, windows, holidays FROM schedules"
_HOLIDAYS = "SELECT date FROM holidays"
_TIMEZONE = "SELECT timezone FROM sites"
_RULES = "SELECT zone, strict, break_glass, grace_after_boot_seconds FROM zone_rules"
_FACTORS = """
SELECT zone, factor, times, pin_tries, pin_block_seconds, persons, persons_seconds, persons_group FROM zone_factors
"""
_OCCUPANCIES = "SELECT zone, within, passback, passback_seconds, most, least, reset_at FROM zone_occupancies"
_RESETS = "SELECT holder, zone, at FROM passback_resets"
_LOCKDOWNS = "SELECT scope FROM lockdowns"
_WITHHELD = "SELECT zones FROM withheld_changes"
_ANY_LIMITS = "SELECT EXISTS (SELECT 1 FROM credential_limits)"
_ANY_TIMES = "SELECT EXISTS (SELECT 1 FROM holder_times)"
_TRAININGS = "SELECT zone, course, within_days FROM zone_trainings ORDER BY zone, course"
_RING_KEYS = 'SELECT max("keys") FROM card_rings'
_ROSTERS = "SELECT zone, note FROM rosters"
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"
_ERASED = "SELECT holder FROM erasures"
_SUSPENDED_ADMINS = "SELECT id FROM suspended_admins"

_zone_names = msgspec.json.Decoder(tuple[str, ...])


class PolicyPosition(NamedTuple):
    """The revision that decided, the history that led to it, and the file: one made anew may say more of the same."""

    epoch: int
    revision: int
    chain: bytes = b""
    file: str = ""


@dataclass(frozen=True, slots=True)
class DoorPlace:
    """Where a door leads, what the policy says of that zone as a whole, and what is known there of nobody."""

    zone: str
    locked_down: bool = False
    strict: bool = False
    needs_upgrade: bool = False
    facts: Facts = field(default=NO_POLICY, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Building:
    """All of it at one revision; ``rosters`` are the notes by zone, ``ring_keys`` how many keys make a credential.

    ``has_pins``, ``has_pin_codes``: there is a table of them, which an older doorctl does not make. ``has_limits``: a
    card has limits, ``has_times``: somebody needs longer than usual.
    ``resets`` tells by holder and zone, or ``*``, when where they are was forgotten.
    ``escorts`` is what zones ask where visitors come; ``has_visitors``: there are any.
    Zones are as they are at ``threat``. ``gather_from`` are all tables, where what is said of people is not gathered.
    """

    position: PolicyPosition
    doors: dict[str, Door]
    zones: dict[str, Zone]
    schedules: dict[str, Schedule]
    holidays: frozenset[date]
    timezone: ZoneInfo
    locked_down: frozenset[str] = frozenset()
    withheld: frozenset[str] = frozenset()
    ring_keys: int = 1
    rosters: Mapping[str, str] = field(default_factory=dict)
    suspended_admins: frozenset[str] = frozenset()
    erased: frozenset[str] = frozenset()
    has_pins: bool = False
    has_pin_codes: bool = False
    has_limits: bool = False
    has_times: bool = False
    resets: frozenset[tuple[str, str, int]] = frozenset()
    escorts: Escorts = field(default_factory=dict)
    has_visitors: bool = False
    threat: int = LOWEST_THREAT
    gather_from: frozenset[str] | None = None

    def places(self) -> dict[str, DoorPlace]:
        """Return where each door leads."""
        strict = {zone.id for zone in self.zones.values() if zone.strict}
        return {
            door.id: DoorPlace(
                door.zone,
                locked_down=is_among(door.zone, self.locked_down),
                strict=door.zone in strict,
                needs_upgrade=is_among(door.zone, self.withheld),
                facts=self._facts_at(door),
            )
            for door in self.doors.values()
        }

    def _facts_at(self, door: Door) -> Facts:
        return Facts(
            door=door,
            zone=self.zones.get(door.zone),
            credential=None,
            holder=None,
            grants=(),
            schedules=self.schedules,
            holidays=self.holidays,
            timezone=self.timezone,
            ring_keys=self.ring_keys,
            locked_down=is_among(door.zone, self.locked_down),
            needs_upgrade=is_among(door.zone, self.withheld),
        )


def read_building(connection: sqlite3.Connection, position: PolicyPosition, *, threat: int | None = None) -> Building:
    """Read it in the caller's transaction, as it is now or would be at another threat level.

    Raises sqlite3.Error, and whatever a damaged file makes of its rows.
    """
    rows = connection.execute
    timezone = rows(_TIMEZONE).fetchone()
    tables = frozenset(name for (name,) in rows(_TABLES))
    rules = _by_zone(rows(_RULES)) if "zone_rules" in tables else {}
    factors = _by_zone(rows(_FACTORS)) if "zone_factors" in tables else {}
    areas = Areas(_by_zone(rows(_OCCUPANCIES)) if "zone_occupancies" in tables else {})
    bars = read_bars(connection, tables, threat=threat)
    trainings = _trainings(rows(_TRAININGS)) if "zone_trainings" in tables else {}
    building = Building(
        position=position,
        doors=with_modes(connection, tables, dict(rows(_DOORS))),
        zones=_readable(
            lambda *zone: replace(
                bars.on(_zone(zone, rules.get(zone[0]), factors.get(zone[0]))),
                occupancy=areas.occupancy_of(zone[0]),
                trainings=trainings.get(zone[0], ()),
            ),
            rows(_ZONES),
        ),
        schedules=_readable(_schedule, rows(_SCHEDULES)),
        holidays=frozenset(date.fromisoformat(day) for (day,) in rows(_HOLIDAYS)),
        timezone=ZoneInfo(timezone[0] if timezone else "UTC"),
        has_pins="pins" in tables,
        has_pin_codes="pin_codes" in tables,
        has_limits="credential_limits" in tables and bool(rows(_ANY_LIMITS).fetchone()[0]),
        has_times="holder_times" in tables and bool(rows(_ANY_TIMES).fetchone()[0]),
        resets=frozenset(rows(_RESETS)) if "passback_resets" in tables else frozenset(),
        threat=bars.threat,
        gather_from=None if is_gathered(connection) else tables,
    )
    return _with_rules(building, connection, tables) if "zone_rules" in tables else building


def is_among(zone: str, zones: frozenset[str]) -> bool:
    """Tell whether a zone is named, by itself or as one of all."""
    return zone in zones or EVERYWHERE in zones


def schedule_of(row: ScheduleRow) -> Schedule:
    """Return the schedule that a row describes, in the policy or in a roster."""
    return Schedule(
        row.id,
        tuple(Window(frozenset(window.days), _minutes(window.start), _minutes(window.end)) for window in row.windows),
        row.holidays,
    )


def _with_rules(building: Building, connection: sqlite3.Connection, tables: Set[str]) -> Building:
    """Add what feature levels above 1 know; a policy that an older doorctl has made has no tables for it."""
    rows = connection.execute
    return replace(
        building,
        erased=frozenset(holder for (holder,) in rows(_ERASED)) if "erasures" in tables else frozenset(),
        locked_down=frozenset(scope for (scope,) in rows(_LOCKDOWNS)),
        withheld=_withheld_zones(rows(_WITHHELD)),
        ring_keys=rows(_RING_KEYS).fetchone()[0] or 1,
        rosters=dict(rows(_ROSTERS)),
        suspended_admins=frozenset(id_ for (id_,) in rows(_SUSPENDED_ADMINS)),
        escorts=read_escorts(connection) if "zone_escorts" in tables else {},
        has_visitors="visitors" in tables and has_visitors(connection),
    )


def _readable(make: Callable[..., T], rows: Iterable[tuple[Any, ...]]) -> dict[str, T]:
    """Make values of rows, by id; one that holds a word we do not know is left out, and so denies."""
    values: dict[str, T] = {}
    for row in rows:
        with suppress(ValueError, msgspec.DecodeError):
            values[row[0]] = make(*row)
    return values


def _withheld_zones(rows: Iterable[tuple[Any, ...]]) -> frozenset[str]:
    """Return the zones of changes that we cannot read; what does not say which is about every zone."""
    zones: set[str] = set()
    for (names,) in rows:
        try:
            zones.update(_zone_names.decode(names))
        except msgspec.DecodeError:
            zones.add(EVERYWHERE)
    return frozenset(zones)


def _by_zone(rows: Iterable[tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    return {zone: tuple(rest) for zone, *rest in rows}


def _trainings(rows: Iterable[tuple[str, str, int]]) -> dict[str, tuple[tuple[str, int], ...]]:
    asked: dict[str, tuple[tuple[str, int], ...]] = {}
    for zone, course, within_days in rows:
        asked[zone] = (*asked.get(zone, ()), (course, within_days))
    return asked


def _zone(columns: tuple[str, str, str, float | None], rule: _Columns, factor: _Columns) -> Zone:
    id_, kind, on_audit_failure, max_age_seconds = columns
    zone = Zone(id_, ZoneKind(kind), OnAuditFailure(on_audit_failure), max_age_seconds)
    return _asking(_ruled(zone, rule), factor)


def _ruled(zone: Zone, rule: _Columns) -> Zone:
    if rule is None:
        return zone
    strict, break_glass, grace = rule
    usual = USUAL_GRACE_AFTER_BOOT_SECONDS
    return replace(
        zone, strict=bool(strict), break_glass=break_glass, grace_after_boot_seconds=usual if grace is None else grace
    )


def _asking(zone: Zone, factor: _Columns) -> Zone:
    if factor is None:
        return zone
    fields = dict(zip(ZoneFactorRow.__struct_fields__[1:], factor, strict=True))
    times = factor_times_of(fields["times"])
    asks = msgspec.convert(fields | {"type": "zone-factor", "zone": zone.id, "times": times}, ZoneFactorRow)
    return replace(
        zone,
        factor=asks.factor,
        factor_times=tuple((time.schedule, time.factor) for time in asks.times),
        pin_tries=asks.pin_tries,
        pin_block_seconds=asks.pin_block_seconds,
        persons=asks.persons,
        persons_seconds=asks.persons_seconds,
        persons_group=asks.persons_group,
    )


def _schedule(id_: str, windows: str, holidays: str) -> Schedule:
    return schedule_of(ScheduleRow(id=id_, windows=windows_of(windows), holidays=HolidayRule(holidays)))


def _minutes(clock_time: str) -> int:
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)
