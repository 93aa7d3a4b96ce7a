"""Nobody is kept in: REX and fire release first, whatever else is going on."""

import pytest

from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
    ContactOpened,
    FireEnded,
    FireStarted,
    Record,
    RecordCommitted,
    Release,
    RexPressed,
    Secure,
    Signal,
    SignalName,
    Tick,
)
from doorctl.core.machines.door_state import DoorState, Strike
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from tests.core.door_builders import GRANTED, SEQ, a_door, after, effects_of, granted, moves_in, on_fire, signals_in

REX = Record(RecordKind.REX, Reason.REX)
RELEASED_BY_REX = Record(RecordKind.RELEASED, Reason.REX)
FIRE_ENDED = Record(RecordKind.FIRE, Reason.FIRE, detail="ended")
RELOCKED_AFTER_FIRE = Record(RecordKind.RELOCKED, Reason.FIRE)
PENDING = after(a_door(rex_releases=True), AccessDecided(GRANTED, 0))
RELEASED = granted(a_door(rex_releases=True))
STATES = [a_door(rex_releases=True), PENDING, RELEASED, after(RELEASED, ContactOpened(0))]


@pytest.mark.parametrize("state", STATES)
def test_rex_releases_first_and_records_after(state: DoorState) -> None:
    exited, effects = step(state, RexPressed(1))

    assert effects == (Release(5), REX, RELEASED_BY_REX)
    assert (exited.strike, exited.relock_at, exited.pending) == (Strike.RELEASED, 6, state.pending)


@pytest.mark.parametrize("state", STATES)
def test_fire_releases_first_without_end_and_records_after(state: DoorState) -> None:
    burning, effects = step(state, FireStarted(1))

    assert effects == (
        Release(None),
        Record(RecordKind.FIRE, Reason.FIRE, detail="started"),
        Record(RecordKind.RELEASED, Reason.FIRE),
    )
    assert (burning.strike, burning.pending) == (Strike.FIRE, state.pending)


def test_with_egress_in_the_wiring_rex_moves_nothing_and_permits_an_opening() -> None:
    effects = effects_of(a_door(), RexPressed(0), ContactOpened(5.4))

    assert effects == [REX, Record(RecordKind.OPENED, Reason.REX)]


def test_what_rex_permits_runs_out() -> None:
    effects = effects_of(a_door(), RexPressed(0), Tick(5.5), ContactOpened(5.6))

    assert effects == [REX, Record(RecordKind.FORCED_OPEN)]


def test_a_second_rex_gives_the_whole_time_again() -> None:
    effects = effects_of(a_door(), RexPressed(0), RexPressed(4), Tick(9.4), ContactOpened(9.4))

    assert effects == [REX, REX, Record(RecordKind.OPENED, Reason.REX)]


def test_a_release_by_rex_ends_by_its_deadline_and_expects_nobody() -> None:
    state = after(a_door(rex_releases=True), RexPressed(0))

    assert effects_of(state, Tick(99)) == [Secure(), Record(RecordKind.RELOCKED, Reason.REX)]


def test_rex_at_a_door_without_a_contact_releases_and_relocks() -> None:
    effects = effects_of(a_door(rex_releases=True, has_contact=False), RexPressed(0), Tick(5))

    assert effects == [
        Release(5),
        REX,
        RELEASED_BY_REX,
        Secure(),
        Record(RecordKind.RELOCKED, Reason.REX),
    ]


def test_an_opening_after_a_grant_and_rex_belongs_to_the_grant() -> None:
    state = after(RELEASED, RexPressed(1))

    assert Record(RecordKind.OPENED, Reason.GRANTED, SEQ) in effects_of(state, ContactOpened(2))


def test_no_deadline_ends_the_release_by_fire() -> None:
    state = after(on_fire(RELEASED), Tick(999))

    assert state.strike is Strike.FIRE
    assert moves_in(effects_of(on_fire(RELEASED), Tick(5), Tick(999))) == []


def test_a_door_open_in_a_fire_is_neither_forced_nor_held() -> None:
    effects = effects_of(on_fire(a_door()), ContactOpened(1), Tick(999))

    assert effects == [Record(RecordKind.OPENED, Reason.FIRE)]


def test_a_door_opened_before_the_fire_is_not_held_during_it() -> None:
    opened = after(granted(a_door()), ContactOpened(1))

    assert effects_of(on_fire(opened), Tick(999)) == []


def test_opening_and_closing_secure_nothing_in_a_fire() -> None:
    for relock_on_open in (True, False):
        state = on_fire(granted(a_door(relock_on_open=relock_on_open)))

        assert moves_in(effects_of(state, ContactOpened(1), ContactClosed(2), ContactOpened(3))) == []


def test_rex_and_a_grant_in_a_fire_release_without_end() -> None:
    state = on_fire(a_door(rex_releases=True))

    assert effects_of(state, RexPressed(1))[0] == Release(None)
    assert effects_of(state, AccessDecided(GRANTED, 1), RecordCommitted(SEQ, 1))[1] == Release(None)


def test_a_fire_told_twice_releases_twice() -> None:
    state = on_fire(a_door())

    assert step(state, FireStarted(1)) == (state, (Release(None),))


def test_the_end_of_the_fire_secures_the_strike() -> None:
    state, effects = step(on_fire(a_door()), FireEnded(9))

    assert effects == (Secure(), FIRE_ENDED, RELOCKED_AFTER_FIRE)
    assert state.strike is Strike.SECURED


def test_the_end_of_the_fire_leaves_a_running_release_its_time() -> None:
    state, effects = step(on_fire(granted(a_door())), FireEnded(2))

    assert effects == (Release(3), FIRE_ENDED)
    assert moves_in(effects_of(state, Tick(5))) == [Secure()]


def test_the_end_of_the_fire_ends_a_release_whose_time_is_over() -> None:
    state, effects = step(on_fire(granted(a_door())), FireEnded(5))

    assert effects == (Secure(), FIRE_ENDED, RELOCKED_AFTER_FIRE)
    assert state.relock_at is None


def test_whoever_opens_as_the_fire_ends_forces_nothing() -> None:
    state = after(on_fire(a_door()), FireEnded(9))

    assert effects_of(state, ContactOpened(9.1)) == [Record(RecordKind.OPENED, Reason.FIRE)]


def test_a_door_without_a_contact_waits_for_no_opening_after_a_fire() -> None:
    assert after(on_fire(a_door(has_contact=False)), FireEnded(9)).next_deadline is None


def test_a_door_still_open_after_the_fire_is_held() -> None:
    state = after(on_fire(a_door()), ContactOpened(1), FireEnded(9))

    assert effects_of(state, Tick(38.9)) == []
    assert effects_of(state, Tick(39)) == [Signal(SignalName.HELD), Record(RecordKind.HELD_OPEN)]


def test_a_door_told_as_held_before_the_fire_is_not_told_again() -> None:
    held = after(a_door(), ContactOpened(0), Tick(30))

    assert effects_of(after(held, FireStarted(31), FireEnded(40)), Tick(99)) == []


def test_a_door_that_is_told_as_held_is_silent_while_it_burns_and_told_again_after_that() -> None:
    held = after(a_door(), ContactOpened(0), Tick(30))

    effects = effects_of(held, FireStarted(31), Tick(999), FireEnded(1000), ContactClosed(1001))

    assert signals_in(effects) == ["idle", "held", "idle"]


def test_a_door_that_was_held_and_closed_while_it_burned_is_not_told_again() -> None:
    held = after(a_door(), ContactOpened(0), Tick(30))

    effects = effects_of(on_fire(held, now=31), ContactClosed(40), FireEnded(50))

    assert signals_in(effects) == ["idle"]


def test_the_end_of_a_fire_that_never_began_is_nothing() -> None:
    for state in STATES:
        assert step(state, FireEnded(1)) == (state, ())
