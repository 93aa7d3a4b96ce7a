"""What a zone asks for: a card, a PIN, either or both; wrong PINs, blocks, and the PIN for duress."""

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.core.decision import decide
from doorctl.core.model import Factor, HeldPin, Zone
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.factors import factor_asked, factors_asked, pin_failed
from tests.core.builders import (
    ADA,
    ADAS_GRANT,
    ADAS_PIN,
    FLOOR_3,
    NOON,
    WITH_GRACE,
    a_request,
    a_request_by_pin,
    a_schedule,
    a_window,
    facts,
)

RIGHT, DURESS, WRONG = ADAS_PIN.key, b"d" * 32, b"w" * 32
BY_CARD = a_request()
BY_CARD_AND_PIN = a_request(pin=RIGHT)
BY_PIN = a_request_by_pin(RIGHT)
MORNING = a_schedule(a_window("08:00", "12:00"))
AFTERNOON = a_schedule(a_window("12:00", "18:00"))


def asking(factor: Factor) -> Zone:
    return replace(FLOOR_3, factor=factor)


def known_of(request: AccessRequest, zone: Zone = FLOOR_3, pin: HeldPin | None = ADAS_PIN) -> Facts:
    """What is known of Ada: by a PIN alone her card is not."""
    known = facts(ADAS_GRANT, zone=zone, pin=pin)
    return replace(known, credential=None) if request.pin_alone else known


def reason(request: AccessRequest, zone: Zone = FLOOR_3, pin: HeldPin | None = ADAS_PIN) -> Reason:
    return decide(request, known_of(request, zone, pin)).reason


@pytest.mark.parametrize(
    ("factor", "by_card", "by_both", "by_pin"),
    [
        (Factor.CARD, Reason.GRANTED, Reason.GRANTED, Reason.CARD_AWAITED),
        (Factor.CARD_OR_PIN, Reason.GRANTED, Reason.GRANTED, Reason.GRANTED),
        (Factor.CARD_AND_PIN, Reason.PIN_AWAITED, Reason.GRANTED, Reason.CARD_AWAITED),
        (Factor.PIN, Reason.PIN_AWAITED, Reason.GRANTED, Reason.GRANTED),
    ],
)
def test_a_zone_lets_in_who_brings_what_it_asks_for(
    factor: Factor, by_card: Reason, by_both: Reason, by_pin: Reason
) -> None:
    found = [reason(request, asking(factor)) for request in (BY_CARD, BY_CARD_AND_PIN, BY_PIN)]

    assert found == [by_card, by_both, by_pin]


@pytest.mark.parametrize("factor", Factor)
def test_a_wrong_pin_denies_whatever_was_asked_for(factor: Factor) -> None:
    assert reason(a_request(pin=WRONG), asking(factor)) is Reason.WRONG_PIN


def test_a_pin_alone_is_looked_at_only_where_it_is_taken() -> None:
    assert reason(a_request_by_pin(WRONG), asking(Factor.PIN)) is Reason.WRONG_PIN
    assert reason(a_request_by_pin(WRONG), asking(Factor.CARD)) is Reason.CARD_AWAITED


def test_a_pin_that_is_nobodys_is_wrong() -> None:
    nobody = replace(known_of(BY_PIN, asking(Factor.PIN), None), holder=None, grants=())

    assert decide(BY_PIN, nobody).reason is Reason.WRONG_PIN


def test_a_pin_without_a_holder_is_nobodys() -> None:
    nobody = replace(known_of(BY_PIN, asking(Factor.PIN)), holder=None)

    assert decide(BY_PIN, nobody).reason is Reason.WRONG_PIN


@pytest.mark.parametrize("factor", [Factor.CARD_OR_PIN, Factor.PIN])
def test_who_brings_neither_card_nor_pin_is_denied(factor: Factor) -> None:
    assert reason(replace(BY_PIN, pins=None), asking(factor)) is Reason.PIN_AWAITED


def test_who_has_no_pin_is_told_so_where_one_is_asked_for() -> None:
    assert reason(BY_CARD, asking(Factor.CARD_AND_PIN), pin=None) is Reason.NO_PIN
    assert reason(BY_CARD_AND_PIN, asking(Factor.CARD_AND_PIN), pin=None) is Reason.WRONG_PIN


def test_a_pin_counts_as_it_is_made_with_so_many_keys_of_the_ring() -> None:
    both = replace(BY_CARD_AND_PIN, pins=(WRONG, RIGHT))
    made_with_two, made_with_three = ADAS_PIN._replace(ring_keys=2), ADAS_PIN._replace(ring_keys=3)

    assert reason(both, asking(Factor.CARD_AND_PIN)) is Reason.WRONG_PIN
    assert reason(both, asking(Factor.CARD_AND_PIN), made_with_two) is Reason.GRANTED
    assert reason(both, asking(Factor.CARD_AND_PIN), made_with_three) is Reason.WRONG_PIN


def test_the_pin_is_asked_for_only_when_nothing_else_denies() -> None:
    denied = replace(known_of(BY_CARD, asking(Factor.CARD_AND_PIN)), grants=())

    assert decide(BY_CARD, denied).reasons == (Reason.NO_GRANT, Reason.PIN_AWAITED)


def test_the_pin_for_duress_opens_and_says_so() -> None:
    decision = decide(a_request(pin=DURESS), known_of(BY_CARD, asking(Factor.CARD_AND_PIN)))

    assert (decision.outcome, decision.reason) == (Outcome.GRANTED, Reason.DURESS)


def test_duress_is_told_of_a_denial_too_and_changes_nothing_about_it() -> None:
    denied = replace(known_of(BY_CARD, asking(Factor.CARD_AND_PIN)), grants=())

    assert decide(a_request(pin=DURESS), denied).reasons == (Reason.NO_GRANT, Reason.DURESS)
    assert decide(a_request(pin=RIGHT), denied).reasons == (Reason.NO_GRANT,)
    assert decide(a_request(pin=DURESS), denied).reason is Reason.NO_GRANT


def test_without_a_pin_for_duress_nothing_is_taken_for_one() -> None:
    assert reason(a_request(pin=bytes(32)), asking(Factor.CARD_AND_PIN), HeldPin(RIGHT)) is Reason.WRONG_PIN


def test_duress_is_told_before_the_broken_glass() -> None:
    zone = replace(asking(Factor.CARD_AND_PIN), max_age_seconds=60, break_glass="guards")
    stale = replace(known_of(BY_CARD, zone), policy_age_seconds=61, may_break_glass=True)

    assert decide(a_request(companions=WITH_GRACE, pin=DURESS), stale).reason is Reason.DURESS
    assert decide(a_request(companions=WITH_GRACE, pin=RIGHT), stale).reason is Reason.BREAK_GLASS
    assert decide(a_request(pin=RIGHT), stale).reason is Reason.BREAK_GLASS_AWAITS_SECOND


def test_a_blocked_card_denies_and_its_pin_is_not_tried() -> None:
    for request in (BY_CARD, BY_CARD_AND_PIN, a_request(pin=WRONG)):
        blocked = replace(known_of(request, asking(Factor.CARD_AND_PIN)), credential_blocked=True)

        assert decide(request, blocked).reason is Reason.PIN_BLOCKED
        assert Reason.WRONG_PIN not in decide(request, blocked).reasons


def test_a_blocked_reader_takes_no_pin_but_cards_where_no_pin_is_asked_for() -> None:
    def at_blocked_reader(request: AccessRequest, factor: Factor) -> Reason:
        return decide(request, replace(known_of(request, asking(factor)), reader_blocked=True)).reason

    assert at_blocked_reader(BY_CARD, Factor.CARD) is Reason.GRANTED
    assert at_blocked_reader(BY_CARD, Factor.CARD_OR_PIN) is Reason.GRANTED
    assert at_blocked_reader(BY_CARD, Factor.CARD_AND_PIN) is Reason.PIN_BLOCKED
    assert at_blocked_reader(BY_CARD_AND_PIN, Factor.CARD_AND_PIN) is Reason.PIN_BLOCKED
    assert at_blocked_reader(BY_PIN, Factor.PIN) is Reason.PIN_BLOCKED


@pytest.mark.parametrize(
    ("schedules", "clock_trusted", "expected"),
    [
        ([AFTERNOON], True, Factor.CARD),
        ([MORNING], True, Factor.PIN),
        ([], True, Factor.CARD_AND_PIN),
        ([AFTERNOON], False, Factor.CARD_AND_PIN),
    ],
)
def test_a_zone_asks_by_the_clock_and_for_both_where_it_cannot_tell(
    schedules: list[object], clock_trusted: bool, expected: Factor
) -> None:
    zone = replace(FLOOR_3, factor=Factor.PIN, factor_times=(("office", Factor.CARD),))
    known = facts(ADAS_GRANT, zone=zone, schedules=schedules, clock_trusted=clock_trusted)  # type: ignore[arg-type]

    assert factor_asked(BY_CARD, known) is expected


def test_the_first_time_that_is_open_counts() -> None:
    zone = replace(FLOOR_3, factor_times=(("office", Factor.PIN), ("office", Factor.CARD_AND_PIN)))

    assert factor_asked(BY_CARD, facts(ADAS_GRANT, zone=zone, schedules=[AFTERNOON])) is Factor.PIN


def test_a_zone_that_is_not_known_asks_for_a_card() -> None:
    assert factor_asked(BY_CARD, facts(zone=None)) is Factor.CARD


@pytest.mark.parametrize(
    ("request_", "known", "fails"),
    [
        (a_request(pin=WRONG), known_of(BY_CARD), True),
        (BY_CARD_AND_PIN, known_of(BY_CARD), False),
        (BY_CARD_AND_PIN, replace(known_of(BY_CARD), grants=()), False),
        (BY_PIN, replace(known_of(BY_PIN, asking(Factor.PIN)), grants=()), True),
        (BY_PIN, replace(known_of(BY_PIN, asking(Factor.CARD)), grants=()), False),
    ],
    ids=["wrong", "right", "right-and-denied", "alone-and-denied", "not-looked-at"],
)
def test_a_wrong_pin_counts_and_one_without_a_card_that_opens_nothing_where_it_is_looked_at(
    request_: AccessRequest, known: Facts, fails: bool
) -> None:
    assert pin_failed(request_, known, decide(request_, known)) is fails


@given(
    st.sampled_from(Factor),
    st.sampled_from([BY_CARD, BY_CARD_AND_PIN, BY_PIN]),
    st.booleans(),
    st.integers(min_value=0, max_value=48),
)
def test_no_factor_lets_in_whom_another_rule_denies(
    factor: Factor, request: AccessRequest, is_blocked: bool, hours: int
) -> None:
    known = replace(known_of(request, asking(factor)), grants=(), credential_blocked=is_blocked)
    expired = replace(known_of(request, asking(factor)), holder=replace(ADA, valid_until=NOON))
    later = replace(request, at=NOON + timedelta(hours=hours))

    assert not decide(request, known).is_granted
    assert not decide(later, expired).is_granted


@dataclass
class AtSomeTime:
    """What a zone asks for at some time."""

    factor: Factor


def test_a_zone_asks_for_what_it_asks_for_as_usual_and_at_any_time() -> None:
    times = [AtSomeTime(Factor.PIN), AtSomeTime(Factor.CARD), AtSomeTime(Factor.PIN)]

    assert factors_asked(Factor.CARD_AND_PIN, ()) == {Factor.CARD_AND_PIN}
    assert factors_asked(Factor.CARD_AND_PIN, times) == {Factor.CARD_AND_PIN, Factor.PIN, Factor.CARD}
