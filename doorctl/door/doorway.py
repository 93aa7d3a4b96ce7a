"""One door at work: takes what its readers and inputs say one at a time, asks the core, and does what it answers.

1. The core's effects are done in their order. A decision's record must be committed before the core is told,
   and only then does it ask for the strike.
2. While a decision waits for its commit, cards and contact events wait too. REX, fire and time do not.
   A card that waited counts as late from when it was read, so nobody else walks through the door it opens.
3. A denial that the flood rule does not record is shown and changes nothing; a grant is always recorded.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from doorctl.audit.leaf import Draft
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.decision import decide
from doorctl.core.door import step
from doorctl.core.door_events import (
    AccessDecided,
    ContactClosed,
    ContactOpened,
    DoorEvent,
    Effect,
    Record,
    RecordCommitted,
    RecordFailed,
    Release,
    Secure,
    Signal,
    SignalName,
    Tick,
)
from doorctl.core.door_state import DoorState
from doorctl.core.model import AccessRequest, Decision, Facts, OnAuditFailure
from doorctl.core.records import RecordKind
from doorctl.door.flood import FloodRule
from doorctl.door.statements import Statements, mark_of, subject_of
from doorctl.policy.facts import PolicyPosition
from hardware.pins import StrikeState

MAX_WAITING = 32
"""A card is dropped and counted when so much waits for a commit; contact events, which the debounce bounds, never."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A card at a reader of this door, already a request; read ``at`` monotonic seconds."""

    request: AccessRequest
    reader: str
    at: float


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a door needs of the process around it."""

    facts: Callable[[AccessRequest], tuple[Facts, PolicyPosition | None]]
    submit: Callable[[list[Draft], Callable[[Verdict], None]], None]
    drive: Callable[[str, StrikeState], None]
    signal: Callable[[str, SignalName], None]
    statements: Statements
    monotonic: Callable[[], float] = time.monotonic


class Doorway:
    """Drives one door; used from the loop's thread alone."""

    def __init__(self, door: str, state: DoorState, *, late_seconds: float, around: Surroundings) -> None:
        """Start with this state; nothing moves until something happens."""
        self.door = door
        self.zone = ""
        self.counters: dict[str, int] = {}
        self._state = state
        self._late_seconds = late_seconds
        self._around = around
        self._waiting: deque[Presented | ContactOpened | ContactClosed] = deque()
        self._floods = FloodRule()
        self._asked: tuple[Draft, float] | None = None

    @property
    def next_deadline(self) -> float | None:
        """When the next `tick` is due, in monotonic seconds."""
        return self._state.next_deadline

    def take(self, event: Presented | ContactOpened | ContactClosed) -> None:
        """Take a card or a contact event in its turn."""
        if isinstance(event, Presented) and len(self._waiting) >= MAX_WAITING:
            self._count("dropped")
            return
        self._waiting.append(event)
        self._go_on()

    def take_at_once(self, event: DoorEvent) -> None:
        """Take REX or fire, whatever else is going on."""
        self._step(event)

    def tick(self, now: float) -> None:
        """Do what is due, and tell what the flood rule only counted."""
        deadline = self._state.next_deadline
        if deadline is not None and deadline <= now:
            self._step(Tick(now))
        self._tell_counted(self._floods.summaries(now))

    def close(self, now: float) -> None:
        """Tell what the flood rule only counted, before the process ends."""
        self._tell_counted(self._floods.close(now))

    def admits(self, kind: RecordKind, what: str, *, reader: str) -> bool:
        """Tell whether the flood rule records this by itself; each reader has a gate for each kind of record."""
        return self._floods.admits(reader, kind, what, self._around.monotonic())

    def report_fault(self, reader: str, what: str, detail: str) -> None:
        """Record that a reader sent something unreadable, under the flood rule, and show it."""
        self._count(what)
        if self.admits(RecordKind.READ_FAULT, what, reader=reader):
            self._record(Record(RecordKind.READ_FAULT, detail=detail), reader=reader)
            self._around.signal(self.door, SignalName.DENIED)

    def _go_on(self) -> None:
        while self._waiting and self._state.pending is None:
            event = self._waiting.popleft()
            if isinstance(event, Presented):
                self._answer(event)
            else:
                self._step(event)

    def _answer(self, presented: Presented) -> None:
        facts, position = self._around.facts(presented.request)
        decision = decide(presented.request, facts)
        if not decision.is_granted and not self._records_denial(presented, decision):
            self._around.signal(self.door, SignalName.DENIED)
            return
        self._asked = self._draft_decision(presented, facts, position, decision), presented.at
        on_failure = facts.zone.on_audit_failure if facts.zone else OnAuditFailure.DENY
        self._step(AccessDecided(decision, self._around.monotonic(), on_failure))

    def _records_denial(self, presented: Presented, decision: Decision) -> bool:
        return self.admits(RecordKind.DECISION, decision.reason, reader=presented.reader)

    def _draft_decision(
        self, presented: Presented, facts: Facts, position: PolicyPosition | None, decision: Decision
    ) -> Draft:
        return self._around.statements.draft(
            RecordKind.DECISION,
            door=self.door,
            zone=facts.zone.id if facts.zone else "",
            reader=presented.reader,
            outcome=decision.outcome,
            reason=decision.reason,
            reasons=decision.reasons,
            policy=mark_of(position),
            subject=subject_of(facts, presented.request.credential),
        )

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

    def _record(self, record: Record, *, reader: str = "") -> None:
        draft = self._around.statements.draft(
            record.kind,
            record.detail,
            door=self.door,
            zone=self.zone,
            reader=reader,
            reason=record.reason,
            of=record.of,
        )
        self._around.submit([draft], self._note_failure)

    def _record_decision(self) -> None:
        assert self._asked is not None
        (draft, read_at), self._asked = self._asked, None
        self._around.submit([draft], lambda verdict: self._conclude(verdict, read_at))

    def _conclude(self, verdict: Verdict, read_at: float) -> None:
        """Tell the core what became of the decision's record, then take what has waited."""
        now = self._around.monotonic()
        self._note_failure(verdict)
        if isinstance(verdict, Committed):
            self._step(RecordCommitted(verdict.numbers[0], now, late=now - read_at > self._late_seconds))
        else:
            self._step(RecordFailed(now))
        self._go_on()

    def _note_failure(self, verdict: Verdict) -> None:
        if not isinstance(verdict, Committed):
            self._count("audit_failed")

    def _tell_counted(self, counted: Iterable[tuple[str, str]]) -> None:
        for reader, text in counted:
            self._record(Record(RecordKind.FLOOD_SUMMARY, detail=text), reader=reader)

    def _count(self, what: str) -> None:
        self.counters[what] = self.counters.get(what, 0) + 1
