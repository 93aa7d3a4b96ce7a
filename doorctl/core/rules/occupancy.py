"""Passing back and occupancy: who is inside enters no more, and no zone holds more or fewer than it may.

Where somebody is not known to be in or out, as after a reset, is forgiven once. Who breaks the glass is asked none of
this, and who leaves is denied only where they get out without us.
"""

from datetime import timedelta

from doorctl.core.areas import NOTHING_ASKED, Inside, Occupancy, Passback, Way
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.company import companions_of
from doorctl.core.rules.emergencies import breaks_glass

_DENYING = frozenset({Passback.HARD, Passback.TIMED})


def nobody_passes_back(request: AccessRequest, facts: Facts) -> Reason | None:
    """Where passback is not just noted, nobody enters who is inside, or leaves who is not."""
    denies = _asked(facts).passback in _DENYING and may_deny(request)
    return Reason.PASSBACK if denies and passes_back(request, facts) else None


def zone_has_room(request: AccessRequest, facts: Facts) -> Reason | None:
    """Nobody enters a zone that is full, nor one that lies in such; places that are reserved are taken."""
    if request.way is Way.OUT or breaks_glass(facts):
        return None
    everybody = len(request.companions) + 1
    limits = [limit for limit in _asked(facts).limits if not _has_room_for(everybody, *limit, facts)]
    company = companions_of(request, facts) if limits else frozenset()
    full = any(_is_full(zone, most, company, facts) for zone, most in limits)
    return Reason.ZONE_FULL if full else None


def enough_stay(request: AccessRequest, facts: Facts) -> Reason | None:
    """Whom all other rules admit waits for company, if fewer than the zone allows would be inside then."""
    too_few = leaves_too_few(request, facts) and may_deny(request)
    return Reason.MINIMUM_AWAITED if too_few else None


def passes_back(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether somebody enters who is inside, or is not where the way begins; or leaves who is not inside."""
    zone, asked, inside = facts.zone, _asked(facts), facts.inside
    if zone is None or asked.passback is Passback.OFF or breaks_glass(facts):
        return False
    if inside is None:
        return True
    if asked.passback is Passback.TIMED:
        return request.way is Way.IN and _entered_within(asked.passback_seconds, request, inside, zone.id)
    if not inside.place_known:
        return False
    if request.way is Way.OUT:
        return zone.id not in inside.zones
    return zone.id in inside.zones or not inside.zones.keys() >= {*asked.around[:1]}


def leaves_too_few(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether fewer would be inside than the zone allows; nobody at all may be."""
    zone, least, inside = facts.zone, _asked(facts).least, facts.inside
    if zone is None or least <= 1 or breaks_glass(facts):
        return False
    if inside is None:
        return True
    if request.way is Way.IN and inside.staying + 1 >= least:
        return False
    company = companions_of(request, facts)
    within = {holder for holder in company if (holder, zone.id) in inside.company}
    if request.way is Way.IN:
        return inside.staying + len(company - within) + 1 < least
    return zone.id in inside.zones and 0 < inside.staying - len(within) < least


def may_deny(request: AccessRequest) -> bool:
    """Answer whether somebody may be kept here: outside, or inside where they get out without us."""
    return request.way is Way.IN or request.egress_is_wired


def passback_ends_after(facts: Facts) -> timedelta | None:
    """Return how long after entering nobody passes back any more; None when that does not end by itself."""
    asked = _asked(facts)
    return timedelta(seconds=asked.passback_seconds) if asked.passback is Passback.TIMED else None


def _asked(facts: Facts) -> Occupancy:
    return NOTHING_ASKED if facts.zone is None else facts.zone.asked_inside


def _entered_within(seconds: int, request: AccessRequest, inside: Inside, zone: str) -> bool:
    """Answer whether the last entry was so short a time ago; one that is still to come, by a wrong clock, was."""
    since = inside.zones.get(zone)
    return since is not None and request.at - since < timedelta(seconds=seconds)


def _has_room_for(many: int, zone: str, most: int, facts: Facts) -> bool:
    """Answer whether so many find room, whoever of them is there."""
    return facts.inside is not None and facts.inside.others.get(zone, 0) + many <= most


def _is_full(zone: str, most: int, companions: frozenset[str], facts: Facts) -> bool:
    """Answer whether those who come now, and are not there yet, find no room."""
    inside = facts.inside
    if inside is None:
        return True
    company = len([holder for holder in companions if (holder, zone) not in inside.company])
    is_new = company > 0 or zone not in inside.zones
    return is_new and inside.others.get(zone, 0) + company + 1 > most
