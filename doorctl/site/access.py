"""Who gains and who loses access to what, door by door, when a site goes from one state to another."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from doorctl.core.model import Status
from doorctl.site.state import GROUP, PersonState, SiteState, Terms

Access = Mapping[str, frozenset[Terms]]
"""By handle: on which terms somebody may enter."""
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
    changes = (
        _change_at(
            door, before.get(doors_before.get(door, ""), _NOBODY), after.get(doors_after.get(door, ""), _NOBODY)
        )
        for door in sorted({*doors_before, *doors_after})
    )
    return tuple(change for change in changes if change.gains or change.loses or change.others)


def _change_at(door: str, before: Access, after: Access) -> DoorChange:
    if before is after:
        return DoorChange(door, (), (), ())
    return DoorChange(
        door,
        gains=tuple(sorted(after.keys() - before.keys())),
        loses=tuple(sorted(before.keys() - after.keys())),
        others=tuple(sorted(handle for handle in after.keys() & before.keys() if after[handle] != before[handle])),
    )


def _access_by_zone(state: SiteState) -> dict[str, Access]:
    """Tell for each zone who may enter, and on which terms: a person who is active and has a card that is."""
    members = defaultdict(list)
    able = {handle for handle, person in (state.people or {}).items() if _has_a_chance(person)}
    for handle in able:
        for group in (state.people or {})[handle].groups:
            members[group].append(handle)
    zones: defaultdict[str, defaultdict[str, set[Terms]]] = defaultdict(lambda: defaultdict(set))
    for (subject, zone), terms in (state.grants or {}).items():
        for handle in members[subject.name] if subject.kind == GROUP else {subject.name} & able:
            zones[zone][handle] |= terms
    return {zone: {handle: frozenset(terms) for handle, terms in access.items()} for zone, access in zones.items()}


def _has_a_chance(person: PersonState) -> bool:
    return person.status is Status.ACTIVE and any(card.status is Status.ACTIVE for card in person.cards.values())
