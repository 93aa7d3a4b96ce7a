"""Whether a grant admits now, and what is only valid from or until a time."""

from datetime import datetime

from doorctl.core.model import Credential, Grant, Holder
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.schedule import is_open


def admitting_grant(request: AccessRequest, facts: Facts) -> str | None:
    """Name the first grant that admits, for whoever explains a decision."""
    return next((grant.id for grant in admitting_grants(request, facts)), None)


def admitting_grants(request: AccessRequest, facts: Facts) -> tuple[Grant, ...]:
    """Return the grants that admit now, in the order in which they are tried."""
    return tuple(grant for grant in facts.grants if grant_misses(grant, request, facts) is None)


def grant_misses(grant: Grant, request: AccessRequest, facts: Facts) -> Reason | None:
    """Tell why this grant does not admit, or None when it does."""
    if facts.zone is None or grant.zone != facts.zone.id:
        return Reason.NO_GRANT
    if reason := outside_validity(grant, request.at, Reason.GRANT_NOT_YET_VALID, Reason.GRANT_EXPIRED):
        return reason
    if grant.schedule is None:
        return None
    schedule = facts.schedules.get(grant.schedule)
    if schedule is None:
        return Reason.UNKNOWN_SCHEDULE
    return None if is_open(schedule, request.at, facts.timezone, facts.holidays) else Reason.OUTSIDE_SCHEDULE


def all_depend_on_clock(grants: tuple[Grant, ...]) -> bool:
    """Answer whether there are grants, and every one has a schedule or bounds."""
    return bool(grants) and all(grant.schedule is not None or has_bounds(grant) for grant in grants)


def has_bounds(thing: Credential | Holder | Grant | None) -> bool:
    """Answer whether something is only valid from or until a time."""
    return thing is not None and (thing.valid_from is not None or thing.valid_until is not None)


def outside_validity(
    thing: Credential | Holder | Grant | None, at: datetime, early: Reason, over: Reason
) -> Reason | None:
    """Tell whether `at` is before `valid_from`, which is inclusive, or not before `valid_until`."""
    if thing is None:
        return None
    if thing.valid_from is not None and at < thing.valid_from:
        return early
    return over if thing.valid_until is not None and at >= thing.valid_until else None
