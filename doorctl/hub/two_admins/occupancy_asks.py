"""What zones ask of who is inside, and which of them would bear more by a command about one of them."""

import sqlite3
from collections.abc import Iterator

from doorctl.core.areas import Passback
from doorctl.hub.rights.area_reach import with_those_around_it, with_those_in_it
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import ZoneOccupancyRow
from doorctl.wire.occupancy_words import ZoneOccupancySet


def zones_bearing_more(do: ZoneOccupancySet, connection: sqlite3.Connection) -> frozenset[str]:
    """Find the zones that may bear more than before of who passes back, or of how many are inside."""
    before = _occupancy_of(connection, do.zone)
    bearing = frozenset({do.zone}) if may_bear_more(do, before) else frozenset()
    if do.within != before.within:
        bearing |= _around(do, before, connection)
    if _forgets_more(do, before) or before.within not in {None, do.within}:
        bearing |= with_those_in_it(connection, do.zone)
    return bearing


def occupancies_before(do: ZoneOccupancySet, connection: sqlite3.Connection) -> Iterator[ZoneOccupancyRow]:
    """Yield what the zone asks now, and all those around it and in it, before and after."""
    before = _occupancy_of(connection, do.zone)
    for zone in sorted(with_those_in_it(connection, do.zone) | _around(do, before, connection)):
        yield from rows_where(connection, ZoneOccupancyRow, zone=zone)


def may_bear_more(after: ZoneOccupancySet, before: ZoneOccupancyRow) -> bool:
    """Tell whether the zone itself may bear more."""
    return (
        (before.passback is not after.passback and after.passback is not Passback.HARD)
        or (after.passback is Passback.TIMED and after.passback_seconds < before.passback_seconds)
        or (before.within is not None and before.within != after.within)
        or (before.most is not None and (after.most is None or after.most > before.most))
        or after.least < before.least
        or _forgets_more(after, before)
    )


def _forgets_more(after: ZoneOccupancySet, before: ZoneOccupancyRow) -> bool:
    """Tell whether who is inside the zone, and those in it, is forgotten at another time."""
    return after.reset_at not in {None, before.reset_at}


def _around(do: ZoneOccupancySet, before: ZoneOccupancyRow, connection: sqlite3.Connection) -> frozenset[str]:
    """Return the zones around, before and after: whoever is in the zone counts as inside all of them."""
    outer = (zone for zone in (before.within, do.within) if zone is not None)
    return frozenset[str]().union(*(with_those_around_it(connection, zone) for zone in outer))


def _occupancy_of(connection: sqlite3.Connection, zone: str) -> ZoneOccupancyRow:
    return find_row(connection, ZoneOccupancyRow(zone=zone)) or ZoneOccupancyRow(zone=zone)
