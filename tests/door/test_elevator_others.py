"""What other rules ask of doors they ask of floors: modes, visitors and their escorts, times of holders."""

from dataclasses import replace

import pytest

from doorctl.core.model import Holder, HolderTimes
from doorctl.core.modes import DoorModes, Mode
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.visitors import Escorting, Sponsor, Visitor
from doorctl.door.asking.asked import Presented
from doorctl.wire.orders import LockDown
from tests.core import builders
from tests.door.hand_driven import DOOR
from tests.door.lift import ALWAYS, CABIN, FIRST, GROUND, SECOND, SECONDS, Lift

UNLOCKED, LOCKED = DoorModes(Mode.UNLOCKED), DoorModes(Mode.LOCKED)
FIRST_IN = DoorModes(Mode.CARD, ((ALWAYS.id, Mode.FIRST_PERSON_IN),))


@pytest.fixture
def lift() -> Lift:
    return Lift(GROUND, SECOND)


def test_a_floor_in_the_mode_unlocked_is_enabled_without_a_swipe_and_by_a_lockdown_no_more(lift: Lift) -> None:
    lift.mode_of(FIRST, UNLOCKED)
    before = lift.enabled
    lift.order(LockDown("first", 99))

    assert (before, lift.enabled) == ([FIRST], [])


def test_a_swipe_that_ends_leaves_a_floor_enabled_that_its_mode_unlocks(lift: Lift) -> None:
    lift.mode_of(SECOND, UNLOCKED)
    lift.swipe()
    lift.wait(SECONDS)

    assert lift.enabled == [SECOND]


def test_a_locked_floor_is_not_granted(lift: Lift) -> None:
    lift.mode_of(SECOND, LOCKED)
    lift.swipe()

    assert lift.enabled == [GROUND]


def test_who_chooses_a_floor_is_the_first_person_there_and_a_swipe_alone_is_nobody(lift: Lift) -> None:
    for floor in (GROUND, SECOND):
        lift.mode_of(floor, FIRST_IN)
    lift.swipe()
    lift.wait(SECONDS)
    by_a_swipe = lift.enabled
    lift.swipe()
    lift.elevator.choose(SECOND)
    lift.hand.commit_all()
    lift.wait(SECONDS)

    assert (by_a_swipe, lift.enabled) == ([], [SECOND])
    assert [(it.door, it.detail.split()[:2]) for it in lift.recorded(RecordKind.MODE)][-1] == (
        SECOND,
        ["first-person-in", "unlocked"],
    )


def test_who_needs_longer_has_the_floors_for_longer(lift: Lift) -> None:
    lift.facts = {floor: replace(facts, times=HolderTimes(20.0)) for floor, facts in lift.facts.items()}
    lift.swipe()
    lift.wait(SECONDS)
    longer = lift.enabled
    lift.wait(20.0 - SECONDS)

    assert (longer, lift.enabled) == ([GROUND, SECOND], [])


def visit(lift: Lift, *, holder: str = "alan", sponsor: str | None = None) -> None:
    """Let a visitor come whom Ada may bring."""
    host = None if sponsor is None else Sponsor(Holder(sponsor), frozenset({"ground", "second"}), ())
    lift.come(holder)
    visitor = Visitor(holder, frozenset({"ada"}), sponsor=sponsor, sponsored_by=host)
    lift.facts = {
        floor: replace(facts, visitor=visitor, escorting=Escorting(seconds=20, most=2, per_seconds=600))
        for floor, facts in lift.facts.items()
    }


def test_a_visitor_goes_where_an_escort_has_just_been_granted_and_counts_once(lift: Lift) -> None:
    visit(lift)
    lift.swipe()
    alone = (lift.reasons[-1], lift.enabled)
    lift.facts = {floor: replace(facts, visitor=None) for floor, facts in lift.facts.items()}
    lift.come("ada")
    lift.hand.now += 1
    lift.swipe()
    visit(lift)
    lift.hand.now += 1
    lift.swipe()

    assert alone == (Reason.ESCORT_AWAITED, [])
    assert lift.reasons[1:] == [Reason.GRANTED, Reason.GRANTED]
    assert [it.of for it in lift.recorded(RecordKind.DECISION)] == [None, None, 1]
    assert [len(remembered) for remembered in lift.remembered] == [1]


def test_the_records_of_a_guest_lead_to_the_sponsor_from_the_cabin(lift: Lift) -> None:
    visit(lift, sponsor="ada")
    lift.swipe()

    assert [(it.kind, it.door) for it in lift.hand.statements] == [
        (RecordKind.DECISION, CABIN),
        (RecordKind.SPONSOR, CABIN),
    ]


def test_a_visitor_whose_record_failed_in_the_cabin_was_brought_by_nobody(lift: Lift) -> None:
    lift.swipe()
    for visitor in ("joan", "kurt"):
        visit(lift, holder=visitor)
        lift.present()
        lift.hand.fail()
    visit(lift)
    lift.swipe()

    assert lift.reasons[-1] is Reason.GRANTED


@pytest.mark.parametrize("left", ["by the button", "by a door"])
def test_who_has_left_the_cabin_is_nobody_s_company_there(lift: Lift, left: str) -> None:
    lift.zone_of(SECOND, persons=2)
    lift.swipe()
    if left == "by the button":
        lift.elevator.choose(GROUND)
    else:
        lift.hand.doorway.take(Presented(builders.a_request(), "front-in", lift.hand.now))
    lift.hand.commit_all()
    lift.come("grace")
    lift.hand.now += 1
    lift.swipe()

    assert lift.recorded(RecordKind.DECISION)[-1].detail == "floors=G"


def test_who_has_asked_in_the_cabin_is_no_company_at_a_door(lift: Lift) -> None:
    door = lift.hand
    door.facts = replace(door.facts, zone=replace(builders.FLOOR_3, persons=2))
    door.present()
    door.commit_all()
    lift.swipe()
    door.facts = replace(door.facts, holder=Holder("grace"), credential=replace(builders.ADAS_CARD, holder="grace"))
    door.present()
    door.commit_all()

    assert [it.reason for it in lift.recorded(RecordKind.DECISION) if it.door == DOOR] == [Reason.PERSON_AWAITED] * 2
