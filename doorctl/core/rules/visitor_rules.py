"""Rules for visitors: they come in behind an escort, and guests no further than whoever invited them."""

from doorctl.core.areas import Way
from doorctl.core.model import Grant, Status
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import AccessRequest, Decision, Facts
from doorctl.core.rules.grant_rules import all_depend_on_clock, grant_misses, has_bounds, outside_validity


def sponsor_may_enter(request: AccessRequest, facts: Facts) -> Reason | None:
    """A guest passes only where the sponsor may invite to and may enter now, being active, valid and granted.

    The sponsor's own card, PIN and place on a roster do not matter.
    """
    visitor = facts.visitor
    if visitor is None or visitor.sponsor is None:
        return None
    sponsor = visitor.sponsored_by
    if sponsor is None or facts.zone is None or facts.zone.id not in sponsor.zones:
        return Reason.SPONSOR_DENIED
    person = sponsor.holder
    counts = person.id == visitor.sponsor and person.status == Status.ACTIVE
    over = outside_validity(person, request.at, Reason.SPONSOR_DENIED, Reason.SPONSOR_DENIED)
    return over or (None if counts and sponsor_grants(request, facts) else Reason.SPONSOR_DENIED)


def a_visitor_is_escorted(request: AccessRequest, facts: Facts) -> Reason | None:
    """A visitor whom all other rules admit comes behind an escort, where the zone does not let visitors in alone."""
    visitor = facts.visitor
    if visitor is None or facts.escorting.alone:
        return None
    if _is_somebody_else(facts) or visitor.escorts.isdisjoint(request.escorts):
        return Reason.ESCORT_AWAITED
    return Reason.ESCORT_FULL if escort_of(request, facts) is None else None


def escort_of(request: AccessRequest, facts: Facts) -> str | None:
    """Name who brings a visitor in: of those who may, and bring not too many, the last who was let in."""
    visitor = facts.visitor
    if visitor is None or request.way is Way.OUT or _is_somebody_else(facts):
        return None
    may_bring = visitor.escorts - visitor.full
    return next(filter(may_bring.__contains__, request.escorts), None)


def may_escort(request: AccessRequest, facts: Facts, decision: Decision) -> bool:
    """Answer whether somebody who was let in may bring visitors, if there are any: who is none, and has a grant.

    Who is forced to open brings visitors, too: otherwise the door would look another than else.
    """
    by_right = decision.outcome is Outcome.GRANTED and decision.reason is not Reason.BREAK_GLASS
    is_needed = facts.escorting.most > 0 and facts.visitor is None
    return by_right and is_needed and request.way is Way.IN and facts.holder is not None


def sponsor_grants(request: AccessRequest, facts: Facts) -> tuple[Grant, ...]:
    """Return the grants by which the sponsor of a guest may enter now."""
    sponsor = None if facts.visitor is None else facts.visitor.sponsored_by
    grants = () if sponsor is None else sponsor.grants
    return tuple(grant for grant in grants if grant_misses(grant, request, facts) is None)


def sponsor_depends_on_clock(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether the time decides about a guest's sponsor."""
    visitor = facts.visitor
    if visitor is None or visitor.sponsored_by is None:
        return False
    return has_bounds(visitor.sponsored_by.holder) or all_depend_on_clock(sponsor_grants(request, facts))


def _is_somebody_else(facts: Facts) -> bool:
    return facts.holder is None or facts.visitor is None or facts.visitor.holder != facts.holder.id
