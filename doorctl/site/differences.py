"""What has to be done to bring a site from one state to another: existing commands, in an order that works.

1. What takes rights away comes first, so that an interrupted reader of the list has seen it.
2. Then what is new, what others refer to before what refers to it; then what nobody refers to any more goes.
3. That a zone asks for two admins comes after all that would wait for the second.
4. The hub carries all of it out in one transaction: there is no moment in between. Rules of retention come last: each
   is a signed command of its own.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict, TypeVar

from doorctl.core.model import Status
from doorctl.site.bars import ThreatEntry
from doorctl.site.modes import modes_closing, modes_opening
from doorctl.site.occupancy import OccupancyState, occupancy_sets
from doorctl.site.retention import retention_steps
from doorctl.site.state import PERSON, CardState, PersonState, SiteState, Subject, ZoneState, visits_in
from doorctl.site.steps import CREDENTIAL, Step
from doorctl.site.training import training_sets, zone_training_sets
from doorctl.site.visits import escort_set, visit_verbs
from doorctl.wire.classes import CardClassSet, ZoneClassesSet
from doorctl.wire.commands import (
    CardAdd,
    CardEdit,
    CardLimit,
    CardRemove,
    DoorRemove,
    DoorSet,
    GrantAdd,
    GroupAdd,
    GroupJoin,
    GroupLeave,
    GroupRemove,
    HolidayAdd,
    HolidayRemove,
    PersonAdd,
    PersonEdit,
    PersonRemove,
    Revoke,
    ScheduleRemove,
    ScheduleSet,
    ZoneRemove,
    ZoneSet,
)
from doorctl.wire.rights import ZoneFactorSet, ZoneRuleSet
from doorctl.wire.threats import ClearanceSet, ZoneThreatSet
from doorctl.wire.visits import ZoneEscortSet

V = TypeVar("V")
_Asks = ZoneFactorSet | ZoneRuleSet | ZoneClassesSet | ZoneEscortSet


class _Limits(TypedDict):
    limits: str | None
    uses: int | None
    first_use_seconds: int | None


@dataclass(frozen=True, slots=True)
class Differences:
    """Compares two complete states; ``new_id`` makes opaque ids for holders and grants."""

    present: SiteState
    wanted: SiteState
    new_id: Callable[[], str]
    _holders: dict[str, str] = field(default_factory=dict, init=False)

    def steps(self) -> tuple[Step, ...]:
        """Return everything that has to be done; nothing when the states are alike."""
        new_people = _keys(self.wanted.people) - _keys(self.present.people)
        self._holders.update(self.present.holders)
        self._holders.update((handle, self.new_id()) for handle in sorted(new_people))
        parts = (
            *(self._revokes(), self._leaves(), self._lost_cards(), self._people_gone()),
            *(self._new_groups(), self._schedules(), modes_closing(self.present, self.wanted)),
            *(self._zones(), self._occupancies(), self._trainings_asked(), self._holidays()),
            *(self._doors(), modes_opening(self.present, self.wanted)),
            *(self._people(), self._visits(), self._trained(), self._cards(), self._joins(), self._grants()),
            *(self._gone(), self._two_admins()),
            retention_steps(self.present.retention or {}, self.wanted.retention or {}),
        )
        return tuple(step for part in parts for step in part)

    def _revokes(self) -> Iterator[Step]:
        """A revoke takes away every grant of a subject in a zone; what stays of them is granted again."""
        for (subject, zone), terms in sorted(_items(self.present.grants), key=lambda item: item[0]):
            if terms - (self.wanted.grants or {}).get((subject, zone), frozenset()) and self._stays(subject):
                yield Step(Revoke(zone, **self._named(subject)))

    def _grants(self) -> Iterator[Step]:
        for (subject, zone), terms in sorted(_items(self.wanted.grants), key=lambda item: item[0]):
            before = (self.present.grants or {}).get((subject, zone), frozenset())
            kept = before if not before - terms else frozenset()
            for each in sorted(terms - kept, key=repr):
                yield Step(
                    GrantAdd(
                        self.new_id(),
                        zone,
                        **self._named(subject),
                        schedule=each.schedule,
                        valid_from=each.valid_from,
                        valid_until=each.valid_until,
                    )
                )

    def _stays(self, subject: Subject) -> bool:
        """Whether a subject stays; a person that goes takes its grants along, and goes first."""
        return subject.kind != PERSON or subject.name in _keys(self.wanted.people)

    def _named(self, subject: Subject) -> dict[str, str]:
        return {"holder": self._holders[subject.name]} if subject.kind == PERSON else {"group": subject.name}

    def _leaves(self) -> Iterator[Step]:
        for handle, before, after in _both(self.present.people, self.wanted.people):
            for group in sorted(before.groups - after.groups):
                if group in (self.wanted.groups or frozenset()):
                    yield Step(GroupLeave(group, self._holders[handle]))

    def _joins(self) -> Iterator[Step]:
        for handle, person in _items(self.wanted.people):
            before = (self.present.people or {}).get(handle)
            for group in sorted(person.groups - (before.groups if before else frozenset())):
                yield Step(GroupJoin(group, self._holders[handle]))

    def _lost_cards(self) -> Iterator[Step]:
        for handle, before, after in _both(self.present.people, self.wanted.people):
            for key in sorted(before.cards.keys() - after.cards.keys()):
                yield Step(CardRemove(), handle=handle, card=CREDENTIAL + key)

    def _people_gone(self) -> Iterator[Step]:
        for handle in sorted(_keys(self.present.people) - _keys(self.wanted.people)):
            yield Step(PersonRemove(self._holders[handle]), handle=handle)

    def _people(self) -> Iterator[Step]:
        for handle, person in _items(self.wanted.people):
            before = (self.present.people or {}).get(handle)
            holder = self._holders[handle]
            if before is None:
                yield Step(PersonAdd(holder, person.valid_from, person.valid_until), handle=handle, name=person.name)
                before = PersonState(person.name, Status.ACTIVE, person.valid_from, person.valid_until)
            if _of_person(before) != _of_person(person):
                edit = PersonEdit(holder, person.status, person.valid_from, person.valid_until)
                yield Step(edit, handle=handle, name=person.name)
            if before.clearance != person.clearance:
                yield Step(ClearanceSet(holder, person.clearance))

    def _visits(self) -> Iterator[Step]:
        present, wanted = (visits_in(state) for state in (self.present, self.wanted))
        yield from map(Step, visit_verbs(present, wanted, self._holders))

    def _cards(self) -> Iterator[Step]:
        for handle, person in _items(self.wanted.people):
            known = (self.present.people or {}).get(handle, PersonState()).cards
            for key, card in person.cards.items():
                yield from self._card(handle, key, before=known.get(key), after=card)

    def _card(self, handle: str, key: str, *, before: CardState | None, after: CardState) -> Iterator[Step]:
        if before is None:
            add = CardAdd(
                self._holders[handle],
                after.valid_from,
                after.valid_until,
                card_class=after.card_class,
                **self._limits(after),
            )
            yield Step(add, handle=handle, card=CREDENTIAL + key)
            before = replace(after, status=Status.ACTIVE)
        if _limits_of(before) != _limits_of(after):
            yield Step(CardLimit(**self._limits(after)), handle=handle, card=CREDENTIAL + key)
        if before.card_class is not after.card_class:
            yield Step(CardClassSet(after.card_class), handle=handle, card=CREDENTIAL + key)
        if _terms_of(before) != _terms_of(after):
            edit = CardEdit(after.status, after.valid_from, after.valid_until)
            yield Step(edit, handle=handle, card=CREDENTIAL + key)

    def _limits(self, card: CardState) -> _Limits:
        """Give a card its limits, counted under an id of their own."""
        uses, first_use_seconds = _limits_of(card)
        limits = None if uses is None and first_use_seconds is None else self.new_id()
        return {"limits": limits, "uses": uses, "first_use_seconds": first_use_seconds}

    def _new_groups(self) -> Iterator[Step]:
        for group in sorted((self.wanted.groups or frozenset()) - (self.present.groups or frozenset())):
            yield Step(GroupAdd(group))

    def _zones(self) -> Iterator[Step]:
        for id_, zone in _items(self.wanted.zones):
            before = (self.present.zones or {}).get(id_)
            if before is None or (before.kind, before.on_audit_failure) != (zone.kind, zone.on_audit_failure):
                yield Step(ZoneSet(id_, zone.kind, zone.on_audit_failure))
            before = before or ZoneState(zone.kind)
            asked = _asked(id_, before, replace(zone, approvals=min(before.approvals, zone.approvals)))
            yield from asked if zone.strict else reversed(asked)

    def _two_admins(self) -> Iterator[Step]:
        for id_, zone in _items(self.wanted.zones):
            before = (self.present.zones or {}).get(id_)
            if zone.approvals > (1 if before is None else before.approvals):
                yield Step(_rule_set(id_, zone))

    def _occupancies(self) -> Iterator[Step]:
        present, wanted = (_occupancies_in(state) for state in (self.present, self.wanted))
        yield from map(Step, occupancy_sets(present, wanted))

    def _trainings_asked(self) -> Iterator[Step]:
        present, wanted = (
            {id_: zone.trainings for id_, zone in _items(state.zones)} for state in (self.present, self.wanted)
        )
        yield from map(Step, zone_training_sets(present, wanted))

    def _trained(self) -> Iterator[Step]:
        for handle, person in _items(self.wanted.people):
            known = (self.present.people or {}).get(handle, PersonState()).trained
            yield from map(Step, training_sets(self._holders[handle], known, person.trained))

    def _schedules(self) -> Iterator[Step]:
        for id_, schedule in _items(self.wanted.schedules):
            if (self.present.schedules or {}).get(id_) != schedule:
                yield Step(ScheduleSet(id_, schedule.windows, schedule.holidays))

    def _holidays(self) -> Iterator[Step]:
        before, after = self.present.holidays or frozenset(), self.wanted.holidays or frozenset()
        yield from (Step(HolidayAdd(date)) for date in sorted(after - before))
        yield from (Step(HolidayRemove(date)) for date in sorted(before - after))

    def _doors(self) -> Iterator[Step]:
        for id_, zone in _items(self.wanted.doors):
            if (self.present.doors or {}).get(id_) != zone:
                yield Step(DoorSet(id_, zone))

    def _gone(self) -> Iterator[Step]:
        yield from (Step(DoorRemove(id_)) for id_ in sorted(_keys(self.present.doors) - _keys(self.wanted.doors)))
        for id_, zone in sorted(_items(self.present.zones), key=lambda item: item[0]):
            if id_ not in _keys(self.wanted.zones):
                yield from self._zone_gone(id_, zone)
        groups = (self.present.groups or frozenset()) - (self.wanted.groups or frozenset())
        yield from (Step(GroupRemove(id_)) for id_ in sorted(groups))
        schedules = _keys(self.present.schedules) - _keys(self.wanted.schedules)
        yield from (Step(ScheduleRemove(id_)) for id_ in sorted(schedules))

    def _zone_gone(self, id_: str, zone: ZoneState) -> Iterator[Step]:
        """End what officers ask of a zone, and then the zone."""
        yield from reversed(_asked(id_, zone, ZoneState(zone.kind)))
        yield Step(ZoneRemove(id_))


def _occupancies_in(state: SiteState) -> Mapping[str, OccupancyState]:
    return {id_: zone.occupancy for id_, zone in _items(state.zones)}


def _limits_of(card: CardState) -> tuple[int | None, int | None]:
    return card.uses, card.first_use_seconds


def _terms_of(card: CardState) -> tuple[object, ...]:
    return card.status, card.valid_from, card.valid_until


def _of_person(person: PersonState) -> tuple[object, ...]:
    return person.name, person.status, person.valid_from, person.valid_until


def _asked(id_: str, before: ZoneState, after: ZoneState) -> tuple[Step, ...]:
    """Say what a zone asks for; one that becomes strict takes no PIN without a card, nor visitors alone, before."""
    changes = ((ask(id_, before), ask(id_, after)) for ask in (_factor_set, _classes_set, _escort_set, _rule_set))
    return (
        *(Step(wanted) for present, wanted in changes if present != wanted),
        *_steps_set(id_, before.threats, after.threats),
    )


def _steps_set(id_: str, before: Iterable[ThreatEntry], after: Iterable[ThreatEntry]) -> Iterator[Step]:
    wanted = {step.threat: step for step in after}
    gone = {step.threat: ThreatEntry(step.threat) for step in before if step.threat not in wanted}
    for step in sorted(({*wanted.values()} - {*before}) | {*gone.values()}):
        yield Step(ZoneThreatSet(id_, step.threat, factor=step.factor, clearance=step.clearance))


def _classes_set(id_: str, zone: ZoneState) -> _Asks:
    return ZoneClassesSet(id_, reader_classes=zone.reader_classes, card_classes=zone.card_classes)


def _escort_set(id_: str, zone: ZoneState) -> _Asks:
    return escort_set(id_, zone.visitors)


def _factor_set(id_: str, zone: ZoneState) -> _Asks:
    return ZoneFactorSet(
        id_,
        zone.factor,
        times=zone.factor_times,
        pin_tries=zone.pin_tries,
        pin_block_seconds=zone.pin_block_seconds,
        persons=zone.persons,
        persons_seconds=zone.persons_seconds,
        persons_group=zone.persons_group,
    )


def _rule_set(id_: str, zone: ZoneState) -> _Asks:
    return ZoneRuleSet(
        id_,
        approvals=zone.approvals,
        strict=zone.strict,
        max_age_seconds=zone.max_age_seconds,
        break_glass=zone.break_glass,
        mechanical_key=zone.mechanical_key,
        grace_after_boot_seconds=zone.grace_after_boot_seconds,
    )


K = TypeVar("K")


def _keys(section: Mapping[str, object] | None) -> frozenset[str]:
    return frozenset(section or ())


def _items(section: Mapping[K, V] | None) -> Iterator[tuple[K, V]]:
    return iter((section or {}).items())


def _both(before: Mapping[str, V] | None, after: Mapping[str, V] | None) -> Iterator[tuple[str, V, V]]:
    for key, value in _items(after):
        if before is not None and key in before:
            yield key, before[key], value
