"""Doors that count who is inside: by openings, with places reserved, forgiven what nobody used, forgotten by fire."""

import pytest

from doorctl.audit.occupancy import Entered, KeptOccupancy
from doorctl.core.areas import Occupancy, Passback, Way
from doorctl.core.machines.door_events import ContactOpened, FireEnded, FireStarted, RexPressed
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.presence.occupancy import Place
from doorctl.policy.building import DoorPlace
from hardware.pins import StrikeState
from tests.core.builders import NOON
from tests.door.counted import CountedDoors, nested, one_zone

HARD = Occupancy(passback=Passback.HARD)
SOFT = Occupancy(passback=Passback.SOFT)
ONE_AT_MOST = Occupancy(limits=(("floor-3", 1),))
NEVER_ALONE = Occupancy(least=2)


def hard(*doors: str) -> CountedDoors:
    return CountedDoors(*one_zone(HARD, *doors))


def test_who_entered_enters_no_more_until_they_have_left() -> None:
    doors = hard()

    told = [doors.go("ada", "front"), doors.go("ada", "front"), doors.go("ada", "front", out=True)]

    assert told == [Reason.GRANTED, Reason.PASSBACK, Reason.GRANTED]
    assert doors.go("ada", "front") is Reason.GRANTED
    assert doors.moved == [
        (RecordKind.ENTERED, "floor-3", "holder:ada", "own"),
        (RecordKind.LEFT, "floor-3", "holder:ada", "own"),
        (RecordKind.ENTERED, "floor-3", "holder:ada", "own"),
    ]


def test_the_record_of_an_entry_leads_to_its_decision_and_is_remembered_with_it() -> None:
    doors = hard()
    doors.go("ada", "front")

    (entered,) = [draft for draft in doors.drafts if draft.statement.kind is RecordKind.ENTERED]
    (decided,) = [draft for draft in doors.drafts if draft.statement.kind is RecordKind.DECISION]

    assert (entered.statement.of, entered.statement.door) == (0, "front")
    assert entered.remembered == (Entered("ada", "floor-3", int(doors.wall.timestamp())),)
    assert decided.statement.detail == "way in, count own"


def test_who_leaves_without_having_entered_is_kept_in_where_people_get_out_without_us() -> None:
    doors = hard()
    doors.go("ada", "front")
    doors.go("ada", "front", out=True)

    assert doors.go("ada", "front", out=True) is Reason.PASSBACK
    doors = CountedDoors(*one_zone(HARD), egress_is_wired=False)
    doors.go("ada", "front")
    doors.go("ada", "front", out=True)
    assert doors.go("ada", "front", out=True) is Reason.PASSBACK_NOTED


def test_who_is_nowhere_known_is_forgiven_once() -> None:
    doors = hard()

    assert doors.go("ada", "front", out=True) is Reason.GRANTED
    assert doors.moved == [(RecordKind.LEFT, "floor-3", "holder:ada", "own, was not inside")]
    assert doors.go("ada", "front", out=True) is Reason.PASSBACK


def test_soft_passback_lets_in_and_says_so() -> None:
    doors = CountedDoors(*one_zone(SOFT))
    doors.go("ada", "front")

    assert doors.go("ada", "front") is Reason.PASSBACK_NOTED
    assert doors.moved[-1] == (RecordKind.ENTERED, "floor-3", "holder:ada", "own, again")
    assert doors.count("floor-3") == (1,)


def test_a_grant_that_nobody_used_is_forgiven() -> None:
    doors = hard()
    doors.swipe("ada", "front")

    doors.pass_time(10)

    assert (doors.moved, doors.count("floor-3")) == ([], (0,))
    assert doors.go("ada", "front") is Reason.GRANTED


def test_who_asks_again_at_the_same_door_before_it_opens_is_let_in_once() -> None:
    doors = hard()

    assert [doors.swipe("ada", "front"), doors.swipe("ada", "front")] == [Reason.GRANTED] * 2
    doors.open("front")
    assert doors.count("floor-3") == (1,)


def test_two_swipes_of_one_card_at_two_doors_at_once_let_in_once() -> None:
    doors = hard("front", "back")

    assert [doors.swipe("ada", "front"), doors.swipe("ada", "back")] == [Reason.GRANTED, Reason.PASSBACK]


@pytest.mark.parametrize("door", ["front", "back"])
def test_two_who_ask_at_once_for_the_last_place_let_one_in(door: str) -> None:
    doors = CountedDoors(*one_zone(ONE_AT_MOST, "front", "back"))
    doors.keeps_waiting = True
    doors.swipe("ada", "front")
    doors.swipe("grace", door)
    doors.commit()

    reasons = [it.statement.reason for it in doors.drafts if it.statement.kind is RecordKind.DECISION]
    assert reasons == [Reason.GRANTED, Reason.ZONE_FULL]
    assert doors.moves == [("front", StrikeState.RELEASED)]


def test_a_place_is_free_again_when_the_record_failed_or_nobody_came() -> None:
    doors = CountedDoors(*one_zone(ONE_AT_MOST))
    doors.keeps_waiting = True
    doors.swipe("ada", "front")
    doors.fail()
    doors.keeps_waiting = False
    doors.swipe("ada", "front")
    doors.pass_time(10)

    assert doors.go("grace", "front") is Reason.GRANTED
    assert doors.go("alan", "front") is Reason.ZONE_FULL
    doors.go("grace", "front", out=True)
    assert doors.go("alan", "front") is Reason.GRANTED


def test_who_is_let_in_without_a_record_counts_too() -> None:
    doors = CountedDoors(*one_zone(HARD), on_audit_failure=OnAuditFailure.RELEASE)
    doors.keeps_waiting = True
    doors.swipe("ada", "front")
    doors.fail()
    doors.keeps_waiting = False

    doors.open("front")

    assert (doors.count("floor-3"), doors.go("ada", "front")) == ((1,), Reason.PASSBACK)


def test_without_a_contact_a_grant_counts() -> None:
    doors = CountedDoors(*one_zone(HARD), has_contact=False)

    doors.swipe("ada", "front")

    assert doors.count("floor-3") == (1,)


def test_at_a_door_that_stands_open_a_grant_counts() -> None:
    doors = hard()
    doors.tell("front", ContactOpened(doors.now))

    doors.swipe("ada", "front")

    assert doors.count("floor-3") == (1,)


def test_all_who_were_let_in_before_the_door_opened_pass_when_it_does() -> None:
    doors = hard()
    for holder in ("ada", "grace", "alan"):
        doors.swipe(holder, "front")

    doors.open("front")

    assert doors.count("floor-3") == (3,)


def test_who_opens_from_inside_lets_nobody_in() -> None:
    doors = hard()
    doors.tell("front", RexPressed(doors.now))

    doors.open("front")

    assert (doors.count("floor-3"), doors.moved) == ((0,), [])


def test_a_fire_forgets_who_is_inside_and_says_so() -> None:
    doors = hard("front", "back")
    doors.go("ada", "front")

    for door in ("front", "back"):
        doors.tell(door, FireStarted(doors.now))

    assert doors.moved[1:] == [(RecordKind.OCCUPANCY_RESET, "", "", "fire: 1 forgotten")]
    for door in ("front", "back"):
        doors.tell(door, FireEnded(doors.now))
    assert doors.go("ada", "back") is Reason.GRANTED


def test_two_who_come_together_enter_together_and_leave_together() -> None:
    doors = CountedDoors(*one_zone(NEVER_ALONE))

    assert [doors.go("ada", "front"), doors.go("grace", "front")] == [Reason.MINIMUM_AWAITED, Reason.GRANTED]
    assert doors.count("floor-3") == (2,)
    assert doors.go("alan", "front") is Reason.GRANTED
    assert doors.go("alan", "front", out=True) is Reason.GRANTED
    doors.pass_time(60)
    assert [doors.go(who, "front", out=True) for who in ("ada", "grace")] == [Reason.MINIMUM_AWAITED, Reason.GRANTED]
    assert doors.count("floor-3") == (0,)


def test_who_waits_to_leave_is_no_company_of_who_enters() -> None:
    doors = CountedDoors(*one_zone(NEVER_ALONE))
    doors.book.passed(_placed(doors, "ada", "grace"), of=None)
    doors.go("ada", "front", out=True)

    assert doors.go("grace", "front", out=False) is Reason.GRANTED
    assert doors.count("floor-3") == (2,)


def test_where_people_get_out_by_us_nobody_is_kept_in_and_being_left_alone_is_told() -> None:
    doors = CountedDoors(*one_zone(NEVER_ALONE), egress_is_wired=False)
    doors.go("ada", "front")
    doors.go("grace", "front")

    assert doors.go("grace", "front", out=True) is Reason.LEFT_ALONE
    assert doors.go("ada", "front", out=True) is Reason.GRANTED


@pytest.mark.parametrize(
    ("wired", "moves"), [(False, [StrikeState.RELEASED]), (True, [StrikeState.RELEASED, StrikeState.SECURED])]
)
def test_a_lockdown_shuts_nobody_in_whom_a_reader_lets_out_by_us_alone(
    *, wired: bool, moves: list[StrikeState]
) -> None:
    doors = CountedDoors(*one_zone(HARD), egress_is_wired=wired)
    doors.swipe("ada", "front", out=True)

    doors.doorways["front"].move_to(DoorPlace("floor-3", locked_down=True))

    assert [move for _, move in doors.moves] == moves


def test_an_inner_zone_is_entered_by_the_outer_one_and_left_with_it() -> None:
    doors = CountedDoors(*nested(floor=Occupancy(around=("building",), passback=Passback.HARD), building=HARD))
    doors.go("ada", "gate")
    doors.go("ada", "front")
    inside = doors.count("building", "floor")
    doors.go("ada", "gate", out=True)

    assert (inside, doors.count("building", "floor")) == ((1, 1), (0, 0))
    assert doors.go("ada", "front") is Reason.PASSBACK


def test_who_is_seen_in_an_inner_zone_first_is_inside_the_outer_one() -> None:
    doors = CountedDoors(*nested(floor=Occupancy(around=("building",)), building=HARD))
    doors.go("ada", "front")

    assert doors.count("building", "floor") == (1, 1)
    doors.go("ada", "front", out=True)
    assert (doors.count("building", "floor"), doors.go("ada", "gate")) == ((1, 0), Reason.PASSBACK)


def test_what_was_remembered_goes_on_and_a_clock_that_is_behind_ends_no_wait() -> None:
    now = int(NOON.timestamp())
    kept = KeptOccupancy({("ada", "floor-3"): (now + 10**6, 7)})
    timed = Occupancy(passback=Passback.TIMED, passback_seconds=60)

    doors = CountedDoors(*one_zone(timed), kept=kept)

    assert doors.go("ada", "front") is Reason.PASSBACK
    doors.pass_time(60)
    assert doors.go("ada", "front") is Reason.GRANTED


def test_a_zone_that_asks_nothing_is_counted_where_a_door_has_a_reader_inside() -> None:
    doors = CountedDoors(*one_zone(None))

    doors.go("ada", "front")

    assert doors.count("floor-3") == (1,)


def test_a_record_that_failed_is_written_again_before_those_after_it() -> None:
    doors = hard()
    doors.keeps_waiting = True
    doors.swipe("ada", "front")
    doors.commit()
    doors.tell("front", ContactOpened(doors.now))
    doors.fail()
    doors.keeps_waiting = False
    doors.pass_time(1)
    doors.swipe("ada", "front", out=True)
    before = doors.numbers

    doors.records.try_again()

    kinds = [it.statement.kind for it in doors.drafts[-2:]]
    assert kinds == [RecordKind.ENTERED, RecordKind.LEFT]
    assert doors.numbers == before + 2


def _placed(doors: CountedDoors, *holders: str) -> Place:
    return Place("front", "floor-3", (), Way.IN, frozenset(holders))
