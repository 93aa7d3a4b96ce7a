"""Own PINs: whose card may set one, by which code, and what can be one."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.core.model import HeldCode, Status
from doorctl.core.reasons import Reason
from doorctl.core.request import NO_POLICY, Facts
from doorctl.core.rules.own_pin import (
    code_may_be_right,
    own_pin_denied,
    own_pin_given_up,
    own_pin_refused,
    pin_fits,
)
from tests.core import builders

TOLD = b"t" * 32
CODE = "79927398"
HELD = HeldCode(TOLD, builders.NOON + timedelta(hours=1))
ADA = replace(builders.facts(), pin_code=HELD)


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        (ADA, None),
        (replace(ADA, grants=(), locked_down=True, interlocked=True, clock_trusted=False), None),
        (NO_POLICY, Reason.NO_POLICY),
        (replace(ADA, denied_by_order=True), Reason.DENIED_BY_ORDER),
        (replace(ADA, credential=None, holder=None), Reason.UNKNOWN_CARD),
        (replace(ADA, credential=replace(builders.ADAS_CARD, status=Status.LOST)), Reason.CREDENTIAL_LOST),
        (replace(ADA, credential=replace(builders.ADAS_CARD, valid_until=builders.NOON)), Reason.CREDENTIAL_EXPIRED),
        (replace(ADA, holder=None), Reason.UNKNOWN_HOLDER),
        (replace(ADA, holder=replace(builders.ADA, status=Status.SUSPENDED)), Reason.HOLDER_SUSPENDED),
        (replace(ADA, holder=replace(builders.ADA, valid_until=builders.NOON)), Reason.HOLDER_EXPIRED),
        (replace(ADA, credential_blocked=True), Reason.PIN_BLOCKED),
        (replace(ADA, reader_blocked=True), Reason.PIN_BLOCKED),
    ],
)
def test_a_card_that_is_denied_everywhere_or_blocked_sets_no_pin(facts: Facts, reason: Reason | None) -> None:
    assert own_pin_refused(builders.a_request(), facts) is reason


def test_a_card_of_which_nothing_more_comes_is_no_wrong_code() -> None:
    unknown = replace(ADA, credential=None, holder=None)

    given_up = [own_pin_given_up(builders.a_request(), facts) for facts in (ADA, unknown)]

    assert [(it.is_granted, it.reasons) for it in given_up] == [
        (False, (Reason.PIN_AWAITED,)),
        (False, (Reason.UNKNOWN_CARD,)),
    ]


def test_a_code_with_any_card_counts_as_wrong_but_what_is_blocked_is_not_tried() -> None:
    unknown = replace(ADA, credential=None, holder=None)
    cards = (ADA, unknown, replace(ADA, reader_blocked=True), replace(unknown, reader_blocked=True))

    assert [own_pin_denied(builders.a_request(), facts).reasons for facts in cards] == [
        (Reason.WRONG_PIN,),
        (Reason.UNKNOWN_CARD, Reason.WRONG_PIN),
        (Reason.PIN_BLOCKED,),
        (Reason.UNKNOWN_CARD,),
    ]


@pytest.mark.parametrize(
    ("code", "told", "facts", "may_be"),
    [
        (CODE, TOLD, ADA, True),
        ("79927399", TOLD, ADA, False),
        (CODE, b"x" * 32, ADA, False),
        (CODE, None, ADA, False),
        (CODE, TOLD, replace(ADA, pin_code=None), False),
        (CODE, TOLD, replace(ADA, pin_code=replace(HELD, valid_until=builders.NOON)), False),
    ],
)
def test_a_door_compares_what_it_can_of_a_code_that_counts(
    code: str, told: bytes | None, facts: Facts, may_be: bool
) -> None:
    assert code_may_be_right(code, told, builders.a_request(), facts) is may_be


@pytest.mark.parametrize(
    ("pin", "facts", "fits"),
    [
        ("2580", ADA, True),
        ("25802580", ADA, True),
        ("258", ADA, False),
        ("258025802", ADA, False),
        ("1111", ADA, False),
        ("4567", ADA, False),
        ("2580", replace(ADA, pin_code=replace(HELD, digits=4)), True),
        ("25802", replace(ADA, pin_code=replace(HELD, digits=4)), False),
        ("2580", replace(ADA, pin_code=None), False),
    ],
)
def test_what_is_guessed_first_or_of_other_digits_is_no_own_pin(pin: str, facts: Facts, fits: bool) -> None:
    assert pin_fits(pin, facts) is fits
