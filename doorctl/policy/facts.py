"""The few rows that one decision needs, read from a policy in one read transaction."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Protocol

from doorctl.core.model import Credential, Factor, Grant, HeldPin, Holder, RosterLine, Status, Zone
from doorctl.core.request import AccessRequest, Facts
from doorctl.errors import PolicyUnavailable
from doorctl.policy.building import Building, PolicyPosition, is_among, read_building
from doorctl.policy.confirmation import awaits_confirmation

_POSITION = "SELECT epoch, revision, chain FROM position"
_IS_MEMBER = 'SELECT 1 FROM members WHERE holder = ? AND "group" = ?'
_CREDENTIAL = """
SELECT c."key", c.holder, c.status, c.valid_from, c.valid_until, h.id, h.status, h.valid_from, h.valid_until
FROM credentials AS c LEFT JOIN holders AS h ON h.id = c.holder WHERE c."key" = ?
"""
_PIN = 'SELECT "key", duress, ring_keys FROM pins WHERE holder = ?'
_BY_PIN = """
SELECT p.alone, p.alone_duress, p.ring_keys, h.id, h.status, h.valid_from, h.valid_until
FROM pins AS p JOIN holders AS h ON h.id = p.holder WHERE p.alone = :pin OR p.alone_duress = :pin
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


class Rosters(Protocol):
    """Who knows which rosters are signed as they must be; ``doorctl.policy.rosters``."""

    def take(self, notes: Mapping[str, str], *, suspended: frozenset[str]) -> None:
        """Take the rosters that stand in the policy, by their zones."""

    def lines(self, zone: str, holder: str, request: AccessRequest) -> tuple[RosterLine, ...] | None:
        """Return the lines for a holder and a card, None without a roster that counts."""


class FactsReader:
    """Reads facts over one connection; what changes with the revision alone is kept until another connection commits.

    A connection that writes itself does not hear of its own commits: it takes a reader for each question.
    """

    def __init__(self, connection: sqlite3.Connection, *, rosters: Rosters | None = None, file: str = "") -> None:
        """Read from this connection, which stays the caller's, to this file; without ``rosters`` no roster counts."""
        self._connection = connection
        self._rosters = rosters
        self._file = file
        self._building: Building | None = None
        self._data_version = 0

    def facts(self, request: AccessRequest) -> tuple[Facts, PolicyPosition]:
        """Return what the policy knows about a request, and the revision it stands at.

        Raises PolicyUnavailable.
        """
        with self._reading():
            building = self._current_building()
            door = building.doors.get(request.door)
            zone = building.zones.get(door.zone) if door else None
            if request.pin_alone:
                credential, (holder, pin) = None, self._by_pin(building, request.pins or ())
            else:
                credential, holder = self._credential(request.credential(building.ring_keys))
                pin = self._pin(holder) if building.has_pins and _may_take_pin(request, zone) else None
            facts = Facts(
                door=door,
                zone=zone,
                credential=credential,
                holder=holder,
                grants=self._grants(holder, zone),
                schedules=building.schedules,
                holidays=building.holidays,
                timezone=building.timezone,
                ring_keys=building.ring_keys,
                roster=self._roster(zone, holder, request),
                may_break_glass=zone is not None and self._is_member(holder, zone.break_glass),
                leads=zone is not None and self._is_member(holder, zone.persons_group),
                locked_down=zone is not None and is_among(zone.id, building.locked_down),
                needs_upgrade=zone is not None and is_among(zone.id, building.withheld),
                pin=pin,
            )
            return facts, building.position

    def building(self) -> Building:
        """Return what changes with the revision alone. Raises PolicyUnavailable."""
        with self._reading():
            return self._current_building()

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

    def _current_building(self) -> Building:
        (data_version,) = self._connection.execute("PRAGMA data_version").fetchone()
        if self._building is None or data_version != self._data_version:
            self._building, self._data_version = self._read_building(), data_version
        return self._building

    def _read_building(self) -> Building:
        if awaits_confirmation(self._connection):
            raise PolicyUnavailable("policy.db was begun anew: the hub has yet to confirm that it is whole")
        building = read_building(self._connection, self._position())
        if self._rosters is not None:
            self._rosters.take(building.rosters, suspended=building.suspended_admins)
        return building

    def _credential(self, key: bytes | None) -> tuple[Credential | None, Holder | None]:
        row = self._connection.execute(_CREDENTIAL, (key,)).fetchone()
        if row is None:
            return None, None
        credential = Credential(row[0], row[1], _status(row[2]), _time(row[3]), _time(row[4]))
        return credential, _holder(row[5:]) if row[5] else None

    def _pin(self, holder: Holder | None) -> HeldPin | None:
        if holder is None:
            return None
        row = self._connection.execute(_PIN, (holder.id,)).fetchone()
        return None if row is None else HeldPin(*row)

    def _by_pin(self, building: Building, pins: Sequence[bytes]) -> tuple[Holder | None, HeldPin | None]:
        """Find whose PIN this is; made with more or fewer keys of the ring than it is held with, it is nobody's."""
        for pin in pins if building.has_pins else ():
            row = self._connection.execute(_BY_PIN, {"pin": pin}).fetchone()
            if row is not None:
                return _holder(row[3:]), HeldPin(*row[:3])
        return None, None

    def _grants(self, holder: Holder | None, zone: Zone | None) -> tuple[Grant, ...]:
        if holder is None or zone is None:
            return ()
        rows = self._connection.execute(_GRANTS, {"holder": holder.id, "zone": zone.id})
        return tuple(
            Grant(id_, subject, zone_id, schedule, _time(valid_from), _time(valid_until))
            for id_, subject, zone_id, schedule, valid_from, valid_until in rows
        )

    def _roster(
        self, zone: Zone | None, holder: Holder | None, request: AccessRequest
    ) -> tuple[RosterLine, ...] | None:
        if zone is None or holder is None or self._rosters is None:
            return None
        return self._rosters.lines(zone.id, holder.id, request)

    def _is_member(self, holder: Holder | None, group: str | None) -> bool:
        if group is None or holder is None:
            return False
        return self._connection.execute(_IS_MEMBER, (holder.id, group)).fetchone() is not None

    def _position(self) -> PolicyPosition:
        row: tuple[int, int, bytes] | None = self._connection.execute(_POSITION).fetchone()
        if row is None:
            raise PolicyUnavailable("policy.db has no position: the keeper rebuilds it")
        return PolicyPosition(*row, self._file)


def _may_take_pin(request: AccessRequest, zone: Zone | None) -> bool:
    """Tell whether a PIN was entered or may be asked for; where only cards count none is looked up."""
    return request.pins is not None or (
        zone is not None and (zone.factor is not Factor.CARD or bool(zone.factor_times))
    )


def _holder(columns: Sequence[Any]) -> Holder:
    id_, status, valid_from, valid_until = columns
    return Holder(id_, _status(status), _time(valid_from), _time(valid_until))


def _status(word: str) -> Status:
    return Status(word) if word in _STATUSES else Status.SUSPENDED


def _time(seconds: int | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
