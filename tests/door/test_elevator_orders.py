"""Orders at an elevator: what enables a floor, and what disables one at once."""

from dataclasses import replace

import pytest

from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.wire.orders import NO_LONGER, DenyHolder, HoldOpenUntil, LockDown, OpenNow
from tests.door.lift import CABIN, FIRST, FLOORS, GROUND, SECOND, SECONDS, Lift, facts_at
from tests.door.ordered import NOW

BOTH = "floors=G,2"
HOLD = HoldOpenUntil(FIRST, NOW + 60)


@pytest.fixture
def lift() -> Lift:
    return Lift(GROUND, SECOND)


def test_a_lockdown_of_one_floor_disables_it_at_once_and_leaves_the_others(lift: Lift) -> None:
    lift.swipe()
    lift.lead_to(SECOND)

    assert lift.enabled == [GROUND]
    assert lift.said[2:] == [(RecordKind.RELOCKED, "floors=2", Reason.LOCKDOWN, 0)]


def test_a_floor_whose_rules_we_cannot_read_any_more_is_disabled_at_once(lift: Lift) -> None:
    lift.swipe()
    lift.lead_to(unread=[GROUND])

    assert lift.enabled == [SECOND]
    assert lift.said[2:] == [(RecordKind.RELOCKED, "floors=G", Reason.NEEDS_UPGRADE, 0)]


def test_a_lockdown_by_order_disables_its_floor_at_once(lift: Lift) -> None:
    lift.swipe()
    lift.order(LockDown("second", 9))

    assert lift.enabled == [GROUND]


def test_a_lockdown_by_order_before_the_commit_withholds_its_floor(lift: Lift) -> None:
    lift.present()
    lift.hand.deny_list.add(LockDown("second", 9), lift.hand.position)
    lift.hand.commit_all()

    assert lift.enabled == [GROUND]


def test_whom_an_order_denies_loses_every_floor_that_their_card_enabled(lift: Lift) -> None:
    lift.swipe()
    lift.order(DenyHolder("ada", 9))

    assert lift.enabled == []
    assert lift.said[-2][1:] == (BOTH, Reason.DENIED_BY_ORDER, 0)


def test_whom_an_order_denies_takes_nothing_from_another_in_the_cabin(lift: Lift) -> None:
    lift.swipe()
    lift.come("grace")
    lift.facts[GROUND] = replace(facts_at(GROUND, admits=False), holder=lift.facts[SECOND].holder)
    lift.swipe()
    lift.order(DenyHolder("ada", 9))

    assert lift.enabled == [SECOND]


def test_an_order_enables_its_floor_for_its_time_and_is_recorded_there(lift: Lift) -> None:
    lift.order(OpenNow(FIRST))
    enabled = lift.enabled
    lift.wait(SECONDS)

    assert (enabled, lift.enabled) == ([FIRST], [])
    assert [(it.kind, it.door) for it in lift.hand.statements] == [
        (RecordKind.ORDER, FIRST),
        (RecordKind.RELEASED, FIRST),
        (RecordKind.RELOCKED, FIRST),
    ]


def test_a_floor_that_is_held_open_stays_enabled_when_a_swipe_for_it_ends(lift: Lift) -> None:
    lift.facts[FIRST] = facts_at(FIRST, admits=True)
    lift.order(HOLD)
    lift.swipe()
    lift.wait(SECONDS)

    assert lift.enabled == [FIRST]
    lift.order(HoldOpenUntil(FIRST, NO_LONGER), number=2)
    assert lift.enabled == []


def test_a_floor_that_is_held_open_no_longer_stays_enabled_by_a_swipe(lift: Lift) -> None:
    lift.facts[FIRST] = facts_at(FIRST, admits=True)
    lift.order(HOLD)
    lift.swipe()
    lift.order(HoldOpenUntil(FIRST, NO_LONGER), number=2)

    assert lift.enabled == list(FLOORS)


def test_no_order_goes_to_the_cabin_itself(lift: Lift) -> None:
    lift.order(OpenNow(CABIN))

    assert [(told.outcome, told.reason) for told in lift.told] == [("refused", "unknown-door")]
    assert lift.moves == []
