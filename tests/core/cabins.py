"""Builders for the tests of one cabin: states that an earlier story led to."""

from collections.abc import Iterable

from doorctl.core.machines.elevator import CabinSettings, CabinState, OnFire, step
from doorctl.core.machines.elevator_events import (
    DisableFloors,
    ElevatorEffect,
    ElevatorEvent,
    EnableFloors,
    FloorsDecided,
    FloorsRecord,
    FloorsRecorded,
)
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import Decision

GROUND, FIRST, SECOND = FLOORS = ("lift-ground", "lift-first", "lift-second")
SECONDS = 8.0
SEQ = 7
LET_IN = Decision(Outcome.GRANTED, Reason.GRANTED)
KEPT_OUT = Decision(Outcome.DENIED, Reason.NO_GRANT, (Reason.NO_GRANT,))


def a_cabin(*, on_fire: OnFire = OnFire.ENABLED) -> CabinState:
    """Make a cabin with three floors, all of them disabled."""
    return CabinState(CabinSettings(FLOORS, enable_seconds=SECONDS, on_fire=on_fire))


def after(state: CabinState, *events: ElevatorEvent) -> CabinState:
    """Give the state that the events lead to."""
    for event in events:
        state, _ = step(state, event)
    return state


def effects_of(state: CabinState, *events: ElevatorEvent) -> list[ElevatorEffect]:
    """List the effects of all the events."""
    effects: list[ElevatorEffect] = []
    for event in events:
        state, more = step(state, event)
        effects.extend(more)
    return effects


def swiped(state: CabinState, *floors: str, now: float = 0, seq: int = SEQ) -> CabinState:
    """Enable floors by a swipe whose record is on disk as number `seq`."""
    return after(state, FloorsDecided(LET_IN, floors), FloorsRecorded(seq, now))


def moves_in(effects: Iterable[ElevatorEffect]) -> list[ElevatorEffect]:
    """Keep what moves relays."""
    return [effect for effect in effects if isinstance(effect, EnableFloors | DisableFloors)]


def records_in(effects: Iterable[ElevatorEffect]) -> list[FloorsRecord]:
    """Keep the records about the cabin."""
    return [effect for effect in effects if isinstance(effect, FloorsRecord)]
