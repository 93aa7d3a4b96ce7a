"""Who must come together: as many as the zone lets in, one of a group if it says so, and two who break the glass."""

from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Companion, Decision, Facts
from doorctl.core.rules.emergencies import breaks_glass

AWAITING = frozenset({Reason.PERSON_AWAITED, Reason.LEADER_AWAITED, Reason.BREAK_GLASS_AWAITS_SECOND})
"""Why somebody waits for company; these rules come last."""


def enough_come_together(request: AccessRequest, facts: Facts) -> Reason | None:
    """Whom all other rules admit waits for company; each person counts once, however many cards they have."""
    zone = facts.zone
    if zone is None or zone.persons <= 1:
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


def takes_company(facts: Facts) -> bool:
    """Answer whether nobody passes here alone."""
    return breaks_glass(facts) or (facts.zone is not None and facts.zone.persons > 1)


def lacks_company_alone(decision: Decision) -> bool:
    """Answer whether somebody is denied for want of company, and for nothing else."""
    reasons = {*decision.reasons} - {Reason.DURESS}
    return bool(reasons) and AWAITING.issuperset(reasons)


def _others(request: AccessRequest, facts: Facts) -> list[Companion]:
    """Give the companions who are not the holder; nobody keeps company with somebody unknown.

    Who waits to break the glass needs no grant, so they are company of none but those who break it, too.
    """
    if facts.holder is None:
        return []
    others = [other for other in request.companions if other.holder != facts.holder.id]
    return [other for other in others if breaks_glass(facts) or not other.breaks_glass]
