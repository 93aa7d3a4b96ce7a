"""What counts when something is wrong: a policy that is too old, two who break the glass, a clock nobody confirms."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.core.decision import decide
from doorctl.core.model import Status
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import Decision, Facts
from tests.core.builders import (
    ADA,
    ADAS_CARD,
    ADAS_GRANT,
    FLOOR_3,
    NOON,
    WITH_ADA,
    WITH_GRACE,
    a_request,
    a_schedule,
    a_window,
    facts,
)

LIMITED = replace(FLOOR_3, max_age_seconds=900, break_glass="rescue")
STALE = facts(zone=LIMITED, policy_age_seconds=901, may_break_glass=True)
ASKED_WITH_GRACE = a_request(companions=WITH_GRACE)
AFTERNOON = a_schedule(a_window("12:00", "18:00"))
TOMORROW = NOON + timedelta(days=1)


def test_the_first_who_breaks_the_glass_waits_for_a_second() -> None:
    assert decide(a_request(), STALE).reasons == (Reason.BREAK_GLASS_AWAITS_SECOND,)


def test_the_second_who_breaks_the_glass_is_granted_without_a_grant_and_with_a_reason_of_its_own() -> None:
    assert decide(ASKED_WITH_GRACE, STALE) == Decision(Outcome.GRANTED, Reason.BREAK_GLASS)


def test_nobody_breaks_the_glass_alone_with_two_swipes() -> None:
    assert decide(a_request(companions=WITH_ADA), STALE).reason is Reason.BREAK_GLASS_AWAITS_SECOND


def test_a_companion_helps_nobody_while_the_policy_is_fresh() -> None:
    fresh = replace(STALE, policy_age_seconds=900)

    assert decide(ASKED_WITH_GRACE, fresh).reason is Reason.NO_GRANT
    assert decide(ASKED_WITH_GRACE, replace(fresh, grants=(ADAS_GRANT,))).reason is Reason.GRANTED


def test_who_may_not_break_the_glass_is_denied_by_a_policy_that_is_too_old() -> None:
    known = replace(STALE, may_break_glass=False, grants=(ADAS_GRANT,))

    assert decide(ASKED_WITH_GRACE, known).reason is Reason.STALE_POLICY


def test_without_a_limit_there_is_no_glass_to_break() -> None:
    known = facts(zone=replace(LIMITED, max_age_seconds=None), may_break_glass=True)

    assert decide(ASKED_WITH_GRACE, known).reason is Reason.NO_GRANT


def test_two_who_break_the_glass_open_a_zone_that_is_locked_down_and_nobody_else_does() -> None:
    locked = replace(STALE, locked_down=True)

    assert decide(ASKED_WITH_GRACE, locked).reason is Reason.BREAK_GLASS
    assert decide(a_request(), locked).reason is Reason.BREAK_GLASS_AWAITS_SECOND
    assert decide(ASKED_WITH_GRACE, replace(locked, may_break_glass=False)).reason is Reason.LOCKDOWN
    assert decide(ASKED_WITH_GRACE, replace(locked, policy_age_seconds=900)).reason is Reason.LOCKDOWN


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (replace(STALE, needs_upgrade=True), Reason.NEEDS_UPGRADE),
        (replace(STALE, denied_by_order=True), Reason.DENIED_BY_ORDER),
        (replace(STALE, credential=replace(ADAS_CARD, status=Status.LOST)), Reason.CREDENTIAL_LOST),
        (replace(STALE, holder=replace(ADA, status=Status.SUSPENDED)), Reason.HOLDER_SUSPENDED),
        (replace(STALE, holder=replace(ADA, valid_until=NOON)), Reason.HOLDER_EXPIRED),
        (replace(STALE, zone=replace(LIMITED, strict=True)), Reason.NO_ROSTER),
        (
            replace(STALE, holder=replace(ADA, valid_until=TOMORROW), clock_trusted=False),
            Reason.CLOCK_UNTRUSTED,
        ),
    ],
)
def test_breaking_the_glass_takes_every_other_rule(known: Facts, reason: Reason) -> None:
    assert decide(ASKED_WITH_GRACE, known).reason is reason
    assert decide(a_request(), known).reason is reason


def test_breaking_the_glass_does_not_depend_on_the_time_of_a_grant() -> None:
    timed = replace(STALE, grants=(replace(ADAS_GRANT, valid_until=TOMORROW),), clock_trusted=False)

    assert decide(ASKED_WITH_GRACE, timed).reason is Reason.BREAK_GLASS


TIMED = [
    facts(ADAS_GRANT, credential=replace(ADAS_CARD, valid_until=TOMORROW)),
    facts(ADAS_GRANT, holder=replace(ADA, valid_from=NOON)),
    facts(replace(ADAS_GRANT, valid_until=TOMORROW)),
    facts(replace(ADAS_GRANT, schedule="office"), schedules=[AFTERNOON]),
]


@pytest.mark.parametrize("known", TIMED)
def test_what_depends_on_the_time_takes_a_trusted_clock_or_a_recent_boot(known: Facts) -> None:
    untrusted = replace(known, clock_trusted=False)
    reasons = [decide(a_request(), replace(untrusted, boot_seconds=up)).reason for up in (0.0, 1800.0, 1800.1, None)]

    assert decide(a_request(), known).is_granted
    assert reasons == [Reason.GRANTED, Reason.GRANTED, Reason.CLOCK_UNTRUSTED, Reason.CLOCK_UNTRUSTED]


def test_a_zone_says_how_long_a_clock_counts_after_the_boot() -> None:
    known = replace(TIMED[2], zone=replace(FLOOR_3, grace_after_boot_seconds=0), clock_trusted=False)

    assert decide(a_request(), replace(known, boot_seconds=0.1)).reason is Reason.CLOCK_UNTRUSTED
    assert decide(a_request(), replace(known, boot_seconds=0)).is_granted


def test_without_a_zone_there_is_no_grace() -> None:
    known = replace(TIMED[0], zone=None, clock_trusted=False, boot_seconds=0)

    assert Reason.CLOCK_UNTRUSTED in decide(a_request(), known).reasons


def test_what_does_not_depend_on_the_time_takes_no_clock() -> None:
    untrusted = facts(replace(ADAS_GRANT, id="g0", valid_until=TOMORROW), ADAS_GRANT, clock_trusted=False)

    assert decide(a_request(), untrusted).is_granted
