"""The decision: rules in order, each of which may deny; what is unknown denies."""

from collections.abc import Callable

from doorctl.core.areas import Way
from doorctl.core.model import Status
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import AccessRequest, Decision, Facts
from doorctl.core.rules.card_limits import first_use_is_recent, limits_depend_on_clock, uses_are_left
from doorctl.core.rules.class_rules import card_is_accepted, reader_is_accepted
from doorctl.core.rules.clock_rules import clock_counts
from doorctl.core.rules.company import enough_come_together, two_break_the_glass
from doorctl.core.rules.door_mode import door_is_not_locked
from doorctl.core.rules.emergencies import (
    breaks_glass,
    no_order_denies,
    policy_is_fresh,
    zone_is_not_locked_down,
)
from doorctl.core.rules.factors import (
    entered_pin_may_be_tried,
    is_under_duress,
    pin_alone_is_enough,
    pin_is_presented,
    pin_is_right,
    pin_may_be_tried,
)
from doorctl.core.rules.grant_rules import (
    admitting_grants,
    all_depend_on_clock,
    grant_misses,
    has_bounds,
    outside_validity,
)
from doorctl.core.rules.interlock import other_doors_are_locked, pin_alone_waits_for_other_doors
from doorctl.core.rules.occupancy import (
    enough_stay,
    leaves_too_few,
    may_deny,
    nobody_passes_back,
    passes_back,
    zone_has_room,
)
from doorctl.core.rules.strict import (
    a_roster_is_in_force,
    disk_has_room,
    door_leads_into_its_strict_zone,
    history_is_not_forked,
    is_strict,
    roster_admits,
    roster_depends_on_clock,
)
from doorctl.core.rules.threat import clearance_suffices
from doorctl.core.rules.training import training_depends_on_clock, training_is_recent
from doorctl.core.rules.visitor_rules import a_visitor_is_escorted, sponsor_depends_on_clock, sponsor_may_enter

Rule = Callable[[AccessRequest, Facts], Reason | None]


def decide(request: AccessRequest, facts: Facts) -> Decision:
    """Answer whether the request may pass; the first rule that denies gives the reason.

    Duress is told of a denial, too: behind the reasons.
    """
    reasons = tuple(reason for rule in rules_for(request) if (reason := rule(request, facts)) is not None)
    if reasons:
        told = (*reasons, Reason.DURESS) if is_under_duress(request, facts) else reasons
        return Decision(Outcome.DENIED, reasons[0], told)
    return Decision(Outcome.GRANTED, _why_granted(request, facts))


def rules_for(request: AccessRequest) -> tuple[Rule, ...]:
    """Return the rules of the way that somebody wants to go: a grant, a roster and a PIN are asked of who enters."""
    if request.way is Way.IN:
        return RULES
    return WAY_OUT_RULES if request.egress_is_wired else FREE_WAY_OUT_RULES


def policy_is_known(_: AccessRequest, facts: Facts) -> Reason | None:
    """Without a policy nobody passes."""
    return None if facts.policy_known else Reason.NO_POLICY


def door_is_known(request: AccessRequest, facts: Facts) -> Reason | None:
    """The policy must know the very door that was asked for."""
    return None if facts.door and facts.door.id == request.door else Reason.UNKNOWN_DOOR


def zone_is_known(_: AccessRequest, facts: Facts) -> Reason | None:
    """The zone must be the one that the door opens into."""
    known = facts.zone and facts.door and facts.zone.id == facts.door.zone
    return None if known else Reason.UNKNOWN_ZONE


def zone_is_understood(_: AccessRequest, facts: Facts) -> Reason | None:
    """A zone with rules that a newer doorctl made, and that we cannot read, denies."""
    return Reason.NEEDS_UPGRADE if facts.needs_upgrade else None


def card_is_known(request: AccessRequest, facts: Facts) -> Reason | None:
    """The credential must be that of the very card that was read; a PIN alone brings none."""
    if request.pin_alone:
        return None
    known = facts.credential and facts.credential.key == request.credential(facts.ring_keys)
    return None if known else Reason.UNKNOWN_CARD


def credential_is_active(_: AccessRequest, facts: Facts) -> Reason | None:
    """A lost credential denies as lost; any other that is not active, as suspended."""
    if facts.credential is None or facts.credential.status == Status.ACTIVE:
        return None
    return Reason.CREDENTIAL_LOST if facts.credential.status == Status.LOST else Reason.CREDENTIAL_SUSPENDED


def credential_is_valid(request: AccessRequest, facts: Facts) -> Reason | None:
    """The credential must have begun and not ended."""
    return outside_validity(facts.credential, request.at, Reason.CREDENTIAL_NOT_YET_VALID, Reason.CREDENTIAL_EXPIRED)


def holder_is_known(request: AccessRequest, facts: Facts) -> Reason | None:
    """The holder must be the one that the credential names; an unknown card names nobody, nor does an unknown PIN."""
    if request.pin_alone or facts.credential is None:
        return None
    return None if facts.holder and facts.holder.id == facts.credential.holder else Reason.UNKNOWN_HOLDER


def holder_is_active(_: AccessRequest, facts: Facts) -> Reason | None:
    """A holder that is not active denies."""
    return None if facts.holder is None or facts.holder.status == Status.ACTIVE else Reason.HOLDER_SUSPENDED


def holder_is_valid(request: AccessRequest, facts: Facts) -> Reason | None:
    """The holder must have begun and not ended."""
    return outside_validity(facts.holder, request.at, Reason.HOLDER_NOT_YET_VALID, Reason.HOLDER_EXPIRED)


def a_grant_admits(request: AccessRequest, facts: Facts) -> Reason | None:
    """One grant that admits is enough; when none does, the nearest miss is the reason. Breaking glass takes none."""
    if breaks_glass(facts):
        return None
    misses = [grant_misses(grant, request, facts) for grant in facts.grants]
    if None in misses:
        return None
    return next((reason for reason in NEAREST_MISS if reason in misses), Reason.NO_GRANT)


def clock_is_trusted(request: AccessRequest, facts: Facts) -> Reason | None:
    """What depends on the time takes a clock that something confirms, or outside strict zones a recent boot."""
    if clock_counts(request, facts):
        return None
    depends = (
        has_bounds(facts.credential)
        or has_bounds(facts.holder)
        or limits_depend_on_clock(facts)
        or training_depends_on_clock(facts)
        or _grants_depend_on_clock(request, facts)
        or sponsor_depends_on_clock(request, facts)
        or (is_strict(request, facts) and roster_depends_on_clock(request, facts))
    )
    return Reason.CLOCK_UNTRUSTED if depends else None


RULES: tuple[Rule, ...] = (
    policy_is_known,
    door_is_known,
    zone_is_known,
    door_leads_into_its_strict_zone,
    zone_is_not_locked_down,
    zone_is_understood,
    door_is_not_locked,
    history_is_not_forked,
    disk_has_room,
    reader_is_accepted,
    pin_alone_waits_for_other_doors,
    policy_is_fresh,
    no_order_denies,
    card_is_known,
    credential_is_active,
    credential_is_valid,
    uses_are_left,
    first_use_is_recent,
    card_is_accepted,
    holder_is_known,
    holder_is_active,
    holder_is_valid,
    pin_alone_is_enough,
    pin_may_be_tried,
    pin_is_right,
    a_grant_admits,
    sponsor_may_enter,
    a_roster_is_in_force,
    roster_admits,
    clearance_suffices,
    training_is_recent,
    clock_is_trusted,
    nobody_passes_back,
    zone_has_room,
    other_doors_are_locked,
    a_visitor_is_escorted,
    pin_is_presented,
    enough_come_together,
    enough_stay,
    two_break_the_glass,
)
KNOWN_AND_VALID: tuple[Rule, ...] = (
    card_is_known,
    credential_is_active,
    credential_is_valid,
    holder_is_known,
    holder_is_active,
    holder_is_valid,
)
"""Whoever has a card that is somebody's, and counts."""
FREE_WAY_OUT_RULES: tuple[Rule, ...] = (
    policy_is_known,
    door_is_known,
    zone_is_known,
    no_order_denies,
    *KNOWN_AND_VALID,
    pin_alone_is_enough,
    entered_pin_may_be_tried,
    pin_is_right,
)
"""Whoever is known may leave by a reader: no lockdown, old policy, other door, or who else is inside forbids it."""
WAY_OUT_RULES: tuple[Rule, ...] = (
    policy_is_known,
    door_is_known,
    zone_is_known,
    zone_is_not_locked_down,
    zone_is_understood,
    pin_alone_waits_for_other_doors,
    policy_is_fresh,
    no_order_denies,
    *KNOWN_AND_VALID,
    pin_alone_is_enough,
    entered_pin_may_be_tried,
    pin_is_right,
    nobody_passes_back,
    other_doors_are_locked,
    enough_stay,
    two_break_the_glass,
)
"""The same where people get out without us."""

NEAREST_MISS = (
    Reason.OUTSIDE_SCHEDULE,
    Reason.UNKNOWN_SCHEDULE,
    Reason.GRANT_NOT_YET_VALID,
    Reason.GRANT_EXPIRED,
)


def _why_granted(request: AccessRequest, facts: Facts) -> Reason:
    """Tell by what a request that nothing denies is granted; duress is told before all else."""
    if is_under_duress(request, facts):
        return Reason.DURESS
    if breaks_glass(facts) and may_deny(request):
        return Reason.BREAK_GLASS
    if passes_back(request, facts):
        return Reason.PASSBACK_NOTED
    too_few = not may_deny(request) and leaves_too_few(request, facts)  # else `enough_stay` has asked
    return Reason.LEFT_ALONE if too_few else Reason.GRANTED


def _grants_depend_on_clock(request: AccessRequest, facts: Facts) -> bool:
    """Answer whether every grant that admits has a schedule or bounds; breaking glass takes none."""
    return all_depend_on_clock(admitting_grants(request, facts)) and not breaks_glass(facts)
