"""Who may pass, and why not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorctl.core.decision import decide
from doorctl.core.model import Credential, Door, Holder, Status, Zone
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import NO_POLICY, Decision, Facts
from doorctl.core.rules.grant_rules import admitting_grant
from tests.core.builders import (
    ADA,
    ADAS_CARD,
    ADAS_GRANT,
    KEY,
    NOON,
    a_request,
    a_schedule,
    a_window,
    facts,
)

LATER = NOON + timedelta(microseconds=1)
MORNING = a_schedule(a_window("08:00", "12:00"))
AFTERNOON = a_schedule(a_window("12:00", "18:00"))
ON_SCHEDULE = replace(ADAS_GRANT, id="scheduled", schedule="office")


def test_a_holder_with_a_grant_is_granted() -> None:
    decision = decide(a_request(), facts(ADAS_GRANT))

    assert decision == Decision(Outcome.GRANTED, Reason.GRANTED)
    assert decision.is_granted


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        (facts(ADAS_GRANT, policy_known=False), Reason.NO_POLICY),
        (facts(ADAS_GRANT, door=Door("back", "floor-3")), Reason.UNKNOWN_DOOR),
        (facts(ADAS_GRANT, zone=None), Reason.UNKNOWN_ZONE),
        (facts(ADAS_GRANT, zone=Zone("floor-4")), Reason.UNKNOWN_ZONE),
        (
            facts(ADAS_GRANT, zone=Zone("floor-3", max_age_seconds=60), policy_age_seconds=61),
            Reason.STALE_POLICY,
        ),
        (replace(facts(ADAS_GRANT), locked_down=True), Reason.LOCKDOWN),
        (replace(facts(ADAS_GRANT), needs_upgrade=True), Reason.NEEDS_UPGRADE),
        (replace(facts(ADAS_GRANT), denied_by_order=True), Reason.DENIED_BY_ORDER),
        (facts(ADAS_GRANT, credential=None), Reason.UNKNOWN_CARD),
        (facts(ADAS_GRANT, credential=Credential(b"other", "ada")), Reason.UNKNOWN_CARD),
        (facts(ADAS_GRANT, credential=replace(ADAS_CARD, status=Status.LOST)), Reason.CREDENTIAL_LOST),
        (
            facts(ADAS_GRANT, credential=replace(ADAS_CARD, status=Status.SUSPENDED)),
            Reason.CREDENTIAL_SUSPENDED,
        ),
        (
            facts(ADAS_GRANT, credential=replace(ADAS_CARD, valid_from=LATER)),
            Reason.CREDENTIAL_NOT_YET_VALID,
        ),
        (facts(ADAS_GRANT, credential=replace(ADAS_CARD, valid_until=NOON)), Reason.CREDENTIAL_EXPIRED),
        (facts(ADAS_GRANT, holder=None), Reason.UNKNOWN_HOLDER),
        (facts(ADAS_GRANT, holder=Holder("grace")), Reason.UNKNOWN_HOLDER),
        (facts(ADAS_GRANT, holder=replace(ADA, status=Status.SUSPENDED)), Reason.HOLDER_SUSPENDED),
        (facts(ADAS_GRANT, holder=replace(ADA, status=Status.LOST)), Reason.HOLDER_SUSPENDED),
        (facts(ADAS_GRANT, holder=replace(ADA, valid_from=LATER)), Reason.HOLDER_NOT_YET_VALID),
        (facts(ADAS_GRANT, holder=replace(ADA, valid_until=NOON)), Reason.HOLDER_EXPIRED),
        (facts(), Reason.NO_GRANT),
        (facts(replace(ADAS_GRANT, zone="floor-4")), Reason.NO_GRANT),
        (facts(replace(ADAS_GRANT, valid_from=LATER)), Reason.GRANT_NOT_YET_VALID),
        (facts(replace(ADAS_GRANT, valid_until=NOON)), Reason.GRANT_EXPIRED),
        (facts(ON_SCHEDULE), Reason.UNKNOWN_SCHEDULE),
        (facts(ON_SCHEDULE, schedules=[MORNING]), Reason.OUTSIDE_SCHEDULE),
    ],
)
def test_each_fact_that_is_not_right_denies_with_its_own_reason(known: Facts, reason: Reason) -> None:
    decision = decide(a_request(), known)

    assert (decision.outcome, decision.reason) == (Outcome.DENIED, reason)
    assert not decision.is_granted


def test_a_credential_is_denied_from_the_moment_it_expires() -> None:
    known = facts(ADAS_GRANT, credential=replace(ADAS_CARD, valid_until=NOON))

    assert decide(a_request(at=NOON - timedelta(microseconds=1)), known).is_granted
    assert decide(a_request(at=NOON), known).reason is Reason.CREDENTIAL_EXPIRED


def test_a_grant_counts_from_its_first_moment() -> None:
    known = facts(replace(ADAS_GRANT, valid_from=NOON))

    assert decide(a_request(at=NOON), known).is_granted
    assert not decide(a_request(at=NOON - timedelta(microseconds=1)), known).is_granted


def test_a_policy_as_old_as_the_zone_allows_counts() -> None:
    known = facts(ADAS_GRANT, zone=Zone("floor-3", max_age_seconds=60), policy_age_seconds=60)

    assert decide(a_request(), known).is_granted


@pytest.mark.parametrize("age", [1e9, None])
def test_age_is_asked_where_the_zone_has_a_limit(age: float | None) -> None:
    known = facts(ADAS_GRANT, zone=Zone("floor-3"), policy_age_seconds=age)

    assert decide(a_request(), known).is_granted


def test_a_policy_of_unknown_age_is_too_old_for_a_zone_with_a_limit() -> None:
    known = facts(ADAS_GRANT, zone=Zone("floor-3", max_age_seconds=60))

    assert decide(a_request(), known).reason is Reason.STALE_POLICY


def test_a_request_without_a_readable_card_is_denied() -> None:
    assert decide(replace(a_request(), credentials=()), facts(ADAS_GRANT)).reason is Reason.UNKNOWN_CARD


def test_a_schedule_that_is_open_admits() -> None:
    assert decide(a_request(), facts(ON_SCHEDULE, schedules=[AFTERNOON])).is_granted


def test_a_holiday_closes_the_schedule_of_a_grant() -> None:
    known = facts(ON_SCHEDULE, schedules=[AFTERNOON], holidays=[NOON.date()])

    assert decide(a_request(), known).reason is Reason.OUTSIDE_SCHEDULE


def test_one_grant_that_admits_is_enough_and_the_first_is_named() -> None:
    by_group = replace(ADAS_GRANT, id="g2", subject="staff")

    known = facts(ON_SCHEDULE, by_group, ADAS_GRANT, schedules=[MORNING])

    assert decide(a_request(), known).is_granted
    assert admitting_grant(a_request(), known) == "g2"


def test_of_several_misses_the_nearest_is_the_reason() -> None:
    nearest_first = [
        ON_SCHEDULE,
        replace(ADAS_GRANT, schedule="gone"),
        replace(ADAS_GRANT, valid_from=LATER),
        replace(ADAS_GRANT, valid_until=NOON),
        replace(ADAS_GRANT, zone="floor-4"),
    ]

    reasons = [decide(a_request(), facts(*reversed(nearest_first[n:]), schedules=[MORNING])).reason for n in range(5)]

    assert reasons == [
        Reason.OUTSIDE_SCHEDULE,
        Reason.UNKNOWN_SCHEDULE,
        Reason.GRANT_NOT_YET_VALID,
        Reason.GRANT_EXPIRED,
        Reason.NO_GRANT,
    ]


def test_what_ends_in_the_first_pass_of_an_hour_that_comes_twice_is_over_in_the_second() -> None:
    paris = ZoneInfo("Europe/Paris")
    quarter_to_three = datetime(2026, 10, 25, 2, 45, tzinfo=paris)
    known = facts(ADAS_GRANT, credential=replace(ADAS_CARD, valid_until=quarter_to_three))
    half_past_two = [datetime(2026, 10, 25, 2, 30, tzinfo=paris, fold=fold) for fold in (0, 1)]

    assert [decide(a_request(at), known).reason for at in half_past_two] == [
        Reason.GRANTED,
        Reason.CREDENTIAL_EXPIRED,
    ]


def test_all_reasons_are_listed_in_the_order_of_the_rules() -> None:
    known = facts(
        credential=replace(ADAS_CARD, status=Status.LOST, valid_until=NOON),
        holder=replace(ADA, status=Status.SUSPENDED),
    )

    decision = decide(a_request(), known)

    assert decision.reasons == (
        Reason.CREDENTIAL_LOST,
        Reason.CREDENTIAL_EXPIRED,
        Reason.HOLDER_SUSPENDED,
        Reason.NO_GRANT,
    )


def test_without_a_policy_the_first_reason_is_that() -> None:
    assert decide(a_request(), NO_POLICY).reason is Reason.NO_POLICY


def test_a_status_text_of_a_later_version_denies() -> None:
    retired: Status = "retired"  # type: ignore[assignment]
    known = facts(ADAS_GRANT, credential=replace(ADAS_CARD, status=retired), holder=replace(ADA, status=retired))

    assert decide(a_request(), known).reasons == (Reason.CREDENTIAL_SUSPENDED, Reason.HOLDER_SUSPENDED)


def test_a_card_is_known_by_the_key_of_the_ring_that_the_policy_is_made_with() -> None:
    deeper = b"d" * 32
    known = replace(facts(ADAS_GRANT, credential=Credential(deeper, "ada")), ring_keys=2)

    assert decide(a_request(NOON, KEY, deeper), known).is_granted
    assert decide(a_request(NOON, deeper), known).reason is Reason.UNKNOWN_CARD
    assert decide(a_request(NOON, deeper, KEY), known).reason is Reason.UNKNOWN_CARD


Spoil = Callable[[Facts], Facts]
SPOILS: dict[str, Spoil] = {
    "policy": lambda known: replace(known, policy_known=False),
    "door": lambda known: replace(known, door=None),
    "zone": lambda known: replace(known, zone=None),
    "credential": lambda known: replace(known, credential=None),
    "holder": lambda known: replace(known, holder=None),
    "grants": lambda known: replace(known, grants=()),
    "schedules": lambda known: replace(known, schedules={}),
    "clock": lambda known: replace(known, clock_trusted=False),
}


@settings(max_examples=130, deadline=None)
@given(st.sets(st.sampled_from(sorted(SPOILS))))
def test_whatever_is_unknown_denies(unknown: set[str]) -> None:
    known = facts(ON_SCHEDULE, schedules=[AFTERNOON])
    for name in unknown:
        known = SPOILS[name](known)

    decision = decide(a_request(), known)

    assert decision.is_granted is not bool(unknown)
    assert decision.is_granted is (decision.reasons == ())
    assert decision.reason is (Reason.GRANTED if decision.is_granted else decision.reasons[0])
