"""The life of one door: a table that tells, for what the strike does and for each event, what happens.

* The strike is released by a granted decision, an order, a technician or a mode whose record is on disk, by REX where
  the door says so, by fire, and, where the zone says so, by a granted decision whose record failed. By nothing else.
* REX and fire release in the same step, before anything is recorded, whatever else is pending.
* Every release but fire's and a mode's ends at its deadline; those two hold the strike until they are over. What lets
  somebody in can be withdrawn before; REX and fire cannot.
* Securing comes before its record, too: effects stand in the order in which they must happen.
* One decision is pending at a time. Until its record is committed or failed, whoever drives the door keeps
  further decisions and contact events waiting; REX, fire and ticks do not wait.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from doorctl.core.machines.denial_shown import denial_shown
from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
    ContactLost,
    ContactOpened,
    DoorEvent,
    Effect,
    FireEnded,
    FireStarted,
    HoldOpenOrdered,
    OpenOrdered,
    Record,
    RecordCommitted,
    RecordFailed,
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
from doorctl.core.machines.door_orders import end_hold, hold_open, withdraw
from doorctl.core.machines.door_state import (
    Contact,
    DoorState,
    Permit,
    Strike,
    Transition,
    not_opened,
    warning_ended,
    watched_if_open,
)
from doorctl.core.machines.door_unlocked import end_unlock, unlock
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.rules.holder_times import held_open_seconds, release_seconds

Handler = Callable[..., Transition]  # each takes the state and the event of its row


def step(state: DoorState, event: DoorEvent) -> Transition:
    """Give the door's next state and the effects of the event, in the order in which they must happen.

    Raises ValueError when a decision comes while another is pending, or a commit while none is.
    """
    if _tells_nothing_new(state, event):
        return state, ()
    return TRANSITIONS[type(event), state.strike](state, event)


def _tells_nothing_new(state: DoorState, event: DoorEvent) -> bool:
    """Answer whether a contact repeats itself, or tells something of a door that has none."""
    told = _TOLD_BY_CONTACT.get(type(event))
    return told is not None and (told is state.contact or not state.settings.has_contact)


def _await_record(state: DoorState, event: AccessDecided) -> Transition:
    """Ask for the decision's record; nothing moves before it is on disk."""
    if state.pending is not None:
        raise ValueError("a decision is pending: keep the next until its record is committed or failed")
    decision = event.decision
    record = Record(RecordKind.DECISION, decision.reason, outcome=decision.outcome)
    return replace(state, pending=event), (record,)


def _obey_decision(state: DoorState, event: RecordCommitted) -> Transition:
    """Do what the recorded decision says, unless it no longer counts: too late, or overtaken by another policy."""
    pending, settled = _settle(state)
    if not pending.decision.is_granted:
        return settled, (Signal(denial_shown(pending.decision.reason, pin_alone=pending.pin_alone)),)
    if event.withheld is not None:
        record = Record(RecordKind.NOT_RELEASED, event.withheld, of=event.seq)
        return settled, (record, Signal(denial_shown(event.withheld, pin_alone=pending.pin_alone)))
    return _let_in(settled, event.now, reason=pending.decision.reason, of=event.seq, by=pending)


def _bear_audit_failure(state: DoorState, event: RecordFailed) -> Transition:
    """Do what the zone says for a decision that cannot be recorded."""
    pending, settled = _settle(state)
    opens = pending.decision.is_granted and pending.on_audit_failure is OnAuditFailure.RELEASE
    if opens and not event.late:
        return _let_in(settled, event.now, reason=Reason.AUDIT_FAILED, of=None, by=pending)
    return settled, (Signal(SignalName.FAULT),)


def _settle(state: DoorState) -> tuple[AccessDecided, DoorState]:
    """Take the pending decision out of the state."""
    if state.pending is None:
        raise ValueError("no decision is pending: a commit or failure belongs to exactly one decision")
    return state.pending, replace(state, pending=None)


def _let_in(
    state: DoorState, now: float, *, reason: Reason, of: int | None, by: AccessDecided | None = None
) -> Transition:
    """Release the strike for somebody with a card, or by an order; a release that runs is never cut short."""
    times, lets_out = (None, False) if by is None else (by.times, by.lets_out)
    seconds = release_seconds(state.settings.unlock_seconds, times)
    if state.release is not None:
        seconds = max(seconds, state.release.until - now)
    until, held = now + seconds, held_open_seconds(state.settings.held_open_seconds, times)
    passage = Permit(reason, of, until + state.settings.open_grace_seconds, held, lets_out)
    released = replace(
        state,
        release=Permit(reason, of, until, lets_out=lets_out),
        passage=passage if state.settings.has_contact else None,
        passage_awaited=state.contact is Contact.CLOSED,
        held_at=None if state.held_at is None else now + held,
    )
    record = Record(RecordKind.RELEASED, reason, of)
    shown = (*warning_ended(state), Signal(SignalName.GRANTED))
    return released, (Release(None if state.is_left_open else seconds), *shown, record, *not_opened(state))


def _let_in_by_order(state: DoorState, event: OpenOrdered) -> Transition:
    """Release the strike as for a card; an admin ordered it, or a technician tries it."""
    return _let_in(state, event.now, reason=event.reason, of=event.seq)


def _let_out(state: DoorState, event: RexPressed) -> Transition:
    """Permit an opening from inside, and release the strike where the door leaves that to us."""
    until = event.now + state.settings.unlock_seconds
    pressed = Record(RecordKind.REX, Reason.REX)
    permitted = state
    if state.settings.has_contact:
        passage = state.passage or Permit(Reason.REX, None, until)
        passage = replace(passage, until=until + state.settings.open_grace_seconds)
        permitted = replace(state, passage=passage)
    if not state.settings.rex_releases:
        return permitted, (pressed,)
    released = replace(permitted, release=Permit(Reason.REX, None, until))
    return released, (_release(state), pressed, Record(RecordKind.RELEASED, Reason.REX))


def _start_fire(state: DoorState, _: FireStarted) -> Transition:
    """Release the strike until the fire is over; nobody is told to close the door meanwhile."""
    burning = replace(state, fire=True, held_at=None)
    started = Record(RecordKind.FIRE, Reason.FIRE, detail="started")
    silent = (Signal(SignalName.IDLE),) if state.held_recorded else warning_ended(state)
    return burning, (_release(burning), *silent, started, Record(RecordKind.RELEASED, Reason.FIRE))


def _repeat_release(state: DoorState, _: FireStarted) -> Transition:
    """Release once more what should be released already: another input tells of the fire."""
    return state, (_release(state),)


def _end_fire(state: DoorState, event: FireEnded) -> Transition:
    """Secure the strike, unless somebody was just let in or out."""
    grace = Permit(Reason.FIRE, None, event.now + state.settings.open_grace_seconds)
    passage = state.passage or (grace if state.settings.has_contact else None)
    calm = watched_if_open(replace(state, fire=False, passage=passage), event.now)
    ended = Record(RecordKind.FIRE, Reason.FIRE, detail="ended")
    if state.left_open_by is not None:
        return calm, (_release(calm), ended)
    told = (Signal(SignalName.HELD), ended) if calm.held_recorded else (ended,)
    if state.release is not None and state.release.until > event.now:
        return calm, (Release(state.release.until - event.now), *told)
    return replace(calm, release=None), (Secure(), *told, Record(RecordKind.RELOCKED, Reason.FIRE))


def _open_secured(state: DoorState, event: ContactOpened) -> Transition:
    """Tell a permitted opening from a door that stood open at the start, and both from a break-in."""
    if state.passage is not None:
        return _open(state, event.now, Record(RecordKind.OPENED, state.passage.reason, state.passage.of))
    if state.contact is Contact.UNKNOWN:
        return _open(state, event.now, Record(RecordKind.OPENED, detail="already open when first seen"))
    return _open(state, event.now, Record(RecordKind.FORCED_OPEN))


def _open_released(state: DoorState, event: ContactOpened) -> Transition:
    """Use the passage up, and with it the release where the door relocks on opening."""
    passage = state.passage or state.left_open_by or Permit(Reason.FIRE, None, event.now)
    opened, records = _open(state, event.now, Record(RecordKind.OPENED, passage.reason, passage.of))
    return _relock(opened, records) if state.settings.relock_on_open else (opened, records)


def _open(state: DoorState, now: float, record: Record) -> Transition:
    """Note that the door is open, by which decision, and from when on it is held."""
    opened = replace(
        state,
        contact=Contact.OPEN,
        passage=None,
        passage_awaited=False,
        opened_of=record.of,
        held_at=None if state.is_left_open else now + _may_stay_open(state),
    )
    return opened, (record,)


def _may_stay_open(state: DoorState) -> float:
    """Tell for how long the door may be open behind whoever opens it now."""
    given = None if state.passage is None else state.passage.held_open_seconds
    return state.settings.held_open_seconds if given is None else given


def _close(state: DoorState, _: ContactClosed) -> Transition:
    """Note that the door is closed, and relock it unless somebody is still to come."""
    closed = replace(state, contact=Contact.CLOSED, opened_of=None, held_at=None, held_recorded=False, warned_of=None)
    records = _closing_records(state)
    if state.passage is not None:
        return closed, records
    return _relock(closed, records)


def _lose_contact(state: DoorState, _: ContactLost) -> Transition:
    """Note that nobody can tell whether the door is still closed; one that was not counts as open all the same."""
    if state.contact is not Contact.CLOSED:
        return state, ()
    return replace(state, contact=Contact.LOST, passage_awaited=False), ()


def _closing_records(state: DoorState) -> tuple[Effect, ...]:
    """Give the records of a closing; a door that was never seen open has none."""
    if not state.contact.tells:
        return ()
    closed = Record(RecordKind.CLOSED, of=state.opened_of)
    if not state.held_recorded:
        return closed, *warning_ended(state)
    return closed, Record(RecordKind.HELD_ENDED, of=state.opened_of), Signal(SignalName.IDLE)


def _relock(state: DoorState, records: tuple[Effect, ...] = ()) -> Transition:
    """End the release: secure the strike, then the records; a strike that is left open stays as it is."""
    release = state.release
    ended = replace(state, release=None)
    if release is None or state.is_left_open:
        return ended, records
    return ended, (Secure(), *records, Record(RecordKind.RELOCKED, release.reason, release.of))


def _run_out(state: DoorState, event: Tick) -> Transition:
    """Do everything that is due, securing first."""
    effects: tuple[Effect, ...] = ()
    for end in (_end_release, end_hold, _end_passage, _note_held_open, _warn):
        state, ended = end(state, event.now)
        effects += ended
    return state, effects


def _end_release(state: DoorState, now: float) -> Transition:
    """Secure the strike when its time is over."""
    return _relock(state) if _is_due(state.relock_at, now) else (state, ())


def _end_passage(state: DoorState, now: float) -> Transition:
    """Withdraw an unused permission to open, and record it if somebody was expected."""
    if not _is_due(state.open_by, now):
        return state, ()
    return replace(state, passage=None, passage_awaited=False), not_opened(state)


def _note_held_open(state: DoorState, now: float) -> Transition:
    """Record once that the door is held open."""
    if not _is_due(state.held_at, now):
        return state, ()
    record = Record(RecordKind.HELD_OPEN, of=state.opened_of)
    return replace(state, held_at=None, held_recorded=True), (Signal(SignalName.HELD), record)


def _warn(state: DoorState, now: float) -> Transition:
    """Tell once that the door is held open soon."""
    if not _is_due(state.warn_at, now):
        return state, ()
    return replace(state, warned_of=state.held_at), (Signal(SignalName.HELD_SOON),)


def _release(state: DoorState) -> Release:
    """Release the strike for its time, or without end while it is left open."""
    return Release(None if state.is_left_open else state.settings.unlock_seconds)


def _is_due(deadline: float | None, now: float) -> bool:
    """Answer whether the deadline is reached."""
    return deadline is not None and now >= deadline


def _do_nothing(state: DoorState, _: DoorEvent) -> Transition:
    """Leave everything as it is."""
    return state, ()


# For each event, what happens while the strike is secured, released, and released by fire.
_ROWS: Mapping[type[DoorEvent], tuple[Handler, Handler, Handler]] = {
    AccessDecided: (_await_record, _await_record, _await_record),
    RecordCommitted: (_obey_decision, _obey_decision, _obey_decision),
    RecordFailed: (_bear_audit_failure, _bear_audit_failure, _bear_audit_failure),
    OpenOrdered: (_let_in_by_order, _let_in_by_order, _let_in_by_order),
    HoldOpenOrdered: (hold_open, hold_open, hold_open),
    UnlockedByMode: (unlock, unlock, unlock),
    UnlockEnded: (end_unlock, end_unlock, end_unlock),
    Withdrawn: (withdraw, withdraw, withdraw),
    RexPressed: (_let_out, _let_out, _let_out),
    FireStarted: (_start_fire, _start_fire, _repeat_release),
    FireEnded: (_do_nothing, _do_nothing, _end_fire),
    ContactOpened: (_open_secured, _open_released, _open_released),
    ContactClosed: (_close, _close, _close),
    ContactLost: (_lose_contact, _lose_contact, _lose_contact),
    Tick: (_run_out, _run_out, _run_out),
}
TRANSITIONS: Mapping[tuple[type[DoorEvent], Strike], Handler] = {
    (event, strike): handler
    for event, handlers in _ROWS.items()
    for strike, handler in zip((Strike.SECURED, Strike.RELEASED, Strike.FIRE), handlers, strict=True)
}
_TOLD_BY_CONTACT = {ContactOpened: Contact.OPEN, ContactClosed: Contact.CLOSED, ContactLost: Contact.LOST}
