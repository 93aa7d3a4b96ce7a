"""What the policy says of visitors: who may bring them, in whose name they are here, and what zones ask."""

import sqlite3
from collections.abc import Collection, Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import msgspec

from doorctl.core.model import Grant
from doorctl.core.request import AccessRequest
from doorctl.core.visitors import USUAL_ESCORTING, Escorting, Sponsor, Visitor
from doorctl.policy.person import Visiting
from doorctl.policy.rows import ZoneEscortRow

NOBODY_BRINGS = Escorting(most=0)
"""Of a zone whose row cannot be read, and where nobody is a visitor."""
_ZONES = 'SELECT zone, alone, seconds, most, per_seconds, "group" FROM zone_escorts'
_ANY = "SELECT 1 FROM visitors LIMIT 1"
_MEMBERS = (
    "SELECT m.holder FROM (VALUES {}) AS people "
    'CROSS JOIN members AS m ON m.holder = people.column1 AND m."group" = ?'
)
"""An IN of several makes a table of them first, which takes as long again."""
Escorts = Mapping[str, tuple[Escorting, str | None]]
"""By zone: what it asks, and whose members bring visitors who have no escort of their own."""


def read_escorts(connection: sqlite3.Connection) -> Escorts:
    """Read what zones ask; the rules of one whose row is damaged let no visitor in. Raises sqlite3.Error."""
    return {row[0]: _escorting(row) for row in connection.execute(_ZONES)}


def has_visitors(connection: sqlite3.Connection) -> bool:
    """Tell whether anybody is a visitor. Raises sqlite3.Error."""
    return connection.execute(_ANY).fetchone() is not None


class EscortGroups:
    """Knows which of those who came are of a group: of each it is read once for each revision."""

    def __init__(self) -> None:
        """Know nothing of anybody."""
        self._known: dict[tuple[str, str], bool] = {}

    def forget(self) -> None:
        """Know nothing any more: another revision counts."""
        self._known.clear()

    def members(self, connection: sqlite3.Connection, people: Collection[str], group: str) -> frozenset[str]:
        """Return those of these people who are of a group. Raises sqlite3.Error."""
        unknown = [each for each in people if (each, group) not in self._known]
        if unknown:
            rows = connection.execute(_members_among(len(unknown)), (*unknown, group)).fetchall()
            self._known |= {(each, group): (each,) in rows for each in unknown}
        return frozenset([each for each in people if self._known[each, group]])


def visitor_of(
    connection: sqlite3.Connection,
    holder: str,
    visiting: Visiting,
    request: AccessRequest,
    *,
    of_groups: EscortGroups,
    zone_group: str | None,
    sponsor_grants: tuple[Grant, ...],
) -> Visitor:
    """Return what is known of a visitor, with the sponsor's grants for the zone. Raises sqlite3.Error."""
    group = visiting.escort_group or zone_group
    if visiting.escort is not None:
        escorts = frozenset(request.escorts) & {visiting.escort}
    else:
        escorts = of_groups.members(connection, request.escorts, group) if group else frozenset()
    return Visitor(holder, escorts, sponsor=visiting.sponsor, sponsored_by=_sponsor(visiting, sponsor_grants))


def escorting_in(escorts: Escorts, zone: str | None) -> tuple[Escorting, str | None]:
    """Return what a zone asks; one without a row asks for the usual, of escorts that the visitor names."""
    return escorts.get(zone or "", (USUAL_ESCORTING, None))


def _escorting(row: tuple[Any, ...]) -> tuple[Escorting, str | None]:
    with suppress(msgspec.ValidationError):
        fields = dict(zip(ZoneEscortRow.__struct_fields__, row, strict=True))
        asks = msgspec.convert(fields | {"type": "zone-escort"}, ZoneEscortRow, strict=False)
        return Escorting(asks.alone, asks.seconds, asks.most, asks.per_seconds), asks.group
    return NOBODY_BRINGS, None


@cache
def _members_among(many: int) -> str:
    """Write the statement about so many people."""
    return _MEMBERS.format(", ".join(["(?)"] * many))


def _sponsor(visiting: Visiting, grants: tuple[Grant, ...]) -> Sponsor | None:
    if visiting.sponsored_by is None:
        return None
    return Sponsor(visiting.sponsored_by.holder, visiting.zones, grants)
