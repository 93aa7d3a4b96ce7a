"""Which zones a command is about: what an admin who is limited to zones must have, and what asks for an officer."""

import sqlite3
from collections.abc import Callable
from typing import Any

Zones = frozenset[str] | None
"""Zones by their ids; None is the whole site."""
Reach = Callable[[Any, sqlite3.Connection], Zones]
"""Finds the zones of a verb that has the fields it needs."""

_OF_GROUP = """
SELECT zone FROM grants WHERE "group" = :group
UNION SELECT zone FROM zone_rules WHERE break_glass = :group
UNION SELECT zone FROM zone_factors WHERE persons_group = :group
UNION SELECT zone FROM door_modes WHERE office_group = :group
UNION SELECT zone FROM zone_escorts WHERE "group" = :group
UNION SELECT g.zone FROM visitors AS v JOIN grants AS g ON g.holder = v.holder WHERE v.escort_group = :group
UNION SELECT g.zone FROM visitors AS v JOIN members AS m ON m.holder = v.holder
    JOIN grants AS g ON g."group" = m."group" WHERE v.escort_group = :group
"""
_OF_HOLDER = """
SELECT zone FROM grants WHERE holder = :holder
UNION SELECT g.zone FROM members AS m JOIN grants AS g ON g."group" = m."group" WHERE m.holder = :holder
UNION SELECT r.zone FROM members AS m JOIN zone_rules AS r ON r.break_glass = m."group" WHERE m.holder = :holder
UNION SELECT f.zone FROM members AS m JOIN zone_factors AS f ON f.persons_group = m."group" WHERE m.holder = :holder
UNION SELECT d.zone FROM members AS m JOIN door_modes AS d ON d.office_group = m."group" WHERE m.holder = :holder
UNION SELECT e.zone FROM members AS m JOIN zone_escorts AS e ON e."group" = m."group" WHERE m.holder = :holder
"""

_OF_SPONSOR = "SELECT z.value FROM sponsors AS s JOIN json_each(s.zones) AS z WHERE s.holder = :holder"


def nowhere(_do: Any, _connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb
    """Answer for what lets nobody in anywhere."""
    return frozenset()


def whole_site(_do: Any, _connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb
    """Answer for what counts in every zone."""
    return None


def of_zone(do: Any, _connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb with a zone
    """Find the zone that the verb names; none named is the whole site."""
    return None if do.zone is None else frozenset({do.zone})


def of_zones(do: Any, _connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb with zones
    """Find the zones that the verb names."""
    return frozenset(do.zones)


def of_review(do: Any, connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb with a review
    """Find the zones that the review is about."""
    rows = connection.execute("SELECT zones FROM reviews WHERE id = ?", (do.review,))
    return frozenset(zone for (zones,) in rows for zone in zones.split())


def of_door(do: Any, connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb with a door
    """Find the zone that the door leads into now."""
    return _zones(connection, "SELECT zone FROM doors WHERE id = :door", door=do.door)


def of_move(do: Any, connection: sqlite3.Connection) -> frozenset[str]:  # noqa: ANN401 - a door with its new zone
    """Find the zone that the door leads into now, and the one that it is to lead into."""
    return frozenset({do.zone}) | _zones(connection, "SELECT zone FROM doors WHERE id = :door", door=do.door)


def of_group(do: Any, connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb with a group
    """Find the zones that the group's members may enter, be it only by breaking the glass."""
    return _zones(connection, _OF_GROUP, group=do.group)


def of_holder(do: Any, connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb with a holder
    """Find the zones that the holder may enter, alone or as member of a group."""
    return _zones(connection, _OF_HOLDER, holder=do.holder)


def of_sponsor(do: Any, connection: sqlite3.Connection) -> Zones:  # noqa: ANN401 - any verb with a holder who invites
    """Find the zones to which the holder may invite."""
    return _zones(connection, _OF_SPONSOR, holder=do.holder)


def strict_zones(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the zones that open only by a roster."""
    return _zones(connection, "SELECT zone FROM zone_rules WHERE strict")


def zones_of_two_admins(connection: sqlite3.Connection) -> frozenset[str]:
    """Return the zones where a grant takes two admins."""
    return _zones(connection, "SELECT zone FROM zone_rules WHERE approvals > 1")


def _zones(connection: sqlite3.Connection, statement: str, **values: str) -> frozenset[str]:
    return frozenset(zone for (zone,) in connection.execute(statement, values))
