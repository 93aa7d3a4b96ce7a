"""What a door's mode does to it: the strike stays released until the mode ends, and nobody is told to close it."""

from dataclasses import replace
from math import inf

from doorctl.core.machines.door_events import Record, Release, UnlockedByMode, UnlockEnded
from doorctl.core.machines.door_orders import end_left_open
from doorctl.core.machines.door_state import DoorState, Permit, Transition, warning_ended
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind


def unlock(state: DoorState, event: UnlockedByMode) -> Transition:
    """Release the strike until the mode ends."""
    if state.unlocked is not None:
        return state, ()
    unlocked = replace(state, unlocked=Permit(Reason.MODE, event.seq, inf), held_at=None)
    return unlocked, (Release(None), *warning_ended(state), Record(RecordKind.RELEASED, Reason.MODE, event.seq))


def end_unlock(state: DoorState, event: UnlockEnded) -> Transition:
    """Secure the strike, unless somebody is just let in or out, or an order or a fire holds it."""
    if state.unlocked is None:
        return state, ()
    return end_left_open(replace(state, unlocked=None), state.unlocked, event.now, event.reason)
