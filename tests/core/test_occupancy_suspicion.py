"""Passing back and being left alone as the rules of suspicion see them."""

import pytest

from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import RuleBook, RuleName, Seen
from tests.core.suspicion_rig import a_denial, a_swipe, raised


def rules_of(*records: Seen) -> list[RuleName]:
    return [each.rule for each in raised(list(records), RuleBook()) if each.rule in {"passback", "left-alone"}]


@pytest.mark.parametrize(
    ("seen", "rules"),
    [
        (a_denial(0, reason="passback", reasons=("passback",)), [RuleName.PASSBACK]),
        (a_denial(0, reason="no_grant", reasons=("no_grant", "passback")), [RuleName.PASSBACK]),
        (a_swipe(reason="passback_noted"), [RuleName.PASSBACK]),
        (a_swipe(reason="left_alone"), [RuleName.LEFT_ALONE]),
        (a_swipe(reason="granted"), []),
        (a_swipe(reason="left_alone", kind=RecordKind.RELEASED), []),
        (a_swipe(reason="passback_noted", kind=RecordKind.RELEASED), []),
        (a_denial(0, reason="minimum_awaited", reasons=("minimum_awaited",)), []),
    ],
)
def test_who_passes_back_and_who_is_left_alone_is_told(seen: Seen, rules: list[RuleName]) -> None:
    assert rules_of(seen) == rules


def test_it_is_told_once_in_ten_minutes() -> None:
    again = [a_swipe(at, reason="passback_noted") for at in (0, 599, 601)]

    assert rules_of(*again) == [RuleName.PASSBACK] * 2
