"""Who must come together: as many as the zone lets in, one of a group if it says so, and two who break the glass.

So do those without whom too few would be inside.
"""

from collections.abc import Iterable

from doorctl.core.areas import Way
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Companion, Decision, Facts
from doorctl.core.rules.emergencies import breaks_glass
from doorctl.core.rules.visitor_rules import escort_of

AWAITING = frozenset(
    {Reason.PERSON_AWAITED, Reason.LEADER_AWAITED, Reason.MINIMUM_AWAITED, Reason.BREAK_GLASS_AWAITS_SECOND}
)
"""Why somebody waits for company; these rules come last."""
_NOBODY: frozenset[str] = frozenset()


def enough_come_together(request: AccessRequest, facts: Facts) -> Reason | None:
    """Whom all other rules admit waits for company; each person counts once, however many cards they have.

    An escorted visitor comes in behind those who came together.
    """
    zone = facts.zone
    if zone is None or zone.persons <= 1 or escort_of(request, facts) is not None:
        return None
    company = _others(request, facts)
    if len({other.holder for other in company}) + 1 < zone.persons:
        return Reason.PERSON_AWAITED
    leads = zone.persons_group is None or facts.leads or any(other.leads for other in company)
    return None if leads else Reason.LEADER_AWAITED


def two_break_the_glass(request: AccessRequest, facts: Facts) -> Reason | None:
    """Who breaks the glass, and whom every other rule admits, waits for another who does."""
    if not breaks_glass(facts):
        return None
    another = any(other.breaks_glass for other in _others(request, facts))
    return None if another else Reason.BREAK_GLASS_AWAITS_SECOND


def takes_company(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether nobody passes here alone, or not everybody does; a visitor comes with an escort, not company."""
    zone = facts.zone
    if breaks_glass(facts):
        return True
    if zone is None or escort_of(request, facts) is not None:
        return False
    several = zone.persons > 1 and request.way is Way.IN
    return several or zone.asked_inside.least > 1


def companions_of(request: AccessRequest, facts: Facts) -> frozenset[str]:
    """Return the holders with whom somebody passes here."""
    if not request.companions or not takes_company(request, facts):
        return _NOBODY
    return frozenset([other.holder for other in _others(request, facts)])


def lacks_company_alone(decision: Decision) -> bool:
    """Answer whether somebody is denied for want of company, and for nothing else."""
    return awaits_company_alone(decision.reasons)


def awaits_company_alone(reasons: Iterable[str]) -> bool:
    """Answer whether want of company is all that a denial is for; a duress PIN denies nothing."""
    denying = {*reasons} - {Reason.DURESS}
    return bool(denying) and AWAITING.issuperset(denying)


def waits_as(request: AccessRequest, facts: Facts, decision: Decision) -> Companion | None:
    """Tell what somebody who was denied is to those who ask here next; None for whom company would not help."""
    if not (lacks_company_alone(decision) and takes_company(request, facts)):
        return None
    return Companion(facts.whose or "", breaks_glass(facts), facts.leads, request.way)


def _others(request: AccessRequest, facts: Facts) -> list[Companion]:
    """Give the companions who are not the holder; nobody keeps company with somebody unknown.

    Who waits to break the glass needs no grant, so they are company of none but those who break it, too.
    """
    if facts.holder is None:
        return []
    own, way, with_all = facts.holder.id, request.way, breaks_glass(facts)
    return [
        other
        for other in request.companions
        if other.holder != own and other.way is way and (with_all or not other.breaks_glass)
    ]
