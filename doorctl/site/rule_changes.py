"""What changes in the rules of a site, a line each: what decides with a grant, and for how long records are kept."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields

from doorctl.core.classes import NOT_CLONABLE, CardClass
from doorctl.policy.rows import FactorTime
from doorctl.site.access import never_together, without_pins
from doorctl.site.bars import ThreatEntry, written_step
from doorctl.site.factors import factor_changes, written_factor_times
from doorctl.site.modes import mode_changes
from doorctl.site.retention import retention_changes
from doorctl.site.state import ScheduleState, SiteState, ZoneState
from doorctl.site.times import written_hours

MOST_NAMED = 20


def rule_changes(present: SiteState, wanted: SiteState) -> tuple[str, ...]:
    """Say what changes in rules, before and after; both states are complete."""
    kept = retention_changes(present.retention or {}, wanted.retention or {})
    zones = (
        *_zones(present, wanted),
        *factor_changes(present, wanted),
        *mode_changes(present, wanted),
        *_without_pins(present, wanted),
        *_clonable(present, wanted),
    )
    shut = (f"zone {zone}: {why}: it opens for nobody" for zone, why in never_together(present, wanted))
    return (*zones, *shut, *_schedules(present, wanted), *_holidays(present, wanted), *kept)


def named(handles: Sequence[str]) -> str:
    """Name people, and of many how many more there are."""
    more = len(handles) - MOST_NAMED
    return ", ".join(handles[:MOST_NAMED]) + (f", and {more} more" if more > 0 else "")


def _zones(present: SiteState, wanted: SiteState) -> Iterator[str]:
    after = wanted.zones or {}
    for id_, before in (present.zones or {}).items():
        if id_ in after and after[id_] != before:
            yield from (f"zone {id_}: {name} {old} -> {new}" for name, old, new in _differences(before, after[id_]))


def _differences(before: ZoneState, after: ZoneState) -> Iterator[tuple[str, str, str]]:
    for each in fields(before):
        old, new = getattr(before, each.name), getattr(after, each.name)
        if old != new:
            yield each.name, _word(old), _word(new)


def _without_pins(present: SiteState, wanted: SiteState) -> Iterator[str]:
    for zone, handles in without_pins(present, wanted):
        yield f"zone {zone}: {len(handles)} who may enter have no PIN for it: {named(handles)}"


def _clonable(present: SiteState, wanted: SiteState) -> Iterator[str]:
    """Name zones that become strict and take cards of which copies can be had: a file says itself what it bars."""
    before = present.zones or {}
    for id_, zone in (wanted.zones or {}).items():
        was_strict = id_ in before and before[id_].strict
        if zone.strict and not was_strict and not NOT_CLONABLE.issuperset(zone.card_classes or CardClass):
            yield f"zone {id_}: is strict and takes cards that can be copied: card_classes: [desfire, seos] bars them"


def _schedules(present: SiteState, wanted: SiteState) -> Iterator[str]:
    before: Mapping[str, ScheduleState] = present.schedules or {}
    for id_, schedule in (wanted.schedules or {}).items():
        if id_ in before and before[id_] != schedule:
            yield f"schedule {id_}: {_hours(before[id_])} -> {_hours(schedule)}"


def _holidays(present: SiteState, wanted: SiteState) -> Iterator[str]:
    before, after = present.holidays or frozenset(), wanted.holidays or frozenset()
    if before != after:
        days = (*(f"+{day}" for day in sorted(after - before)), *(f"-{day}" for day in sorted(before - after)))
        yield f"holidays: {', '.join(days)}; schedules go by the holiday on such a day"


def _hours(schedule: ScheduleState) -> str:
    return written_hours(schedule.windows, schedule.holidays)


def _listed(values: tuple[object, ...]) -> str:
    if steps := [each for each in values if isinstance(each, ThreatEntry)]:
        return "; ".join(map(written_step, steps))
    times = [each for each in values if isinstance(each, FactorTime)]
    return written_factor_times(times) or ", ".join(map(str, values))


def _word(value: object) -> str:
    if value is None or value == ():
        return "none"
    if isinstance(value, tuple):
        return _listed(value)
    return ("no", "yes")[value] if isinstance(value, bool) else str(value)
