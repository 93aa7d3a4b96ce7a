"""The site, its zones and doors, and what zones ask for."""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.model import (
    USUAL_PERSONS_SECONDS,
    USUAL_PIN_BLOCK_SECONDS,
    USUAL_PIN_TRIES,
    Factor,
    OnAuditFailure,
    ZoneKind,
)
from doorctl.policy.rows.fields import (
    Approvals,
    GraceSeconds,
    MaxAgeSeconds,
    Name,
    Persons,
    PersonsSeconds,
    PinBlockSeconds,
    PinTries,
    Scope,
)
from doorctl.policy.rows.policy_row import PolicyRow


class SiteRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="site"):
    """The site itself: there is one."""

    table: ClassVar[str] = "sites"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    timezone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class ZoneRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="zone"):
    """A protected place: a floor, a server room."""

    table: ClassVar[str] = "zones"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    kind: ZoneKind
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY
    max_age_seconds: MaxAgeSeconds | None = None


class DoorRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="door"):
    """An opening into a zone."""

    table: ClassVar[str] = "doors"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    id: Name
    zone: Name


class ZoneRuleRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="zone-rule"):
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


class RosterRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="roster"):
    """The roster of a strict zone, as its officers signed it."""

    table: ClassVar[str] = "rosters"
    primary_key: ClassVar[tuple[str, ...]] = ("zone",)
    level: ClassVar[int] = 2
    zone: Name
    note: Annotated[str, msgspec.Meta(max_length=48 * 1024)]


class LockdownRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="lockdown"):
    """A zone, or with ``*`` every zone, is locked down: no card opens it."""

    table: ClassVar[str] = "lockdowns"
    primary_key: ClassVar[tuple[str, ...]] = ("scope",)
    level: ClassVar[int] = 2
    scope: Scope


class FactorTime(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """While this schedule is open, a zone asks for this."""

    schedule: Name
    factor: Factor


FactorTimes = Annotated[tuple[FactorTime, ...], msgspec.Meta(max_length=8)]


class ZoneFactorRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="zone-factor"):
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
