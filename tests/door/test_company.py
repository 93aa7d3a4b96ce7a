"""Several at one door: it opens once, with the last of them, and each record leads to the first."""

from dataclasses import replace

import pytest

from doorctl.core.model import Credential, Holder, OnAuditFailure, Zone
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Decision, Facts
from doorctl.door.asking.asked import Asked, Presented
from doorctl.policy.building import DoorPlace
from doorctl.wire.orders import DenyHolder
from tests.core import builders
from tests.door.counted import CountedDoors
from tests.door.hand_driven import RELEASED, SECURED, HandDrivenDoorway

TWO = builders.facts(builders.ADAS_GRANT, zone=replace(builders.FLOOR_3, persons=2, persons_seconds=10))
GUARDED = replace(TWO, zone=replace(builders.FLOOR_3, persons=2, persons_seconds=10, persons_group="guards"))


DENIED = Decision(Outcome.DENIED, Reason.PIN_AWAITED)


class Couple:
    """A door that several must enter together, and people in front of it."""

    def __init__(self) -> None:
        self.door = HandDrivenDoorway(TWO)

    def present(self, holder: str, facts: Facts = TWO) -> None:
        """Have somebody present a card, and commit all that comes of it."""
        self.door.facts = replace(facts, holder=Holder(holder), credential=Credential(builders.KEY, holder))
        self.door.present()
        self.door.commit_all()

    @property
    def decisions(self) -> list[tuple[Reason | None, int | None]]:
        """Reason and link of each decision."""
        return [(it.reason, it.of) for it in self.door.statements if it.kind is RecordKind.DECISION]


@pytest.fixture
def couple() -> Couple:
    return Couple()


def test_two_open_together_once_and_the_second_record_leads_to_the_first(couple: Couple) -> None:
    couple.present("ada")
    couple.door.now += 10
    couple.present("grace")

    assert couple.decisions == [(Reason.PERSON_AWAITED, None), (Reason.GRANTED, 0)]
    assert couple.door.moves == [RELEASED]
    couple.door.now += 2
    couple.present("alan")
    assert couple.decisions[-1] == (Reason.PERSON_AWAITED, None)


def test_one_with_two_cards_is_one_person(couple: Couple) -> None:
    for _ in range(3):
        couple.present("ada")
        couple.door.now += 2

    assert couple.door.moves == []


def test_who_comes_too_late_begins_anew(couple: Couple) -> None:
    couple.present("ada")
    couple.door.now += 10.1
    couple.present("grace")

    assert [reason for reason, _ in couple.decisions] == [Reason.PERSON_AWAITED] * 2
    couple.door.now += 2
    couple.present("ada")
    assert couple.decisions[-1][0] is Reason.GRANTED


def test_three_open_where_three_are_asked_for(couple: Couple) -> None:
    three = replace(TWO, zone=replace(builders.FLOOR_3, persons=3, persons_seconds=10))
    for holder in ("ada", "grace", "alan"):
        couple.present(holder, three)
        couple.door.now += 4

    assert couple.decisions == [(Reason.PERSON_AWAITED, None), (Reason.PERSON_AWAITED, None), (Reason.GRANTED, 0)]


def test_whoever_is_denied_for_anything_else_is_no_company(couple: Couple) -> None:
    couple.present("ada", replace(TWO, grants=()))
    couple.door.now += 2
    couple.present("grace")

    assert [reason for reason, _ in couple.decisions] == [Reason.NO_GRANT, Reason.PERSON_AWAITED]


def test_the_one_who_must_be_among_them_may_come_last_or_first(couple: Couple) -> None:
    couple.present("ada", GUARDED)
    couple.door.now += 2
    couple.present("grace", GUARDED)
    couple.door.now += 2
    couple.present("alan", replace(GUARDED, leads=True))

    assert couple.decisions == [(Reason.PERSON_AWAITED, None), (Reason.LEADER_AWAITED, None), (Reason.GRANTED, 0)]
    couple.door.now += 2
    couple.present("alan", replace(GUARDED, leads=True))
    couple.door.now += 2
    couple.present("ada", GUARDED)
    assert couple.decisions[-1] == (Reason.GRANTED, 4)


def test_an_order_that_denies_the_first_ends_the_wait(couple: Couple) -> None:
    couple.present("ada")
    couple.door.deny_list.add(DenyHolder("ada", 8), couple.door.position)
    couple.door.doorway.end_what_is_denied()
    couple.present("grace")

    assert couple.door.moves == []


@pytest.mark.parametrize(("denied", "moves"), [("ada", [RELEASED, SECURED]), ("alan", [RELEASED])])
def test_an_order_that_denies_one_of_those_who_were_let_in_ends_it(
    couple: Couple, denied: str, moves: list[str]
) -> None:
    couple.present("ada")
    couple.present("grace")
    couple.door.deny_list.add(DenyHolder(denied, 8), couple.door.position)
    couple.door.doorway.end_what_is_denied()

    assert couple.door.moves == moves


def test_an_order_that_denies_the_first_while_the_second_is_recorded_opens_nothing(couple: Couple) -> None:
    couple.present("ada")
    couple.door.facts = replace(TWO, holder=Holder("grace"), credential=Credential(builders.KEY, "grace"))
    couple.door.present()
    couple.door.deny_list.add(DenyHolder("ada", 8), couple.door.position)
    couple.door.doorway.end_what_is_denied()
    couple.door.commit_all()

    assert couple.decisions[-1] == (Reason.GRANTED, 0)
    assert couple.door.moves == []
    assert couple.door.statement(RecordKind.NOT_RELEASED).reason is Reason.PERSON_AWAITED


def test_whoever_was_admitted_by_another_policy_that_the_door_has_not_heard_of_is_no_company(couple: Couple) -> None:
    couple.present("ada")
    couple.door.position = couple.door.position._replace(revision=8)
    couple.present("grace")

    assert couple.decisions == [(Reason.PERSON_AWAITED, None), (Reason.PERSON_AWAITED, None)]
    assert couple.door.moves == []


def test_a_policy_that_comes_while_the_second_is_recorded_opens_nothing(couple: Couple) -> None:
    couple.present("ada")
    couple.door.facts = replace(TWO, holder=Holder("grace"), credential=Credential(builders.KEY, "grace"))
    couple.door.present()
    couple.door.position = couple.door.position._replace(revision=8)
    couple.door.doorway.move_to(DoorPlace("floor-3"))
    couple.door.commit_all()

    assert couple.door.moves == []


def test_whoever_came_with_a_first_where_no_record_could_be_written_used_up_that_company(couple: Couple) -> None:
    releasing = replace(
        TWO, zone=replace(builders.FLOOR_3, persons=2, persons_seconds=10, on_audit_failure=OnAuditFailure.RELEASE)
    )
    couple.present("ada", releasing)
    couple.door.facts = replace(releasing, holder=Holder("grace"), credential=Credential(builders.KEY, "grace"))
    couple.door.present()
    couple.door.fail()
    couple.door.commit_all()
    couple.door.now += 2
    couple.present("alan", releasing)

    assert couple.door.moves == [RELEASED]
    assert couple.decisions[-1] == (Reason.PERSON_AWAITED, None)


def test_nobody_waits_over_a_change_of_the_policy(couple: Couple) -> None:
    couple.present("ada")
    couple.door.doorway.move_to(DoorPlace("floor-3"))
    couple.present("grace")

    assert couple.door.moves == []


def test_a_first_whose_record_failed_waits_for_nobody(couple: Couple) -> None:
    couple.door.present()
    couple.door.fail()
    couple.present("grace")

    assert [it.outcome for it in couple.door.statements if it.kind is RecordKind.DECISION] == [Outcome.DENIED] * 2
    assert couple.door.moves == []


def two_zones() -> CountedDoors:
    """Make two doors into a zone that two enter together, and one into another zone."""
    together = replace(builders.FLOOR_3, persons=2, persons_seconds=30)
    zones = {"floor-3": together, "lobby": Zone("lobby")}
    return CountedDoors(zones, {"front": "floor-3", "back": "floor-3", "lobby-door": "lobby"})


@pytest.mark.parametrize("elsewhere", ["lobby-door", "back"])
def test_who_has_asked_at_another_door_is_no_company_at_the_first(elsewhere: str) -> None:
    doors = two_zones()
    doors.swipe("ada", "front")
    doors.swipe("ada", elsewhere)

    assert doors.swipe("grace", "front") is Reason.PERSON_AWAITED
    assert ("front", RELEASED) not in doors.moves


def test_who_goes_to_another_door_while_the_second_is_recorded_is_no_company() -> None:
    doors = two_zones()
    doors.swipe("ada", "front")
    doors.keeps_waiting = True
    doors.swipe("grace", "front")
    doors.swipe("ada", "lobby-door")
    doors.keeps_waiting = False
    doors.commit()

    assert doors.moves == [("lobby-door", RELEASED)]


def test_a_card_whose_pin_never_came_at_another_door_ends_no_wait(couple: Couple) -> None:
    couple.present("ada")
    gave_up = Presented(builders.a_request(door="back"), "back-in", couple.door.now, gave_up=True)
    couple.door.around.companies.leave(Asked(gave_up, couple.door.facts, DENIED, None))
    couple.present("grace")

    assert couple.decisions[-1] == (Reason.GRANTED, 0)
