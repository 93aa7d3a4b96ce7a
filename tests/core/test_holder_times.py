"""Doors that wait longer for whom the usual time is too short: at their own grant, within bounds, never shorter."""

import pytest

from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
    ContactOpened,
    RecordCommitted,
    RecordFailed,
    Release,
    RexPressed,
    Tick,
    Withdrawn,
)
from doorctl.core.machines.door_state import DoorState, Strike
from doorctl.core.model import HolderTimes, OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.holder_times import MOST_HELD_OPEN_SECONDS, MOST_RELEASE_SECONDS, longest
from tests.core.door_builders import GRANTED, a_door, after, effects_of, records_in

LONGER = HolderTimes(release_seconds=15, held_open_seconds=60)


def let_in(times: HolderTimes | None = LONGER, state: DoorState | None = None, *, now: float = 0) -> DoorState:
    """Let somebody in at a door that is closed, whose usual times are 5 and 30 seconds."""
    door = after(a_door(), ContactClosed(0)) if state is None else state
    return after(door, AccessDecided(GRANTED, now, times=times), RecordCommitted(7, now))


def is_released(state: DoorState, now: float) -> bool:
    return after(state, Tick(now)).strike is Strike.RELEASED


def is_held(state: DoorState, now: float) -> bool:
    return RecordKind.HELD_OPEN in [it.kind for it in records_in(effects_of(state, Tick(now)))]


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        (None, 5),
        (HolderTimes(held_open_seconds=60), 5),
        (LONGER, 15),
        (HolderTimes(release_seconds=1), 5),
        (HolderTimes(release_seconds=1e9), MOST_RELEASE_SECONDS),
    ],
)
def test_the_strike_is_released_for_as_long_as_somebody_needs(times: HolderTimes | None, seconds: float) -> None:
    door = after(after(a_door(), ContactClosed(0)), AccessDecided(GRANTED, 0, times=times))

    released, effects = step(door, RecordCommitted(7, 0))

    assert effects[0] == Release(seconds)
    assert [is_released(released, now) for now in (seconds - 0.1, seconds)] == [True, False]


@pytest.mark.parametrize(
    ("times", "seconds"),
    [
        (None, 30),
        (HolderTimes(release_seconds=15), 30),
        (LONGER, 60),
        (HolderTimes(held_open_seconds=1), 30),
        (HolderTimes(held_open_seconds=1e9), MOST_HELD_OPEN_SECONDS),
    ],
)
def test_the_door_may_stay_open_for_as_long_as_somebody_needs(times: HolderTimes | None, seconds: float) -> None:
    opened = after(let_in(times), ContactOpened(1))

    assert [is_held(opened, 1 + now) for now in (seconds - 0.1, seconds)] == [False, True]


def test_a_grant_at_the_open_door_gives_that_time_again() -> None:
    opened = after(let_in(), ContactOpened(1))

    again = let_in(LONGER, opened, now=50)

    assert [is_held(again, now) for now in (109, 110)] == [False, True]


def test_the_time_is_theirs_alone() -> None:
    used = after(let_in(), ContactOpened(1), ContactClosed(2))

    opened = after(let_in(None, used, now=20), ContactOpened(21))

    assert [is_held(opened, now) for now in (50, 51)] == [False, True]


def test_a_later_grant_cuts_no_longer_release_short() -> None:
    both = let_in(None, let_in(), now=1)

    assert [is_released(both, now) for now in (14.9, 15)] == [True, False]


def test_what_lets_out_does_not_outlive_a_lockdown_by_the_time_of_who_came_in() -> None:
    state = let_in(state=after(a_door(rex_releases=True), ContactClosed(0)))

    left = after(state, RexPressed(1), Withdrawn(2, Reason.LOCKDOWN))

    assert [is_released(left, now) for now in (5.9, 6)] == [True, False]


def test_whoever_is_let_in_without_a_record_has_the_time_they_need() -> None:
    asked = after(a_door(), AccessDecided(GRANTED, 0, OnAuditFailure.RELEASE, times=LONGER))

    assert effects_of(asked, RecordFailed(0))[0] == Release(15)


def test_who_comes_in_together_has_the_longest_time_of_them() -> None:
    others = (None, HolderTimes(release_seconds=20), HolderTimes(held_open_seconds=90))

    assert longest((LONGER, *others)) == HolderTimes(20, 90)
    assert longest((None, None)) is None
    assert longest((HolderTimes(held_open_seconds=90),)) == HolderTimes(None, 90)
