"""The few rows that one decision needs, read from a policy in one read transaction."""

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import msgspec

from doorctl.core.model import (
    AccessRequest,
    Credential,
    Door,
    Facts,
    Grant,
    Holder,
    HolidayRule,
    OnAuditFailure,
    Schedule,
    Status,
    Window,
    Zone,
    ZoneKind,
)
from doorctl.errors import PolicyUnavailable
from doorctl.policy.rows import WindowRow

T = TypeVar("T")

_POSITION = "SELECT epoch, revision, chain FROM position"
_DOORS = "SELECT id, zone FROM doors"
_ZONES = "SELECT id, kind, on_audit_failure, max_age_seconds FROM zones"
_SCHEDULES = "SELECT id, windows, holidays FROM schedules"
_HOLIDAYS = "SELECT date FROM holidays"
_TIMEZONE = "SELECT timezone FROM sites"
_CREDENTIAL = """
SELECT c."key", c.holder, c.status, c.valid_from, c.valid_until, h.id, h.status, h.valid_from, h.valid_until
FROM credentials AS c LEFT JOIN holders AS h ON h.id = c.holder WHERE c."key" = ?
"""
_GRANTS = """
SELECT id, holder, zone, schedule, valid_from, valid_until FROM grants WHERE holder = :holder AND zone = :zone
UNION ALL
SELECT g.id, g."group", g.zone, g.schedule, g.valid_from, g.valid_until
FROM members AS m CROSS JOIN grants AS g ON g."group" = m."group" WHERE m.holder = :holder AND g.zone = :zone
ORDER BY 1
"""
"""CROSS JOIN keeps SQLite from trying every group of the zone; a holder is in few."""

_STATUSES = frozenset(Status)
_windows = msgspec.json.Decoder(tuple[WindowRow, ...])


@dataclass(frozen=True, slots=True)
class PolicyPosition:
    """The revision that decided."""

    epoch: int
    revision: int


@dataclass(frozen=True, slots=True)
class _Building:
    """What changes with the policy alone: read once per revision."""

    history: tuple[int, int, bytes]
    doors: dict[str, Door]
    zones: dict[str, Zone]
    schedules: dict[str, Schedule]
    holidays: frozenset[date]
    timezone: ZoneInfo

    @property
    def position(self) -> PolicyPosition:
        return PolicyPosition(self.history[0], self.history[1])


class FactsReader:
    """Reads facts over one connection; what only changes with the revision is kept between decisions."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read from this connection, which stays the caller's."""
        self._connection = connection
        self._building: _Building | None = None

    def facts(self, request: AccessRequest) -> tuple[Facts, PolicyPosition]:
        """Return what the policy knows about a request, and the revision it stands at.

        Raises PolicyUnavailable.
        """
        with self._reading():
            building = self._current_building()
            door = building.doors.get(request.door)
            zone = building.zones.get(door.zone) if door else None
            credential, holder = self._credential(request.credential)
            facts = Facts(
                door=door,
                zone=zone,
                credential=credential,
                holder=holder,
                grants=self._grants(holder, zone),
                schedules=building.schedules,
                holidays=building.holidays,
                timezone=building.timezone,
            )
            return facts, building.position

    def zones(self) -> dict[str, str]:
        """Return the zone of every door. Raises PolicyUnavailable."""
        with self._reading():
            return {door.id: door.zone for door in self._current_building().doors.values()}

    def position(self) -> PolicyPosition:
        """Return the revision the policy stands at. Raises PolicyUnavailable."""
        with self._reading():
            return self._current_building().position

    @contextmanager
    def _reading(self) -> Iterator[None]:
        try:
            self._connection.execute("BEGIN")
            try:
                yield
            finally:
                self._connection.execute("ROLLBACK")
        except Exception as error:  # whatever a damaged file makes of its rows, it is no policy
            raise PolicyUnavailable(f"policy.db cannot be read ({error}): the keeper rebuilds it") from error

    def _current_building(self) -> _Building:
        epoch, revision, chain = self._one(_POSITION)
        if self._building is None or self._building.history != (epoch, revision, chain):
            self._building = self._read_building((epoch, revision, chain))
        return self._building

    def _read_building(self, history: tuple[int, int, bytes]) -> _Building:
        rows = self._connection.execute
        timezone = rows(_TIMEZONE).fetchone()
        return _Building(
            history=history,
            doors={id_: Door(id_, zone) for id_, zone in rows(_DOORS)},
            zones=_readable(_zone, rows(_ZONES)),
            schedules=_readable(_schedule, rows(_SCHEDULES)),
            holidays=frozenset(date.fromisoformat(day) for (day,) in rows(_HOLIDAYS)),
            timezone=ZoneInfo(timezone[0] if timezone else "UTC"),
        )

    def _credential(self, key: bytes | None) -> tuple[Credential | None, Holder | None]:
        row = self._connection.execute(_CREDENTIAL, (key,)).fetchone()
        if row is None:
            return None, None
        credential = Credential(row[0], row[1], _status(row[2]), _time(row[3]), _time(row[4]))
        holder = Holder(row[5], _status(row[6]), _time(row[7]), _time(row[8])) if row[5] else None
        return credential, holder

    def _grants(self, holder: Holder | None, zone: Zone | None) -> tuple[Grant, ...]:
        if holder is None or zone is None:
            return ()
        rows = self._connection.execute(_GRANTS, {"holder": holder.id, "zone": zone.id})
        return tuple(
            Grant(id_, subject, zone_id, schedule, _time(valid_from), _time(valid_until))
            for id_, subject, zone_id, schedule, valid_from, valid_until in rows
        )

    def _one(self, statement: str) -> tuple[int, int, bytes]:
        row: tuple[int, int, bytes] | None = self._connection.execute(statement).fetchone()
        if row is None:
            raise PolicyUnavailable("policy.db has no position: the keeper rebuilds it")
        return row


def _readable(make: Callable[..., T], rows: Iterable[tuple[Any, ...]]) -> dict[str, T]:
    """Make values of rows, by id; one that holds a word we do not know is left out, and so denies."""
    values: dict[str, T] = {}
    for row in rows:
        with suppress(ValueError, msgspec.DecodeError):
            values[row[0]] = make(*row)
    return values


def _status(word: str) -> Status:
    return Status(word) if word in _STATUSES else Status.SUSPENDED


def _zone(id_: str, kind: str, on_audit_failure: str, max_age_seconds: float | None) -> Zone:
    return Zone(id_, ZoneKind(kind), OnAuditFailure(on_audit_failure), max_age_seconds)


def _schedule(id_: str, windows: str, holidays: str) -> Schedule:
    return Schedule(
        id_,
        tuple(
            Window(frozenset(window.days), _minutes(window.start), _minutes(window.end))
            for window in _windows.decode(windows)
        ),
        HolidayRule(holidays),
    )


def _minutes(clock_time: str) -> int:
    hours, minutes = clock_time.split(":")
    return int(hours) * 60 + int(minutes)


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
