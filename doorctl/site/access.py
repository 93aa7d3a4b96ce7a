"""Who gains and who loses access to what, door by door, when a site goes from one state to another.

What somebody has is told with all that limits it: the hours and bounds of each grant, the bounds of the person, the
cards that count with theirs, and whether they may break the glass. If any of it changes, their terms do. A card is
enough to count, for a PIN can be given at any time; who lacks one where it is asked for is told beside.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from doorctl.core.model import Status
from doorctl.site.factors import may_ask_for_pin, takes_pin_alone
from doorctl.site.state import GROUP, PersonState, PinHeld, SiteState, Terms, ZoneState

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


def without_pins(present: SiteState, wanted: SiteState) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield zones with who may enter there then and lacks the PIN that is asked for, if that is new; by name."""
    if not any(map(may_ask_for_pin, (wanted.zones or {}).values())):
        return
    before, after = _without_pins(present), _without_pins(wanted)
    for zone in sorted(after):
        if new := after[zone] - before.get(zone, frozenset()):
            yield zone, tuple(sorted(new))


def _without_pins(state: SiteState) -> dict[str, frozenset[str]]:
    access = _access_by_zone(state)
    asking = (zone for zone, rules in (state.zones or {}).items() if may_ask_for_pin(rules))
    return {zone: frozenset(access.get(zone, _NOBODY).keys() - state.pins.keys()) for zone in asking}


def never_together(present: SiteState, wanted: SiteState) -> Iterator[tuple[str, str]]:
    """Yield zones that let in several together, and why they never come together then, if that is new; by name."""
    if any(zone.persons > 1 for zone in (wanted.zones or {}).values()):
        before, after = _never_together(present), _never_together(wanted)
        yield from ((zone, after[zone]) for zone in sorted(after) if before.get(zone) != after[zone])


def _never_together(state: SiteState) -> dict[str, str]:
    access, people = _access_by_zone(state), state.people or {}
    found = {}
    for zone, rules in (state.zones or {}).items():
        own_ways = {handle: ways - {_BREAKS_GLASS} for handle, ways in access.get(zone, _NOBODY).items()}
        asking = [people[handle] for handle, ways in own_ways.items() if len(ways) > 1]  # one is the person's limits
        if why := _who_is_missing(rules, asking):
            found[zone] = why
    return found


def _who_is_missing(rules: ZoneState, asking: Sequence[PersonState]) -> str | None:
    if rules.persons == 1:
        return None
    if len(asking) < rules.persons:
        return f"only {len(asking)} may enter"
    leader = rules.persons_group
    led = leader is None or any(leader in person.groups for person in asking)
    return None if led else f"nobody of {leader} may enter"


def _changes(before: Access, after: Access) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Return who gains, who loses, and who comes in on other terms: the same at all doors of a zone."""
    return (
        tuple(sorted(after.keys() - before.keys())),
        tuple(sorted(before.keys() - after.keys())),
        tuple(sorted(handle for handle in after.keys() & before.keys() if after[handle] != before[handle])),
    )


def _access_by_zone(state: SiteState) -> dict[str, Access]:
    """Tell for each zone who may enter, and how: who is active, and has a card that is, or a PIN that is enough."""
    people = state.people or {}
    limits = {
        handle: _limits(person) for handle, person in people.items() if _has_a_chance(person, state.pins.get(handle))
    }
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
    without_card = {handle for handle in limits.keys() & state.pins.keys() if not _has_card(people[handle])}
    for zone, access in zones.items():
        for handle in () if _is_by_pin(zone, state) else without_card & access.keys():
            del access[handle]
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
    return person.valid_from, person.valid_until, person.clearance, cards


def _has_a_chance(person: PersonState, pin: PinHeld | None) -> bool:
    return person.status is Status.ACTIVE and (_has_card(person) or pin is PinHeld.ALONE)


def _has_card(person: PersonState) -> bool:
    return any(card.status is Status.ACTIVE for card in person.cards.values())


def _is_by_pin(zone: str, state: SiteState) -> bool:
    rules = (state.zones or {}).get(zone)
    return rules is not None and takes_pin_alone(rules)
