"""What has to be done to bring a site from one state to another: existing commands, in an order that works.

1. What takes rights away comes first, so that an interrupted reader of the list has seen it.
2. Then what is new, what others refer to before what refers to it; then what nobody refers to any more goes.
3. The hub carries all of it out in one transaction: there is no moment in between. Rules of retention come last: each
   is a signed command of its own.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from doorctl.core.model import Status
from doorctl.site.retention import retention_steps
from doorctl.site.state import PERSON, CardState, PersonState, SiteState, Subject, ZoneState
from doorctl.site.steps import CREDENTIAL, Step
from doorctl.wire.commands import (
    CardAdd,
    CardEdit,
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

V = TypeVar("V")


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
            *(self._new_groups(), self._schedules(), self._zones(), self._holidays(), self._doors()),
            *(self._people(), self._cards(), self._joins(), self._grants()),
            *(self._gone(), retention_steps(self.present.retention or {}, self.wanted.retention or {})),
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

    def _cards(self) -> Iterator[Step]:
        for handle, person in _items(self.wanted.people):
            known = (self.present.people or {}).get(handle, PersonState()).cards
            for key, card in person.cards.items():
                yield from self._card(handle, key, before=known.get(key), after=card)

    def _card(self, handle: str, key: str, *, before: CardState | None, after: CardState) -> Iterator[Step]:
        if before is None:
            add = CardAdd(self._holders[handle], after.valid_from, after.valid_until)
            yield Step(add, handle=handle, card=CREDENTIAL + key)
            before = CardState(Status.ACTIVE, after.valid_from, after.valid_until)
        if before != after:
            edit = CardEdit(after.status, after.valid_from, after.valid_until)
            yield Step(edit, handle=handle, card=CREDENTIAL + key)

    def _new_groups(self) -> Iterator[Step]:
        for group in sorted((self.wanted.groups or frozenset()) - (self.present.groups or frozenset())):
            yield Step(GroupAdd(group))

    def _zones(self) -> Iterator[Step]:
        for id_, zone in _items(self.wanted.zones):
            before = (self.present.zones or {}).get(id_)
            if before is None or (before.kind, before.on_audit_failure) != (zone.kind, zone.on_audit_failure):
                yield Step(ZoneSet(id_, zone.kind, zone.on_audit_failure))
            asked = _asked(id_, before or ZoneState(zone.kind), zone)
            yield from asked if zone.strict else reversed(asked)

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


def _of_person(person: PersonState) -> tuple[object, ...]:
    return person.name, person.status, person.valid_from, person.valid_until


def _asked(id_: str, before: ZoneState, after: ZoneState) -> tuple[Step, ...]:
    """Say what a zone asks for; one that becomes strict takes no PIN without a card from the step before on."""
    changes = ((ask(id_, before), ask(id_, after)) for ask in (_factor_set, _rule_set))
    return tuple(Step(wanted) for present, wanted in changes if present != wanted)


def _factor_set(id_: str, zone: ZoneState) -> ZoneFactorSet | ZoneRuleSet:
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


def _rule_set(id_: str, zone: ZoneState) -> ZoneFactorSet | ZoneRuleSet:
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
