"""The few rows that one decision needs, read from a policy in one read transaction."""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from operator import attrgetter
from typing import Protocol

from doorctl.core.model import Factor, Grant, HeldCode, HeldPin, Holder, RosterLine, Zone
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.factors import BY_CARD_ALONE
from doorctl.core.visitors import Visitor
from doorctl.errors import PolicyUnavailable
from doorctl.policy.building import Building, PolicyPosition, is_among, read_building
from doorctl.policy.confirmation import awaits_confirmation
from doorctl.policy.person import NOBODY, Grantee, Person, PersonQuery, time_in
from doorctl.policy.visits import NOBODY_BRINGS, EscortGroups, escorting_in, visitor_of

_POSITION = "SELECT epoch, revision, chain FROM position"
_PIN_CODE = 'SELECT "key", valid_until, ring_keys, digits FROM pin_codes WHERE holder = ?'
_BY_PIN = "SELECT alone, alone_duress, ring_keys, holder FROM pins WHERE alone = :pin OR alone_duress = :pin"
_GRANTS_TO = "SELECT id, schedule, valid_from, valid_until FROM grants WHERE {} = ? AND zone = ?"
_GRANTS_TO_HOLDER, _GRANTS_TO_GROUP = _GRANTS_TO.format("holder"), _GRANTS_TO.format('"group"')
_id_of = attrgetter("id")


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

    def __init__(
        self,
        connection: sqlite3.Connection,
        *,
        rosters: Rosters | None = None,
        file: str = "",
        threat: int | None = None,
    ) -> None:
        """Read from this connection, which stays the caller's, to this file; without ``rosters`` no roster counts.

        ``threat`` supposes another threat level than the policy's.
        """
        self._connection = connection
        self._threat = threat
        self._rosters = rosters
        self._file = file
        self._building: Building | None = None
        self._queries: dict[tuple[str, bool], PersonQuery] = {}
        self._of_groups: dict[tuple[str, str], tuple[Grant, ...]] = {}
        self._escort_groups = EscortGroups()
        self._data_version = 0

    def facts(self, request: AccessRequest) -> tuple[Facts, PolicyPosition]:
        """Return what the policy knows about a request, and the revision it stands at.

        Raises PolicyUnavailable.
        """
        (facts,), position = self.facts_together((request,))
        return facts, position

    def facts_together(self, requests: Sequence[AccessRequest]) -> tuple[tuple[Facts, ...], PolicyPosition]:
        """Return what one and the same revision knows about each of several requests.

        Raises PolicyUnavailable.
        """
        with self._reading():
            building = self._current_building()
            return tuple(self._facts_at(building, request) for request in requests), building.position

    def building(self) -> Building:
        """Return what changes with the revision alone. Raises PolicyUnavailable."""
        with self._reading():
            return self._current_building()

    def _facts_at(self, building: Building, request: AccessRequest) -> Facts:
        door = building.doors.get(request.door)
        zone = building.zones.get(door.zone) if door else None
        person = self._person(building, request, zone)
        holder = person.holder
        escorting, zone_group = NOBODY_BRINGS, None
        if building.has_visitors:
            escorting, zone_group = escorting_in(building.escorts, door.zone if door else None)
        return Facts(
            door=door,
            zone=zone,
            credential=person.credential,
            holder=holder,
            grants=self._grants(person.grantee, zone),
            schedules=building.schedules,
            holidays=building.holidays,
            timezone=building.timezone,
            ring_keys=building.ring_keys,
            roster=self._roster(zone, holder, request),
            may_break_glass=zone is not None and person.is_of(zone.break_glass),
            leads=zone is not None and person.is_of(zone.persons_group),
            may_toggle=door is not None and person.is_of(door.modes.office_group),
            locked_down=zone is not None and is_among(zone.id, building.locked_down),
            needs_upgrade=zone is not None and is_among(zone.id, building.withheld),
            pin=person.pin,
            pin_code=self._pin_code(holder) if request.own_pin and building.has_pin_codes else None,
            limits=person.limits,
            visitor=self._visitor(person, request, zone, zone_group),
            escorting=escorting,
            times=person.times,
            trained=person.trained,
            card_class=person.card_class,
            clearance=person.clearance,
        )

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
            self._queries.clear()
            self._of_groups.clear()
            self._escort_groups.forget()
        return self._building

    def _read_building(self) -> Building:
        if awaits_confirmation(self._connection):
            raise PolicyUnavailable("policy.db was begun anew: the hub has yet to confirm that it is whole")
        building = read_building(self._connection, self._position(), threat=self._threat)
        if self._rosters is not None:
            self._rosters.take(building.rosters, suspended=building.suspended_admins)
        return building

    def _person(self, building: Building, request: AccessRequest, zone: Zone | None) -> Person:
        """Read who asks, and what the zone asks about them; one without a card by a PIN."""
        takes_pin = building.has_pins and not request.pin_alone and _may_take_pin(request, zone)
        query = self._queries.get((request.door, takes_pin))
        if query is None:
            asked = _asked(building, zone, takes_pin=takes_pin)
            query = PersonQuery(asked, None if zone is None else zone.id, gather_from=building.gather_from)
            self._queries[request.door, takes_pin] = query
        if not request.pin_alone:
            return query.with_card(self._connection, request.credential(building.ring_keys))
        holder, pin = self._by_pin(building, request.pins or ())
        return NOBODY if holder is None else query.by_id(self._connection, holder)._replace(pin=pin)

    def _pin_code(self, holder: Holder | None) -> HeldCode | None:
        row = None if holder is None else self._connection.execute(_PIN_CODE, (holder.id,)).fetchone()
        return None if row is None else HeldCode(row[0], datetime.fromtimestamp(row[1], UTC), *row[2:])

    def _by_pin(self, building: Building, pins: Sequence[bytes]) -> tuple[str | None, HeldPin | None]:
        """Find whose PIN this is; made with more or fewer keys of the ring than it is held with, it is nobody's."""
        for pin in pins if building.has_pins else ():
            row = self._connection.execute(_BY_PIN, {"pin": pin}).fetchone()
            if row is not None:
                return row[3], HeldPin(*row[:3])
        return None, None

    def _grants(self, who: Grantee | None, zone: Zone | None) -> tuple[Grant, ...]:
        """Return somebody's grants, own and by a group, in the order of their ids."""
        if who is None or zone is None:
            return ()
        grants = [grant for group in who.groups for grant in self._of_group(group, zone)]
        if who.has_own:
            grants += self._granted(_GRANTS_TO_HOLDER, who.holder.id, zone)
        return tuple(sorted(grants, key=_id_of) if len(grants) > 1 else grants)

    def _of_group(self, group: str, zone: Zone) -> tuple[Grant, ...]:
        """Return what a group may, which is read once for each revision."""
        grants = self._of_groups.get((group, zone.id))
        if grants is None:
            grants = self._of_groups[group, zone.id] = self._granted(_GRANTS_TO_GROUP, group, zone)
        return grants

    def _granted(self, statement: str, subject: str, zone: Zone) -> tuple[Grant, ...]:
        rows = self._connection.execute(statement, (subject, zone.id))
        return tuple(
            Grant(id_, subject, zone.id, schedule, time_in(valid_from), time_in(valid_until))
            for id_, schedule, valid_from, valid_until in rows
        )

    def _visitor(
        self, person: Person, request: AccessRequest, zone: Zone | None, zone_group: str | None
    ) -> Visitor | None:
        if person.grantee is None or person.visiting is None:
            return None
        return visitor_of(
            self._connection,
            person.grantee.holder.id,
            person.visiting,
            request,
            of_groups=self._escort_groups,
            zone_group=zone_group,
            sponsor_grants=self._grants(person.visiting.sponsored_by, zone),
        )

    def _roster(
        self, zone: Zone | None, holder: Holder | None, request: AccessRequest
    ) -> tuple[RosterLine, ...] | None:
        if zone is None or holder is None or self._rosters is None:
            return None
        return self._rosters.lines(zone.id, holder.id, request)

    def _position(self) -> PolicyPosition:
        row: tuple[int, int, bytes] | None = self._connection.execute(_POSITION).fetchone()
        if row is None:
            raise PolicyUnavailable("policy.db has no position: the keeper rebuilds it")
        return PolicyPosition(*row, self._file)


def _asked(building: Building, zone: Zone | None, *, takes_pin: bool) -> set[str]:
    """Tell what is to be known about who asks; what nothing asks about is not looked up."""
    asked = {
        "pin": takes_pin,
        "limits": building.has_limits,
        "times": building.has_times,
        "card_class": zone is not None and bool(zone.card_classes),
        "clearance": zone is not None and bool(zone.clearance),
        "visiting": building.has_visitors,
        "trained": zone is not None and bool(zone.trainings),
    }
    return {what for what, is_asked in asked.items() if is_asked}


def _may_take_pin(request: AccessRequest, zone: Zone | None) -> bool:
    """Tell whether a PIN was entered or may be asked for; where only cards count none is looked up."""
    if request.pins is not None or request.own_pin or zone is None:
        return request.pins is not None or request.own_pin
    return zone.factor is not Factor.CARD or bool(zone.factor_times) or zone.raised_to not in BY_CARD_ALONE
