"""One door at work: takes what its readers and inputs say one at a time, asks the core, and does what it answers.

1. The core's effects are done in their order. A decision's record must be committed before the core is told,
   and only then does it ask for the strike.
2. From the question to the policy until the commit of its decision, further cards and contact events wait. REX, fire
   and time do not. A card that waited counts as late from when it was read, so nobody else walks through its door.
   A grant that another policy, an order or another door has overtaken before its commit is looked at again.
3. A denial that the flood rule does not record is shown and changes nothing; a grant is always recorded.
4. A card that only lacks its PIN waits for it at its reader, and holds up nobody. If none comes, that is recorded.
5. Who is denied by an order is asked when a card is decided and again when its record is on disk; what was released
   for them ends. A lockdown, by the policy or by an order, ends everything that cards and orders have released.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from doorctl import journal
from doorctl.audit.state import OrderAnswered
from doorctl.audit.writer import Committed, Verdict, nobody_waits
from doorctl.core.machines.door import step
from doorctl.core.machines.door_events import (
    AccessDecided,
    ContactClosed,
    ContactOpened,
    DoorEvent,
    Effect,
    HoldOpenOrdered,
    OpenOrdered,
    Record,
    RecordCommitted,
    RecordFailed,
    Release,
    Secure,
    Signal,
    SignalName,
    Tick,
    Withdrawn,
)
from doorctl.core.machines.door_state import Contact, DoorState
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.core.rules.company import lacks_company_alone
from doorctl.core.rules.emergencies import breaks_glass
from doorctl.door.asking.asked import Asked, Keyed, Presented, decided
from doorctl.door.asking.company import Company
from doorctl.door.asking.pin_pads import PinPads
from doorctl.door.flood import FloodRule
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import DoorPlace, PolicyPosition
from hardware.pins import StrikeState

MAX_WAITING = 32
"""A card is dropped and counted when so much waits for a decision; contact events, bounded by debounce, never."""


class Doorway:
    """Drives one door; used from the loop's thread alone."""

    def __init__(
        self,
        door: str,
        state: DoorState,
        *,
        late_seconds: float,
        around: Surroundings,
        strict_zone: str | None = None,
    ) -> None:
        """Start with this state; nothing moves until something happens."""
        self.door = door
        self.place: DoorPlace | None = None
        self.pins = PinPads()
        self._strict_zone = strict_zone
        self._company = Company()
        self._let_in: tuple[Asked, int] | None = None
        self._held: tuple[str, int] | None = None
        self._state = state
        self._late_seconds = late_seconds
        self._around = around
        self._waiting: deque[Presented | Keyed | ContactOpened | ContactClosed] = deque()
        self._floods = FloodRule(around.room)
        self._asked: Asked | None = None
        self._is_busy = False
        around.interlock.join(self)

    @property
    def state(self) -> DoorState:
        """What is known about the door; an opening that still waits for a decision counts."""
        opens = any(isinstance(event, ContactOpened) for event in self._waiting)
        return replace(self._state, contact=Contact.OPEN) if opens else self._state

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
    def next_deadline(self) -> float | None:
        """When the next `tick` is due, in monotonic seconds."""
        return self._state.next_deadline

    def take(self, event: Presented | Keyed | ContactOpened | ContactClosed) -> None:
        """Take a card, a PIN or a contact event in its turn."""
        if isinstance(event, (Presented, Keyed)) and len(self._waiting) >= MAX_WAITING:
            self._floods.count(event.reader, RecordKind.DECISION, "dropped", self._around.monotonic())
            self._around.signal(self.door, SignalName.DENIED)
            return
        self._waiting.append(event)
        self._go_on()

    def take_at_once(self, event: DoorEvent) -> None:
        """Take REX or fire, whatever else is going on."""
        self._step(event)

    def move_to(self, place: DoorPlace | None) -> None:
        """Learn where another policy leads this door; who waits for company begins anew.

        What is locked down, or may be for all that we can read, ends what cards and orders have released.
        """
        self.place = place
        self._company.forget()
        if self.is_locked_down:
            self._step(Withdrawn(self._around.monotonic(), Reason.LOCKDOWN))
        elif place is not None and place.needs_upgrade:
            self._step(Withdrawn(self._around.monotonic(), Reason.NEEDS_UPGRADE))

    def open(self, record: int) -> None:
        """Release the strike for its usual time: an order says so, whose record is on disk."""
        self._step(OpenOrdered(record, self._around.monotonic()))

    def hold_open(self, record: int, *, seconds: float, admin: str) -> None:
        """Keep the strike released for so long: an order of this admin says so, whose record is on disk."""
        now = self._around.monotonic()
        self._held = (admin, record)
        self._step(HoldOpenOrdered(record, now, now + seconds))

    def end_hold(self) -> None:
        """Hold the door open no longer, if an order did; what lets somebody in or out just now stays."""
        if self._held is not None:
            (_, record), self._held = self._held, None
            self._step(Withdrawn(self._around.monotonic(), Reason.ORDER, of=record))

    def withhold_order(self, record: int, reason: Reason, *, answer: OrderAnswered) -> None:
        """Record why an order, whose record is on disk, no longer counts, and remember that answer in its place."""
        self._record(Record(RecordKind.NOT_RELEASED, reason, record, answer.reason), remembered=answer)

    def end_what_is_denied(self) -> None:
        """End what is under way for those whom an order denies, and what an admin holds open who may no longer."""
        if self.is_locked_down:
            self._step(Withdrawn(self._around.monotonic(), Reason.LOCKDOWN))
        if self._held is not None and not self._around.deny_list.lets_hold(self._held[0], strict=self.is_strict):
            self.end_hold()
        self._company.forget(self._is_denied)
        self._give_up(self.pins.denied(self._is_denied))
        if self._let_in is None:
            return
        asked, number = self._let_in
        if self._is_denied(asked):
            self._step(Withdrawn(self._around.monotonic(), Reason.DENIED_BY_ORDER, of=number))

    def tick(self, now: float) -> None:
        """Do what is due, and tell what the flood rule only counted."""
        deadline = self.next_deadline
        if deadline is not None and deadline <= now:
            self._step(Tick(now))
        self._give_up(self.pins.given_up(now))
        self._tell_counted(self._floods.summaries(now))

    def close(self, now: float) -> None:
        """Tell what the flood rule only counted, before the process ends."""
        self._tell_counted(self._floods.close(now))

    def admits(self, kind: RecordKind, what: str, *, reader: str) -> bool:
        """Tell whether the flood rule records this by itself; each reader has a gate for each kind of record."""
        return self._floods.admits(reader, kind, what, self._around.monotonic())

    def report_fault(self, reader: str, what: str, detail: str) -> None:
        """Record that a reader sent something unreadable, under the flood rule, and show it."""
        if self.admits(RecordKind.READ_FAULT, what, reader=reader):
            self._record(Record(RecordKind.READ_FAULT, detail=detail), reader=reader)
            self._around.signal(self.door, SignalName.DENIED)

    def _go_on(self) -> None:
        while self._waiting and not self._is_busy:
            event = self._waiting.popleft()
            if isinstance(event, Keyed):
                event = event.presented(self.pins.take_card(event.reader))
            if isinstance(event, Presented):
                self._is_busy = True
                presented = event.at_door(self._strict_zone)
                self._around.ask(presented.request, partial(self._answer, presented))
            else:
                self._step(event)

    def _answer(self, presented: Presented, facts: Facts, position: PolicyPosition | None) -> None:
        if presented.is_another_card:
            self._give_up(filter(None, [self.pins.take_card(presented.reader)]))
        facts = self._with_what_we_know(presented, facts)
        presented = presented.among(self._company.at(presented.at, position))
        decision = decided(presented.request, facts)
        asked = Asked(presented, facts, decision, position)
        if decision.reason is Reason.PIN_AWAITED and not presented.gave_up:
            self._around.signal(self.door, SignalName.WAITING)
            self.pins.await_pin(asked, presented.at)
            self._take_next()
            return
        asked = replace(asked, remembered=self._around.wrong_pins.judge(asked))
        if not decision.is_granted and not self._records_denial(asked):
            self._around.signal(self.door, asked.denial_shown)
            self._take_next()
            return
        self._asked = asked
        on_failure = facts.zone.on_audit_failure if facts.zone else OnAuditFailure.DENY
        self._step(AccessDecided(decision, self._around.monotonic(), on_failure, presented.request.pin_alone))

    def _with_what_we_know(self, presented: Presented, facts: Facts) -> Facts:
        """Add what orders deny, whether another door is open, and what wrong PINs have blocked."""
        facts = self._around.deny_list.add_to(facts, presented.request)
        facts = replace(facts, interlocked=self.is_interlocked)
        return self._around.wrong_pins.add_to(facts, presented.request, reader=presented.reader)

    def _give_up(self, cards: Iterable[Asked]) -> None:
        """Have it recorded that these cards waited for their PIN in vain; they are as late as they are."""
        for card in cards:
            self.take(replace(card.presented, gave_up=True))

    def _records_denial(self, asked: Asked) -> bool:
        """Ask the flood rule; who waits for company is counted alone, so that no other card hinders it.

        What counts as a wrong PIN is recorded all: it blocks soon. So is duress.
        """
        if asked.remembered is not None or asked.is_under_duress:
            return True
        holder = asked.facts.holder.id if lacks_company_alone(asked.decision) and asked.facts.holder else ""
        reader, now = asked.presented.reader, self._around.monotonic()
        return self._floods.admits(reader, RecordKind.DECISION, asked.decision.reason, now, holder=holder)

    def _step(self, event: DoorEvent) -> None:
        self._state, effects = step(self._state, event)
        for effect in effects:
            self._perform(effect)

    def _perform(self, effect: Effect) -> None:
        match effect:
            case Release():
                self._around.drive(self.door, StrikeState.RELEASED)
            case Secure():
                self._around.drive(self.door, StrikeState.SECURED)
            case Signal(name):
                self._around.signal(self.door, name)
            case Record(RecordKind.DECISION):
                self._record_decision()
            case Record():
                self._record(effect)

    def _record(self, record: Record, *, reader: str = "", remembered: OrderAnswered | None = None) -> None:
        statements = self._around.statements
        draft = statements.of_door(record, door=self.door, zone=self.zone, reader=reader, remembered=remembered)
        self._around.submit([draft], nobody_waits)

    def _record_decision(self) -> None:
        assert self._asked is not None
        asked, self._asked = self._asked, None
        draft = asked.draft(
            self._around.statements, first=self._company.first_record(asked.presented.at, asked.position)
        )
        self._around.submit([draft], partial(self._conclude, asked))

    def _conclude(self, asked: Asked, verdict: Verdict) -> None:
        """Tell the core what became of the decision's record; ask again if another policy is in force by now."""
        if not isinstance(verdict, Committed):
            late = self._is_late(asked) or self._is_overtaken(asked)
            if asked.took_company:
                self._company.forget()
            self._finish(RecordFailed(self._around.monotonic(), late=late))
            return
        number = verdict.numbers[0]
        if asked.is_under_duress:
            journal.say("duress", journal.Level.ALARM, door=self.door, record=number)
        if asked.decision.is_granted and self._is_overtaken(asked):
            self._around.ask(asked.presented.request, partial(self._look_again, asked, number))
            return
        if self._company.take(asked, number) and breaks_glass(asked.facts):
            journal.say("break_glass_begun", journal.Level.ALARM, door=self.door, record=number)
        self._finish_committed(asked, number, None)

    def _is_overtaken(self, asked: Asked) -> bool:
        """Tell whether another policy or an order has come since, for who asked or for their company."""
        alone = asked.presented.request.companions != self._company.at(asked.presented.at, asked.position)
        return alone or self.is_interlocked or self._is_denied(asked) or self._around.position() != asked.position

    def _is_denied(self, asked: Asked) -> bool:
        orders = self._around.deny_list
        is_locked = orders.locks_down_zone_of(asked.facts) and not breaks_glass(asked.facts)
        return is_locked or orders.denies(asked.presented.request, asked.facts)

    def _look_again(self, asked: Asked, number: int, facts: Facts, position: PolicyPosition | None) -> None:
        facts = self._with_what_we_know(asked.presented, facts)
        presented = asked.presented.among(self._company.at(asked.presented.at, position))
        decision = decided(presented.request, facts)
        self._finish_committed(asked, number, None if decision.is_granted else decision.reason)

    def _finish_committed(self, asked: Asked, number: int, withheld: Reason | None) -> None:
        withheld = withheld or (Reason.LATE if self._is_late(asked) else None)
        if asked.decision.is_granted and withheld is None:
            self._note_let_in(asked, number)
        self._finish(RecordCommitted(number, self._around.monotonic(), withheld))

    def _note_let_in(self, asked: Asked, number: int) -> None:
        self._let_in = (asked, number)
        if asked.took_company:
            self._company.forget()
        if breaks_glass(asked.facts):
            journal.say("break_glass", journal.Level.ALARM, door=self.door, record=number)

    def _finish(self, event: RecordCommitted | RecordFailed) -> None:
        """Let the core conclude, then take what has waited."""
        self._step(event)
        self._take_next()

    def _take_next(self) -> None:
        self._is_busy = False
        self._go_on()

    def _is_late(self, asked: Asked) -> bool:
        """Tell whether whoever asked may have gone."""
        return self._around.monotonic() - asked.presented.at > self._late_seconds

    def _tell_counted(self, counted: Iterable[tuple[str, str]]) -> None:
        for reader, text in counted:
            self._record(Record(RecordKind.FLOOD_SUMMARY, detail=text), reader=reader)
