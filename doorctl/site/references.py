"""What a site's entries refer to must be there: groups, zones, schedules and people, each mistake with its place.

What the file does not speak of is checked where the hub would refuse the plan; who is removed takes along what is
theirs.
"""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from doorctl.core.record_classes import EVERY
from doorctl.site.factors import takes_pin_alone
from doorctl.site.mistakes import Mistakes
from doorctl.site.modes import stays_unlocked
from doorctl.site.occupancy import lies_in_itself
from doorctl.site.state import GROUP, PERSON, SiteState, Terms, completed, visits_in
from doorctl.site.visits import named_by, wrong_visits

Found = Iterator[tuple[str, str]]
"""What entries are called, and what is wrong there."""


def check_references(wanted: SiteState, present: SiteState, mistakes: Mistakes) -> None:
    """Refuse what refers to nothing. Raises SiteFileError with every one."""
    site = completed(wanted, present)
    rules = _of_rules(wanted, present, site.zones or {})
    for found in (
        _of_people(wanted, site),
        _of_visits(present, site),
        _of_zones(site),
        _of_doors(site),
        _of_grants(wanted, site),
        rules,
    ):
        for place, what in found:
            mistakes.add(place, what)
    mistakes.raise_if_any()


def _of_people(wanted: SiteState, site: SiteState) -> Found:
    groups = site.groups or frozenset()
    for handle, person in (wanted.people or {}).items():
        for group in sorted(person.groups - groups):
            yield f"person {handle}", _there_is_no("group", group, groups)


def _of_visits(present: SiteState, site: SiteState) -> Found:
    before, people = visits_in(present), visits_in(site)
    groups, zones = site.groups or frozenset(), site.zones or {}
    for handle, why in wrong_visits(before, people):
        yield f"person {handle}", why
    for handle, (visitor, sponsor) in people.items():
        for zone in sorted((sponsor.zones if sponsor else frozenset()) - zones.keys()):
            yield f"person {handle}", f"sponsor: {_there_is_no('zone', zone, zones)}"
        if visitor is None or visitor == before.get(handle, (None, None))[0]:
            continue
        if visitor.escort_group is not None and visitor.escort_group not in groups:
            yield f"person {handle}", f"escort_group: {_there_is_no('group', visitor.escort_group, groups)}"
        for place, name in named_by(visitor):
            if name not in people:
                yield f"person {handle}", f"{place}: {_there_is_no(PERSON, name, people)}"


def _of_zones(site: SiteState) -> Found:
    groups, schedules = site.groups or frozenset(), site.schedules or {}
    zones = site.zones or {}
    occupancies = {id_: zone.occupancy for id_, zone in zones.items()}
    for id_, zone in zones.items():
        if (within := zone.occupancy.within) is not None and within not in zones:
            yield f"zone {id_}", f"within: {_there_is_no('zone', within, zones)}"
        if lies_in_itself(id_, occupancies):
            yield f"zone {id_}", "it lies in itself: leave `within` out of one of those zones"
        if zone.break_glass is not None and zone.break_glass not in groups:
            yield f"zone {id_}", f"break_glass: {_there_is_no('group', zone.break_glass, groups)}"
        if zone.visitors.group is not None and zone.visitors.group not in groups:
            yield f"zone {id_}", f"visitors: {_there_is_no('group', zone.visitors.group, groups)}"
        if zone.strict and zone.visitors.alone:
            yield f"zone {id_}", "nobody visits a strict zone alone"
        if zone.persons_group is not None and zone.persons_group not in groups:
            yield f"zone {id_}", f"persons_group: {_there_is_no('group', zone.persons_group, groups)}"
        for schedule in sorted({time.schedule for time in zone.factor_times} - schedules.keys()):
            yield f"zone {id_}", f"factor_times: {_there_is_no('schedule', schedule, schedules)}"
        if zone.strict and takes_pin_alone(zone):
            yield f"zone {id_}", "a strict zone lets in by a roster of cards: it takes no PIN without a card"


def _of_doors(site: SiteState) -> Found:
    zones = site.zones or {}
    for door, zone in (site.doors or {}).items():
        if zone not in zones:
            yield f"door {door}", _there_is_no("zone", zone, zones)
        yield from ((f"door {door}", what) for what in _of_modes(door, zone, site))


def _of_modes(door: str, zone: str, site: SiteState) -> Iterator[str]:
    modes, groups, schedules = (site.modes or {}).get(door), site.groups or frozenset(), site.schedules or {}
    if modes is None:
        return
    for schedule in sorted({time.schedule for time in modes.times} - schedules.keys()):
        yield f"mode_times: {_there_is_no('schedule', schedule, schedules)}"
    if modes.office_group is not None and modes.office_group not in groups:
        yield f"office_group: {_there_is_no('group', modes.office_group, groups)}"
    led_into = (site.zones or {}).get(zone)
    if led_into is not None and led_into.strict and stays_unlocked(modes):
        yield "a door into a strict zone never stays unlocked"


def _of_grants(wanted: SiteState, site: SiteState) -> Found:
    known: Mapping[str, Collection[str]] = {PERSON: site.people or {}, GROUP: site.groups or frozenset()}
    for (subject, zone), terms in (site.grants or {}).items():
        place = f"grant of {subject.name} for {zone}"
        if subject.name in known[subject.kind]:
            yield from _of_terms(place, zone, terms, site)
        elif wanted.grants is not None:
            yield place, _there_is_no(subject.kind, subject.name, known[subject.kind])
        elif subject.kind == GROUP:
            yield from _of_terms(place, zone, terms, site)


def _of_rules(wanted: SiteState, present: SiteState, zones: Collection[str]) -> Found:
    """A rule may be about a zone that has gone, as long as the hub has one: its records are still there."""
    known = {EVERY, *zones, *(zone for zone, _ in present.retention or {})}
    for zone, records in wanted.retention or {}:
        if zone not in known:
            yield f"retention of {records} in {zone}", _there_is_no("zone", zone, zones)


def _of_terms(place: str, zone: str, terms: frozenset[Terms], site: SiteState) -> Found:
    zones, schedules = site.zones or {}, site.schedules or {}
    if zone not in zones:
        yield place, _there_is_no("zone", zone, zones)
    for schedule in sorted({each.schedule for each in terms if each.schedule is not None} - schedules.keys()):
        yield place, _there_is_no("schedule", schedule, schedules)


def _there_is_no(kind: str, name: str, known: Collection[str]) -> str:
    section = {PERSON: "people"}.get(kind, f"{kind}s")
    close = get_close_matches(name, known, n=1)
    what_next = f"is it {close[0]}?" if close else f"name it under `{section}:`, or correct this"
    return f"there is no {kind} {name}: {what_next}"
