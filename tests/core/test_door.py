"""A decision's way through one door: recorded, released, opened, closed, relocked."""

import pytest

from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
    ContactOpened,
    Record,
    RecordCommitted,
    RecordFailed,
    Release,
    Secure,
    Signal,
    SignalName,
    Tick,
)
from doorctl.core.machines.door_state import Contact, DoorSettings, DoorState, Strike
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from tests.core.door_builders import (
    DENIED,
    GRANTED,
    SEQ,
    a_door,
    after,
    effects_of,
    granted,
    moves_in,
    records_in,
    signals_in,
)

RELOCKED = Record(RecordKind.RELOCKED, Reason.GRANTED, SEQ)
OPENED = Record(RecordKind.OPENED, Reason.GRANTED, SEQ)
NOT_OPENED = Record(RecordKind.NOT_OPENED, Reason.GRANTED, SEQ)


def test_a_grant_is_only_recorded_at_first() -> None:
    state, effects = step(a_door(), AccessDecided(GRANTED, 0))

    assert effects == (Record(RecordKind.DECISION, Reason.GRANTED, outcome=Outcome.GRANTED),)
    assert state.strike is Strike.SECURED


def test_a_committed_grant_releases_then_signals_then_records() -> None:
    state, effects = step(after(a_door(), AccessDecided(GRANTED, 0)), RecordCommitted(SEQ, 1))

    assert effects == (
        Release(5),
        Signal(SignalName.GRANTED),
        Record(RecordKind.RELEASED, Reason.GRANTED, SEQ),
    )
    assert (state.strike, state.relock_at, state.open_by, state.next_deadline) == (
        Strike.RELEASED,
        6,
        6.5,
        6,
    )


def test_a_committed_denial_is_shown_and_moves_nothing() -> None:
    door = a_door()

    state, effects = step(after(door, AccessDecided(DENIED, 0)), RecordCommitted(SEQ, 1))

    assert effects == (Signal(SignalName.DENIED),)
    assert state == door


@pytest.mark.parametrize("withheld", [Reason.LATE, Reason.NO_GRANT])
def test_a_grant_that_no_longer_counts_is_completed_by_not_released(withheld: Reason) -> None:
    door = a_door()

    state, effects = step(after(door, AccessDecided(GRANTED, 0)), RecordCommitted(SEQ, 3, withheld))

    assert effects == (
        Record(RecordKind.NOT_RELEASED, withheld, SEQ),
        Signal(SignalName.DENIED),
    )
    assert state == door


def test_a_failed_record_leaves_the_door_as_it_was() -> None:
    door = a_door()

    state, effects = step(after(door, AccessDecided(GRANTED, 0)), RecordFailed(1))

    assert effects == (Signal(SignalName.FAULT),)
    assert state == door


def test_a_zone_may_release_a_grant_whose_record_failed_and_it_is_said() -> None:
    asked = after(a_door(), AccessDecided(GRANTED, 0, OnAuditFailure.RELEASE))

    state, effects = step(asked, RecordFailed(1))

    assert effects == (
        Release(5),
        Signal(SignalName.GRANTED),
        Record(RecordKind.RELEASED, Reason.AUDIT_FAILED),
    )
    assert state.relock_at == 6


def test_a_denial_whose_record_failed_releases_in_no_zone() -> None:
    asked = after(a_door(), AccessDecided(DENIED, 0, OnAuditFailure.RELEASE))

    assert effects_of(asked, RecordFailed(1)) == [Signal(SignalName.FAULT)]


def test_a_second_decision_waits_for_the_first() -> None:
    asked = after(a_door(), AccessDecided(GRANTED, 0))

    with pytest.raises(ValueError, match="a decision is pending"):
        step(asked, AccessDecided(GRANTED, 1))


@pytest.mark.parametrize("event", [RecordCommitted(SEQ, 0), RecordFailed(0)])
def test_a_commit_that_nobody_waits_for_is_refused(event: RecordCommitted | RecordFailed) -> None:
    with pytest.raises(ValueError, match="no decision is pending"):
        step(a_door(), event)


def test_opening_relocks_the_strike_and_is_linked_to_its_decision() -> None:
    state, effects = step(granted(a_door()), ContactOpened(1))

    assert effects == (Secure(), OPENED, RELOCKED)
    assert (state.strike, state.contact, state.next_deadline) == (Strike.SECURED, Contact.OPEN, 31)


def test_where_the_door_says_so_closing_relocks_the_strike() -> None:
    door = granted(a_door(relock_on_open=False))

    opened, on_opening = step(door, ContactOpened(1))
    closed, on_closing = step(opened, ContactClosed(2))

    assert on_opening == (OPENED,)
    assert on_closing == (Secure(), Record(RecordKind.CLOSED, of=SEQ), RELOCKED)
    assert (opened.strike, closed) == (Strike.RELEASED, a_door(relock_on_open=False))


def test_closing_does_not_relock_before_whoever_was_granted_meanwhile() -> None:
    opened = after(granted(a_door(relock_on_open=False)), ContactOpened(1))

    state, effects = step(granted(opened, now=2, seq=8), ContactClosed(3))

    assert effects == (Record(RecordKind.CLOSED, of=SEQ),)
    assert state.strike is Strike.RELEASED


def test_an_unused_release_ends_by_its_deadline() -> None:
    state, effects = step(granted(a_door()), Tick(5))

    assert effects == (Secure(), RELOCKED)
    assert state.strike is Strike.SECURED


def test_nothing_happens_before_the_deadline() -> None:
    door = granted(a_door())

    assert step(door, Tick(4.99)) == (door, ())


def test_a_door_that_nobody_opened_is_recorded_after_the_grace() -> None:
    door = granted(a_door())

    assert effects_of(door, Tick(5), Tick(5.5), Tick(99)) == [Secure(), RELOCKED, NOT_OPENED]


def test_a_late_tick_does_everything_that_is_due_securing_first() -> None:
    assert effects_of(granted(a_door()), Tick(99)) == [Secure(), RELOCKED, NOT_OPENED]


def test_an_opening_in_the_grace_after_relocking_is_permitted() -> None:
    assert effects_of(after(granted(a_door()), Tick(5)), ContactOpened(5.4)) == [OPENED]


def test_an_opening_after_the_grace_is_forced() -> None:
    door = after(granted(a_door()), Tick(5.5))

    assert effects_of(door, ContactOpened(5.6)) == [Record(RecordKind.FORCED_OPEN)]


def test_one_grant_permits_one_opening() -> None:
    door = after(granted(a_door()), ContactOpened(1), ContactClosed(2))

    assert effects_of(door, ContactOpened(3)) == [Record(RecordKind.FORCED_OPEN)]


def test_an_opening_that_nobody_asked_for_is_forced() -> None:
    state, effects = step(a_door(), ContactOpened(1))

    assert effects == (Record(RecordKind.FORCED_OPEN),)
    assert state.held_at == 31


def test_a_door_that_stands_open_at_the_start_is_not_forced() -> None:
    assert effects_of(DoorState(), ContactOpened(1)) == [
        Record(RecordKind.OPENED, detail="already open when first seen")
    ]


def test_a_door_that_is_closed_at_the_start_needs_no_record() -> None:
    assert effects_of(DoorState(), ContactClosed(1)) == []


def test_a_contact_that_repeats_itself_tells_nothing() -> None:
    opened = after(a_door(), ContactOpened(1))

    assert step(opened, ContactOpened(20)) == (opened, ())
    assert step(a_door(), ContactClosed(20)) == (a_door(), ())


def test_a_door_without_a_contact_relocks_by_time_alone() -> None:
    door = granted(a_door(has_contact=False))

    assert effects_of(door, ContactOpened(1), ContactClosed(2), Tick(5), Tick(99)) == [Secure(), RELOCKED]


def test_a_new_grant_prolongs_the_release() -> None:
    first = granted(a_door(), now=0, seq=7)

    state = granted(first, now=3, seq=8)

    assert moves_in(effects_of(state, Tick(5), Tick(7.99))) == []
    assert moves_in(effects_of(state, Tick(8))) == [Secure()]


def test_of_two_grants_before_one_opening_the_first_counts_as_not_opened() -> None:
    asked = after(granted(a_door(), seq=7), AccessDecided(GRANTED, 1))

    records = records_in(effects_of(asked, RecordCommitted(8, 1), ContactOpened(2)))

    assert records == [
        Record(RecordKind.RELEASED, Reason.GRANTED, 8),
        NOT_OPENED,
        Record(RecordKind.OPENED, Reason.GRANTED, 8),
        Record(RecordKind.RELOCKED, Reason.GRANTED, 8),
    ]


def test_a_grant_at_an_open_door_expects_no_opening() -> None:
    opened = after(granted(a_door()), ContactOpened(1))

    records = records_in(effects_of(granted(opened, now=2, seq=8), Tick(99)))

    assert RecordKind.NOT_OPENED not in {record.kind for record in records}


def test_a_door_held_open_is_told_once_and_its_end_too() -> None:
    opened = after(granted(a_door()), ContactOpened(1))

    effects = effects_of(opened, Tick(30.9), Tick(31), Tick(62), ContactClosed(70))

    assert effects == [
        Signal(SignalName.HELD),
        Record(RecordKind.HELD_OPEN, of=SEQ),
        Record(RecordKind.CLOSED, of=SEQ),
        Record(RecordKind.HELD_ENDED, of=SEQ),
        Signal(SignalName.IDLE),
    ]


def test_each_grant_at_an_open_door_gives_time_to_pass() -> None:
    opened = after(granted(a_door()), ContactOpened(1))

    state = granted(opened, now=20, seq=8)

    assert signals_in(effects_of(state, Tick(49.9))) == []
    assert signals_in(effects_of(state, Tick(50))) == ["held"]


def test_closing_in_time_ends_the_count() -> None:
    closed = after(granted(a_door()), ContactOpened(1), ContactClosed(2))

    assert closed == a_door()
    assert closed.next_deadline is None


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_door_that_never_unlocks_or_never_locks_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="must be more than 0 and finite"):
        DoorSettings(unlock_seconds=seconds)
    with pytest.raises(ValueError, match="must be more than 0 and finite"):
        DoorSettings(held_open_seconds=seconds)


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_an_endless_grace_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="open_grace_seconds"):
        DoorSettings(open_grace_seconds=seconds)


def test_a_record_that_failed_too_late_releases_nothing_even_where_the_zone_releases() -> None:
    door = a_door()
    asked = after(door, AccessDecided(GRANTED, 0, OnAuditFailure.RELEASE))

    state, effects = step(asked, RecordFailed(60, late=True))

    assert effects == (Signal(SignalName.FAULT),)
    assert state == door
