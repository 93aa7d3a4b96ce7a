"""What orders do to a door: a strike is held released until a time, and what lets somebody in is withdrawn."""

from dataclasses import replace

from doorctl.core.machines.door_events import HoldOpenOrdered, Record, Release, Secure, Withdrawn
from doorctl.core.machines.door_state import (
    DoorState,
    Permit,
    Strike,
    Transition,
    not_opened,
    warning_ended,
    watched_if_open,
)
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind

LET_OUT = frozenset({Reason.REX, Reason.FIRE})
"""Why somebody may open from inside without a card."""


def hold_open(state: DoorState, event: HoldOpenOrdered) -> Transition:
    """Release the strike until a time; nobody is told to close the door meanwhile."""
    held = replace(state, hold=Permit(Reason.ORDER, event.seq, event.until), held_at=None)
    return held, (Release(None), *warning_ended(state), Record(RecordKind.RELEASED, Reason.ORDER, event.seq))


def end_hold(state: DoorState, now: float) -> Transition:
    """End what an order held open: secure the strike, unless somebody is just let in or out."""
    if state.hold is None or now < state.hold.until:
        return state, ()
    return end_left_open(replace(state, hold=None), state.hold, now, Reason.ORDER)


def end_left_open(state: DoorState, ended: Permit, now: float, reason: Reason) -> Transition:
    """Secure a strike that nothing leaves open any more, unless somebody is just let in or out, or by a fire."""
    grace = Permit(ended.reason, ended.of, now + state.settings.open_grace_seconds)
    passage = state.passage or (grace if state.settings.has_contact else None)
    left = watched_if_open(replace(state, passage=passage), now)
    if left.strike is not Strike.SECURED:
        return left, ()
    return left, (Secure(), Record(RecordKind.RELOCKED, reason, ended.of))


def withdraw(state: DoorState, event: Withdrawn) -> Transition:
    """End what lets somebody in: all of it, or what one decision did; what lets somebody out stays."""
    kept = replace(
        state,
        release=_kept(state.release, event),
        hold=_kept(state.hold, event),
        unlocked=_kept(state.unlocked, event),
        passage=_kept(state.passage, event),
        passage_awaited=state.passage_awaited and _kept(state.passage, event) is not None,
    )
    if state.is_left_open and not kept.is_left_open:
        kept = watched_if_open(kept, event.now)
    unused = not_opened(state) if kept.passage is None else ()
    if kept.strike is state.strike:
        return kept, unused
    ended = state.release or state.left_open_by
    return kept, (Secure(), Record(RecordKind.RELOCKED, event.reason, ended.of if ended else None), *unused)


def _kept(permit: Permit | None, event: Withdrawn) -> Permit | None:
    """Give the permit back, unless it is one that the event ends."""
    if permit is None or permit.lets_out or permit.reason in LET_OUT or event.of not in (None, permit.of):
        return permit
    return None
