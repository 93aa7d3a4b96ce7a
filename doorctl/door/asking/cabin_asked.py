"""One question in a cabin: the card that was read, and what was decided of each floor; one record tells of all."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from doorctl.audit.leaf import Draft
from doorctl.audit.state import Remembered
from doorctl.core.machines.door_events import SignalName
from doorctl.core.machines.elevator_events import FloorsDecided
from doorctl.core.machines.floor_answers import answer_about, told_among
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Decision
from doorctl.core.rules.factors import pin_failed
from doorctl.core.rules.holder_times import longest
from doorctl.core.uses_told import put_together
from doorctl.door.asking.asked import Asked, Presented, Use
from doorctl.door.presence.occupancy import Place
from doorctl.door.statements import Statements, mark_of, subject_of


@dataclass(frozen=True, slots=True)
class CabinAsked:
    """A card or PIN in a cabin, what was decided of each floor, by its door, and what is to be remembered with it.

    ``uses`` are those of cards with limits that it counts: one for all floors. ``company`` are those who are let in
    with them.
    """

    presented: Presented
    floors: Mapping[str, Asked]
    remembered: tuple[Remembered, ...] = ()
    uses: tuple[Use, ...] = ()
    company: tuple[Asked, ...] = ()

    @property
    def decision(self) -> Decision:
        """The answer that stands for all floors."""
        return answer_about([asked.decision for asked in self.floors.values()])

    @property
    def told(self) -> Asked:
        """The floor whose answer stands for all."""
        answers = list(self.floors.values())
        return answers[told_among([asked.decision for asked in answers])]

    @property
    def granted(self) -> dict[str, Asked]:
        """The floors that are granted."""
        return {floor: asked for floor, asked in self.floors.items() if asked.decision.is_granted}

    @property
    def places(self) -> tuple[Place | None, ...]:
        """What is reserved at each floor for those who may go there."""
        return tuple(asked.place for asked in self.floors.values())

    @property
    def lacks_pin(self) -> bool:
        """Whether there are floors that only ask for the PIN, too, and it may still come."""
        awaited = any(asked.decision.reason is Reason.PIN_AWAITED for asked in self.floors.values())
        return awaited and not self.presented.gave_up

    @property
    def of_cabin(self) -> Asked:
        """The card as one of the cabin, by the answer that stands for all."""
        return replace(self.told, presented=self.presented, decision=self.decision, remembered=self.remembered)

    @property
    def judged(self) -> Asked:
        """The floor by which a PIN that was entered counts as right or wrong: right, if it lets in anywhere."""
        if self.decision.is_granted:
            return self.told
        failed = (it for it in self.floors.values() if pin_failed(it.presented.request, it.facts, it.decision))
        return next(failed, self.told)

    @property
    def is_under_duress(self) -> bool:
        """Whether the PIN was the one for being forced, let in or not."""
        return self.of_cabin.is_under_duress

    @property
    def denial_shown(self) -> SignalName:
        """What the denial looks like."""
        return self.of_cabin.denial_shown

    @property
    def event(self) -> FloorsDecided:
        """What the core is told of it."""
        granted = self.granted
        unrecorded = (
            floor
            for floor, asked in granted.items()
            if asked.facts.zone and asked.facts.zone.on_audit_failure is OnAuditFailure.RELEASE
        )
        return FloorsDecided(
            self.decision,
            tuple(granted),
            frozenset(unrecorded),
            pin_alone=self.presented.request.pin_alone,
            times=longest(each.facts.times for each in (self.told, *self.company)),
        )

    @property
    def _blocks(self) -> str:
        """Say what is blocked by a wrong PIN, as the floor says by which it was judged."""
        return replace(self.judged, remembered=self.remembered).blocks

    def drafts(self, statements: Statements, detail: str, *, door: str, zone: str, before: int | None) -> list[Draft]:
        """Draft the record of the decision, which links to that ``before``, and what is to be written behind it."""
        told, decision, now = self.told, self.decision, statements.now()
        draft = now.draft(
            RecordKind.DECISION,
            put_together(detail, told.use, self._blocks, told.counted),
            door=door,
            zone=zone,
            reader=self.presented.reader,
            outcome=decision.outcome,
            reason=decision.reason,
            reasons=decision.reasons,
            policy=mark_of(told.position, told.facts),
            of=before,
            pulse=self.presented.pulse,
            subject=subject_of(told.facts, told.presented.request),
            remembered=(*self.remembered, *(use.kept for use in self.uses)),
        )
        return [draft, *replace(self.of_cabin, uses=self.uses).drafts_behind(now)]
