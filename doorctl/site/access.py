"""Who gains and who loses access to what, door by door, when a site goes from one state to another.

What somebody has is told with all that limits it: the hours and bounds of each grant, the bounds of the person, the
cards that count with theirs, and whether they may break the glass. If any of it changes, their terms do.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from doorctl.core.model import Status
from doorctl.site.state import GROUP, PersonState, SiteState, Terms

Way = tuple[object, ...]
"""One way in with all that limits it, to be compared only."""
Access = Mapping[str, frozenset[Way]]
"""By handle: the ways by which somebody may enter."""
_NOBODY: Access = {}


@dataclass(frozen=True, slots=True)
class DoorChange:
    """What changes at one door: the handles of those who gain, who lose, and who come in on other terms."""

    door: str
    gains: tuple[str, ...]
    loses: tuple[str, ...]
    others: tuple[str, ...]


def door_changes(present: SiteState, wanted: SiteState) -> tuple[DoorChange, ...]:
    """Return the doors at which something changes, by name; both states are complete."""
    before, after = _access_by_zone(present), _access_by_zone(wanted)
    doors_before, doors_after = present.doors or {}, wanted.doors or {}
    zones = {
        door: (doors_before.get(door, ""), doors_after.get(door, ""))
        for door in sorted({*doors_before, *doors_after})
    }
    found = {
        (old, new): _changes(before.get(old, _NOBODY), after.get(new, _NOBODY)) for old, new in set(zones.values())
    }
    return tuple(DoorChange(door, *found[led_into]) for door, led_into in zones.items() if any(found[led_into]))


def _changes(before: Access, after: Access) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return who gains, who loses, and who comes in on other terms: the same at all doors of a zone."""
    return (
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        tuple(sorted(handle for handle in after.keys() & before.keys() if after[handle] != before[handle])),
    )


def _access_by_zone(state: SiteState) -> dict[str, Access]:
    """Tell for each zone who may enter, and how: a person who is active and has a card that is."""
    people = state.people or {}
    limits = {handle: _limits(person) for handle, person in people.items() if _has_a_chance(person)}
    members: defaultdict[str, list[str]] = defaultdict(list)
    for handle in limits:
        for group in people[handle].groups:
            members[group].append(handle)
    zones: defaultdict[str, defaultdict[str, set[Way]]] = defaultdict(lambda: defaultdict(set))
    for (subject, zone), terms in (state.grants or {}).items():
        ways = {_way(each, state) for each in terms}
        for handle in members[subject.name] if subject.kind == GROUP else {subject.name} & limits.keys():
            zones[zone][handle] |= ways
    for zone, rules in (state.zones or {}).items():
        for handle in members[rules.break_glass] if rules.break_glass else ():
            zones[zone][handle].add(_BREAKS_GLASS)
    return {
        zone: {handle: frozenset((*ways, limits[handle])) for handle, ways in access.items()}
        for zone, access in zones.items()
    }


_BREAKS_GLASS: Way = ("break-glass",)


def _way(terms: Terms, state: SiteState) -> Way:
    schedule = (state.schedules or {}).get(terms.schedule) if terms.schedule else None
    return terms.schedule, schedule, terms.valid_from, terms.valid_until


def _limits(person: PersonState) -> Way:
    cards = frozenset(item for item in person.cards.items() if item[1].status is Status.ACTIVE)
    return person.valid_from, person.valid_until, cards


def _has_a_chance(person: PersonState) -> bool:
    return person.status is Status.ACTIVE and any(card.status is Status.ACTIVE for card in person.cards.values())
