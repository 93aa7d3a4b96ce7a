"""Who is inside: who passed this controller's doors and who is about to, and where the hub tells all who is inside.

1. Whoever is inside a zone is inside all around it. Who leaves a zone leaves what lies in it, too, and is in what is
   around it then.
2. A place is reserved from a grant until the door was opened for it, or was not.
3. A zone is counted where the policy asks something of who is inside it or a zone in it, or a door of ours into it
   has a reader inside.
4. While the hub is heard of, the count is that of the whole site (``doorctl.core.site_count``), else our own. What
   is recorded says by which. Our own is remembered, and a place is reserved at our own doors alone.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from doorctl.audit.occupancy import ALL, Entered, Forgotten, KeptOccupancy, Left, Moved
from doorctl.clock import boottime
from doorctl.core.areas import OUTSIDE, CountedBy, Inside, Way, forgotten_with
from doorctl.core.model import Zone
from doorctl.core.records import RecordKind
from doorctl.core.request import AccessRequest, Decision, Facts
from doorctl.door.presence.site_count import Forgets, SiteCount
from doorctl.door.presence.whereabouts import Whereabouts
from doorctl.wire.bell import SiteOccupancy


class CountingDoor(Protocol):
    """A door as the count sees it."""

    @property
    def zone(self) -> str:
        """The zone that it leads into."""


@dataclass(frozen=True, slots=True)
class Place:
    """What is reserved for those who were let in, or out, together."""

    door: str
    zone: str
    around: tuple[str, ...]
    way: Way
    holders: frozenset[str]

    @property
    def into(self) -> tuple[str, ...]:
        """The zones that they will be inside of by this."""
        return (self.zone, *self.around) if self.way is Way.IN else ()


@dataclass(frozen=True, slots=True)
class Movement:
    """Something to be recorded: what became of whom where, by which decision, and what is to be remembered of it."""

    kind: RecordKind
    moved: Moved
    detail: str
    door: str = ""
    zone: str = ""
    of: int | None = None


class OccupancyBook:
    """Knows who is inside; used from the loop's thread alone."""

    def __init__(
        self,
        kept: KeptOccupancy,
        *,
        write: Callable[[list[Movement]], None] = lambda _: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        counter: Callable[[], float] = boottime,
    ) -> None:
        """Go on from what was remembered, and hand movements to ``write`` in their order.

        ``counter`` tells seconds since the boot with suspend.
        """
        self._write = write
        self._clock = clock
        self._own = Whereabouts()
        for (holder, zone), (since, _) in kept.stays.items():
            self._own.put(holder, zone, since)
        self._site = SiteCount(self._own, counter=counter)
        self._resets = dict(kept.resets)
        self._forgets: dict[tuple[str, str], Forgets] = {}
        self._started = self._now()
        self._reserved: list[Place] = []
        self._doors: list[CountingDoor] = []
        self._zones: Mapping[str, Zone] = {}

    def join(self, door: CountingDoor) -> None:
        """Count in the zone of this door: it has a reader inside."""
        self._doors.append(door)

    def learn(self, zones: Mapping[str, Zone]) -> None:
        """Learn what zones ask now."""
        self._zones = zones
        self._forgets = {reset: self._forgets_by(*reset, done) for reset, (_, done) in self._resets.items()}

    def hear(self, told: SiteOccupancy) -> None:
        """Take what the hub tells of who is inside."""
        forgets: defaultdict[str | None, list[Forgets]] = defaultdict(list)
        for each in self._forgets.values():
            if each.before <= self._now() + 1:
                forgets[each.holder].append(each)
        self._site.take(told, lambda holder: (*forgets[None], *forgets[holder]))

    def count(self, zone: str) -> int:
        """Return how many are inside a zone."""
        return self._there.count(zone)

    def inside(
        self,
        facts: Facts,
        request: AccessRequest,
        *,
        companions: Collection[str] = (),
        but: Collection[Place | None] = (),
    ) -> Inside | None:
        """Return who is inside, but for the places that are reserved for this very request; None is not counted.

        ``companions`` are the holders with whom somebody passes.
        """
        zone, holder = facts.zone, facts.holder.id if facts.holder else ""
        if zone is None or not self._is_counted(zone):
            return None
        chain = (zone.id, *zone.asked_inside.around)
        there = self._there
        reserved = self._reserved
        if but:
            reserved = [place for place in reserved if not any(place is own for own in but)]
        here = self._zones_of(holder, request, reserved, there)
        coming = {(who, each) for place in reserved for who in place.holders for each in place.into}
        going = {who for place in reserved if place.way is Way.OUT and zone.id == place.zone for who in place.holders}
        return Inside(
            place_known=bool(here) and max(here.values()) >= self._known_from(chain),
            zones={each: datetime.fromtimestamp(since, UTC) for each, since in here.items() if each != OUTSIDE},
            others={each: _others(each, holder, coming, there) for each in chain},
            staying=there.count(zone.id, but={*going, holder}),
            company=frozenset(
                [
                    (who, each)
                    for who in companions
                    for each in chain
                    if there.is_in(who, each) or (who, each) in coming
                ]
            ),
            by=self._by_whom(there),
        )

    def reserve(
        self, request: AccessRequest, facts: Facts, decision: Decision, *, companions: frozenset[str]
    ) -> Place | None:
        """Reserve a place for those who are let in or out by this; None where nobody is counted."""
        zone, holder = facts.zone, facts.holder
        if not decision.is_granted or zone is None or holder is None or not self._is_counted(zone):
            return None
        place = Place(request.door, zone.id, zone.asked_inside.around, request.way, companions | {holder.id})
        self._reserved.append(place)
        return place

    def give_up(self, place: Place | None) -> None:
        """Give a place back: nobody came."""
        self._reserved = [each for each in self._reserved if each is not place]

    def passed(self, place: Place, *, of: int | None) -> None:
        """Move those for whom a place was reserved: the door was opened for them, by this decision."""
        self.give_up(place)
        moves = self._goes_in if place.way is Way.IN else self._goes_out
        self._write([move for who in sorted(place.holders) for move in moves(who, place, of)])

    def forget(self, why: str, *, zone: str = ALL, before: int | None = None) -> None:
        """Forget who is inside a zone and those in it, or anywhere; or only who is since before a time.

        Whoever wants to pass there next is forgiven, also who is known to be elsewhere since before. Where nobody
        was known nothing is recorded.
        """
        forgotten, what = self._forget((ALL, zone, 0), before)
        if forgotten or self._there.knows_anybody(before=what.before):
            self._tell(why, forgotten, what)

    def carry_out(self, holder: str, zone: str, asked_at: int) -> None:
        """Carry a reset of the policy out, once: forget a holder, or everybody, in a zone or everywhere."""
        if self._resets.get((holder, zone), (0, 0))[0] >= asked_at:
            return
        forgotten, what = self._forget((holder, zone, asked_at), None)
        self._tell("order", forgotten, what)

    def last_reset(self, zone: str) -> int:
        """Return when a zone was forgotten last, in Unix seconds; 0 is never, or by a clock that was set back."""
        done = self._resets.get((ALL, zone), (0, 0))[1]
        return done if done <= self._now() else 0

    def erase(self, holder: str) -> None:
        """Forget a person who is erased; the log does so by itself."""
        self._own.forget(holder, None, before=self._now() + 1, now=self._now())
        self._site.erase(holder)
        self._reserved = [place for place in self._reserved if holder not in place.holders]

    def _goes_in(self, holder: str, place: Place, of: int | None) -> Iterator[Movement]:
        again = f"{self._by}, again" if self._there.is_in(holder, place.zone) else self._by
        yield self._enters(holder, place.zone, place, of, again)
        yield from self._is_around(holder, place, of)

    def _goes_out(self, holder: str, place: Place, of: int | None) -> Iterator[Movement]:
        inside = {*self._there.of(holder)}
        for inner in self._within(place.zone):
            if inner in inside:
                yield self._leaves(holder, inner, place, of, self._by)
        detail = self._by if place.zone in inside else f"{self._by}, was not inside"
        yield self._leaves(holder, place.zone, place, of, detail)
        yield from self._is_around(holder, place, of)

    def _is_around(self, holder: str, place: Place, of: int | None) -> Iterator[Movement]:
        for outer in place.around:
            if not self._own.is_in(holder, outer):  # so that our own count suffices when the hub falls silent
                yield self._enters(holder, outer, place, of, self._by)

    def _enters(self, holder: str, zone: str, place: Place, of: int | None, detail: str) -> Movement:
        at = self._now()
        self._own.put_in(holder, zone, at)
        self._site.moved(holder)
        return Movement(RecordKind.ENTERED, Entered(holder, zone, at), detail, place.door, zone, of)

    def _leaves(self, holder: str, zone: str, place: Place, of: int | None, detail: str) -> Movement:
        at = self._now()
        self._own.put_out(holder, zone, at)
        self._site.left(holder, zone, at)
        return Movement(RecordKind.LEFT, Left(holder, zone, at), detail, place.door, zone, of)

    def _tell(self, why: str, forgotten: int, moved: Forgotten) -> None:
        _, zone, _ = moved.reset
        where = "" if zone == ALL else zone
        self._write([Movement(RecordKind.OCCUPANCY_RESET, moved, f"{why}: {forgotten} forgotten", zone=where)])

    def _forget(self, reset: tuple[str, str, int], before: int | None) -> tuple[int, Forgotten]:
        """Forget by a reset, and return of how many, and what is to be remembered of it."""
        holder, zone, asked_at = reset
        now = self._now()
        before = now + 1 if before is None else before
        forgets, touched = self._forgets_by(holder, zone, before), self._touched(holder, zone)
        own = self._own.forget(forgets.holder, forgets.zones, before=before, now=now)
        site = self._site.forget(forgets, now=now)
        forgotten = max(own, site) if self._site.counts else own
        asked_before, since = self._resets.get((holder, zone), (0, 0))
        since = max(min(before, now), since if since <= now else 0)
        self._resets[holder, zone] = (max(asked_at, asked_before), since)
        self._forgets[holder, zone] = self._forgets_by(holder, zone, max(before, since))
        return forgotten, Forgotten(holder, touched, before, now, reset)

    def _forgets_by(self, holder: str, zone: str, before: int) -> Forgets:
        touched = self._touched(holder, zone)
        zones = None if touched == (ALL,) else frozenset(touched)
        return Forgets(None if holder == ALL else holder, zones, before)

    def _touched(self, holder: str, zone: str) -> tuple[str, ...]:
        """Name the zones that are forgotten with one; of a single person also that they are outside."""
        if zone == ALL:
            return (ALL,)
        around = {id_: each.asked_inside.around for id_, each in self._zones.items()}
        is_one = holder != ALL
        return (*forgotten_with(zone, around, of_one=is_one), *((OUTSIDE,) if is_one else ()))

    def _zones_of(
        self, holder: str, request: AccessRequest, reserved: Iterable[Place], there: Whereabouts
    ) -> Mapping[str, int]:
        """Return where a holder is, and is about to be by another door.

        By a clock that is behind what was remembered, as after a power cut, they are there since the start.
        """
        known = there.of(holder)
        elsewhere = [place for place in reserved if holder in place.holders and place.door != request.door]
        if not known and not elsewhere:
            return known
        now = self._now()
        coming = {zone: now for place in elsewhere for zone in place.into}
        return {zone: since if since <= now else min(self._started, now) for zone, since in known.items()} | coming

    def _is_counted(self, zone: Zone) -> bool:
        return zone.occupancy is not None or any(door.zone == zone.id for door in self._doors)

    def _known_from(self, chain: Iterable[str]) -> int:
        return max(self.last_reset(zone) for zone in (ALL, *chain))

    def _within(self, zone: str) -> tuple[str, ...]:
        return tuple(sorted(id_ for id_, each in self._zones.items() if zone in each.asked_inside.around))

    @property
    def _there(self) -> Whereabouts:
        """Who is where by the count that counts now."""
        return self._site.there if self._site.counts else self._own

    @property
    def _by(self) -> CountedBy:
        return self._by_whom(self._there)

    def _by_whom(self, there: Whereabouts) -> CountedBy:
        return CountedBy.OWN if there is self._own else CountedBy.SITE

    def _now(self) -> int:
        return int(self._clock().timestamp())


def _others(zone: str, holder: str, coming: Collection[tuple[str, str]], there: Whereabouts) -> int:
    """Count who else is inside a zone, or ``coming`` there, with a place that is reserved."""
    inside = there.count(zone, but=(holder,))
    if not coming:
        return inside
    return inside + len([who for who, to in coming if to == zone and who != holder and not there.is_in(who, zone)])
