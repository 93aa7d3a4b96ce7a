"""One door at work: takes what its readers and inputs say one at a time, asks the core, and does what it answers.

1. The core's effects are done in their order.
2. From the question to the policy until the commit of its decision, further cards and contact events wait. REX, fire
   and time do not. A card that waited counts as late from when it was read, so nobody else walks through its door.
3. A lockdown, by the policy or by an order, ends everything that cards, orders and modes have released.
"""

from collections import deque
from dataclasses import replace

from doorctl.audit.state import FireKept, OrderAnswered
from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    ContactClosed,
    ContactLost,
    ContactOpened,
    DoorEvent,
    Effect,
    FireStarted,
    HoldOpenOrdered,
    OpenOrdered,
    Record,
    Release,
    Secure,
    Signal,
    Tick,
    Withdrawn,
)
from doorctl.core.machines.door_state import Contact, DoorState
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.access_point import AccessPoint
from doorctl.door.asking.asked import Keyed, Presented, WayOut
from doorctl.door.asking.pin_pads import PinPads
from doorctl.door.asking.questions import Questions
from doorctl.door.modes import DoorMode
from doorctl.door.presence.occupancy import Place
from doorctl.door.presence.passages import Passages
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import DoorPlace
from hardware.pins import StrikeState

Waits = Presented | Keyed | ContactOpened | ContactClosed | ContactLost
"""What a door takes in its turn."""
NO_READER_INSIDE = WayOut()


class Doorway(AccessPoint):
    """Drives one door; used from the loop's thread alone."""

    def __init__(
        self,
        door: str,
        state: DoorState,
        *,
        late_seconds: float,
        around: Surroundings,
        strict_zone: str | None = None,
        way_out: WayOut = NO_READER_INSIDE,
    ) -> None:
        """Start with this state; nothing moves until something happens."""
        super().__init__(door, around)
        self.place: DoorPlace | None = None
        self._strict_zone = strict_zone
        self.way_out = way_out
        self._held: tuple[str, int] | None = None
        self._state = state
        self._waiting: deque[Waits] = deque()
        self.modes = DoorMode(self, around=around, strict_zone=strict_zone)
        self._passages = Passages(around.occupancy)
        self._questions = Questions(
            self,
            late_seconds=late_seconds,
            around=around,
            floods=self._floods,
            strict_zone=strict_zone,
            way_out=way_out,
        )
        if way_out.readers:
            around.occupancy.join(self)
        around.interlock.join(self)

    @property
    def state(self) -> DoorState:
        """What is known about the door; an opening that still waits for a decision counts, or what may be one."""
        if not self._waiting:
            return self._state
        opens = any(isinstance(event, ContactOpened | ContactLost) for event in self._waiting)
        return replace(self._state, contact=Contact.OPEN) if opens else self._state

    @property
    def questions(self) -> Questions:
        """Who asks at the door."""
        return self._questions

    @property
    def pins(self) -> PinPads:
        """The PINs that are being entered at the door's readers."""
        return self._questions.pins

    @property
    def zone(self) -> str:
        """The zone that the policy leads this door into."""
        return self.place.zone if self.place else ""

    @property
    def is_strict(self) -> bool:
        """Whether the door is strict by its configuration, or by the policy."""
        return self._strict_zone is not None or (self.place is not None and self.place.strict)

    @property
    def is_locked_down(self) -> bool:
        """Whether the zone is locked down, by the policy or by an order."""
        orders, place = self._around.deny_list, self.place
        return place is not None and (place.locked_down or orders.locks_down(place.zone))

    @property
    def is_interlocked(self) -> bool:
        """Whether the door stays locked because another is unlocked or open."""
        return self._around.interlock.keeps_locked(self.door)

    @property
    def is_left_unlocked(self) -> bool:
        """Whether its mode leaves the door unlocked now."""
        return self._state.unlocked is not None

    @property
    def next_deadline(self) -> float | None:
        """When the next `tick` is due, in monotonic seconds."""
        return self._state.next_deadline

    def take(self, event: Waits) -> None:
        """Take a card, a PIN or a contact event in its turn."""
        if not isinstance(event, (Presented, Keyed)) or not self._drops(event, waiting=len(self._waiting)):
            self._waiting.append(event)
            self.go_on()

    def move_to(self, place: DoorPlace | None) -> None:
        """Learn where another policy leads this door; who waits for company begins anew.

        What is locked down, or may be for all that we can read, ends what cards, orders and modes have released.
        """
        self.place = place
        self._questions.forget_company()
        if self.is_locked_down:
            self.step(Withdrawn(self._around.monotonic(), Reason.LOCKDOWN))
        elif place is not None and place.needs_upgrade:
            self.step(Withdrawn(self._around.monotonic(), Reason.NEEDS_UPGRADE))
        self._end_hold_of_who_may_not()
        self.modes.take_policy()

    def open(self, record: int, *, reason: Reason = Reason.ORDER) -> None:
        """Release the strike for its usual time: an order, or a technician, says so, whose record is on disk."""
        self.step(OpenOrdered(record, self._around.monotonic(), reason))

    def hold_open(self, record: int, *, seconds: float, admin: str) -> None:
        """Keep the strike released for so long: an order of this admin says so, whose record is on disk."""
        now = self._around.monotonic()
        self._held = (admin, record)
        self.step(HoldOpenOrdered(record, now, now + seconds))

    def end_hold(self) -> None:
        """Hold the door open no longer, if an order did; what lets somebody in or out just now stays."""
        if self._held is not None:
            (_, record), self._held = self._held, None
            self.step(Withdrawn(self._around.monotonic(), Reason.ORDER, of=record))

    def withhold_order(self, record: int, reason: Reason, *, answer: OrderAnswered) -> None:
        """Record why an order, whose record is on disk, no longer counts, and remember that answer in its place."""
        self._record(Record(RecordKind.NOT_RELEASED, reason, record, answer.reason), remembered=(answer,))

    def end_what_is_denied(self) -> None:
        """End what is under way for those whom an order denies, and what an admin holds open who may no longer."""
        if self.is_locked_down:
            self.step(Withdrawn(self._around.monotonic(), Reason.LOCKDOWN))
        self._end_hold_of_who_may_not()
        self._questions.end_what_is_denied()
        self.modes.judge_anew()

    def give_up_at(self, reader: str) -> None:
        """Ask no more for the PIN of a card that waits at a reader: something else is done there."""
        self._questions.give_up_at(reader)

    def tick(self, now: float) -> None:
        """Do what is due, and tell what the flood rule only counted."""
        deadline = self.next_deadline
        if deadline is not None and deadline <= now:
            self.step(Tick(now))
        self._questions.tick(now)
        self.modes.tick(now)
        self._tell_counted(self._floods.summaries(now))

    def go_on(self) -> None:
        """Take what has waited, while nobody asks."""
        while self._waiting and not self._questions.is_busy:
            event = self._waiting.popleft()
            if isinstance(event, (Presented, Keyed)):
                self._questions.ask(event)
            else:
                self.step(event)

    def step(self, event: DoorEvent) -> None:
        """Tell the core of it, and do what it answers."""
        self._state, effects = step(self._state, event)
        for effect in effects:
            self._perform(effect)
        self._passages.follow(effects, self._state)
        if isinstance(event, FireStarted):
            self._around.occupancy.forget("fire")

    def expect(self, place: Place | None, *, of: int | None) -> None:
        """Expect those for whom this place is reserved: they are let through now."""
        self._passages.expect(place, of=of, state=self._state)

    def _end_hold_of_who_may_not(self) -> None:
        if self._held is not None and not self._around.deny_list.lets_hold(self._held[0], strict=self.is_strict):
            self.end_hold()

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Release():
                self._around.drive(self.door, StrikeState.RELEASED)
            case Secure():
                self._around.drive(self.door, StrikeState.SECURED)
            case Signal(name):
                self._around.signal(self.door, name)
            case Record(RecordKind.DECISION):
                self._questions.record()
            case Record(RecordKind.FIRE):
                self._record(effect, remembered=(FireKept(self._state.fire),))
            case Record():
                self._record_or_forgive(effect)

    def _record_or_forgive(self, record: Record) -> None:
        """Have it recorded, and with it that uses of cards are forgiven by which nobody came in."""
        forgiven = self._questions.forgiven_by(record, self._state.passage)
        if forgiven is None:
            self._record(record)
        else:
            self._forgive(record, forgiven)
