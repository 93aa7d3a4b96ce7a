"""Who is inside by the count of the whole site: what the hub has told, and what our own doors have counted since.

It is in memory alone. What the hub tells of another door's way out, or in, also ends what we knew ourselves of where
that person was: when the hub falls silent they are forgiven, rather than held to what is known to be over.
"""

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from doorctl.core.areas import OUTSIDE
from doorctl.core.site_count import Known, is_site_counted, where_by
from doorctl.door.presence.whereabouts import Whereabouts
from doorctl.wire.bell import SiteOccupancy

_NOTHING: Mapping[str, Known] = {}


@dataclass(frozen=True, slots=True)
class Forgets:
    """That where somebody, or everybody, was before a time is forgotten: in these zones, or in any."""

    holder: str | None
    zones: frozenset[str] | None
    before: int

    def covers(self, zone: str, known: Known, *, now: float = math.inf) -> bool:
        """Tell whether this is forgotten, as is what is still to come; who has left is where they were: outside."""
        here = self.zones is None or zone in self.zones or (known.left and OUTSIDE in self.zones)
        return here and not self.before <= known.at <= now


@dataclass(slots=True)
class _View:
    """What was told, by holder and zone, and where people are by that."""

    told: dict[str, dict[str, Known]] = field(default_factory=dict)
    there: Whereabouts = field(default_factory=Whereabouts)


class SiteCount:
    """Counts for the whole site; used from the loop's thread alone."""

    def __init__(self, own: Whereabouts, *, counter: Callable[[], float]) -> None:
        """Know nothing of the site yet; ``own`` is our own count, ``counter`` seconds of CLOCK_BOOTTIME."""
        self._own = own
        self._counter = counter
        self._view = _View()
        self._filling: _View | None = None
        self._left: dict[str, dict[str, Known]] = {}
        self._as_of: float | None = None

    @property
    def counts(self) -> bool:
        """Whether the site's count counts now."""
        return is_site_counted(self._as_of, self._counter())

    @property
    def there(self) -> Whereabouts:
        """Who is where by it."""
        return self._view.there

    def take(self, told: SiteOccupancy, forgets: Callable[[str], Iterable[Forgets]]) -> None:
        """Take what the hub tells; a whole counts from its last part on. What is forgotten already is not news."""
        if told.begins:
            self._filling = _View()
        elif self._filling is None and self._as_of is None:
            return  # a change of what nobody has told us
        view = self._filling or self._view
        for holder, words in told.people.items():
            over = [*forgets(holder)]
            news = {word.zone: Known(word.at, not word.inside) for word in words}
            view.told[holder] = {
                zone: known for zone, known in news.items() if not any(each.covers(zone, known) for each in over)
            }
            self._heed(holder, view.told[holder])
            self._settle(view, holder)
        if not told.ends:
            return
        if self._filling is not None:
            self._view, self._filling = self._filling, None
            self._add_our_own()
        self._as_of = told.as_of

    def moved(self, holder: str) -> None:
        """Heed what our own count says of somebody now."""
        for view in self._views():
            self._settle(view, holder)

    def left(self, holder: str, zone: str, at: int) -> None:
        """Remember that somebody has left a zone, until the hub knows it, too."""
        self._left.setdefault(holder, {})[zone] = Known(at, left=True)
        self.moved(holder)

    def forget(self, forgets: Forgets, *, now: int) -> int:
        """Forget what is told there by now, after our own count has; return of how many something was known."""
        before = {holder: dict(self.there.of(holder)) for holder in self._holders(forgets)}
        for known in (self._left, *(view.told for view in self._views())):
            for holder in before.keys() & known.keys():
                words = known[holder].items()
                known[holder] = {zone: it for zone, it in words if not forgets.covers(zone, it, now=now)}
        for holder in before:
            self.moved(holder)
        return sum(self.there.of(holder) != there for holder, there in before.items())

    def erase(self, holder: str) -> None:
        """Forget a person who is erased."""
        self._left.pop(holder, None)
        for view in self._views():
            view.told.pop(holder, None)
        self.moved(holder)

    def _views(self) -> Iterator[_View]:
        yield self._view
        if self._filling is not None:
            yield self._filling

    def _holders(self, forgets: Forgets) -> Iterable[str]:
        return [*self.there.holders] if forgets.holder is None else [forgets.holder]

    def _add_our_own(self) -> None:
        for holder in {*self._own.holders, *self._left}:
            if holder not in self._view.told:
                self._settle(self._view, holder)

    def _heed(self, holder: str, told: Mapping[str, Known]) -> None:
        """Give up what we knew ourselves and the hub knows better by now."""
        own, left = self._own.of(holder), self._left.get(holder, {})
        for zone, known in told.items():
            over = zone if known.left else OUTSIDE
            if over in own and known.at > own[over]:
                self._own.drop(holder, over)
            if zone in left and known >= left[zone]:
                del left[zone]

    def _settle(self, view: _View, holder: str) -> None:
        there = self._own.of(holder)
        own = {zone: Known(since, left=False) for zone, since in there.items() if zone != OUTSIDE}
        own = self._left.get(holder, {}) | own
        told = view.told.get(holder, _NOTHING)
        view.there.replace(holder, where_by(told, own, outside=there.get(OUTSIDE)))
