"""Laws of every rule: what denies does so whatever else is known, and nothing that is worse ever opens."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product
from random import Random

from doorctl.core.decision import rules_for
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.rules.order_rules import (
    MAX_HOLD_OPEN_SECONDS,
    ORDER_RULES,
    OrderFacts,
    OrderRefusal,
    refused_at_door,
)
from tests.core.law_cases import SO_MANY, cases, entries
from tests.core.law_changes import DENIES, OLDER, WORSE

OF_NO_RULE = {
    *(Reason.GRANTED, Reason.BREAK_GLASS, Reason.DURESS, Reason.PASSBACK_NOTED, Reason.LEFT_ALONE),
    *(Reason.AUDIT_FAILED, Reason.LATE, Reason.ORDER, Reason.MODE, Reason.REX, Reason.FIRE),
    Reason.TECHNICIAN,
}
HIDES_NOTHING = (Reason.NO_POLICY, Reason.LOCKDOWN, Reason.NEEDS_UPGRADE, Reason.DENIED_BY_ORDER)
FORBIDS: Mapping[OrderRefusal, Callable[[OrderFacts], OrderFacts]] = {
    OrderRefusal.SUSPENDED_ADMIN: lambda order: replace(order, admin_suspended=True),
    OrderRefusal.NO_POLICY: lambda order: replace(order, policy_known=False),
    OrderRefusal.LOCKDOWN: lambda order: replace(order, locked_down=True),
    OrderRefusal.NEEDS_UPGRADE: lambda order: replace(order, needs_upgrade=True),
    OrderRefusal.OFFICERS_ONLY: lambda order: replace(order, strict=True, by_officer=False),
    OrderRefusal.OVER: lambda order: replace(order, hold_seconds=0),
    OrderRefusal.TOO_LONG: lambda order: replace(order, hold_seconds=MAX_HOLD_OPEN_SECONDS + 1),
    OrderRefusal.INTERLOCKED: lambda order: replace(order, interlocked=True),
}


@SO_MANY
def test_what_denies_does_so_whatever_else_is_known(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        for reason, spoil in DENIES.items():
            decision = spoil(case).decision

            assert not decision.is_granted, (reason, case)
            assert reason in decision.reasons, case


def test_every_reason_of_a_rule_is_held_against_all_others() -> None:
    assert set(DENIES) == set(Reason) - OF_NO_RULE


@SO_MANY
def test_the_reasons_are_what_each_rule_says_by_itself(number: int, chance: Random) -> None:
    for case in cases(chance, number):
        said = [rule(case.request, case.facts) for rule in rules_for(case.request)]
        denials = tuple(reason for reason in said if reason is not None)
        decision = case.decision

        assert case.denials == denials, case
        assert decision.outcome is (Outcome.DENIED if denials else Outcome.GRANTED), case
        assert decision.reason in (denials[:1] or OF_NO_RULE), case


@SO_MANY
def test_one_denial_hides_no_other(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        for reason in HIDES_NOTHING:
            without_glass = case.known(may_break_glass=False) if reason is Reason.LOCKDOWN else case
            before, after = without_glass.denials, DENIES[reason](case).denials

            assert set(after) == {*before, reason}, case


@SO_MANY
def test_nothing_that_is_worse_opens_what_was_denied(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        for what, worsen in WORSE.items():
            assert case.is_granted or not worsen(case).is_granted, (what, case)


@SO_MANY
def test_an_older_policy_opens_to_those_alone_who_break_the_glass(number: int, chance: Random) -> None:
    for case in entries(chance, number):
        for what, age in OLDER.items():
            by_two = case.facts.may_break_glass and any(each.breaks_glass for each in case.request.companions)

            assert case.is_granted or by_two or not age(case).is_granted, (what, case)


def test_what_forbids_an_order_does_so_whatever_else_is_known() -> None:
    known = product((False, True), repeat=7)
    holds = (None, 1, MAX_HOLD_OPEN_SECONDS, 0, -1, MAX_HOLD_OPEN_SECONDS + 1)
    orders = [replace(OrderFacts(*flags), hold_seconds=seconds) for flags, seconds in product(known, holds)]

    assert all(refused_at_door(forbid(order)) for order in orders for forbid in FORBIDS.values())
    assert set(FORBIDS) == set(ORDER_RULES)
