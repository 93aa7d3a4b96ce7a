"""An order to a door is carried out in time, where no rule forbids it; the first that does gives the word."""

from dataclasses import replace

import pytest

from doorctl.core.rules.order_rules import (
    CLOCK_DIFFERENCE_SECONDS,
    MAX_HOLD_OPEN_SECONDS,
    ORDER_RULES,
    ORDER_SECONDS,
    OrderFacts,
    OrderRefusal,
    refused_at_door,
    refused_by_time,
    refused_enrolment,
)

OPEN = OrderFacts(
    admin_suspended=False,
    by_officer=False,
    policy_known=True,
    locked_down=False,
    needs_upgrade=False,
    strict=False,
    interlocked=False,
)
LONGEST = ORDER_SECONDS + CLOCK_DIFFERENCE_SECONDS
FORBIDDEN = {
    OrderRefusal.SUSPENDED_ADMIN: replace(OPEN, admin_suspended=True),
    OrderRefusal.NO_POLICY: replace(OPEN, policy_known=False),
    OrderRefusal.LOCKDOWN: replace(OPEN, locked_down=True),
    OrderRefusal.NEEDS_UPGRADE: replace(OPEN, needs_upgrade=True),
    OrderRefusal.OFFICERS_ONLY: replace(OPEN, strict=True),
    OrderRefusal.OVER: replace(OPEN, hold_seconds=0),
    OrderRefusal.TOO_LONG: replace(OPEN, hold_seconds=MAX_HOLD_OPEN_SECONDS + 1),
    OrderRefusal.INTERLOCKED: replace(OPEN, interlocked=True),
}


@pytest.mark.parametrize(
    ("seconds_left", "refusal"),
    [
        (0.0, OrderRefusal.EXPIRED),
        (0.1, None),
        (LONGEST, None),
        (LONGEST + 0.1, OrderRefusal.TOO_FAR_AHEAD),
    ],
)
def test_an_order_is_of_now(seconds_left: float, refusal: OrderRefusal | None) -> None:
    assert refused_by_time(seconds_left) is refusal


@pytest.mark.parametrize(
    "order",
    [
        OPEN,
        replace(OPEN, hold_seconds=0.1),
        replace(OPEN, hold_seconds=MAX_HOLD_OPEN_SECONDS),
        replace(OPEN, strict=True, by_officer=True),
    ],
)
def test_what_no_rule_forbids_is_carried_out(order: OrderFacts) -> None:
    assert refused_at_door(order) is None


def test_every_rule_forbids_by_its_own_word() -> None:
    assert set(FORBIDDEN) == set(ORDER_RULES)
    assert {word: refused_at_door(order) for word, order in FORBIDDEN.items()} == {word: word for word in ORDER_RULES}


def test_the_first_rule_that_forbids_gives_the_word() -> None:
    assert refused_at_door(replace(OPEN, locked_down=True, strict=True, hold_seconds=0)) is OrderRefusal.LOCKDOWN


@pytest.mark.parametrize(
    ("order", "reader", "lets_out", "refusal"),
    [
        (OPEN, "front-in", False, None),
        (OPEN, None, False, OrderRefusal.WHICH_READER),
        (OPEN, "front-out", True, OrderRefusal.WAY_OUT),
        (FORBIDDEN[OrderRefusal.SUSPENDED_ADMIN], "front-in", False, OrderRefusal.SUSPENDED_ADMIN),
        (FORBIDDEN[OrderRefusal.NO_POLICY], "front-in", False, OrderRefusal.NO_POLICY),
        (FORBIDDEN[OrderRefusal.NEEDS_UPGRADE], "front-in", False, OrderRefusal.NEEDS_UPGRADE),
        (FORBIDDEN[OrderRefusal.OFFICERS_ONLY], "front-in", False, OrderRefusal.OFFICERS_ONLY),
        (FORBIDDEN[OrderRefusal.LOCKDOWN], "front-in", False, None),
        (FORBIDDEN[OrderRefusal.INTERLOCKED], "front-in", False, None),
    ],
)
def test_a_reader_is_put_in_enrolment_where_no_door_opens_by_it(
    order: OrderFacts, reader: str | None, lets_out: bool, refusal: OrderRefusal | None
) -> None:
    assert refused_enrolment(order, reader=reader, lets_out=lets_out) is refusal
