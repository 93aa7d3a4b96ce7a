"""When what denies now ends by itself: a schedule opens, something begins to be valid, or no PIN is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from doorctl.core.decision import decide
from doorctl.core.lasting import earliest
from doorctl.core.model import Credential, Grant, Holder, RosterLine
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.company import AWAITING
from doorctl.core.rules.door_mode import door_is_not_locked, mode_changes_after
from doorctl.core.rules.factors import pin_is_presented
from doorctl.core.rules.occupancy import passback_ends_after
from doorctl.core.schedule import next_change, next_opening

MOST_STEPS = 16
_BROUGHT = AWAITING | {Reason.PIN_AWAITED, Reason.ESCORT_AWAITED}
"""What the holder ends at the door, with others or alone."""


def ends_at(reason: Reason, request: AccessRequest, facts: Facts) -> datetime | None:
    """Return when a reason that denies the request ends by itself; None when it does not, or not within a year."""
    ending = _ENDINGS.get(reason)
    return None if ending is None else ending(request, facts)


def comes_in_at(request: AccessRequest, facts: Facts) -> datetime | None:
    """Return the first moment from the request on when no rule denies it but for a PIN or company to come.

    Nothing but the time changes meanwhile. None when that never comes, not within a year, or only after many changes.
    """
    for _ in range(MOST_STEPS):
        reasons = [reason for reason in decide(request, facts).reasons if reason not in _BROUGHT]
        ends = [end for reason in reasons if (end := ends_at(reason, request, facts)) is not None]
        if len(ends) < len(reasons):
            return None
        if not reasons:
            return request.at
        request = replace(request, at=max(ends))
    return None


def _credential_begins(_: AccessRequest, facts: Facts) -> datetime | None:
    return _begins(facts.credential)


def _holder_begins(_: AccessRequest, facts: Facts) -> datetime | None:
    return _begins(facts.holder)


def _begins(thing: Credential | Holder | None) -> datetime | None:
    return None if thing is None else thing.valid_from


def _a_grant_opens(request: AccessRequest, facts: Facts) -> datetime | None:
    return earliest(_grant_opens(grant, request, facts) for grant in facts.grants)


def _grant_opens(grant: Grant, request: AccessRequest, facts: Facts) -> datetime | None:
    if facts.zone is None or grant.zone != facts.zone.id:
        return None
    begin = request.at if grant.valid_from is None else max(request.at, grant.valid_from)
    if grant.schedule is not None:
        schedule = facts.schedules.get(grant.schedule)
        opens = None if schedule is None else next_opening(schedule, begin, facts.timezone, facts.holidays)
        return _before(opens, grant.valid_until)
    return _before(begin, grant.valid_until)


def _a_line_opens(request: AccessRequest, facts: Facts) -> datetime | None:
    return earliest(_line_opens(line, request, facts) for line in facts.roster or ())


def _line_opens(line: RosterLine, request: AccessRequest, facts: Facts) -> datetime | None:
    if line.schedule is None:
        return _before(request.at, line.until)
    return _before(next_opening(line.schedule, request.at, line.timezone, facts.holidays), line.until)


def _passback_is_over(_: AccessRequest, facts: Facts) -> datetime | None:
    """Return when somebody who has just entered may do so again."""
    after = passback_ends_after(facts)
    since = facts.inside.zones.get(facts.zone.id) if facts.inside and facts.zone else None
    return None if after is None or since is None else since + after


def _pin_is_not_asked(request: AccessRequest, facts: Facts) -> datetime | None:
    """Return when the zone asks for something else, that lets in without a PIN."""
    times = () if facts.zone is None else facts.zone.factor_times
    schedules = [facts.schedules[id_] for id_, _ in times if id_ in facts.schedules]
    for _ in range(MOST_STEPS):
        changes = earliest(
            next_change(schedule, request.at, facts.timezone, facts.holidays) for schedule in schedules
        )
        if changes is None:
            return None
        request = replace(request, at=changes)
        if pin_is_presented(request, facts) is None:
            return changes
    return None


def _door_is_unlocked(request: AccessRequest, facts: Facts) -> datetime | None:
    """Return when the door is in another mode than locked."""
    for _ in range(MOST_STEPS):
        changes = mode_changes_after(request, facts)
        if changes is None:
            return None
        request = replace(request, at=changes)
        if door_is_not_locked(request, facts) is None:
            return changes
    return None


def _before(moment: datetime | None, end: datetime | None) -> datetime | None:
    return None if moment is None or (end is not None and moment >= end) else moment


_ENDINGS: Mapping[Reason, Callable[[AccessRequest, Facts], datetime | None]] = {
    Reason.DOOR_LOCKED: _door_is_unlocked,
    Reason.CREDENTIAL_NOT_YET_VALID: _credential_begins,
    Reason.HOLDER_NOT_YET_VALID: _holder_begins,
    Reason.OUTSIDE_SCHEDULE: _a_grant_opens,
    Reason.UNKNOWN_SCHEDULE: _a_grant_opens,
    Reason.GRANT_NOT_YET_VALID: _a_grant_opens,
    Reason.GRANT_EXPIRED: _a_grant_opens,
    Reason.ROSTER_OUTSIDE_SCHEDULE: _a_line_opens,
    Reason.PASSBACK: _passback_is_over,
    Reason.NO_PIN: _pin_is_not_asked,
}
