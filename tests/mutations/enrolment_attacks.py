"""Attacks on enrolment at a reader: another card given to somebody, a reader kept from its people."""

from tests.mutations.attack import Attack

_AT_DOORS = "tests/door/test_enrolments.py::"

ENROLMENT_ATTACKS: tuple[Attack, ...] = (
    Attack(
        "colleagues-card-enrolled",
        "tests/core/test_enrolment.py::test_only_a_card_that_the_policy_does_not_know_can_be_enrolled",
        "doorctl/core/machines/enrolment.py",
        "is_unknown = facts.policy_known and facts.credential is None",
        "is_unknown = facts.policy_known",
    ),
    Attack(
        "card-slipped-in-between",
        f"{_AT_DOORS}test_of_two_cards_at_once_none_is_told",
        "doorctl/core/machines/enrolment.py",
        "if card == enrolment.card and at - enrolment.at <= AGAIN_SECONDS:",
        "if enrolment.card and at - enrolment.at <= AGAIN_SECONDS:",
    ),
    Attack(
        "reader-kept-in-enrolment",
        f"{_AT_DOORS}test_when_its_time_is_over_it_is_recorded_and_cards_open_again",
        "doorctl/door/asking/enrolments.py",
        "if now >= reader.enrolment.until:",
        "if False:",
    ),
    Attack(
        "strict-door-kept-by-a-clerk",
        f"{_AT_DOORS}test_an_enrolment_that_may_not_be_is_refused_by_name[place5-deed5-officers-only]",
        "doorctl/core/rules/order_rules.py",
        "    *(OrderRefusal.NEEDS_UPGRADE, OrderRefusal.OFFICERS_ONLY),\n",
        "    OrderRefusal.NEEDS_UPGRADE,\n",
    ),
    Attack(
        "kept-inside-by-an-enrolment",
        f"{_AT_DOORS}test_nobody_is_kept_inside_by_an_enrolment",
        "doorctl/core/rules/order_rules.py",
        "    if lets_out:\n        return OrderRefusal.WAY_OUT\n",
        "",
    ),
    Attack(
        "enrolment-handed-on-again-after-a-restart",
        f"{_AT_DOORS}test_an_order_that_was_carried_out_before_the_restart_begins_nothing",
        "doorctl/door/orders/orders.py",
        "if (known := self._memory.find(order)) is not None:",
        "if (known := None) is not None:",
    ),
    Attack(
        "reader-of-another-order",
        "tests/keeper/test_orders.py"
        "::test_an_order_that_does_not_hold_is_refused_by_name[to enrol at another reader]",
        "doorctl/keeper/orders_desk.py",
        "return CardEnrol(door=door, seconds=seconds, enrolment=enrolment, reader=reader)",
        'return CardEnrol(door=door, seconds=seconds, enrolment=enrolment, reader="front-in")',
    ),
)
