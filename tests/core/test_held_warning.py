"""Before a door counts as held open people there are warned, and no longer than until somebody closes it."""

import pytest

from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
    ContactOpened,
    FireStarted,
    HoldOpenOrdered,
    Record,
    RecordCommitted,
    RexPressed,
    Signal,
    SignalName,
    Tick,
)
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.records import RecordKind
from tests.core.door_builders import GRANTED, SEQ, a_door, after, effects_of, granted, signals_in

WARNED, HELD, SILENT = Signal(SignalName.HELD_SOON), Signal(SignalName.HELD), Signal(SignalName.IDLE)


def opened(held_warning_seconds: float = 10) -> DoorState:
    """Give a door that Ada has opened at 1; from 31 on it is held."""
    return after(granted(a_door(held_warning_seconds=held_warning_seconds)), ContactOpened(1))


def warned() -> DoorState:
    """Give that door at 21, when people are warned."""
    return after(opened(), Tick(21))


def test_people_are_warned_once_some_seconds_before_the_door_is_held() -> None:
    assert opened().next_deadline == 21
    assert effects_of(opened(), Tick(20.9), Tick(21), Tick(25), Tick(31)) == [
        WARNED,
        HELD,
        Record(RecordKind.HELD_OPEN, of=SEQ),
    ]


def test_closing_the_door_ends_the_warning() -> None:
    closed = after(warned(), ContactClosed(22))

    assert effects_of(warned(), ContactClosed(22)) == [Record(RecordKind.CLOSED, of=SEQ), SILENT]
    assert closed == a_door(held_warning_seconds=10)


def test_a_door_that_closes_before_has_nothing_to_end() -> None:
    assert signals_in(effects_of(opened(), ContactClosed(20))) == []


def test_whoever_passes_the_warning_door_gives_it_its_time_again() -> None:
    state = granted(warned(), now=22, seq=8)

    assert not state.is_warning
    assert signals_in(effects_of(state, Tick(41.9), Tick(42), Tick(52))) == ["held-soon", "held"]


def test_the_warning_falls_silent_before_a_grant_is_shown() -> None:
    asked_again = effects_of(warned(), AccessDecided(GRANTED, 22), RecordCommitted(8, 22))

    assert signals_in(asked_again) == ["idle", "granted"]


def test_an_order_and_a_fire_that_leave_the_door_open_end_the_warning_after_the_strike_moved() -> None:
    for event in (HoldOpenOrdered(9, 22, 90), FireStarted(22)):
        effects = effects_of(warned(), event)

        assert effects[1] == SILENT
        assert signals_in(effects_of(after(warned(), event), Tick(60))) == []


def test_rex_at_an_open_door_ends_no_warning() -> None:
    assert after(warned(), RexPressed(22)).is_warning


def test_a_late_tick_does_not_warn_of_what_has_come() -> None:
    assert signals_in(effects_of(opened(), Tick(31))) == ["held"]


@pytest.mark.parametrize(("seconds", "warned_at"), [(0, []), (14, [17]), (15, [16]), (60, [16])])
def test_the_warning_is_at_most_half_of_the_time_and_with_0_never_comes(
    seconds: float, warned_at: list[float]
) -> None:
    door = opened(held_warning_seconds=seconds)

    assert [now for now in (15, 16, 17, 18) if WARNED in effects_of(door, Tick(now))][:1] == warned_at


@pytest.mark.parametrize("seconds", [-1, float("inf"), float("nan")])
def test_a_warning_of_no_such_time_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="held_warning_seconds must be 0 or more"):
        DoorSettings(held_warning_seconds=seconds)
