"""The entries of a site file as people write them: what each section of site.yaml holds."""

from typing import Annotated

import msgspec

from doorctl.core.classes import CardClass
from doorctl.core.model import USUAL_PIN_TRIES, Factor, HolidayRule, OnAuditFailure, Status, ZoneKind
from doorctl.core.modes import Mode
from doorctl.core.record_classes import RecordClass
from doorctl.core.rules.threat import HIGHEST_THREAT, LOWEST_CLEARANCE
from doorctl.policy.rows import (
    Approvals,
    CardClasses,
    Clearance,
    DoorModeRow,
    FactorTimes,
    IsoDate,
    ModeTimes,
    Name,
    Persons,
    PinTries,
    ReaderClasses,
    Uses,
)
from doorctl.site.bars import ThreatEntry
from doorctl.site.occupancy import OccupancyEntry
from doorctl.site.training import AskedEntry, TrainedEntry
from doorctl.site.visits import EscortEntry, SponsorEntry, VisitorEntry
from doorctl.wire.privacy import Days

Handle = Annotated[str, msgspec.Meta(pattern=r"^\S{1,64}\Z")]
CredentialHex = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
_SPELT = {
    "valid_from": "from",
    "valid_until": "until",
    "first_use": "for",
    "card_class": "class",
}


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True, rename=_SPELT):
    """Any entry; ``from`` and ``until`` are ISO dates or times, local at the site without an offset."""


class CardEntry(Entry, frozen=True):
    """A card by its number (``card``), or by its credential key (``credential``) where the number is not known."""

    card: str | None = None
    credential: CredentialHex | None = None
    status: Status = Status.ACTIVE
    valid_from: str | None = None
    valid_until: str | None = None
    uses: Uses | None = None
    first_use: str | None = None
    card_class: CardClass = CardClass.UNKNOWN

    def __post_init__(self) -> None:
        """A card is named in one way."""
        if (self.card is None) == (self.credential is None):
            raise ValueError("name the card by `card` or by `credential`")


class PersonEntry(Entry, frozen=True):
    """A person."""

    handle: Handle
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    status: Status = Status.ACTIVE
    valid_from: str | None = None
    valid_until: str | None = None
    groups: tuple[Name, ...] = ()
    cards: tuple[str | CardEntry, ...] = ()
    clearance: Clearance = LOWEST_CLEARANCE
    visitor: VisitorEntry | None = None
    sponsor: SponsorEntry | None = None
    trained: TrainedEntry = {}

    @property
    def place(self) -> str:
        """What mistakes call it."""
        return f"person {self.handle.casefold()}"


class ZoneEntry(Entry, frozen=True):
    """A zone; spans of time are written like ``15m``. Without `card_classes` a strict one bars what can be copied."""

    zone: Name
    kind: ZoneKind
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY
    max_age: str | None = None
    approvals: Approvals = 1
    strict: bool = False
    break_glass: Name | None = None
    mechanical_key: bool = False
    grace_after_boot: str | None = None
    factor: Factor = Factor.CARD
    factor_times: FactorTimes = ()
    pin_tries: PinTries = USUAL_PIN_TRIES
    pin_block: str | None = None
    persons: Persons = 1
    persons_within: str | None = None
    persons_group: Name | None = None
    occupancy: OccupancyEntry | None = None
    trainings: AskedEntry = {}
    reader_classes: ReaderClasses = ()
    card_classes: CardClasses | None = None
    threats: Annotated[tuple[ThreatEntry, ...], msgspec.Meta(max_length=HIGHEST_THREAT)] = ()
    visitors: EscortEntry | None = None

    @property
    def place(self) -> str:
        """What mistakes call it."""
        return f"zone {self.zone}"


class DoorEntry(Entry, frozen=True):
    """A door into a zone, and its modes."""

    door: Name
    zone: Name
    mode: Mode = Mode.CARD
    mode_times: ModeTimes = ()
    office_group: Name | None = None

    def __post_init__(self) -> None:
        """Its modes are some that a door can have."""
        DoorModeRow(self.door, self.zone, self.mode, self.mode_times, self.office_group)

    @property
    def place(self) -> str:
        """What mistakes call it."""
        return f"door {self.door}"


class ScheduleEntry(Entry, frozen=True):
    """A weekly schedule; windows are written like ``mon-fri 07:00-19:00``."""

    schedule: Name
    windows: tuple[str, ...]
    holidays: HolidayRule = HolidayRule.REPLACE

    @property
    def place(self) -> str:
        """What mistakes call it."""
        return f"schedule {self.schedule}"


class GrantEntry(Entry, frozen=True):
    """A person, by handle, or a group may enter a zone."""

    zone: Name
    person: Handle | None = None
    group: Name | None = None
    schedule: Name | None = None
    valid_from: str | None = None
    valid_until: str | None = None

    def __post_init__(self) -> None:
        """A grant is to one subject."""
        if (self.person is None) == (self.group is None):
            raise ValueError("a grant names a `person` or a `group`, and not both")

    @property
    def place(self) -> str:
        """What mistakes call it, and every other of the same subject and zone."""
        return f"grant of {(self.person or '').casefold() or self.group} for {self.zone}"


class RetentionEntry(Entry, frozen=True):
    """For how many days records of a zone, or of every zone, are kept; without a number for ever."""

    zone: Name | None = None
    records: RecordClass = RecordClass.ALL
    openings_days: Days | None = None
    leaf_days: Days | None = None

    def __post_init__(self) -> None:
        """What leads from a record to a person goes with it at the latest."""
        if self.leaf_days is not None and (self.openings_days or 0) > self.leaf_days:
            raise ValueError("what leads to a person cannot be kept longer than the record itself")

    @property
    def place(self) -> str:
        """What mistakes call it."""
        return f"retention of {self.records} in {self.zone or 'every zone'}"


class SiteEntries(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A whole site file; a section that is left out is left alone, an empty one means that there is nothing.

    ``ring`` says with how many card keys the credential keys in the file are made.
    """

    site: Name | None = None
    ring: Annotated[int, msgspec.Meta(ge=1, le=64)] | None = None
    people: tuple[PersonEntry, ...] | None = None
    groups: tuple[Name, ...] | None = None
    zones: tuple[ZoneEntry, ...] | None = None
    doors: tuple[DoorEntry, ...] | None = None
    schedules: tuple[ScheduleEntry, ...] | None = None
    holidays: tuple[IsoDate, ...] | None = None
    grants: tuple[GrantEntry, ...] | None = None
    retention: tuple[RetentionEntry, ...] | None = None
