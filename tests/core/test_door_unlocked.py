"""A door that its mode leaves unlocked: nothing is forced or held there, and its end relocks it as any other."""

import pytest

from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    ContactClosed,
    ContactOpened,
    FireEnded,
    HoldOpenOrdered,
    Record,
    Release,
    RexPressed,
    Secure,
    Signal,
    SignalName,
    Tick,
    UnlockedByMode,
    UnlockEnded,
    Withdrawn,
)
from doorctl.core.machines.door_state import Strike
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from tests.core.door_builders import a_door, after, effects_of, granted, moves_in, on_fire, records_in

MODE = 9
RELEASED = Record(RecordKind.RELEASED, Reason.MODE, MODE)
RELOCKED = Record(RecordKind.RELOCKED, Reason.MODE, MODE)
UNLOCKED = after(a_door(), UnlockedByMode(0, MODE))


def test_it_is_released_without_an_end_and_secured_when_the_mode_ends() -> None:
    state, effects = step(a_door(), UnlockedByMode(0, MODE))

    assert effects == (Release(None), RELEASED)
    assert state.next_deadline is None
    assert effects_of(state, Tick(1e9)) == []
    assert effects_of(state, UnlockEnded(1e9)) == [Secure(), RELOCKED]


def test_what_is_so_already_moves_nothing() -> None:
    assert effects_of(UNLOCKED, UnlockedByMode(1, MODE + 1)) == []
    assert effects_of(a_door(), UnlockEnded(1)) == []


def test_whoever_goes_through_forces_nothing_and_holds_nothing_open() -> None:
    effects = effects_of(UNLOCKED, ContactOpened(1), Tick(1000), ContactClosed(1001), ContactOpened(1002))

    assert records_in(effects) == [
        Record(RecordKind.OPENED, Reason.MODE, MODE),
        Record(RecordKind.CLOSED, of=MODE),
        Record(RecordKind.OPENED, Reason.MODE, MODE),
    ]
    assert moves_in(effects) == []


def test_a_door_that_stands_open_at_its_end_is_held_from_then_on() -> None:
    state = after(UNLOCKED, ContactOpened(1), UnlockEnded(1000))

    assert state.held_at == 1030
    assert effects_of(state, Tick(1030)) == [Signal(SignalName.HELD), Record(RecordKind.HELD_OPEN, of=MODE)]


def test_whoever_just_came_through_when_it_ended_has_forced_nothing() -> None:
    state = after(UNLOCKED, UnlockEnded(10))

    assert records_in(effects_of(state, ContactOpened(10.4))) == [Record(RecordKind.OPENED, Reason.MODE, MODE)]
    assert records_in(effects_of(after(state, Tick(10.5)), ContactOpened(10.6))) == [Record(RecordKind.FORCED_OPEN)]


def test_people_at_a_door_that_soon_would_be_held_are_warned_no_longer() -> None:
    warned = after(granted(a_door(held_warning_seconds=10)), ContactOpened(1), Tick(21))

    assert effects_of(warned, UnlockedByMode(22, MODE)) == [Release(None), Signal(SignalName.IDLE), RELEASED]


def test_a_card_there_is_granted_and_takes_nothing_away_at_its_end() -> None:
    state = granted(UNLOCKED, now=1)

    assert moves_in(effects_of(state, ContactOpened(2), ContactClosed(3), Tick(100))) == []
    assert state.strike is Strike.RELEASED


@pytest.mark.parametrize("until_released", [Tick(6), ContactOpened(2)])
def test_who_was_let_in_as_it_ended_has_their_time(until_released: Tick | ContactOpened) -> None:
    state, effects = step(granted(UNLOCKED, now=1), UnlockEnded(1.5))

    assert effects == ()
    assert moves_in(effects_of(state, until_released)) == [Secure()]


def test_fire_goes_before_and_leaves_it_unlocked() -> None:
    state, effects = step(on_fire(UNLOCKED), FireEnded(5))

    assert moves_in(effects) == [Release(None)]
    assert state.strike is Strike.RELEASED
    assert moves_in(effects_of(on_fire(UNLOCKED), UnlockEnded(3), FireEnded(5))) == [Secure()]


def test_an_order_to_hold_it_open_outlasts_the_mode_and_the_mode_the_order() -> None:
    held = after(UNLOCKED, HoldOpenOrdered(11, 1, until=100))

    assert moves_in(effects_of(held, UnlockEnded(50))) == []
    assert moves_in(effects_of(held, UnlockEnded(50), Tick(100))) == [Secure()]
    assert moves_in(effects_of(held, Tick(100))) == []


def test_a_lockdown_ends_it_and_what_lets_somebody_out_stays() -> None:
    lockdown = Withdrawn(2, Reason.LOCKDOWN)
    leaving = after(a_door(rex_releases=True), UnlockedByMode(0, MODE), RexPressed(1))

    assert effects_of(UNLOCKED, lockdown) == [Secure(), Record(RecordKind.RELOCKED, Reason.LOCKDOWN, MODE)]
    assert moves_in(effects_of(leaving, lockdown)) == []


def test_a_lockdown_gives_a_door_that_stands_open_its_time_to_be_closed() -> None:
    assert after(UNLOCKED, ContactOpened(1), Withdrawn(2, Reason.LOCKDOWN)).held_at == 32
