"""Which zones a command reaches by how zones lie in each other: who is forgotten in one is so in others, too."""

import sqlite3
from typing import Any

from doorctl.hub.rights.reach import Zones, of_holder

_WITHIN = """
WITH RECURSIVE found(zone) AS (
    VALUES (:zone) UNION SELECT o.zone FROM zone_occupancies AS o JOIN found ON o.within = found.zone
) SELECT zone FROM found
"""
_AROUND = """
WITH RECURSIVE found(zone) AS (
    VALUES (:zone)
    UNION SELECT o.within FROM zone_occupancies AS o JOIN found ON o.zone = found.zone WHERE o.within IS NOT NULL
) SELECT zone FROM found
"""


def with_those_in_it(connection: sqlite3.Connection, zone: str) -> frozenset[str]:
    """Return a zone and all that lie in it."""
    return _found(connection, _WITHIN, zone)


def with_those_around_it(connection: sqlite3.Connection, zone: str) -> frozenset[str]:
    """Return a zone and all that it lies in."""
    return _found(connection, _AROUND, zone)


def of_forgotten(do: Any, connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - a verb with holder and zone
    """Find the zones where a holder, or everybody, is forgotten, as the doors do it.

    With the zone that is named it is those in it, and of a single holder those around it; with none, the holder's.
    """
    if do.zone is None:
        return None if do.holder is None else of_holder(do, connection)
    around = frozenset() if do.holder is None else with_those_around_it(connection, do.zone)
    return with_those_in_it(connection, do.zone) | around


def forgotten_in(do: Any, connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - a verb with holder and zone
    """Find the zones into which somebody may come again by that; of everybody everywhere it is every zone."""
    zones = of_forgotten(do, connection)
    return frozenset(zone for (zone,) in connection.execute("SELECT id FROM zones")) if zones is None else zones


def _found(connection: sqlite3.Connection, statement: str, zone: str) -> frozenset[str]:
    return frozenset(found for (found,) in connection.execute(statement, {"zone": zone}))
