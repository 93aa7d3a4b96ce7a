"""Builders for the tests of one door: states that an earlier story led to."""

from collections.abc import Iterable

from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
    DoorEvent,
    Effect,
    FireStarted,
    Record,
    RecordCommitted,
    Release,
    Secure,
    Signal,
)
from doorctl.core.machines.door_state import DoorSettings, DoorState
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.request import Decision

GRANTED = Decision(Outcome.GRANTED, Reason.GRANTED)
DENIED = Decision(Outcome.DENIED, Reason.NO_GRANT, (Reason.NO_GRANT,))
SEQ = 7

Transition = tuple[DoorState, tuple[Effect, ...]]


def a_door(
    *,
    relock_on_open: bool = True,
    has_contact: bool = True,
    rex_releases: bool = False,
    held_warning_seconds: float = 0,
) -> DoorState:
    """Make a secured door that was seen closed, if it can be seen."""
    settings = DoorSettings(
        unlock_seconds=5,
        held_open_seconds=30,
        held_warning_seconds=held_warning_seconds,
        open_grace_seconds=0.5,
        relock_on_open=relock_on_open,
        has_contact=has_contact,
        rex_releases=rex_releases,
    )
    return after(DoorState(settings), ContactClosed(0))


def after(state: DoorState, *events: DoorEvent) -> DoorState:
    """Give the state that the events lead to."""
    for event in events:
        state, _ = step(state, event)
    return state


def effects_of(state: DoorState, *events: DoorEvent) -> list[Effect]:
    """List the effects of all the events."""
    effects: list[Effect] = []
    for event in events:
        state, more = step(state, event)
        effects.extend(more)
    return effects


def granted(
    state: DoorState, now: float = 0, seq: int = SEQ, on_audit_failure: OnAuditFailure = OnAuditFailure.DENY
) -> DoorState:
    """Let somebody in whose decision was recorded as number `seq`."""
    return after(state, AccessDecided(GRANTED, now, on_audit_failure), RecordCommitted(seq, now))


def on_fire(state: DoorState, now: float = 0) -> DoorState:
    """Start the fire alarm."""
    return after(state, FireStarted(now))


def records_in(effects: Iterable[Effect]) -> list[Record]:
    """Keep the records."""
    return [effect for effect in effects if isinstance(effect, Record)]


def moves_in(effects: Iterable[Effect]) -> list[Effect]:
    """Keep what moves the strike."""
    return [effect for effect in effects if isinstance(effect, Release | Secure)]


def signals_in(effects: Iterable[Effect]) -> list[str]:
    """Keep the names of what is shown."""
    return [effect.name.value for effect in effects if isinstance(effect, Signal)]
