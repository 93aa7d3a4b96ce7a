"""What orders do to a door: a strike is held released until a time, and what lets somebody in is withdrawn."""

from dataclasses import replace

from doorctl.core.machines.door_events import HoldOpenOrdered, Record, Release, Secure, Withdrawn
from doorctl.core.machines.door_state import Contact, DoorState, Permit, Strike, Transition, warning_ended
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind

LET_OUT = frozenset({Reason.REX, Reason.FIRE})
"""Why somebody may open from inside: nobody withdraws that."""


def hold_open(state: DoorState, event: HoldOpenOrdered) -> Transition:
    """Release the strike until a time; nobody is told to close the door meanwhile."""
    held = replace(state, hold=Permit(Reason.ORDER, event.seq, event.until), held_at=None)
    return held, (Release(None), *warning_ended(state), Record(RecordKind.RELEASED, Reason.ORDER, event.seq))


def end_hold(state: DoorState, now: float) -> Transition:
    """End what an order held open: secure the strike, unless somebody is just let in or out."""
    if state.hold is None or now < state.hold.until:
        return state, ()
    grace = Permit(Reason.ORDER, state.hold.of, now + state.settings.open_grace_seconds)
    passage = state.passage or (grace if state.settings.has_contact else None)
    ended = _watched_if_open(replace(state, hold=None, passage=passage), now)
    if ended.strike is not Strike.SECURED:
        return ended, ()
    return ended, (Secure(), Record(RecordKind.RELOCKED, Reason.ORDER, state.hold.of))


def withdraw(state: DoorState, event: Withdrawn) -> Transition:
    """End what lets somebody in: all of it, or what one decision did; what lets somebody out stays."""
    kept = replace(
        state,
        release=_kept(state.release, event),
        hold=_kept(state.hold, event),
        passage=_kept(state.passage, event),
        passage_awaited=state.passage_awaited and _kept(state.passage, event) is not None,
    )
    if state.hold is not None and kept.hold is None:
        kept = _watched_if_open(kept, event.now)
    if kept.strike is state.strike:
        return kept, ()
    ended = state.release or state.hold
    return kept, (Secure(), Record(RecordKind.RELOCKED, event.reason, ended.of if ended else None))


def _kept(permit: Permit | None, event: Withdrawn) -> Permit | None:
    """Give the permit back, unless it is one that the event ends."""
    if permit is None or permit.reason in LET_OUT or event.of not in (None, permit.of):
        return permit
    return None


def _watched_if_open(state: DoorState, now: float) -> DoorState:
    """Give an open door that is no longer held open its time to be closed."""
    if state.is_left_open or state.contact is not Contact.OPEN or state.held_recorded:
        return state
    return replace(state, held_at=now + state.settings.held_open_seconds)
