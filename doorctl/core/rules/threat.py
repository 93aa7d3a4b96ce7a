"""The threat level of the site: what a zone asks for beyond the usual while it is raised, and who is cleared for it.

A level asks for all that those below it ask for, and for what a zone says of it. So whoever is denied at one level is
denied at every higher one.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from doorctl.core.model import Factor, Zone
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.factors import stronger

LOWEST_THREAT, HIGHEST_THREAT = 1, 5
"""From the usual to the worst."""
LOWEST_CLEARANCE, HIGHEST_CLEARANCE = 0, 9
"""Nobody has said of a person that they have more than the lowest."""


@dataclass(frozen=True, slots=True)
class ThreatStep:
    """From this threat level on, a zone asks for at least this factor, and for so high a clearance.

    The weakest factor, and the lowest clearance, are no more than every zone asks for.
    """

    threat: int
    factor: Factor = Factor.CARD_OR_PIN
    clearance: int = LOWEST_CLEARANCE


def threat_in(written: object) -> int:
    """Read a threat level; what is none counts as the highest."""
    if isinstance(written, int) and LOWEST_THREAT <= written <= HIGHEST_THREAT:
        return written
    return HIGHEST_THREAT


def at_threat(zone: Zone, steps: Iterable[ThreatStep], threat: int) -> Zone:
    """Return a zone as it is at a threat level: what it asks for is raised, never lowered."""
    for step in steps:
        if step.threat <= threat:
            zone = _raised(zone, step)
    return zone


def clearance_suffices(_: AccessRequest, facts: Facts) -> Reason | None:
    """A zone may ask for a clearance, by the threat level; nobody has one but whom the policy gives it to."""
    if facts.zone is None or facts.clearance >= facts.zone.clearance:
        return None
    return Reason.CLEARANCE_TOO_LOW


def _raised(zone: Zone, step: ThreatStep) -> Zone:
    return replace(
        zone,
        raised_to=stronger(zone.raised_to, step.factor),
        clearance=max(zone.clearance, step.clearance),
        is_raised=zone.is_raised or step.threat > LOWEST_THREAT,
    )
