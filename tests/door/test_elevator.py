"""An elevator at work: one swipe asks for every floor, one record tells of all, and none moves before it."""

from dataclasses import replace
from datetime import UTC

import pytest

from doorctl.audit.leaf import MAX_DETAIL
from doorctl.core.machines.door_events import FireEnded, FireStarted, SignalName
from doorctl.core.machines.elevator import CabinSettings, OnFire
from doorctl.core.model import OnAuditFailure, RosterLine
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import NO_POLICY
from doorctl.door.access_point import MAX_WAITING
from doorctl.door.config.elevator_tables import MOST_FLOORS
from doorctl.door.elevator import Elevator, Floor
from doorctl.policy.building import PolicyPosition
from doorctl.wire.orders import HoldOpenUntil
from tests.door.hand_driven import LATE_SECONDS
from tests.door.lift import CABIN, FIRST, FLOORS, GROUND, READER, RELEASED, SECOND, SECONDS, SECURED, Lift, facts_at
from tests.door.ordered import NOW

BOTH = "floors=G,2"
HOLD = HoldOpenUntil(FIRST, NOW + 60)


@pytest.fixture
def lift() -> Lift:
    return Lift(GROUND, SECOND)


def test_one_swipe_asks_for_each_floor_at_once_and_enables_those_that_it_admits_to(lift: Lift) -> None:
    lift.swipe()

    assert [[request.door for request in asked] for asked in lift.asked] == [list(FLOORS)]
    assert lift.enabled == [GROUND, SECOND]
    assert lift.said == [
        (RecordKind.DECISION, BOTH, Reason.GRANTED, None),
        (RecordKind.RELEASED, BOTH, Reason.GRANTED, 0),
    ]


def test_no_relay_moves_before_the_record_is_on_disk(lift: Lift) -> None:
    lift.present()

    assert lift.hand.done == ["record decision"]
    lift.hand.commit()
    assert lift.hand.done[1:] == [f"{GROUND} released", f"{SECOND} released", "record released"]
    assert lift.shown == [SignalName.GRANTED]


def test_the_record_names_cabin_reader_and_whose_card_it_was(lift: Lift) -> None:
    lift.present()
    (decision,) = lift.hand.waiting

    said = decision.draft.statement
    assert (said.door, said.zone, said.reader, said.outcome) == (CABIN, "", READER, Outcome.GRANTED)
    assert decision.draft.subject == "holder:ada"


def test_a_record_about_one_zone_alone_names_it() -> None:
    lift = Lift(SECOND)
    lift.swipe()

    assert [it.zone for it in lift.hand.statements] == ["second", "second"]


def test_when_the_time_is_over_the_floors_are_disabled_with_one_record(lift: Lift) -> None:
    lift.swipe()
    lift.wait(SECONDS)

    assert lift.enabled == []
    assert lift.said[2:] == [(RecordKind.RELOCKED, BOTH, Reason.GRANTED, 0)]


def test_who_may_go_nowhere_is_told_the_nearest_miss_and_no_relay_moves() -> None:
    lift = Lift()
    lift.swipe()

    assert lift.reasons == [Reason.NO_GRANT]
    assert lift.recorded(RecordKind.DECISION)[0].detail == ""
    assert (lift.moves, lift.shown) == ([], [SignalName.DENIED])


def test_without_a_policy_no_floor_is_enabled(lift: Lift) -> None:
    lift.facts = dict.fromkeys(FLOORS, NO_POLICY)
    lift.swipe()

    assert (lift.reasons, lift.moves) == ([Reason.NO_POLICY], [])


def test_a_denial_that_the_flood_rule_does_not_record_is_shown() -> None:
    lift = Lift()
    for _ in range(50):
        lift.swipe()

    assert lift.shown == [SignalName.DENIED] * 50
    assert len(lift.reasons) == 1


def test_cards_are_taken_one_at_a_time_and_too_many_are_counted(lift: Lift) -> None:
    for _ in range(MAX_WAITING + 2):
        lift.present()

    assert len(lift.asked) == 1
    assert lift.shown == [SignalName.DENIED]
    lift.hand.commit_all()
    assert len(lift.asked) == MAX_WAITING + 1


def test_a_card_whose_record_is_late_enables_nothing(lift: Lift) -> None:
    lift.present()
    lift.hand.now += LATE_SECONDS + 0.1
    lift.hand.commit_all()

    assert lift.moves == []
    assert lift.said[1:] == [(RecordKind.NOT_RELEASED, BOTH, Reason.LATE, 0)]


def test_a_record_that_fails_enables_no_floor_but_those_whose_zones_say_so(lift: Lift) -> None:
    lift.zone_of(SECOND, on_audit_failure=OnAuditFailure.RELEASE)
    lift.present()
    lift.hand.fail()

    assert lift.enabled == [SECOND]
    assert lift.said[1:] == [(RecordKind.RELEASED, "floors=2", Reason.AUDIT_FAILED, None)]


def test_a_record_that_fails_late_enables_nothing_at_all(lift: Lift) -> None:
    lift.zone_of(SECOND, on_audit_failure=OnAuditFailure.RELEASE)
    lift.present()
    lift.hand.now += LATE_SECONDS + 0.1
    lift.hand.fail()

    assert (lift.moves, lift.shown) == ([], [SignalName.FAULT])


def test_another_policy_before_the_commit_is_asked_again_floor_by_floor(lift: Lift) -> None:
    lift.present()
    lift.hand.position = PolicyPosition(1, 8)
    lift.facts[GROUND] = facts_at(GROUND, admits=False)
    lift.hand.commit_all()

    assert [[request.door for request in asked] for asked in lift.asked[1:]] == [[GROUND, SECOND]]
    assert lift.enabled == [SECOND]
    assert lift.said[1:] == [
        (RecordKind.RELEASED, "floors=2", Reason.GRANTED, 0),
        (RecordKind.NOT_RELEASED, "floors=G", Reason.NO_GRANT, 0),
    ]


def test_a_choice_is_recorded_at_its_floor_and_disables_the_others(lift: Lift) -> None:
    lift.swipe()
    lift.elevator.choose(SECOND)

    assert lift.hand.drafts[-1].subject == "holder:ada"

    (chosen,) = lift.recorded(RecordKind.FLOOR_CHOSEN)
    assert (chosen.door, chosen.zone, chosen.of) == (SECOND, "second", 0)
    assert lift.enabled == [SECOND]


def test_fire_enables_every_floor_until_it_is_over_with_one_record_for_all(lift: Lift) -> None:
    lift.elevator.step(FireStarted(lift.hand.now))
    enabled = lift.enabled
    lift.elevator.step(FireEnded(lift.hand.now))

    assert (enabled, lift.enabled) == (list(FLOORS), [])
    assert [(kind, detail) for kind, detail, *_ in lift.said] == [
        (RecordKind.FIRE, "started"),
        (RecordKind.RELEASED, "floors=G,1,2"),
        (RecordKind.FIRE, "ended"),
        (RecordKind.RELOCKED, "floors=G,1,2"),
    ]


def test_a_fire_that_the_elevator_sees_to_moves_no_relay() -> None:
    lift = Lift(GROUND, on_fire=OnFire.UNCHANGED)
    lift.elevator.step(FireStarted(lift.hand.now))

    assert lift.moves == []


def test_two_come_together_for_a_floor_that_asks_for_two_while_others_take_one(lift: Lift) -> None:
    lift.zone_of(SECOND, persons=2)
    lift.swipe()
    first = lift.enabled
    lift.come("grace")
    lift.hand.now += 1
    lift.swipe()

    assert (first, lift.enabled) == ([GROUND], [GROUND, SECOND])
    assert [it.of for it in lift.recorded(RecordKind.DECISION)] == [None, 0]
    lift.come("alan")
    lift.hand.now += 1
    lift.swipe()
    assert lift.recorded(RecordKind.DECISION)[-1].detail == "floors=G"


def test_who_waits_for_company_where_that_is_all_they_lack_sees_that_they_wait() -> None:
    lift = Lift(SECOND)
    lift.zone_of(SECOND, persons=2)
    lift.swipe()

    assert (lift.reasons, lift.shown) == ([Reason.PERSON_AWAITED], [SignalName.WAITING_FOR_SECOND])


def test_two_break_the_glass_for_a_floor(lift: Lift) -> None:
    lift.zone_of(FIRST, max_age_seconds=60.0, break_glass="guards")
    lift.facts[FIRST] = replace(lift.facts[FIRST], may_break_glass=True, policy_age_seconds=61)
    lift.swipe()
    lift.come("grace")
    lift.hand.now += 1
    lift.swipe()

    assert lift.reasons == [Reason.GRANTED, Reason.BREAK_GLASS]
    assert lift.enabled == list(FLOORS)


def test_all_the_floors_that_there_may_be_fit_into_a_record(lift: Lift) -> None:
    floors = [Floor(f"floor-{number}", f"{number:03}") for number in range(MOST_FLOORS)]
    elevator = Elevator(
        CABIN,
        floors,
        CabinSettings(tuple(floor.door for floor in floors)),
        late_seconds=LATE_SECONDS,
        around=lift.hand.around,
        ask=lambda *_: None,
    )
    elevator.step(FireStarted(0))

    details = [it.detail for it in lift.hand.statements if it.kind is RecordKind.RELEASED]
    assert details == [f"floors={','.join(floor.label for floor in floors)}"]
    assert len(details[0]) < MAX_DETAIL


def test_the_first_move_of_all_is_a_release(lift: Lift) -> None:
    lift.swipe()

    assert lift.moves == [(GROUND, RELEASED), (SECOND, RELEASED)]
    lift.wait(SECONDS)
    assert lift.moves[2:] == [(GROUND, SECURED), (SECOND, SECURED)]


def test_a_reader_fault_in_the_cabin_is_recorded_and_shown(lift: Lift) -> None:
    lift.elevator.report_fault(READER, "parity", "parity 00ff")
    lift.elevator.report_fault(READER, "parity", "parity 00fe")
    lift.elevator.close(lift.hand.now)

    assert [(it.kind, it.door, it.detail) for it in lift.hand.statements] == [
        (RecordKind.READ_FAULT, CABIN, "parity 00ff"),
        (RecordKind.FLOOD_SUMMARY, CABIN, "parity=1"),
    ]
    assert lift.shown == [SignalName.DENIED]


def test_a_strict_floor_opens_into_the_zone_that_its_configuration_names_and_by_a_roster_alone() -> None:
    lift = Lift(GROUND, SECOND, strict={SECOND: "second", GROUND: "elsewhere"})
    lift.swipe()

    assert [request.strict_zone for request in lift.asked[0]] == ["elsewhere", None, "second"]
    assert lift.reasons == [Reason.NO_ROSTER]
    lift.facts[SECOND] = replace(lift.facts[SECOND], roster=(RosterLine(timezone=UTC),))
    lift.hand.now += 2
    lift.swipe()
    assert lift.enabled == [SECOND]
