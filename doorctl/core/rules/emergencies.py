"""Rules for when something is wrong: lockdown, orders that deny, a policy that is too old, and the break-glass."""

from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts


def zone_is_not_locked_down(_: AccessRequest, facts: Facts) -> Reason | None:
    """No card opens a zone that is locked down; two who break the glass do."""
    return Reason.LOCKDOWN if facts.locked_down and not breaks_glass(facts) else None


def no_order_denies(_: AccessRequest, facts: Facts) -> Reason | None:
    """An order may deny a holder or a card before the policy does."""
    return Reason.DENIED_BY_ORDER if facts.denied_by_order else None


def policy_is_fresh(_: AccessRequest, facts: Facts) -> Reason | None:
    """A zone may say how old the policy is allowed to be; one that is older lets nobody in but by the break-glass."""
    return Reason.STALE_POLICY if _is_stale(facts) and not breaks_glass(facts) else None


def breaks_glass(facts: Facts) -> bool:
    """Answer whether the policy is too old for the zone, and the holder one of those who may open it all the same."""
    return facts.may_break_glass and _is_stale(facts)


def _is_stale(facts: Facts) -> bool:
    """Answer whether the policy is too old for the zone; one of unknown age is."""
    limit = facts.zone.max_age_seconds if facts.zone else None
    age = facts.policy_age_seconds
    return limit is not None and (age is None or age > limit)
