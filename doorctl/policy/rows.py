"""The rows of a policy as they travel in changes and stand in policy.db.

Times are whole seconds since 1970 UTC; ``valid_from`` is the first valid second, ``valid_until`` the first
that is not. No row names a person: holders are opaque ids, cards are keyed hashes.
"""

from datetime import date
from typing import Annotated, ClassVar

import msgspec

from doorctl.core.model import (
    USUAL_PERSONS_SECONDS,
    USUAL_PIN_BLOCK_SECONDS,
    USUAL_PIN_TRIES,
    Factor,
    HolidayRule,
    OnAuditFailure,
    Status,
    Weekday,
    ZoneKind,
)

Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,32}\Z")]
PartyName = Annotated[str, msgspec.Meta(pattern=r"^(?!hub\Z)[a-z0-9-]{1,32}\Z")]
"""The name of a controller or an admin; ``hub`` is the hub's, and its log's."""
CredentialKey = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]
UnixSeconds = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
StartTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z")]
ClockTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]\Z|^24:00\Z")]
Scope = Annotated[str, msgspec.Meta(pattern=r"^([a-z0-9-]{1,32}|\*)\Z")]
"""A zone, or ``*`` for every zone."""
IsoDate = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")]
Approvals = Annotated[int, msgspec.Meta(ge=1, le=2)]
MaxAgeSeconds = Annotated[int, msgspec.Meta(ge=1, le=31_536_000)]
GraceSeconds = Annotated[int, msgspec.Meta(ge=0, le=86_400)]
PinTries = Annotated[int, msgspec.Meta(ge=1, le=20)]
PinBlockSeconds = Annotated[int, msgspec.Meta(ge=10, le=86_400)]
Persons = Annotated[int, msgspec.Meta(ge=1, le=5)]
PersonsSeconds = Annotated[int, msgspec.Meta(ge=5, le=300)]


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    table: ClassVar[str]
    primary_key: ClassVar[tuple[str, ...]]
    level: ClassVar[int] = 1
    """The feature level that knows this type of row."""


class SiteRow(_Row, frozen=True, forbid_unknown_fields=True, tag="site"):
    """The site itself: there is one."""

    table: ClassVar[str] = "sites"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    timezone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ZoneRow(_Row, frozen=True, forbid_unknown_fields=True, tag="zone"):
    """A protected place: a floor, a server room."""

    table: ClassVar[str] = "zones"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    kind: ZoneKind
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY
    max_age_seconds: MaxAgeSeconds | None = None


class DoorRow(_Row, frozen=True, forbid_unknown_fields=True, tag="door"):
    """An opening into a zone."""

    table: ClassVar[str] = "doors"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    zone: Name


class HolderRow(_Row, frozen=True, forbid_unknown_fields=True, tag="holder"):
    """A person, by an opaque id."""

    table: ClassVar[str] = "holders"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    status: Status = Status.ACTIVE
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class GroupRow(_Row, frozen=True, forbid_unknown_fields=True, tag="group"):
    """A set of holders that can be granted access together."""

    table: ClassVar[str] = "groups"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name


class MemberRow(_Row, frozen=True, forbid_unknown_fields=True, tag="member"):
    """A holder belongs to a group."""

    table: ClassVar[str] = "members"
    primary_key: ClassVar[tuple[str, ...]] = ("holder", "group")
    holder: Name
    group: Name


class CredentialRow(_Row, frozen=True, forbid_unknown_fields=True, tag="credential"):
    """What is held about a card: its keyed hash and whose it is."""

    table: ClassVar[str] = "credentials"
    primary_key: ClassVar[tuple[str, ...]] = ("key",)
    key: CredentialKey
    holder: Name
    status: Status = Status.ACTIVE
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class WindowRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Days and local clock times; an end at or before the start is on the next day."""

    days: Annotated[tuple[Weekday, ...], msgspec.Meta(min_length=1, max_length=8)]
    start: StartTime
    end: ClockTime


class ScheduleRow(_Row, frozen=True, forbid_unknown_fields=True, tag="schedule"):
    """A weekly schedule in the site's time zone."""

    table: ClassVar[str] = "schedules"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    windows: Annotated[tuple[WindowRow, ...], msgspec.Meta(max_length=64)]
    holidays: HolidayRule = HolidayRule.REPLACE


class HolidayRow(_Row, frozen=True, forbid_unknown_fields=True, tag="holiday"):
    """A date on which ordinary weekly windows do not start."""

    table: ClassVar[str] = "holidays"
    primary_key: ClassVar[tuple[str, ...]] = ("date",)
    date: IsoDate

    def __post_init__(self) -> None:
        """The date is one of the calendar."""
        date.fromisoformat(self.date)


class GrantRow(_Row, frozen=True, forbid_unknown_fields=True, tag="grant"):
    """A holder or a group may enter a zone."""

    table: ClassVar[str] = "grants"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    zone: Name
    holder: Name | None = None
    group: Name | None = None
    schedule: Name | None = None
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None

    def __post_init__(self) -> None:
        """A grant is to one holder or to one group."""
        if (self.holder is None) == (self.group is None):
            raise ValueError("a grant names a holder or a group, and not both")


class ZoneRuleRow(_Row, frozen=True, forbid_unknown_fields=True, tag="zone-rule"):
    """What a zone asks for beyond a grant; a zone without one asks for nothing more.

    ``approvals`` is how many admins a grant takes. A ``strict`` zone opens only by a roster, too. When the policy is
    older than the zone's ``max_age_seconds``, two members of the group ``break_glass`` open it together, or nobody
    but a ``mechanical_key``. With a clock that nothing confirms, what depends on the time of day counts for
    ``grace_after_boot_seconds`` after the boot; None is the usual half hour.
    """

    table: ClassVar[str] = "zone_rules"
    primary_key: ClassVar[tuple[str, ...]] = ("zone",)
    level: ClassVar[int] = 2
    zone: Name
    approvals: Approvals = 1
    strict: bool = False
    break_glass: Name | None = None
    mechanical_key: bool = False
    grace_after_boot_seconds: GraceSeconds | None = None


class RosterRow(_Row, frozen=True, forbid_unknown_fields=True, tag="roster"):
    """The roster of a strict zone, as its officers signed it."""

    table: ClassVar[str] = "rosters"
    primary_key: ClassVar[tuple[str, ...]] = ("zone",)
    level: ClassVar[int] = 2
    zone: Name
    note: Annotated[str, msgspec.Meta(max_length=48 * 1024)]


class LockdownRow(_Row, frozen=True, forbid_unknown_fields=True, tag="lockdown"):
    """A zone, or with ``*`` every zone, is locked down: no card opens it."""

    table: ClassVar[str] = "lockdowns"
    primary_key: ClassVar[tuple[str, ...]] = ("scope",)
    level: ClassVar[int] = 2
    scope: Scope


class SuspendedAdminRow(_Row, frozen=True, forbid_unknown_fields=True, tag="suspended-admin"):
    """An admin whom an officer has suspended: their commands and signatures no longer count."""

    table: ClassVar[str] = "suspended_admins"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    level: ClassVar[int] = 2
    id: Name


class CardRingRow(_Row, frozen=True, forbid_unknown_fields=True, tag="card-ring"):
    """With how many keys of the ring the credential keys of this policy are made; without a row, with one."""

    table: ClassVar[str] = "card_rings"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    level: ClassVar[int] = 2
    id: Name
    keys: Annotated[int, msgspec.Meta(ge=1, le=64)]


class ErasureRow(_Row, frozen=True, forbid_unknown_fields=True, tag="erasure"):
    """A person has been erased; to write it removes every row of that holder.

    So the change that erases tells of no card, and can be kept. The id was opaque, and now belongs to nobody.
    """

    table: ClassVar[str] = "erasures"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 3
    holder: Name


class FactorTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """While this schedule is open, a zone asks for this."""

    schedule: Name
    factor: Factor


FactorTimes = Annotated[tuple[FactorTime, ...], msgspec.Meta(max_length=8)]


class ZoneFactorRow(_Row, frozen=True, forbid_unknown_fields=True, tag="zone-factor"):
    """What a zone asks for at its doors; a zone without one asks for a card.

    The first of ``times`` whose schedule is open says so, else ``factor``. Whoever enters ``pin_tries`` wrong PINs
    one after the other is blocked for ``pin_block_seconds``, in which as many are forgotten. Where so many
    ``persons`` must come together, each waits ``persons_seconds`` for the next; one of them is of the group
    ``persons_group`` if it is set.
    """

    table: ClassVar[str] = "zone_factors"
    primary_key: ClassVar[tuple[str, ...]] = ("zone",)
    level: ClassVar[int] = 4
    zone: Name
    factor: Factor = Factor.CARD
    times: FactorTimes = ()
    pin_tries: PinTries = USUAL_PIN_TRIES
    pin_block_seconds: PinBlockSeconds = USUAL_PIN_BLOCK_SECONDS
    persons: Persons = 1
    persons_seconds: PersonsSeconds = USUAL_PERSONS_SECONDS
    persons_group: Name | None = None


class PinRow(_Row, frozen=True, forbid_unknown_fields=True, tag="pin"):
    """A holder's PIN, as keyed hashes made with so many keys of the ring of card keys; without a row there is none.

    ``key`` is that of ``pin:<holder>:<digits>``. A PIN that may be entered without a card has ``alone``, too, that of
    ``pin:<digits>``, and is nobody else's. ``duress`` and ``alone_duress`` are those of the PIN for duress.
    """

    table: ClassVar[str] = "pins"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 4
    holder: Name
    ring_keys: Annotated[int, msgspec.Meta(ge=1, le=64)]
    key: CredentialKey
    duress: CredentialKey | None = None
    alone: CredentialKey | None = None
    alone_duress: CredentialKey | None = None

    def __post_init__(self) -> None:
        """The PIN for duress is another, and works without a card where the other does."""
        if self.duress == self.key or (self.alone is not None and self.alone == self.alone_duress):
            raise ValueError("the PIN for duress must differ from the other")
        if (self.alone_duress is None) != (self.alone is None or self.duress is None):
            raise ValueError("the PIN for duress works alone where the other does, and nowhere else")


Row = (
    SiteRow
    | ZoneRow
    | DoorRow
    | HolderRow
    | GroupRow
    | MemberRow
    | CredentialRow
    | ScheduleRow
    | HolidayRow
    | GrantRow
    | ZoneRuleRow
    | RosterRow
    | LockdownRow
    | SuspendedAdminRow
    | CardRingRow
    | ErasureRow
    | ZoneFactorRow
    | PinRow
)
ROW_TYPES: tuple[type[Row], ...] = (
    SiteRow,
    ZoneRow,
    DoorRow,
    HolderRow,
    GroupRow,
    MemberRow,
    CredentialRow,
    ScheduleRow,
    HolidayRow,
    GrantRow,
    ZoneRuleRow,
    RosterRow,
    LockdownRow,
    SuspendedAdminRow,
    CardRingRow,
    ErasureRow,
    ZoneFactorRow,
    PinRow,
)
