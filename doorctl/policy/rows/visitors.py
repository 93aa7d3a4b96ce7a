"""Visitors: who is one, who may invite some, and what a zone asks of those who bring them."""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.visitors import USUAL_ESCORT_SECONDS, USUAL_MOST_VISITORS, USUAL_VISIT_SECONDS
from doorctl.policy.rows.fields import Name
from doorctl.policy.rows.policy_row import PolicyRow

EscortSeconds = Annotated[int, msgspec.Meta(ge=5, le=300)]
MostVisitors = Annotated[int, msgspec.Meta(ge=1, le=100)]
VisitSeconds = Annotated[int, msgspec.Meta(ge=60, le=86_400)]
MostGuests = Annotated[int, msgspec.Meta(ge=1, le=1000)]
StaySeconds = Annotated[int, msgspec.Meta(ge=60, le=31_536_000)]
SponsoredZones = Annotated[tuple[Name, ...], msgspec.Meta(max_length=64)]


class ZoneEscortRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="zone-escort"):
    """What a zone asks where a visitor comes: nothing if they may come ``alone``.

    Otherwise they come within ``seconds`` after an escort was let in at the same door, who brings at most ``most``
    visitors within ``per_seconds``. The members of ``group`` bring whoever has no escort of their own.
    """

    table: ClassVar[str] = "zone_escorts"
    primary_key: ClassVar[tuple[str, ...]] = ("zone",)
    level: ClassVar[int] = 5
    zone: Name
    alone: bool = False
    seconds: EscortSeconds = USUAL_ESCORT_SECONDS
    most: MostVisitors = USUAL_MOST_VISITORS
    per_seconds: VisitSeconds = USUAL_VISIT_SECONDS
    group: Name | None = None


class VisitorRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="visitor"):
    """A holder is a visitor, whom ``escort`` alone may bring, or the members of ``escort_group``.

    With neither, the members of a zone's group may. A guest is here in the name of ``sponsor``.
    """

    table: ClassVar[str] = "visitors"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 5
    holder: Name
    escort: Name | None = None
    escort_group: Name | None = None
    sponsor: Name | None = None

    def __post_init__(self) -> None:
        """One holder or one group may bring a visitor, and nobody brings or invites themselves."""
        if self.escort is not None and self.escort_group is not None:
            raise ValueError("a visitor names an escort or a group of them, and not both")
        if self.holder in {self.escort, self.sponsor}:
            raise ValueError("nobody is their own escort or sponsor")


class SponsorRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="sponsor"):
    """A holder may have guests invited: into these zones, so ``many`` at once, each for at most ``seconds``."""

    table: ClassVar[str] = "sponsors"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 5
    holder: Name
    zones: SponsoredZones
    many: MostGuests
    seconds: StaySeconds
