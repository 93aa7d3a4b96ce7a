"""A site's people, places and rights in one normal form, whether they come from a file or from the hub.

Everything has a key that both sides know: people their handle, cards their credential key in hex. Opaque ids (of
holders and grants) stand beside and are not compared.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from doorctl.core.classes import CardClass, ReaderClass
from doorctl.core.model import (
    USUAL_PERSONS_SECONDS,
    USUAL_PIN_BLOCK_SECONDS,
    USUAL_PIN_TRIES,
    Factor,
    HolidayRule,
    OnAuditFailure,
    Status,
    ZoneKind,
)
from doorctl.core.modes import Mode
from doorctl.core.rules.threat import LOWEST_CLEARANCE
from doorctl.policy.rows import FactorTime, ModeTime, WindowRow
from doorctl.site.bars import ThreatEntry
from doorctl.site.occupancy import NOTHING_ASKED, OccupancyState
from doorctl.site.training import NO_TRAININGS, Trained, TrainingsAsked
from doorctl.site.visits import AS_USUAL, EscortState, SponsorState, VisitorState, Visits


class PinHeld(StrEnum):
    """How a person's PIN counts; what it is the hub does not tell."""

    WITH_CARD = "with-card"
    ALONE = "alone"


@dataclass(frozen=True, slots=True)
class CardState:
    """A card of a person."""

    status: Status = Status.ACTIVE
    valid_from: int | None = None
    valid_until: int | None = None
    uses: int | None = None
    first_use_seconds: int | None = None
    card_class: CardClass = CardClass.UNKNOWN


@dataclass(frozen=True, slots=True)
class PersonState:
    """A person with their cards, by credential key in hex, and their groups."""

    name: str = ""
    status: Status = Status.ACTIVE
    valid_from: int | None = None
    valid_until: int | None = None
    groups: frozenset[str] = frozenset()
    cards: Mapping[str, CardState] = field(default_factory=dict)
    clearance: int = LOWEST_CLEARANCE
    visitor: VisitorState | None = None
    sponsor: SponsorState | None = None
    trained: Trained = ()


@dataclass(frozen=True, slots=True)
class ZoneState:
    """A zone and what it asks for."""

    kind: ZoneKind
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY
    max_age_seconds: int | None = None
    approvals: int = 1
    strict: bool = False
    break_glass: str | None = None
    mechanical_key: bool = False
    grace_after_boot_seconds: int | None = None
    factor: Factor = Factor.CARD
    factor_times: tuple[FactorTime, ...] = ()
    pin_tries: int = USUAL_PIN_TRIES
    pin_block_seconds: int = USUAL_PIN_BLOCK_SECONDS
    persons: int = 1
    persons_seconds: int = USUAL_PERSONS_SECONDS
    persons_group: str | None = None
    occupancy: OccupancyState = NOTHING_ASKED
    reader_classes: tuple[ReaderClass, ...] = ()
    card_classes: tuple[CardClass, ...] = ()
    threats: tuple[ThreatEntry, ...] = ()
    visitors: EscortState = AS_USUAL
    trainings: TrainingsAsked = NO_TRAININGS


@dataclass(frozen=True, slots=True)
class ScheduleState:
    """A weekly schedule."""

    windows: tuple[WindowRow, ...]
    holidays: HolidayRule = HolidayRule.REPLACE


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """Who is let in: a person by handle, or a group."""

    kind: str
    name: str


PERSON, GROUP = "person", "group"


@dataclass(frozen=True, slots=True)
class Terms:
    """On which conditions: a schedule, from when, until when."""

    schedule: str | None = None
    valid_from: int | None = None
    valid_until: int | None = None


@dataclass(frozen=True, slots=True)
class RetentionState:
    """After how many days what leads from a record to a person goes, and the record itself; None is never."""

    openings_days: int | None = None
    leaf_days: int | None = None


@dataclass(frozen=True, slots=True)
class ModesState:
    """The modes of a door."""

    mode: Mode = Mode.CARD
    times: tuple[ModeTime, ...] = ()
    office_group: str | None = None


@dataclass(frozen=True, slots=True)
class SiteState:
    """A whole site. A section that is None is not spoken of: it stays as it is."""

    people: Mapping[str, PersonState] | None = None
    groups: frozenset[str] | None = None
    zones: Mapping[str, ZoneState] | None = None
    doors: Mapping[str, str] | None = None
    schedules: Mapping[str, ScheduleState] | None = None
    holidays: frozenset[str] | None = None
    grants: Mapping[tuple[Subject, str], frozenset[Terms]] | None = None
    """By subject and zone."""
    retention: Mapping[tuple[str, str], RetentionState] | None = None
    """By zone, or ``*``, and class of record, or ``*``."""
    modes: Mapping[str, ModesState] | None = None
    """Of the doors that are not opened by cards alone; spoken of where doors are."""
    holders: Mapping[str, str] = field(default_factory=dict, compare=False)
    """The opaque id of each person, by handle."""
    pins: Mapping[str, PinHeld] = field(default_factory=dict, compare=False)
    """How the PIN of each person counts who has one, by handle; a plan changes none."""
    ring: int | None = field(default=None, compare=False)
    """With how many card keys the credential keys of the cards are made."""


def visits_in(state: SiteState) -> Visits:
    """Return who is a visitor, and who may invite."""
    return {handle: (person.visitor, person.sponsor) for handle, person in (state.people or {}).items()}


def completed(wanted: SiteState, present: SiteState) -> SiteState:
    """Return the wanted site with what it does not speak of taken from the present one."""
    names = ("people", "groups", "zones", "doors", "schedules", "holidays", "grants", "retention", "modes")
    sections = {
        name: getattr(present, name) if getattr(wanted, name) is None else getattr(wanted, name) for name in names
    }
    return SiteState(**sections, holders=present.holders, pins=present.pins, ring=present.ring)
