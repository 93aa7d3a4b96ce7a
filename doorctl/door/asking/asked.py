"""One question at a door: the card that was read, what is known of it, and the decision that waits for its record."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from doorctl.audit.leaf import Draft, PulseMark
from doorctl.audit.state import WrongPinsKept
from doorctl.core.decision import decide
from doorctl.core.machines.denial_shown import denial_shown
from doorctl.core.machines.door_events import SignalName
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import NO_POLICY, AccessRequest, Companion, Decision, Facts
from doorctl.core.rules.company import takes_company
from doorctl.door.statements import Statements, mark_of, subject_of
from doorctl.policy.building import PolicyPosition


@dataclass(frozen=True, slots=True)
class Presented:
    """A card or PIN at a reader of this door, already a request; read ``at`` monotonic seconds, with its pulses.

    ``gave_up``: the card has waited for its PIN in vain.
    """

    request: AccessRequest
    reader: str
    at: float
    pulse: PulseMark | None = None
    gave_up: bool = False

    @property
    def is_another_card(self) -> bool:
        """Whether somebody has just presented a card, who need not be the one that waits there for a PIN."""
        return self.request.pins is None and not self.gave_up

    def at_door(self, strict_zone: str | None) -> "Presented":
        """Add to the request what the door asks for."""
        return replace(self, request=replace(self.request, strict_zone=strict_zone))

    def among(self, companions: tuple[Companion, ...]) -> "Presented":
        """Add to the request who waits there for company."""
        return replace(self, request=replace(self.request, companions=companions))


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was decided and waits for its record, with what is to be remembered with it; or for a PIN."""

    presented: Presented
    facts: Facts
    decision: Decision
    position: PolicyPosition | None
    remembered: WrongPinsKept | None = None

    @property
    def took_company(self) -> bool:
        """Whether somebody is let in as the last of those who came together, be it under duress."""
        return self.decision.is_granted and takes_company(self.facts)

    @property
    def is_under_duress(self) -> bool:
        """Whether the PIN was the one for being forced, let in or not."""
        return Reason.DURESS in {self.decision.reason, *self.decision.reasons}

    @property
    def denial_shown(self) -> SignalName:
        """What the denial looks like."""
        return denial_shown(self.decision.reason, pin_alone=self.presented.request.pin_alone)

    def draft(self, statements: Statements, *, first: int | None) -> Draft:
        """Draft the record of the decision; who is the last to come names the record of the ``first``."""
        facts, decision = self.facts, self.decision
        return statements.draft(
            RecordKind.DECISION,
            door=self.presented.request.door,
            zone=facts.zone.id if facts.zone else "",
            reader=self.presented.reader,
            outcome=decision.outcome,
            reason=decision.reason,
            reasons=decision.reasons,
            policy=mark_of(self.position, facts),
            of=first if self.took_company else None,
            pulse=self.presented.pulse,
            subject=subject_of(facts, self.presented.request),
            remembered=self.remembered,
        )


@dataclass(frozen=True, slots=True)
class Keyed:
    """A PIN was entered at a reader; in its turn it becomes a request, with the card that waits for it there."""

    reader: str
    presented: Callable[[Asked | None], Presented]


def decided(request: AccessRequest, facts: Facts) -> Decision:
    """Decide; facts that cannot be compared with anything, as a damaged file may have them, are no policy."""
    try:
        return decide(request, facts)
    except (TypeError, ValueError, AttributeError):
        return decide(request, NO_POLICY)
