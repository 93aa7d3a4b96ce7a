"""What limits a card beyond its dates: how often it lets in, and for how long from the first time on."""

from datetime import datetime, timedelta

from doorctl.core.model import CardLimits, CardUsed
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts


def uses_are_left(_: AccessRequest, facts: Facts) -> Reason | None:
    """A card with a number of uses lets in so many times."""
    return Reason.USES_SPENT if is_spent(facts.limits, facts.used) else None


def is_spent(limits: CardLimits | None, used: CardUsed) -> bool:
    """Answer whether no use is left of a card that was used so often."""
    return limits is not None and limits.uses is not None and used.count >= limits.uses


def first_use_is_recent(request: AccessRequest, facts: Facts) -> Reason | None:
    """A card that counts from its first use on does so for a time; a clock that is so far behind ends it, too."""
    limits, first = facts.limits, facts.used.first
    if limits is None or limits.first_use_seconds is None or first is None:
        return None
    over = abs((request.at - first).total_seconds()) >= limits.first_use_seconds
    return Reason.FIRST_USE_OVER if over else None


def limits_depend_on_clock(facts: Facts) -> bool:
    """Answer whether a card counts for a time from its first use on."""
    return facts.limits is not None and facts.limits.first_use_seconds is not None


def first_use_ends(request: AccessRequest, facts: Facts) -> datetime | None:
    """Return when a card that is used at this request, or was before, no longer counts; None if it always does."""
    if facts.limits is None or facts.limits.first_use_seconds is None:
        return None
    try:
        return (facts.used.first or request.at) + timedelta(seconds=facts.limits.first_use_seconds)
    except OverflowError:  # beyond the last day of the calendar
        return None
