"""Cards with limits in a cabin: one swipe is one use, to however many floors, and what lets in nowhere is none."""

from dataclasses import replace

import pytest

from doorctl.audit.state import UseKept
from doorctl.core.model import CardLimits
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.policy.building import PolicyPosition
from tests.door.hand_driven import LATE_SECONDS
from tests.door.lift import FLOORS, GROUND, SECOND, Lift

LIMITS = CardLimits("visit", 2, None)


@pytest.fixture
def lift() -> Lift:
    lift = Lift(GROUND, SECOND)
    lift.facts = {floor: replace(facts, limits=LIMITS) for floor, facts in lift.facts.items()}
    return lift


def changes(lift: Lift) -> list[int]:
    """Tell by how much the uses were changed, as it is remembered."""
    return [use.change for kept in lift.remembered for use in kept if isinstance(use, UseKept)]


def test_one_swipe_is_one_use_to_however_many_floors(lift: Lift) -> None:
    for _ in range(3):
        lift.swipe()
        lift.hand.now += 2

    assert lift.reasons == [Reason.GRANTED, Reason.GRANTED, Reason.USES_SPENT]
    assert [it.detail for it in lift.recorded(RecordKind.DECISION)] == [
        "floors=G,2; use 1 of 2",
        "floors=G,2; use 2 of 2",
        "",
    ]
    assert changes(lift) == [1, 1]


def test_a_swipe_that_is_late_gives_its_use_back(lift: Lift) -> None:
    lift.present()
    lift.hand.now += LATE_SECONDS + 0.1
    lift.hand.commit_all()

    assert changes(lift) == [1, -1]
    assert lift.recorded(RecordKind.NOT_RELEASED)[0].detail == "floors=G,2; use forgiven"


def test_a_swipe_whose_record_fails_gives_its_use_back(lift: Lift) -> None:
    lift.present()
    lift.hand.fail()
    for _ in range(2):
        lift.swipe()

    assert lift.reasons[1:] == [Reason.GRANTED, Reason.GRANTED]


def test_the_last_use_counts_also_where_another_policy_comes_before_its_record(lift: Lift) -> None:
    lift.swipe()
    lift.present()
    lift.hand.position = PolicyPosition(1, 8)
    lift.facts[GROUND] = replace(lift.facts[GROUND], grants=())
    lift.hand.commit_all()

    assert lift.recorded(RecordKind.RELEASED)[-1].detail == "floors=2"
    assert changes(lift) == [1, 1]


def test_of_two_who_come_together_each_uses_their_card_once(lift: Lift) -> None:
    for floor in FLOORS:
        lift.zone_of(floor, persons=2)
    lift.swipe()
    lift.come("grace")
    lift.facts = {floor: replace(it, limits=CardLimits("other", 2, None)) for floor, it in lift.facts.items()}
    lift.hand.now += 1
    lift.swipe()

    uses = [(use.limits, use.change) for kept in lift.remembered for use in kept if isinstance(use, UseKept)]
    assert uses == [("other", 1), ("visit", 1)]
    told = [
        (it.statement.kind, it.subject, it.places_back)
        for it in lift.hand.drafts
        if it.statement.detail == "use 1 of 2"
    ]
    assert told == [(RecordKind.CARD_USED, "holder:ada", 1)]
