"""How zones lie in each other, out of the rows that say so: for one zone what it asks, and what is around it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from doorctl.core.areas import Occupancy
from doorctl.policy.rows import ZoneOccupancyRow

Columns = tuple[Any, ...]
"""Of a row about a zone all but the zone itself."""


class Areas:
    """All that zones ask of who is inside."""

    def __init__(self, rows: Mapping[str, Columns]) -> None:
        """Take the rows by zone."""
        self._rows = rows
        self._outer = frozenset(columns[0] for columns in rows.values())

    def occupancy_of(self, zone: str) -> Occupancy | None:
        """Return what a zone asks of who is inside; None where nobody is counted.

        Raises ValueError for a zone that lies in itself, and for a row that holds what we do not know.
        """
        around = tuple(around_of(zone, self._within))
        row = self._row(zone)
        if row is None:
            return Occupancy() if zone in self._outer else None
        chain = [row, *(outer for id_ in around if (outer := self._row(id_)) is not None)]
        return Occupancy(
            around=around,
            passback=row.passback,
            passback_seconds=row.passback_seconds,
            limits=tuple((each.zone, each.most) for each in chain if each.most is not None),
            least=row.least,
            reset_minute=None if row.reset_at is None else int(row.reset_at[:2]) * 60 + int(row.reset_at[3:]),
        )

    def _within(self, zone: str) -> str | None:
        columns = self._rows.get(zone)
        return None if columns is None else columns[0]

    def _row(self, zone: str) -> ZoneOccupancyRow | None:
        columns = self._rows.get(zone)
        if columns is None:
            return None
        fields = dict(zip(ZoneOccupancyRow.__struct_fields__[1:], columns, strict=True))
        return msgspec.convert(fields | {"type": "zone-occupancy", "zone": zone}, ZoneOccupancyRow)


def around_by_zone(within: Mapping[str, str | None]) -> dict[str, tuple[str, ...]]:
    """Return the zones around each, by the one that each lies in. Raises ValueError as ``around_of``."""
    return {zone: tuple(around_of(zone, within.get)) for zone in within}


def around_of(zone: str, within: Callable[[str], str | None]) -> Iterator[str]:
    """Yield the zones around one, the nearest first, by the one that each lies in.

    Raises ValueError where one of them lies in itself.
    """
    seen, outer = {zone}, within(zone)
    while outer is not None:
        if outer in seen:
            raise ValueError(f"the zone {zone} lies in itself")
        seen.add(outer)
        yield outer
        outer = within(outer)
