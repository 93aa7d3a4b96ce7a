"""Rows that tell of threat: the level there is, what zones ask for at a level, and who is cleared for it."""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.model import Factor
from doorctl.core.rules.threat import HIGHEST_CLEARANCE, HIGHEST_THREAT, LOWEST_CLEARANCE, LOWEST_THREAT
from doorctl.policy.rows.fields import Name
from doorctl.policy.rows.policy_row import PolicyRow

ThreatLevel = Annotated[int, msgspec.Meta(ge=LOWEST_THREAT, le=HIGHEST_THREAT)]
Clearance = Annotated[int, msgspec.Meta(ge=LOWEST_CLEARANCE, le=HIGHEST_CLEARANCE)]


class ThreatRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="threat"):
    """The threat level of the site; without a row it is the lowest."""

    table: ClassVar[str] = "threats"
    primary_key: ClassVar[tuple[str, ...]] = ("id",)
    level: ClassVar[int] = 5
    id: Name
    threat: ThreatLevel


class ZoneThreatRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="zone-threat"):
    """From a threat level on, a zone asks for at least a factor, and for so high a clearance.

    ``card-or-pin`` and 0 are no more than any zone asks for.
    """

    table: ClassVar[str] = "zone_threats"
    primary_key: ClassVar[tuple[str, ...]] = ("zone", "threat")
    level: ClassVar[int] = 5
    zone: Name
    threat: ThreatLevel
    factor: Factor = Factor.CARD_OR_PIN
    clearance: Clearance = LOWEST_CLEARANCE


class ClearanceRow(PolicyRow, frozen=True, forbid_unknown_fields=True, tag="clearance"):
    """How far a holder is cleared; without a row, not at all."""

    table: ClassVar[str] = "clearances"
    primary_key: ClassVar[tuple[str, ...]] = ("holder",)
    level: ClassVar[int] = 5
    holder: Name
    clearance: Clearance
