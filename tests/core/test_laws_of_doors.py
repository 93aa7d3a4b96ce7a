"""Laws that hold for one door in any order of events, held against a plain account of who may pass until when."""

from collections.abc import Callable, Mapping
from math import inf
from random import Random

from doorctl.core.machines import door
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
from doorctl.core.machines.door_state import Contact, DoorSettings, DoorState, Permit, Strike
from doorctl.core.model import HolderTimes, OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Decision
from tests.core.any_order import EITHER, begin, holds_in_any_order, law, step
from tests.core.door_builders import DENIED, GRANTED, records_in
from tests.core.law_cases import SO_MANY

UNLOCK_SECONDS = 5.0
HELD_OPEN_SECONDS = 8.0
GRACE_SECONDS = 0.5
LONGER = HolderTimes(release_seconds=9.0, held_open_seconds=12.0)
LONG = 60.0
"""By then every release, hold and passage is over."""
STANDING = frozenset({SignalName.HELD_SOON, SignalName.HELD, SignalName.IDLE})
RELEASED_BY = frozenset(
    {
        *(Reason.GRANTED, Reason.AUDIT_FAILED, Reason.ORDER, Reason.TECHNICIAN),
        *(Reason.MODE, Reason.REX, Reason.FIRE),
    }
)
"""What a strike is released by, and nothing else; of decisions these are granted alone."""
LISTED: Mapping[str, Callable[[DoorState], bool]] = {
    "what moves the strike for a while is no order to hold, mode or fire": lambda door: (
        by(door.release) <= RELEASED_BY - {Reason.MODE, Reason.FIRE}
    ),
    "an order holds": lambda door: by(door.hold) <= {Reason.ORDER},
    "a mode unlocks, without an end": lambda door: (
        by(door.unlocked) <= {Reason.MODE} and (door.unlocked is None or door.unlocked.until == inf)
    ),
    "a passage is one that released": lambda door: by(door.passage) <= RELEASED_BY,
    "only a contact sees a passage": lambda door: door.settings.has_contact or door.passage is None,
    "only a passage is awaited": lambda door: not door.passage_awaited or door.passage is not None,
    "only a contact tells": lambda door: door.settings.has_contact or door.contact is Contact.UNKNOWN,
    "only an open door is held": lambda door: (
        door.contact is Contact.OPEN or not (door.held_at or door.held_recorded or door.opened_of)
    ),
    "nobody is to close what is left open": lambda door: not door.is_left_open or door.held_at is None,
    "who is warned is warned once": lambda door: door.warn_at is None or not door.is_warning,
}
"""The states of a door: in each of them all of this is so."""


class OneDoor:
    """Drives a door with anything, as its loop may: one decision at a time, a tick after each wait."""

    def __init__(self) -> None:
        """Begin with nothing asked and nothing recorded."""
        self.now = 0.0
        self.seq = 0
        self.burning = False
        self.is_left_unlocked = False
        self.may_be_released_until = 0.0
        self.may_leave_until = 0.0
        self.orders: set[int] = set()
        self.physically_released = False
        self.standing = SignalName.IDLE
        self.told: list[Record] = []
        self.state = DoorState()

    @begin(contact=EITHER, rex=EITHER, relock=EITHER)
    def settle(self, contact: bool, rex: bool, relock: bool) -> None:
        """Choose a kind of door."""
        self.state = DoorState(
            DoorSettings(
                unlock_seconds=UNLOCK_SECONDS,
                held_open_seconds=HELD_OPEN_SECONDS,
                open_grace_seconds=GRACE_SECONDS,
                has_contact=contact,
                rex_releases=rex,
                relock_on_open=relock,
            )
        )

    @step(seconds=(0.1, 0.5, 1.0, 4.0, 5.0, 5.5, 9.0))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.tell(Tick(self.now))

    @step(
        when=lambda self: self.state.pending is None,
        decision=(GRANTED, DENIED),
        policy=tuple(OnAuditFailure),
        times=(None, LONGER),
    )
    def ask(self, decision: Decision, policy: OnAuditFailure, times: HolderTimes | None) -> None:
        effects = self.tell(AccessDecided(decision, self.now, policy, times=times))

        assert [type(effect) for effect in effects] == [Record]

    @step(when=lambda self: self.state.pending is not None, withheld=(None, Reason.LATE, Reason.NO_GRANT))
    def commit(self, withheld: Reason | None) -> None:
        if self.is_pending_granted() and withheld is None:
            self.may_be_released_until = max(self.may_be_released_until, self.now + self.pending_seconds())
        self.seq += 1
        self.tell(RecordCommitted(self.seq, self.now, withheld))

    @step(when=lambda self: self.state.pending is not None, late=EITHER)
    def fail(self, late: bool) -> None:
        assert self.state.pending is not None
        releases = self.state.pending.on_audit_failure is OnAuditFailure.RELEASE and not late
        if self.is_pending_granted() and releases:
            self.may_be_released_until = max(self.may_be_released_until, self.now + self.pending_seconds())
        self.tell(RecordFailed(self.now, late))

    @step()
    def press_rex(self) -> None:
        if self.state.settings.rex_releases:
            self.may_leave_until = self.now + UNLOCK_SECONDS
        effects = self.tell(RexPressed(self.now))

        assert isinstance(effects[0], Release) is self.state.settings.rex_releases

    @step()
    def open_by_order(self) -> None:
        self.may_be_released_until = max(self.may_be_released_until, self.now + UNLOCK_SECONDS)
        self.tell(OpenOrdered(self.an_order(), self.now))

    @step(seconds=(1.0, 7.0, 20.0))
    def hold_open(self, seconds: float) -> None:
        self.may_be_released_until = max(self.may_be_released_until, self.now + seconds)
        self.tell(HoldOpenOrdered(self.an_order(), self.now, self.now + seconds))

    @step()
    def unlock(self) -> None:
        self.is_left_unlocked = True
        self.tell(UnlockedByMode(self.now, self.an_order()))

        assert self.physically_released

    @step()
    def end_unlock(self) -> None:
        self.is_left_unlocked = False
        self.tell(UnlockEnded(self.now))

    @step()
    def lock_down(self) -> None:
        self.is_left_unlocked = False
        self.may_be_released_until = 0.0
        self.tell(Withdrawn(self.now, Reason.LOCKDOWN))

    @step()
    def start_fire(self) -> None:
        self.burning = True
        effects = self.tell(FireStarted(self.now))

        assert effects[0] == Release(None)

    @step()
    def end_fire(self) -> None:
        self.burning = False
        self.tell(FireEnded(self.now))

    @step()
    def open_door(self) -> None:
        self.tell(ContactOpened(self.now))

    @step()
    def close_door(self) -> None:
        self.tell(ContactClosed(self.now))

    @step()
    def lose_contact(self) -> None:
        effects = self.tell(ContactLost(self.now))

        assert effects == ()

    def tell(self, event: DoorEvent) -> tuple[Effect, ...]:
        """Give the event to the door and do what it asks for."""
        self.state, effects = door.step(self.state, event)
        for effect in effects:
            if isinstance(effect, Release | Secure):
                self.physically_released = isinstance(effect, Release)
            if isinstance(effect, Record) and effect.kind is RecordKind.RELEASED:
                assert effect.reason in RELEASED_BY
            if isinstance(effect, Signal) and effect.name in STANDING:
                self.standing = effect.name
        self.told.extend(records_in(effects))
        return effects

    def an_order(self) -> int:
        """Number the record of an order, which many openings may belong to."""
        self.seq += 1
        self.orders.add(self.seq)
        return self.seq

    def pending_seconds(self) -> float:
        """For how long whoever waits for their record is let in."""
        pending = self.state.pending
        longer = pending.times and pending.times.release_seconds if pending is not None else None
        return longer or UNLOCK_SECONDS

    def is_pending_granted(self) -> bool:
        """Answer whether the decision that waits is a grant."""
        return self.state.pending is not None and self.state.pending.decision is GRANTED

    @step()
    def leave_it_alone(self) -> None:
        """Nobody comes any more, and what was begun is ended: by then the strike is secured, and nothing is due."""
        if self.state.pending is not None:
            self.tell(RecordFailed(self.now, True))
        self.burning = self.is_left_unlocked = False
        self.now += LONG
        for event in (FireEnded(self.now), UnlockEnded(self.now), Tick(self.now), Tick(self.now + LONG)):
            self.tell(event)
        self.now += LONG

        assert (self.state.strike, self.state.next_deadline) == (Strike.SECURED, None)

    @law
    def the_state_is_listed(self) -> None:
        assert [what for what, holds in LISTED.items() if not holds(self.state)] == []

    @law
    def the_state_tells_what_the_strike_does(self) -> None:
        assert self.physically_released is (self.state.strike is not Strike.SECURED)

    @law
    def released_only_while_somebody_may_pass(self) -> None:
        may_be_released_until = max(self.may_be_released_until, self.may_leave_until)

        is_left_open = self.burning or self.is_left_unlocked
        assert not self.physically_released or is_left_open or self.now < may_be_released_until

    @law
    def always_released_while_it_burns_or_is_left_unlocked(self) -> None:
        assert self.physically_released or not (self.burning or self.is_left_unlocked)

    @law
    def people_are_warned_only_while_a_door_stands_open_that_is_to_be_closed(self) -> None:
        is_to_be_closed = self.state.contact is Contact.OPEN and not self.state.is_left_open

        assert self.standing is not SignalName.HELD_SOON or is_to_be_closed
        assert self.state.is_warning is (self.standing is SignalName.HELD_SOON)

    @law
    def deadlines_lie_ahead(self) -> None:
        assert self.state.next_deadline is None or self.state.next_deadline > self.now

    @law
    def a_decision_is_either_opened_or_not_and_once(self) -> None:
        outcomes = [
            record.of
            for record in self.told
            if record.kind in (RecordKind.OPENED, RecordKind.NOT_OPENED)
            and record.of is not None
            and record.of not in self.orders
        ]

        assert len(outcomes) == len(set(outcomes))

    @law
    def records_link_to_committed_decisions(self) -> None:
        assert all(record.of is None or 1 <= record.of <= self.seq for record in self.told)


def by(permit: Permit | None) -> frozenset[Reason]:
    """Tell what a permit is by."""
    return frozenset() if permit is None else frozenset({permit.reason})


@SO_MANY
def test_a_door_keeps_its_laws_in_any_order(number: int, chance: Random) -> None:
    holds_in_any_order(OneDoor, number=number, chance=chance)
