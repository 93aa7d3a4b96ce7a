"""Commands about threat: the level there is, what a zone asks for at a level, and who is cleared for it."""

from doorctl.core.model import Factor
from doorctl.core.rules.threat import LOWEST_CLEARANCE
from doorctl.policy.rows import Clearance, Name, ThreatLevel
from doorctl.wire.verb import VerbStruct


class ThreatSet(VerbStruct, frozen=True, tag="threat-set"):
    """Raise the threat level of the site, or, where that is said, ``lower`` it."""

    threat: ThreatLevel
    lower: bool = False


class ZoneThreatSet(VerbStruct, frozen=True, tag="zone-threat-set"):
    """Say what a zone asks for at least from a threat level on: all of it anew; left out, no more than without."""

    zone: Name
    threat: ThreatLevel
    factor: Factor = Factor.CARD_OR_PIN
    clearance: Clearance = LOWEST_CLEARANCE


class ClearanceSet(VerbStruct, frozen=True, tag="clearance-set"):
    """Say how far a holder is cleared; 0 is not at all."""

    holder: Name
    clearance: Clearance


ThreatVerb = ThreatSet | ZoneThreatSet | ClearanceSet
