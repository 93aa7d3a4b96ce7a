"""What a zone asks where visitors come, and whether a command would ask for less."""

import sqlite3

from doorctl.hub.rights.reach import Zones, of_holder
from doorctl.policy.apply import find_row
from doorctl.policy.rows import VisitorRow, ZoneEscortRow
from doorctl.wire.visits import VisitorSet, ZoneEscortSet


def escort_by(do: ZoneEscortSet) -> ZoneEscortRow:
    """Return the row that the command would put."""
    return ZoneEscortRow(**{name: getattr(do, name) for name in ZoneEscortRow.__struct_fields__})


def escort_rule_of(connection: sqlite3.Connection, zone: str) -> ZoneEscortRow:
    """Return what a zone asks where visitors come; without a row, the usual."""
    return find_row(connection, ZoneEscortRow(zone=zone)) or ZoneEscortRow(zone=zone)


def escorted_by_less(do: ZoneEscortSet, connection: sqlite3.Connection) -> Zones:
    """Name the zone if visitors may get in there by less than before."""
    before = escort_rule_of(connection, do.zone)
    less = (
        do.alone > before.alone
        or do.seconds > before.seconds
        or do.most > before.most
        or do.per_seconds < before.per_seconds
        or do.group not in {None, before.group}
    )
    return frozenset({do.zone}) if less else frozenset()


def brought_by_others(do: VisitorSet, connection: sqlite3.Connection) -> Zones:
    """Find the zones of a visitor whom others than before are to bring; who becomes one loses by it."""
    before = find_row(connection, VisitorRow(holder=do.holder))
    if before is None:
        return frozenset()
    same = (before.escort, before.escort_group) == (do.escort, do.escort_group)
    stays = before.sponsor is None or do.sponsor in {None, before.sponsor}
    return frozenset() if same and stays else of_holder(do, connection)
