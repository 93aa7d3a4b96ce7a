"""The question who is inside, by the records that controllers have uploaded."""

from collections import Counter

from doorctl.hub.occupancy import stays
from doorctl.hub.verbs.asked import Asked, the
from doorctl.hub.verbs.lists import fitting
from doorctl.hub.verbs.people.people import called
from doorctl.policy.rows import ZoneRow
from doorctl.wire.occupancy_words import InsideLine, OccupancyFound, OccupancyOf
from doorctl.wire.questions import MAX_PAGE_ROWS

_ZONES = """
SELECT o.zone, o.most FROM zone_occupancies AS o
UNION SELECT o.within, NULL FROM zone_occupancies AS o
WHERE o.within IS NOT NULL AND o.within NOT IN (SELECT zone FROM zone_occupancies)
"""


def occupancy_of(do: OccupancyOf, asked: Asked) -> OccupancyFound:
    """Count who is inside each zone that is counted; who it is, is told to whoever may know names."""
    if do.zone is not None:
        the(asked, ZoneRow, do.zone)
    limits: dict[str, int | None] = dict(asked.connection.execute(_ZONES).fetchall())
    inside = [stay for stay in stays(asked.connection) if do.zone in {None, stay.zone}]
    counted = Counter(stay.zone for stay in inside)
    zones = sorted({*counted, *(zone for zone in limits if do.zone in {None, zone})})
    lines = []
    for stay in inside[do.after : do.after + MAX_PAGE_ROWS] if do.names else ():
        handle, name = called(asked.connection, stay.holder)
        lines.append(InsideLine(stay.zone, stay.holder, handle, name, stay.at, stay.controller, stay.record))
    page = fitting(lines)
    end = do.after + len(page)
    return OccupancyFound(
        counts={zone: counted[zone] for zone in zones},
        most={zone: most for zone in zones if (most := limits.get(zone)) is not None},
        lines=tuple(page),
        after=end if do.names and end < len(inside) else None,
    )
