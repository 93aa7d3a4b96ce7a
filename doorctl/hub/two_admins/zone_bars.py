"""What bars people from a zone as the hub has it, and what of it a command would ask for less."""

import sqlite3
from collections.abc import Iterator, Sequence

from doorctl.core.classes import CLONABLE, CardClass
from doorctl.core.rules.factors import stronger
from doorctl.core.rules.threat import LOWEST_CLEARANCE, LOWEST_THREAT
from doorctl.hub.rights.reach import of_holder, strict_zones, zones_of_two_admins
from doorctl.policy.apply import find_row, position_of, rows_where
from doorctl.policy.rows import (
    ClearanceRow,
    CredentialClassRow,
    CredentialRow,
    Row,
    ThreatRow,
    ZoneClassesRow,
    ZoneThreatRow,
)
from doorctl.wire.classes import ZoneClassesSet
from doorctl.wire.threats import ClearanceSet, ThreatSet, ZoneThreatSet

_WITH_STEPS = "SELECT DISTINCT zone FROM zone_threats"
_BETWEEN = "SELECT DISTINCT zone FROM zone_threats WHERE clearance > ? AND clearance <= ?"


def classes_by(do: ZoneClassesSet) -> ZoneClassesRow:
    """Return the row that the command would put, each class once."""
    readers, cards = tuple(sorted(set(do.reader_classes))), tuple(sorted(set(do.card_classes)))
    return ZoneClassesRow(do.zone, reader_classes=readers, card_classes=cards)


def classes_of(connection: sqlite3.Connection, zone: str) -> ZoneClassesRow:
    """Return which classes a zone takes; without a row, all."""
    return find_row(connection, ZoneClassesRow(zone=zone)) or ZoneClassesRow(zone=zone)


def zones_let_into_as(card_class: CardClass, card: CredentialRow, connection: sqlite3.Connection) -> frozenset[str]:
    """Find the guarded zones of a card's holder that take it as one of this class, and as what it was not."""
    known = rows_where(connection, CredentialClassRow, key=card.key)
    before = known[0].card_class if known else CardClass.UNKNOWN
    guarded = strict_zones(connection) | zones_of_two_admins(connection)
    entered = guarded & (of_holder(card, connection) or frozenset())
    taken = {zone: classes_of(connection, zone).card_classes for zone in entered}
    return frozenset(zone for zone, classes in taken.items() if card_class in classes and before not in classes)


def strict_zones_taking_clonable(connection: sqlite3.Connection) -> Iterator[str]:
    """Find the strict zones that take cards of which copies can be had."""
    for zone in sorted(strict_zones(connection)):
        taken = frozenset(classes_of(connection, zone).card_classes)
        if not taken or taken & CLONABLE:
            yield zone


def step_by(do: ZoneThreatSet) -> ZoneThreatRow:
    """Return the row that the command would put."""
    return ZoneThreatRow(do.zone, do.threat, factor=do.factor, clearance=do.clearance)


def step_of(connection: sqlite3.Connection, zone: str, threat: int) -> ZoneThreatRow:
    """Return what a zone asks for from a threat level on; without a row, no more than without."""
    return find_row(connection, ZoneThreatRow(zone, threat)) or ZoneThreatRow(zone, threat)


def steps_of(connection: sqlite3.Connection, zone: str) -> Sequence[ZoneThreatRow]:
    """Return all that a zone says of threat levels."""
    return rows_where(connection, ZoneThreatRow, zone=zone)


def threat_of(connection: sqlite3.Connection) -> int:
    """Return the threat level that there is."""
    (threat,) = connection.execute("SELECT coalesce(max(threat), ?) FROM threats", (LOWEST_THREAT,)).fetchone()
    return int(threat)


def threat_row(connection: sqlite3.Connection, *, site: str) -> ThreatRow | None:
    """Return the row that says so, if there is one."""
    return find_row(connection, ThreatRow(site, LOWEST_THREAT))


def clearance_of(connection: sqlite3.Connection, holder: str) -> ClearanceRow:
    """Return how far a holder is cleared; without a row, not at all."""
    without = ClearanceRow(holder, LOWEST_CLEARANCE)
    return find_row(connection, without) or without


def bars_before(
    do: ZoneClassesSet | ZoneThreatSet | ThreatSet | ClearanceSet, connection: sqlite3.Connection
) -> Iterator[Row]:
    """Find the rows that a command would change, as they stand."""
    match do:
        case ZoneClassesSet(zone=zone):
            yield classes_of(connection, zone)
        case ZoneThreatSet(zone=zone, threat=threat):
            yield step_of(connection, zone, threat)
        case ThreatSet():
            yield from rows_where(connection, ThreatRow, id=position_of(connection).site)
        case ClearanceSet(holder=holder):
            yield clearance_of(connection, holder)


def zones_taking_more(do: ZoneClassesSet, connection: sqlite3.Connection) -> frozenset[str]:
    """Find the zone if it takes a class that it did not take before."""
    before, after = classes_of(connection, do.zone), classes_by(do)
    takes = (
        _takes_more(before.reader_classes, after.reader_classes),
        _takes_more(before.card_classes, after.card_classes),
    )
    return frozenset({do.zone}) if any(takes) else frozenset()


def zones_asking_for_less(do: ZoneThreatSet, connection: sqlite3.Connection) -> frozenset[str]:
    """Find the zone if it asks for less at a threat level, in anything."""
    before = step_of(connection, do.zone, do.threat)
    is_less = do.clearance < before.clearance or stronger(before.factor, do.factor) is not do.factor
    return frozenset({do.zone}) if is_less else frozenset()


def zones_at_lower_threat(_: ThreatSet, connection: sqlite3.Connection) -> frozenset[str]:
    """Find the zones that say something of a threat level."""
    return frozenset(zone for (zone,) in connection.execute(_WITH_STEPS))


def zones_cleared_for(do: ClearanceSet, connection: sqlite3.Connection) -> frozenset[str]:
    """Find the zones that ask, at some threat level, for a clearance that the holder gets by this."""
    before = clearance_of(connection, do.holder).clearance
    return frozenset(zone for (zone,) in connection.execute(_BETWEEN, (before, do.clearance)))


def _takes_more(before: Sequence[str], after: Sequence[str]) -> bool:
    return bool(before) and (not after or not set(after) <= set(before))
