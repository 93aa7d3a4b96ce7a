"""What zones ask of who is inside, and whom it is forgotten of."""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.areas import USUAL_PASSBACK_SECONDS, Passback
from doorctl.policy.rows.fields import Name, Persons, Scope, StartTime, UnixSeconds
from doorctl.policy.rows.policy_row import PolicyRow

PassbackSeconds = Annotated[int, msgspec.Meta(ge=5, le=86_400)]
Occupants = Annotated[int, msgspec.Meta(ge=1, le=1_000_000)]


class ZoneOccupancyRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="zone-occupancy"):
    """What a zone asks of who is inside; in a zone without one nobody is counted.

    It lies ``within`` another. ``passback`` says what becomes of who enters while inside, or leaves while outside;
    a timed one ends ``passback_seconds`` after an entry. The zone holds ``most`` at most, and while anybody is inside
    at least ``least``. Each day at ``reset_at``, by the site's wall clock, all are forgotten.
    """

    table: ClassVar[str] = "zone_occupancies"
    primary_key: ClassVar[tuple[str, ...]] = ("zone",)
    level: ClassVar[int] = 5
    zone: Name
    within: Name | None = None
    passback: Passback = Passback.OFF
    passback_seconds: PassbackSeconds = USUAL_PASSBACK_SECONDS
    most: Occupants | None = None
    least: Persons = 1
    reset_at: StartTime | None = None


class PassbackResetRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="passback-reset"):
    """Where a holder, or with ``*`` everybody, is in a zone, or in every one, was forgotten at a time: once."""

    table: ClassVar[str] = "passback_resets"
    primary_key: ClassVar[tuple[str, ...]] = ("holder", "zone")
    level: ClassVar[int] = 5
    holder: Scope
    zone: Scope
    at: UnixSeconds
