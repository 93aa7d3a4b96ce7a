"""Strict doors: they open into one zone only, and only for who stands on the roster that its officers have signed.

A door is strict by its own configuration, or because the policy says so of its zone. What the policy says can add
to what a strict door asks for, never take away from it.
"""

from doorctl.core.model import RosterLine
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.schedule import is_open

NEAREST_ROSTER_MISS = (Reason.ROSTER_OUTSIDE_SCHEDULE, Reason.ROSTER_EXPIRED)


def is_strict(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether the request is one at a strict door."""
    return request.strict_zone is not None or (facts.zone is not None and facts.zone.strict)


def door_leads_into_its_strict_zone(request: AccessRequest, facts: Facts) -> Reason | None:
    """A strict door must lead into the very zone that its own configuration names."""
    if request.strict_zone is None or facts.door is None:
        return None
    return None if facts.door.zone == request.strict_zone else Reason.NOT_THE_STRICT_ZONE


def history_is_not_forked(request: AccessRequest, facts: Facts) -> Reason | None:
    """A strict door denies while the policy has another history than the hub's."""
    return Reason.POLICY_FORK if is_strict(request, facts) and facts.policy_forked else None


def disk_has_room(request: AccessRequest, facts: Facts) -> Reason | None:
    """A strict door denies while the disk is almost full, and what is done there might soon not be recorded."""
    return Reason.DISK_ALMOST_FULL if is_strict(request, facts) and facts.disk_almost_full else None


def a_roster_is_in_force(request: AccessRequest, facts: Facts) -> Reason | None:
    """A strict door takes a roster that its officers have signed."""
    return Reason.NO_ROSTER if is_strict(request, facts) and facts.roster is None else None


def roster_admits(request: AccessRequest, facts: Facts) -> Reason | None:
    """One line of the roster for this holder and card is enough; when none admits, the nearest miss is the reason."""
    if not is_strict(request, facts) or facts.roster is None:
        return None
    misses = [_miss(line, request, facts) for line in facts.roster]
    if None in misses:
        return None
    return next((reason for reason in NEAREST_ROSTER_MISS if reason in misses), Reason.NOT_ON_ROSTER)


def admitting_lines(request: AccessRequest, facts: Facts) -> tuple[RosterLine, ...]:
    """Return the lines of the roster that admit now."""
    return tuple(line for line in facts.roster or () if _miss(line, request, facts) is None)


def roster_depends_on_clock(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether every line that admits has a schedule or an end."""
    admitting = admitting_lines(request, facts)
    return bool(admitting) and all(line.schedule is not None or line.until is not None for line in admitting)


def _miss(line: RosterLine, request: AccessRequest, facts: Facts) -> Reason | None:
    """Tell why this line does not admit, or None when it does."""
    if line.until is not None and request.at >= line.until:
        return Reason.ROSTER_EXPIRED
    if line.schedule is None or is_open(line.schedule, request.at, line.timezone, facts.holidays):
        return None
    return Reason.ROSTER_OUTSIDE_SCHEDULE
