"""Who is inside the zones of floors: whoever chose the floor, and nobody where no button tells that."""

from dataclasses import replace
from datetime import timedelta

import pytest

from doorctl.audit.occupancy import Entered
from doorctl.core.areas import Occupancy, Passback
from doorctl.core.machines.door_events import FireStarted
from doorctl.core.model import Door, Grant, OnAuditFailure, Zone
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.policy.building import PolicyPosition
from doorctl.wire.orders import DenyHolder
from tests.door.hand_driven import LATE_SECONDS
from tests.door.lift import GROUND, SECOND, SECONDS, ZONE, Lift

ONE_AT_MOST = Occupancy(limits=(("second", 1),))


@pytest.fixture
def lift() -> Lift:
    lift = Lift(GROUND, SECOND)
    lift.zone_of(SECOND, occupancy=ONE_AT_MOST)
    lift.book.learn({ZONE[floor]: facts.zone for floor, facts in lift.facts.items() if facts.zone})
    return lift


def moves(lift: Lift) -> list[tuple[RecordKind, str, int | None]]:
    """Kind, zone and decision of what was counted."""
    return [(it.kind, it.zone, it.of) for it in lift.moved]


def ride(lift: Lift, holder: str, floor: str) -> None:
    """Let somebody swipe and choose a floor, and wait until all are disabled."""
    lift.come(holder)
    lift.swipe()
    lift.elevator.choose(floor)
    lift.wait(SECONDS)


def test_who_chose_a_floor_is_inside_and_fills_it(lift: Lift) -> None:
    ride(lift, "ada", SECOND)
    lift.come("grace")
    lift.swipe()

    assert moves(lift) == [(RecordKind.ENTERED, "second", 0)]
    assert lift.recorded(RecordKind.DECISION)[-1].detail == "floors=G"


def test_who_went_to_another_floor_is_not_inside_and_leaves_its_place(lift: Lift) -> None:
    ride(lift, "ada", GROUND)
    lift.come("grace")
    lift.swipe()

    assert moves(lift) == []
    assert lift.enabled == [GROUND, SECOND]


def test_while_somebody_may_still_choose_a_floor_their_place_is_taken(lift: Lift) -> None:
    lift.swipe()
    lift.come("grace")
    lift.swipe()

    assert [it.detail.split(";")[0] for it in lift.recorded(RecordKind.DECISION)] == ["floors=G,2", "floors=G"]


def test_where_no_button_tells_nobody_is_counted(lift: Lift) -> None:
    lift.swipe()
    lift.wait(SECONDS)
    lift.come("grace")
    lift.swipe()

    assert moves(lift) == []
    assert lift.enabled == [GROUND, SECOND]


def test_a_floor_that_is_no_longer_granted_before_the_record_keeps_no_place(lift: Lift) -> None:
    lift.present()
    lift.hand.now += LATE_SECONDS + 0.1
    lift.hand.commit_all()
    lift.come("grace")
    lift.swipe()

    assert lift.enabled == [GROUND, SECOND]


def test_the_place_of_somebody_who_is_asked_about_again_is_their_own(lift: Lift) -> None:
    lift.present()
    lift.hand.position = PolicyPosition(1, 8)
    lift.hand.commit_all()

    assert lift.enabled == [GROUND, SECOND]


def test_two_floors_of_one_zone_hold_no_place_against_their_own_swipe(lift: Lift) -> None:
    zone = Zone("second", occupancy=Occupancy(passback=Passback.HARD))
    grants = (Grant("g", "ada", zone.id),)
    for floor in (GROUND, SECOND):
        lift.facts[floor] = replace(lift.facts[floor], door=Door(floor, zone.id), zone=zone, grants=grants)
    lift.present()
    lift.hand.position = PolicyPosition(1, 8)
    lift.hand.commit_all()

    assert lift.enabled == [GROUND, SECOND]


def test_who_is_let_in_without_a_record_is_counted_when_they_choose(lift: Lift) -> None:
    lift.zone_of(SECOND, occupancy=ONE_AT_MOST, on_audit_failure=OnAuditFailure.RELEASE)
    lift.present()
    lift.hand.fail()
    lift.elevator.choose(SECOND)

    assert moves(lift) == [(RecordKind.ENTERED, "second", None)]


def test_fire_forgets_who_is_inside(lift: Lift) -> None:
    ride(lift, "ada", SECOND)
    lift.at += timedelta(seconds=5)
    lift.elevator.step(FireStarted(lift.hand.now))

    assert moves(lift)[-1][0] is RecordKind.OCCUPANCY_RESET
    assert lift.book.count("second") == 0


def test_a_full_floor_alone_is_told_as_the_reason(lift: Lift) -> None:
    ride(lift, "ada", SECOND)
    lift.facts[GROUND] = replace(lift.facts[GROUND], grants=())
    lift.come("grace")
    lift.swipe()

    assert lift.reasons[-1] is Reason.ZONE_FULL


def test_all_who_ride_to_a_floor_are_inside_whoever_chose_it(lift: Lift) -> None:
    lift.zone_of(SECOND, occupancy=Occupancy(passback=Passback.HARD))
    for holder in ("ada", "grace", "alan"):
        lift.come(holder)
        lift.swipe()
        lift.wait(1)
    lift.elevator.choose(SECOND)
    lift.wait(SECONDS)
    lift.come("ada")
    lift.swipe()

    assert [it.moved.holder for it in lift.moved if isinstance(it.moved, Entered)] == ["ada", "grace", "alan"]
    assert [it.of for it in lift.recorded(RecordKind.FLOOR_CHOSEN)] == [
        it.of for it in lift.recorded(RecordKind.RELEASED)
    ][:3]
    assert lift.recorded(RecordKind.DECISION)[-1].detail == "floors=G"


def test_whose_time_is_over_has_not_gone_with_who_chose_later(lift: Lift) -> None:
    lift.zone_of(SECOND, occupancy=Occupancy(passback=Passback.HARD))
    lift.swipe()
    lift.wait(SECONDS - 1)
    lift.come("grace")
    lift.swipe()
    lift.wait(2)
    lift.elevator.choose(SECOND)

    assert [it.moved.holder for it in lift.moved if isinstance(it.moved, Entered)] == ["grace"]


def test_whom_an_order_denies_has_not_gone_with_who_chose_later(lift: Lift) -> None:
    lift.zone_of(SECOND, occupancy=Occupancy(passback=Passback.HARD))
    lift.swipe()
    lift.come("grace")
    lift.swipe()
    lift.order(DenyHolder("ada", 9))
    lift.elevator.choose(SECOND)

    assert [it.moved.holder for it in lift.moved if isinstance(it.moved, Entered)] == ["grace"]


def test_who_swipes_again_before_they_choose_goes_there_once(lift: Lift) -> None:
    lift.swipe()
    lift.wait(2)
    lift.swipe()
    lift.elevator.choose(SECOND)

    assert moves(lift) == [(RecordKind.ENTERED, "second", lift.recorded(RecordKind.RELEASED)[-1].of)]
    assert len(lift.recorded(RecordKind.FLOOR_CHOSEN)) == 1


def test_all_who_are_let_in_without_a_record_are_counted(lift: Lift) -> None:
    lift.zone_of(SECOND, occupancy=Occupancy(passback=Passback.HARD), on_audit_failure=OnAuditFailure.RELEASE)
    for holder in ("ada", "grace"):
        lift.come(holder)
        lift.present()
        lift.hand.fail()
        lift.hand.commit_all()
    lift.elevator.choose(SECOND)

    assert [it.moved.holder for it in lift.moved if isinstance(it.moved, Entered)] == ["ada", "grace"]
