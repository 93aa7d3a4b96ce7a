"""Laws that hold for one door in any order of events, held against a plain account of who may pass until when."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
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
    Withdrawn,
)
from doorctl.core.machines.door_state import Contact, DoorSettings, DoorState, Strike
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Decision
from tests.core.door_builders import DENIED, GRANTED, records_in

UNLOCK_SECONDS = 5.0
HELD_OPEN_SECONDS = 8.0
GRACE_SECONDS = 0.5
STANDING = frozenset({SignalName.HELD_SOON, SignalName.HELD, SignalName.IDLE})


class OneDoor(RuleBasedStateMachine):
    """Drives a door with anything, as its loop may: one decision at a time, a tick after each wait."""

    def __init__(self) -> None:
        """Begin with nothing asked and nothing recorded."""
        super().__init__()
        self.now = 0.0
        self.seq = 0
        self.burning = False
        self.may_be_released_until = 0.0
        self.may_leave_until = 0.0
        self.orders: set[int] = set()
        self.physically_released = False
        self.standing = SignalName.IDLE
        self.told: list[Record] = []
        self.state = DoorState()

    @initialize(contact=st.booleans(), rex=st.booleans(), relock=st.booleans())
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

    @rule(seconds=st.sampled_from([0.1, 0.5, 1.0, 4.0, 5.0, 5.5, 9.0]))
    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.tell(Tick(self.now))

    @precondition(lambda self: self.state.pending is None)
    @rule(decision=st.sampled_from([GRANTED, DENIED]), policy=st.sampled_from(OnAuditFailure))
    def ask(self, decision: Decision, policy: OnAuditFailure) -> None:
        effects = self.tell(AccessDecided(decision, self.now, policy))

        assert [type(effect) for effect in effects] == [Record]

    @precondition(lambda self: self.state.pending is not None)
    @rule(withheld=st.sampled_from([None, Reason.LATE, Reason.NO_GRANT]))
    def commit(self, withheld: Reason | None) -> None:
        if self.is_pending_granted() and withheld is None:
            self.may_be_released_until = max(self.may_be_released_until, self.now + UNLOCK_SECONDS)
        self.seq += 1
        self.tell(RecordCommitted(self.seq, self.now, withheld))

    @precondition(lambda self: self.state.pending is not None)
    @rule(late=st.booleans())
    def fail(self, late: bool) -> None:
        assert self.state.pending is not None
        releases = self.state.pending.on_audit_failure is OnAuditFailure.RELEASE and not late
        if self.is_pending_granted() and releases:
            self.may_be_released_until = max(self.may_be_released_until, self.now + UNLOCK_SECONDS)
        self.tell(RecordFailed(self.now, late))

    @rule()
    def press_rex(self) -> None:
        if self.state.settings.rex_releases:
            self.may_leave_until = self.now + UNLOCK_SECONDS
        effects = self.tell(RexPressed(self.now))

        assert isinstance(effects[0], Release) is self.state.settings.rex_releases

    @rule()
    def open_by_order(self) -> None:
        self.may_be_released_until = max(self.may_be_released_until, self.now + UNLOCK_SECONDS)
        self.tell(OpenOrdered(self.an_order(), self.now))

    @rule(seconds=st.sampled_from([1.0, 7.0, 20.0]))
    def hold_open(self, seconds: float) -> None:
        self.may_be_released_until = max(self.may_be_released_until, self.now + seconds)
        self.tell(HoldOpenOrdered(self.an_order(), self.now, self.now + seconds))

    @rule()
    def lock_down(self) -> None:
        self.may_be_released_until = 0.0
        self.tell(Withdrawn(self.now, Reason.LOCKDOWN))

    @rule()
    def start_fire(self) -> None:
        self.burning = True
        effects = self.tell(FireStarted(self.now))

        assert effects[0] == Release(None)

    @rule()
    def end_fire(self) -> None:
        self.burning = False
        self.tell(FireEnded(self.now))

    @rule()
    def open_door(self) -> None:
        self.tell(ContactOpened(self.now))

    @rule()
    def close_door(self) -> None:
        self.tell(ContactClosed(self.now))

    def tell(self, event: DoorEvent) -> tuple[Effect, ...]:
        """Give the event to the door and do what it asks for."""
        self.state, effects = step(self.state, event)
        for effect in effects:
            if isinstance(effect, Release | Secure):
                self.physically_released = isinstance(effect, Release)
            if isinstance(effect, Signal) and effect.name in STANDING:
                self.standing = effect.name
        self.told.extend(records_in(effects))
        return effects

    def an_order(self) -> int:
        """Number the record of an order, which many openings may belong to."""
        self.seq += 1
        self.orders.add(self.seq)
        return self.seq

    def is_pending_granted(self) -> bool:
        """Answer whether the decision that waits is a grant."""
        return self.state.pending is not None and self.state.pending.decision is GRANTED

    @invariant()
    def the_state_tells_what_the_strike_does(self) -> None:
        assert self.physically_released is (self.state.strike is not Strike.SECURED)

    @invariant()
    def released_only_while_somebody_may_pass(self) -> None:
        may_be_released_until = max(self.may_be_released_until, self.may_leave_until)

        assert not self.physically_released or self.burning or self.now < may_be_released_until

    @invariant()
    def always_released_while_it_burns(self) -> None:
        assert self.physically_released or not self.burning

    @invariant()
    def people_are_warned_only_while_a_door_stands_open_that_is_to_be_closed(self) -> None:
        is_to_be_closed = self.state.contact is Contact.OPEN and not self.state.is_left_open

        assert self.standing is not SignalName.HELD_SOON or is_to_be_closed
        assert self.state.is_warning is (self.standing is SignalName.HELD_SOON)

    @invariant()
    def deadlines_lie_ahead(self) -> None:
        assert self.state.next_deadline is None or self.state.next_deadline > self.now

    @invariant()
    def a_decision_is_either_opened_or_not_and_once(self) -> None:
        outcomes = [
            record.of
            for record in self.told
            if record.kind in (RecordKind.OPENED, RecordKind.NOT_OPENED)
            and record.of is not None
            and record.of not in self.orders
        ]

        assert len(outcomes) == len(set(outcomes))

    @invariant()
    def records_link_to_committed_decisions(self) -> None:
        assert all(record.of is None or 1 <= record.of <= self.seq for record in self.told)


TestOneDoor = OneDoor.TestCase
TestOneDoor.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
