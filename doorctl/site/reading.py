"""Entries to a site's state, and a state to entries."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar
from zoneinfo import ZoneInfo

import msgspec

from doorctl.core.classes import NOT_CLONABLE, CardClass
from doorctl.core.model import USUAL_PERSONS_SECONDS, USUAL_PIN_BLOCK_SECONDS
from doorctl.core.record_classes import EVERY, RecordClass
from doorctl.site.bars import checked_steps
from doorctl.site.entries import (
    CardEntry,
    DoorEntry,
    GrantEntry,
    PersonEntry,
    RetentionEntry,
    ScheduleEntry,
    SiteEntries,
    ZoneEntry,
)
from doorctl.site.mistakes import Mistakes
from doorctl.site.occupancy import occupancy_entry, occupancy_in
from doorctl.site.state import (
    GROUP,
    PERSON,
    CardState,
    ModesState,
    PersonState,
    RetentionState,
    ScheduleState,
    SiteState,
    Subject,
    Terms,
    ZoneState,
)
from doorctl.site.times import (
    AGES,
    FIRST_USES,
    GRACES,
    PIN_BLOCKS,
    WAITS,
    seconds_at,
    span_within,
    window_in,
    written_span,
    written_time,
    written_window,
)
from doorctl.site.training import asked_by, asked_entry
from doorctl.site.visits import escort_entry, escort_in, sponsor_entry, sponsor_in, visitor_entry, visitor_in

E = TypeVar("E", PersonEntry, ZoneEntry, DoorEntry, ScheduleEntry, RetentionEntry)
K = TypeVar("K")
T = TypeVar("T")
CanonicalCard = Callable[[str], str]
"""Gives a card's one text form. Raises ValueError."""


def cards_in(entries: SiteEntries, canonical: CanonicalCard) -> tuple[str, ...]:
    """Return every card that is named by its number, once, in its one text form; what is no card is left out."""
    cards: dict[str, None] = {}
    for person in entries.people or ():
        for entry in person.cards:
            card = entry if isinstance(entry, str) else entry.card
            with suppress(ValueError):
                cards.update({} if card is None else {canonical(card): None})
    return tuple(cards)


@dataclass(frozen=True, slots=True)
class Reading:
    """Makes a state of entries; ``keys`` gives the credential key, in hex, of each card that is named by number."""

    timezone: ZoneInfo
    keys: Mapping[str, str]
    canonical: CanonicalCard
    mistakes: Mistakes

    def state_of(self, entries: SiteEntries) -> SiteState:
        """Return the state that a file describes. Raises SiteFileError with every mistake."""
        state = SiteState(
            people=self._section(entries.people, lambda entry: entry.handle.casefold(), self._person),
            groups=None if entries.groups is None else frozenset(entries.groups),
            zones=self._section(entries.zones, lambda entry: entry.zone, self._zone),
            doors=self._section(entries.doors, lambda entry: entry.door, lambda entry: entry.zone),
            modes=None if entries.doors is None else _modes(entries.doors),
            schedules=self._section(entries.schedules, lambda entry: entry.schedule, self._schedule),
            holidays=None if entries.holidays is None else frozenset(entries.holidays),
            grants=None if entries.grants is None else self._grants(entries.grants),
            retention=self._section(entries.retention, _scope_of, _retention),
        )
        self._check_cards(state)
        self.mistakes.raise_if_any()
        return state

    def _section(
        self, entries: Sequence[E] | None, key_of: Callable[[E], K], make: Callable[[E], T]
    ) -> Mapping[K, T] | None:
        if entries is None:
            return None
        section: dict[K, T] = {}
        for entry in entries:
            key = key_of(entry)
            if key in section:
                self.mistakes.add(entry.place, "stands there twice")
            try:
                section[key] = make(entry)
            except ValueError as error:
                self.mistakes.add(entry.place, error)
        return section

    def _person(self, entry: PersonEntry) -> PersonState:
        cards = dict(self._card(card) for card in entry.cards)
        valid_from, valid_until = self._times(entry)
        return PersonState(
            entry.name,
            entry.status,
            valid_from,
            valid_until,
            frozenset(entry.groups),
            cards,
            entry.clearance,
            visitor=visitor_in(entry.visitor),
            sponsor=sponsor_in(entry.sponsor),
            trained=tuple(sorted(entry.trained.items())),
        )

    def _card(self, written: str | CardEntry) -> tuple[str, CardState]:
        entry = CardEntry(card=written) if isinstance(written, str) else written
        key = entry.credential or self.keys[self.canonical(entry.card or "")]
        first_use = None if entry.first_use is None else span_within(entry.first_use, FIRST_USES)
        return key, CardState(entry.status, *self._times(entry), entry.uses, first_use, entry.card_class)

    def _zone(self, entry: ZoneEntry) -> ZoneState:
        grace, block, within = entry.grace_after_boot, entry.pin_block, entry.persons_within
        return ZoneState(
            entry.kind,
            entry.on_audit_failure,
            max_age_seconds=None if entry.max_age is None else span_within(entry.max_age, AGES),
            approvals=entry.approvals,
            strict=entry.strict,
            break_glass=entry.break_glass,
            mechanical_key=entry.mechanical_key,
            grace_after_boot_seconds=None if grace is None else span_within(grace, GRACES),
            factor=entry.factor,
            factor_times=entry.factor_times,
            pin_tries=entry.pin_tries,
            pin_block_seconds=USUAL_PIN_BLOCK_SECONDS if block is None else span_within(block, PIN_BLOCKS),
            persons=entry.persons,
            persons_seconds=USUAL_PERSONS_SECONDS if within is None else span_within(within, WAITS),
            persons_group=entry.persons_group,
            occupancy=occupancy_in(entry.occupancy),
            trainings=asked_by(entry.trainings),
            reader_classes=tuple(sorted(set(entry.reader_classes))),
            card_classes=_card_classes(entry),
            threats=checked_steps(entry.threats),
            visitors=escort_in(entry.visitors),
        )

    def _schedule(self, entry: ScheduleEntry) -> ScheduleState:
        return ScheduleState(tuple(window_in(text) for text in entry.windows), entry.holidays)

    def _grants(self, entries: Iterable[GrantEntry]) -> Mapping[tuple[Subject, str], frozenset[Terms]]:
        grants: defaultdict[tuple[Subject, str], set[Terms]] = defaultdict(set)
        for entry in entries:
            subject = Subject(PERSON, entry.person.casefold()) if entry.person else Subject(GROUP, entry.group or "")
            try:
                grants[subject, entry.zone].add(Terms(entry.schedule, *self._times(entry)))
            except ValueError as error:
                self.mistakes.add(entry.place, error)
        return {key: frozenset(terms) for key, terms in grants.items()}

    def _times(self, entry: PersonEntry | CardEntry | GrantEntry) -> tuple[int | None, int | None]:
        return (
            None if entry.valid_from is None else seconds_at(entry.valid_from, self.timezone),
            None if entry.valid_until is None else seconds_at(entry.valid_until, self.timezone),
        )

    def _check_cards(self, state: SiteState) -> None:
        owners: dict[str, str] = {}
        for handle, person in (state.people or {}).items():
            for key in person.cards:
                if (other := owners.setdefault(key, handle)) != handle:
                    self.mistakes.add(f"person {handle}", f"one of these cards belongs to {other}, too")


def _card_classes(entry: ZoneEntry) -> tuple[CardClass, ...]:
    """Return the classes of cards that a zone takes, none for all: a strict one bars by itself what can be copied."""
    usual = NOT_CLONABLE if entry.strict else ()
    return tuple(sorted(set(usual if entry.card_classes is None else entry.card_classes)))


def _scope_of(entry: RetentionEntry) -> tuple[str, str]:
    return entry.zone or EVERY, entry.records


def _retention(entry: RetentionEntry) -> RetentionState:
    return RetentionState(entry.openings_days, entry.leaf_days)


def _modes(entries: Iterable[DoorEntry]) -> Mapping[str, ModesState]:
    modes = {entry.door: ModesState(entry.mode, entry.mode_times, entry.office_group) for entry in entries}
    return {door: each for door, each in modes.items() if each != ModesState()}


def entries_of(state: SiteState, *, site: str, timezone: ZoneInfo) -> SiteEntries:
    """Return the entries that describe a complete state."""
    return SiteEntries(
        site=site,
        ring=state.ring,
        people=tuple(_person_entry(handle, state, timezone) for handle in sorted(state.people or ())),
        groups=tuple(sorted(state.groups or ())),
        zones=tuple(_zone_entry(id_, zone) for id_, zone in sorted((state.zones or {}).items())),
        doors=tuple(_door_entry(door, zone, state) for door, zone in sorted((state.doors or {}).items())),
        schedules=tuple(
            ScheduleEntry(id_, tuple(map(written_window, schedule.windows)), schedule.holidays)
            for id_, schedule in sorted((state.schedules or {}).items())
        ),
        holidays=tuple(sorted(state.holidays or ())),
        grants=tuple(
            _grant_entry(subject, zone, each, timezone)
            for (subject, zone), terms in sorted((state.grants or {}).items(), key=lambda item: item[0])
            for each in sorted(terms, key=repr)
        ),
        retention=tuple(
            RetentionEntry(None if zone == EVERY else zone, RecordClass(records), rule.openings_days, rule.leaf_days)
            for (zone, records), rule in sorted((state.retention or {}).items())
        ),
    )


def _person_entry(handle: str, state: SiteState, timezone: ZoneInfo) -> PersonEntry:
    person = (state.people or {})[handle]
    return PersonEntry(
        handle,
        person.name,
        person.status,
        *_written(person.valid_from, person.valid_until, timezone),
        groups=tuple(sorted(person.groups)),
        cards=tuple(_card_entry(key, card, timezone) for key, card in sorted(person.cards.items())),
        trained=dict(person.trained),
        clearance=person.clearance,
        visitor=visitor_entry(person.visitor),
        sponsor=sponsor_entry(person.sponsor),
    )


def _card_entry(key: str, card: CardState, timezone: ZoneInfo) -> CardEntry:
    first_use = None if card.first_use_seconds is None else written_span(card.first_use_seconds)
    times = _written(card.valid_from, card.valid_until, timezone)
    return CardEntry(None, key, card.status, *times, card.uses, first_use, card.card_class)


def _zone_entry(id_: str, zone: ZoneState) -> ZoneEntry:
    age, grace = zone.max_age_seconds, zone.grace_after_boot_seconds
    block, within = zone.pin_block_seconds, zone.persons_seconds
    return ZoneEntry(
        id_,
        zone.kind,
        on_audit_failure=zone.on_audit_failure,
        max_age=None if age is None else written_span(age),
        approvals=zone.approvals,
        strict=zone.strict,
        break_glass=zone.break_glass,
        mechanical_key=zone.mechanical_key,
        grace_after_boot=None if grace is None else written_span(grace),
        factor=zone.factor,
        factor_times=zone.factor_times,
        pin_tries=zone.pin_tries,
        pin_block=None if block == USUAL_PIN_BLOCK_SECONDS else written_span(block),
        persons=zone.persons,
        persons_within=None if within == USUAL_PERSONS_SECONDS else written_span(within),
        persons_group=zone.persons_group,
        occupancy=occupancy_entry(zone.occupancy),
        trainings=asked_entry(zone.trainings),
        reader_classes=zone.reader_classes,
        card_classes=zone.card_classes if zone.card_classes or zone.strict else None,
        threats=zone.threats,
        visitors=escort_entry(zone.visitors),
    )


def _door_entry(door: str, zone: str, state: SiteState) -> DoorEntry:
    modes = (state.modes or {}).get(door, ModesState())
    return DoorEntry(door, zone, modes.mode, modes.times, modes.office_group)


def _grant_entry(subject: Subject, zone: str, terms: Terms, timezone: ZoneInfo) -> GrantEntry:
    name = {PERSON: "person", GROUP: "group"}[subject.kind]
    times = _written(terms.valid_from, terms.valid_until, timezone)
    return GrantEntry(
        zone, **{name: subject.name}, schedule=terms.schedule, valid_from=times[0], valid_until=times[1]
    )


def _written(valid_from: int | None, valid_until: int | None, timezone: ZoneInfo) -> tuple[str | None, str | None]:
    return (
        None if valid_from is None else written_time(valid_from, timezone),
        None if valid_until is None else written_time(valid_until, timezone),
    )


def check_keys(
    wanted: SiteState, present: SiteState, *, ring: int | None, numbered: Iterable[str], mistakes: Mistakes
) -> None:
    """Refuse credential keys that no card can have any more. Raises SiteFileError.

    A key that the hub does not know is only believed of a file that was made with the card keys of today, or of a
    card that the file names by its number (``numbered``).
    """
    if ring is not None and ring == present.ring:
        return
    known = {*numbered, *(key for person in (present.people or {}).values() for key in person.cards)}
    for handle, person in (wanted.people or {}).items():
        for key in sorted(person.cards.keys() - known):
            mistakes.add(
                f"person {handle}",
                f"the hub knows no card {key[:8]}…: it was removed, or the card keys were rotated since the file was "
                "exported; export it anew, or name the card by its number",
            )
    mistakes.raise_if_any()


def with_people(entries: SiteEntries, people: Iterable[PersonEntry]) -> SiteEntries:
    """Return the entries with people from another file, who must not stand in this one, too."""
    return msgspec.structs.replace(entries, people=(*(entries.people or ()), *people))
