"""One door at work: takes what its readers and inputs say one at a time, asks the core, and does what it answers.

1. The core's effects are done in their order. A decision's record must be committed before the core is told,
   and only then does it ask for the strike.
2. From the question to the policy until the commit of its decision, further cards and contact events wait. REX, fire
   and time do not. A card that waited counts as late from when it was read, so nobody else walks through its door.
   A grant that another policy has overtaken before its commit is looked at again.
3. A denial that the flood rule does not record is shown and changes nothing; a grant is always recorded.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from doorctl.audit.leaf import Draft
from doorctl.audit.writer import Committed, Verdict, nobody_waits
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
from doorctl.core.model import NO_POLICY, AccessRequest, Decision, Facts, OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.door.flood import FloodRule
from doorctl.door.statements import Statements, mark_of, subject_of
from doorctl.policy.facts import PolicyPosition
from hardware.pins import StrikeState

MAX_WAITING = 32
"""A card is dropped and counted when so much waits for a decision; contact events, bounded by debounce, never."""


@dataclass(frozen=True, slots=True)
class Presented:
    """A card at a reader of this door, already a request; read ``at`` monotonic seconds."""

    request: AccessRequest
    reader: str
    at: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that was decided and waits for its record."""

    presented: Presented
    decision: Decision
    position: PolicyPosition | None
    draft: Draft


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a door needs of the process around it."""

    ask: Callable[[AccessRequest, Callable[[Facts, PolicyPosition | None], None]], None]
    position: Callable[[], PolicyPosition | None]
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
        self._state = state
        self._late_seconds = late_seconds
        self._around = around
        self._waiting: deque[Presented | ContactOpened | ContactClosed] = deque()
        self._floods = FloodRule()
        self._asked: _Asked | None = None
        self._is_busy = False

    @property
    def next_deadline(self) -> float | None:
        """When the next `tick` is due, in monotonic seconds."""
        return self._state.next_deadline

    def take(self, event: Presented | ContactOpened | ContactClosed) -> None:
        """Take a card or a contact event in its turn."""
        if isinstance(event, Presented) and len(self._waiting) >= MAX_WAITING:
            self._floods.count(event.reader, RecordKind.DECISION, "dropped", self._around.monotonic())
            self._around.signal(self.door, SignalName.DENIED)
            return
        self._waiting.append(event)
        self._go_on()

    def take_at_once(self, event: DoorEvent) -> None:
        """Take REX or fire, whatever else is going on."""
        self._step(event)

    def tick(self, now: float) -> None:
        """Do what is due, and tell what the flood rule only counted."""
        deadline = self.next_deadline
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
        if self.admits(RecordKind.READ_FAULT, what, reader=reader):
            self._record(Record(RecordKind.READ_FAULT, detail=detail), reader=reader)
            self._around.signal(self.door, SignalName.DENIED)

    def _go_on(self) -> None:
        while self._waiting and not self._is_busy:
            event = self._waiting.popleft()
            if isinstance(event, Presented):
                self._is_busy = True
                self._around.ask(event.request, partial(self._answer, event))
            else:
                self._step(event)

    def _answer(self, presented: Presented, facts: Facts, position: PolicyPosition | None) -> None:
        decision = _decided(presented.request, facts)
        if not decision.is_granted and not self._records_denial(presented, decision):
            self._around.signal(self.door, SignalName.DENIED)
            self._is_busy = False
            self._go_on()
            return
        draft = self._draft_decision(presented, facts, position, decision)
        self._asked = _Asked(presented, decision, position, draft)
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
        self._around.submit([draft], nobody_waits)

    def _record_decision(self) -> None:
        assert self._asked is not None
        asked, self._asked = self._asked, None
        self._around.submit([asked.draft], partial(self._conclude, asked))

    def _conclude(self, asked: _Asked, verdict: Verdict) -> None:
        """Tell the core what became of the decision's record; ask again if another policy is in force by now."""
        if not isinstance(verdict, Committed):
            self._finish(RecordFailed(self._around.monotonic(), late=self._is_late(asked)))
        elif asked.decision.is_granted and self._around.position() != asked.position:
            self._around.ask(asked.presented.request, partial(self._look_again, asked, verdict.numbers[0]))
        else:
            self._finish_committed(asked, verdict.numbers[0], None)

    def _look_again(self, asked: _Asked, number: int, facts: Facts, _: PolicyPosition | None) -> None:
        decision = _decided(asked.presented.request, facts)
        self._finish_committed(asked, number, None if decision.is_granted else decision.reason)

    def _finish_committed(self, asked: _Asked, number: int, withheld: Reason | None) -> None:
        withheld = withheld or (Reason.LATE if self._is_late(asked) else None)
        self._finish(RecordCommitted(number, self._around.monotonic(), withheld))

    def _finish(self, event: RecordCommitted | RecordFailed) -> None:
        """Let the core conclude, then take what has waited."""
        self._step(event)
        self._is_busy = False
        self._go_on()

    def _is_late(self, asked: _Asked) -> bool:
        return self._around.monotonic() - asked.presented.at > self._late_seconds

    def _tell_counted(self, counted: Iterable[tuple[str, str]]) -> None:
        for reader, text in counted:
            self._record(Record(RecordKind.FLOOD_SUMMARY, detail=text), reader=reader)


def _decided(request: AccessRequest, facts: Facts) -> Decision:
    """Decide; facts that cannot be compared with anything, as a damaged file may have them, are no policy."""
    try:
        return decide(request, facts)
    except (TypeError, ValueError, AttributeError):
        return decide(request, NO_POLICY)
