"""The cabin of an elevator: what a swipe enables, for how long, and what is recorded, each in its order."""

import pytest

from doorctl.core.machines.door_events import FireEnded, FireStarted, Signal, SignalName, Tick
from doorctl.core.machines.elevator import CabinSettings, OnFire, step
from doorctl.core.machines.elevator_events import (
    ChoiceRecord,
    DisableFloors,
    EnableFloors,
    FloorChosen,
    FloorsDecided,
    FloorsNotRecorded,
    FloorsRecord,
    FloorsRecorded,
    FloorsWithdrawn,
)
from doorctl.core.model import HolderTimes
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Decision
from tests.core.cabins import (
    FIRST,
    FLOORS,
    GROUND,
    KEPT_OUT,
    LET_IN,
    SECOND,
    SECONDS,
    SEQ,
    a_cabin,
    after,
    effects_of,
    moves_in,
    records_in,
    swiped,
)

DECIDED = FloorsDecided(LET_IN, (GROUND, SECOND))


def released(*floors: str, seq: int | None = SEQ, reason: Reason = Reason.GRANTED) -> FloorsRecord:
    return FloorsRecord(RecordKind.RELEASED, floors, reason, seq)


def relocked(*floors: str, seq: int | None = SEQ, reason: Reason = Reason.GRANTED) -> FloorsRecord:
    return FloorsRecord(RecordKind.RELOCKED, floors, reason, seq)


def test_nothing_moves_before_the_record_is_on_disk() -> None:
    assert effects_of(a_cabin(), DECIDED) == [
        FloorsRecord(RecordKind.DECISION, (GROUND, SECOND), Reason.GRANTED),
    ]


def test_all_floors_of_a_swipe_are_enabled_at_once_and_one_record_says_so() -> None:
    assert effects_of(after(a_cabin(), DECIDED), FloorsRecorded(SEQ, 0)) == [
        EnableFloors((GROUND, SECOND)),
        Signal(SignalName.GRANTED),
        released(GROUND, SECOND),
    ]


def test_when_their_time_is_over_they_are_disabled_and_one_record_says_so() -> None:
    cabin = swiped(a_cabin(), GROUND, SECOND)

    assert cabin.next_deadline == SECONDS
    assert effects_of(cabin, Tick(SECONDS - 0.1)) == []
    assert effects_of(cabin, Tick(SECONDS)) == [DisableFloors((GROUND, SECOND)), relocked(GROUND, SECOND)]
    assert after(cabin, Tick(SECONDS)).next_deadline is None


def test_another_swipe_puts_off_the_end_of_its_own_floors_alone() -> None:
    cabin = swiped(swiped(a_cabin(), GROUND, SECOND), SECOND, FIRST, now=5, seq=9)

    assert effects_of(cabin, Tick(SECONDS)) == [DisableFloors((GROUND,)), relocked(GROUND)]
    assert effects_of(cabin, Tick(5 + SECONDS)) == [
        DisableFloors((GROUND, SECOND, FIRST)),
        relocked(GROUND),
        relocked(SECOND, FIRST, seq=9),
    ]


def test_who_needs_longer_has_longer_and_nobody_after_them_cuts_that_short() -> None:
    slow = FloorsDecided(LET_IN, (GROUND,), times=HolderTimes(20.0))
    cabin = swiped(after(a_cabin(), slow, FloorsRecorded(SEQ, 0)), GROUND, FIRST, now=1, seq=9)

    assert effects_of(cabin, Tick(1 + SECONDS)) == [DisableFloors((FIRST,)), relocked(FIRST, seq=9)]
    assert effects_of(after(cabin, Tick(19.9)), Tick(20)) == [DisableFloors((GROUND,)), relocked(GROUND, seq=9)]


@pytest.mark.parametrize(
    ("reason", "pin_alone", "shown"),
    [
        (Reason.NO_GRANT, False, SignalName.DENIED),
        (Reason.NO_GRANT, True, SignalName.WRONG_PIN),
        (Reason.LOCKDOWN, False, SignalName.LOCKDOWN),
        (Reason.PERSON_AWAITED, False, SignalName.WAITING_FOR_SECOND),
    ],
    ids=["card", "pin-alone", "lockdown", "company"],
)
def test_a_denial_is_recorded_then_shown(reason: Reason, pin_alone: bool, shown: SignalName) -> None:
    decided = FloorsDecided(Decision(KEPT_OUT.outcome, reason, (reason,)), pin_alone=pin_alone)

    assert effects_of(a_cabin(), decided, FloorsRecorded(SEQ, 0)) == [
        FloorsRecord(RecordKind.DECISION, (), reason),
        Signal(shown),
    ]


def test_floors_that_no_longer_count_are_told_by_reason_and_the_others_enabled() -> None:
    decided = after(a_cabin(), FloorsDecided(LET_IN, FLOORS))
    recorded = FloorsRecorded(SEQ, 0, {GROUND: Reason.LOCKDOWN, SECOND: Reason.NO_GRANT})

    assert effects_of(decided, recorded) == [
        EnableFloors((FIRST,)),
        Signal(SignalName.GRANTED),
        released(FIRST),
        FloorsRecord(RecordKind.NOT_RELEASED, (GROUND,), Reason.LOCKDOWN, SEQ),
        FloorsRecord(RecordKind.NOT_RELEASED, (SECOND,), Reason.NO_GRANT, SEQ),
    ]


def test_where_no_floor_counts_any_more_none_is_enabled() -> None:
    recorded = FloorsRecorded(SEQ, 0, dict.fromkeys((GROUND, SECOND), Reason.LATE))

    assert effects_of(after(a_cabin(), DECIDED), recorded) == [
        FloorsRecord(RecordKind.NOT_RELEASED, (GROUND, SECOND), Reason.LATE, SEQ),
        Signal(SignalName.DENIED),
    ]


def test_without_a_record_a_fault_is_shown_and_nothing_enabled() -> None:
    assert effects_of(after(a_cabin(), DECIDED), FloorsNotRecorded(0)) == [Signal(SignalName.FAULT)]


def test_without_a_record_floors_are_enabled_whose_zones_say_so_and_that_still_count() -> None:
    decided = after(a_cabin(), FloorsDecided(LET_IN, FLOORS, frozenset({GROUND, FIRST})))

    assert effects_of(decided, FloorsNotRecorded(0, frozenset({FIRST}))) == [
        EnableFloors((GROUND,)),
        Signal(SignalName.GRANTED),
        released(GROUND, seq=None, reason=Reason.AUDIT_FAILED),
    ]


def test_a_floor_that_is_withdrawn_is_disabled_at_once_and_the_others_stay() -> None:
    cabin = swiped(a_cabin(), GROUND, SECOND)

    assert effects_of(cabin, FloorsWithdrawn(frozenset({SECOND, FIRST}), Reason.LOCKDOWN)) == [
        DisableFloors((SECOND,)),
        relocked(SECOND, reason=Reason.LOCKDOWN),
    ]


def test_what_one_decision_enabled_is_withdrawn_and_what_another_did_stays() -> None:
    cabin = swiped(swiped(a_cabin(), GROUND, SECOND), SECOND, seq=9)

    assert effects_of(cabin, FloorsWithdrawn(frozenset(FLOORS), Reason.DENIED_BY_ORDER, of=SEQ)) == [
        DisableFloors((GROUND,)),
        relocked(GROUND, reason=Reason.DENIED_BY_ORDER),
    ]


def test_a_choice_is_recorded_once_and_ends_what_else_that_swipe_enabled() -> None:
    cabin = swiped(a_cabin(), *FLOORS)

    assert effects_of(cabin, FloorChosen(FIRST), FloorChosen(FIRST), FloorChosen(SECOND)) == [
        DisableFloors((GROUND, SECOND)),
        ChoiceRecord(FIRST, Reason.GRANTED, SEQ),
    ]
    assert effects_of(after(cabin, FloorChosen(FIRST)), Tick(SECONDS)) == [DisableFloors((FIRST,)), relocked(FIRST)]


def test_a_choice_leaves_to_somebody_else_what_their_swipe_enabled() -> None:
    cabin = swiped(swiped(a_cabin(), GROUND, SECOND), FIRST, seq=9)

    assert effects_of(cabin, FloorChosen(GROUND)) == [
        DisableFloors((SECOND,)),
        ChoiceRecord(GROUND, Reason.GRANTED, SEQ),
    ]


def test_a_button_whose_floor_no_swipe_enabled_says_nothing() -> None:
    assert effects_of(a_cabin(), FloorChosen(FIRST)) == []


def test_fire_enables_every_floor_until_it_is_over() -> None:
    cabin = swiped(a_cabin(), GROUND)

    assert effects_of(cabin, FireStarted(1), FireStarted(2), FireEnded(3), FireEnded(4)) == [
        EnableFloors(FLOORS),
        FloorsRecord(RecordKind.FIRE, reason=Reason.FIRE, detail="started"),
        released(*FLOORS, seq=None, reason=Reason.FIRE),
        EnableFloors(FLOORS),
        DisableFloors((FIRST, SECOND)),
        FloorsRecord(RecordKind.FIRE, reason=Reason.FIRE, detail="ended"),
        relocked(FIRST, SECOND, seq=None, reason=Reason.FIRE),
    ]


def test_while_it_burns_nothing_disables_a_floor() -> None:
    burning = after(swiped(a_cabin(), *FLOORS), FireStarted(1))
    withdrawn = FloorsWithdrawn(frozenset({GROUND}), Reason.LOCKDOWN)

    effects = effects_of(burning, withdrawn, FloorChosen(FIRST), Tick(SECONDS))

    assert moves_in(effects) == []
    assert [record.floors for record in records_in(effects)] == [(GROUND,), (FIRST,)]


def test_where_the_elevator_sees_to_fire_by_itself_it_is_recorded_and_moves_nothing() -> None:
    cabin = swiped(a_cabin(on_fire=OnFire.UNCHANGED), GROUND)

    assert effects_of(cabin, FireStarted(1), Tick(SECONDS), FireEnded(9)) == [
        FloorsRecord(RecordKind.FIRE, reason=Reason.FIRE, detail="started"),
        DisableFloors((GROUND,)),
        relocked(GROUND),
        FloorsRecord(RecordKind.FIRE, reason=Reason.FIRE, detail="ended"),
    ]


def test_one_decision_is_pending_at_a_time() -> None:
    with pytest.raises(ValueError, match="pending"):
        step(after(a_cabin(), DECIDED), DECIDED)
    with pytest.raises(ValueError, match="pending"):
        step(a_cabin(), FloorsRecorded(SEQ, 0))


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_time_that_never_begins_or_ends_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="enable_seconds"):
        CabinSettings(FLOORS, enable_seconds=seconds)


def test_a_grant_of_no_floor_and_a_denial_of_some_are_refused() -> None:
    with pytest.raises(ValueError, match="grants a floor"):
        FloorsDecided(LET_IN)
    with pytest.raises(ValueError, match="grants a floor"):
        FloorsDecided(KEPT_OUT, (GROUND,))
