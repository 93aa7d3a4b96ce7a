"""Who is in which zones since when, looked up by person and counted by zone."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from doorctl.core.areas import OUTSIDE

_NOWHERE: Mapping[str, int] = {}


class Whereabouts:
    """Holders and the zones they are inside of; who is known to be outside is in the zone without a name alone."""

    def __init__(self) -> None:
        """Know nobody."""
        self._zones: dict[str, dict[str, int]] = {}
        self._holders: defaultdict[str, set[str]] = defaultdict(set)

    def of(self, holder: str) -> Mapping[str, int]:
        """Return the zones of a holder, since when in Unix seconds; without any they are nowhere known."""
        return self._zones.get(holder, _NOWHERE)

    def knows_anybody(self, *, before: int) -> bool:
        """Tell whether of anybody it is known where they are since before then."""
        return any(since < before for zones in self._zones.values() for since in zones.values())

    @property
    def holders(self) -> Iterable[str]:
        """All of whom anything is known."""
        return self._zones.keys()

    def replace(self, holder: str, zones: Mapping[str, int]) -> None:
        """Put a holder into these zones and no others."""
        for zone in [*self.of(holder)]:
            self.drop(holder, zone)
        for zone, since in zones.items():
            self.put(holder, zone, since)

    def put(self, holder: str, zone: str, since: int) -> None:
        """Put a holder into a zone."""
        self._zones.setdefault(holder, {})[zone] = since
        self._holders[zone].add(holder)

    def drop(self, holder: str, zone: str) -> None:
        """Take a holder out of a zone; who was not there is not."""
        zones = self._zones.get(holder, {})
        if zones.pop(zone, None) is not None:
            self._holders[zone].discard(holder)
        if not zones:
            self._zones.pop(holder, None)

    def put_out(self, holder: str, zone: str, at: int) -> None:
        """Take a holder out of a zone; who is in no other is known to be outside."""
        self.drop(holder, zone)
        self.drop(holder, OUTSIDE)
        if holder not in self._zones:
            self.put(holder, OUTSIDE, at)

    def put_in(self, holder: str, zone: str, at: int) -> None:
        """Put a holder into a zone, who is outside no longer."""
        self.drop(holder, OUTSIDE)
        self.put(holder, zone, at)

    def is_in(self, holder: str, zone: str) -> bool:
        """Tell whether a holder is inside a zone."""
        return holder in self._holders[zone]

    def count(self, zone: str, *, but: Iterable[str] = ()) -> int:
        """Return how many are inside a zone, but for these."""
        holders = self._holders[zone]
        return len(holders) - len(holders.intersection(but))

    def forget(self, holder: str | None, zones: frozenset[str] | None, *, before: int, now: int) -> int:
        """Forget that a holder, or everybody, is in these zones, or any, since before then; return how many.

        What is so since later than now, by a clock that was set back, is forgotten, too.
        """
        gone = [
            (who, zone)
            for who in ([*self._zones] if holder is None else [holder])
            for zone, since in self.of(who).items()
            if (since < before or since > now) and (zones is None or zone in zones)
        ]
        for who, zone in gone:
            self.drop(who, zone)
        return len({who for who, _ in gone})
