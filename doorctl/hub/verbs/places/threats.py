"""Commands about threat: the level of the site, what zones ask for at a level, and who is cleared for that."""

from doorctl.core.rules.threat import LOWEST_CLEARANCE, LOWEST_THREAT
from doorctl.errors import Refused
from doorctl.hub.two_admins.zone_bars import clearance_of, step_by, step_of, threat_of, threat_row
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.rows import ClearanceRow, HolderRow, ThreatRow, ZoneRow, ZoneThreatRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.threats import ClearanceSet, ThreatSet, ZoneThreatSet


def threat_set(do: ThreatSet, asked: Asked) -> Intent:
    """Raise the threat level, or lower it where that was asked for: who may do the one may not do the other."""
    present = threat_of(asked.connection)
    if do.threat < present and not do.lower:
        raise Refused("threat-is-higher", f"the threat level is {present}: an officer can lower it")
    if do.threat == present:
        return Intent((), f"the threat level is {present} already")
    row = threat_row(asked.connection, site=asked.roll.trust.site)
    operation = Drop(row) if row and do.threat == LOWEST_THREAT else Put(ThreatRow(asked.roll.trust.site, do.threat))
    return Intent((operation,), f"the threat level is {do.threat}")


def zone_threat_set(do: ZoneThreatSet, asked: Asked) -> Intent:
    """Put what a zone asks for from a threat level on in the place of what it asked for; no more has no row."""
    the(asked, ZoneRow, do.zone)
    before, wanted = step_of(asked.connection, do.zone, do.threat), step_by(do)
    if wanted == before:
        return Intent((), f"{do.zone} asks for that already at threat level {do.threat}")
    if wanted == ZoneThreatRow(do.zone, do.threat):
        return Intent((Drop(before),), f"{do.zone} asks for no more at threat level {do.threat} than below")
    text = f"from threat level {do.threat} on {do.zone} asks for {do.factor} and clearance {do.clearance}"
    return Intent((Put(wanted),), text)


def clearance_set(do: ClearanceSet, asked: Asked) -> Intent:
    """Clear a holder so far; of who is not cleared there is no row."""
    the(asked, HolderRow, do.holder)
    before, wanted = clearance_of(asked.connection, do.holder), ClearanceRow(do.holder, do.clearance)
    if wanted == before:
        return Intent((), f"the person has clearance {do.clearance} already")
    operation = Drop(before) if do.clearance == LOWEST_CLEARANCE else Put(wanted)
    return Intent((operation,), f"the person has clearance {do.clearance}")
