"""One question at a door: the card that was read, what is known of it, and the decision that waits for its record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from doorctl.audit.leaf import Draft, PulseMark
from doorctl.audit.state import Remembered, UseKept, WrongPinsKept
from doorctl.core.areas import CountedBy, Way
from doorctl.core.decision import decide
from doorctl.core.machines.denial_shown import denial_shown
from doorctl.core.machines.door_events import SignalName
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import NO_POLICY, AccessRequest, Companion, Decision, Facts
from doorctl.core.rules.company import takes_company
from doorctl.core.rules.visitor_rules import escort_of
from doorctl.core.uses_told import put_together, use_told
from doorctl.door.asking.blocks import blocks_told
from doorctl.door.presence.occupancy import Place
from doorctl.door.statements import Moment, Statements, mark_of, subject_of
from doorctl.policy.building import PolicyPosition


@dataclass(frozen=True, slots=True)
class WayOut:
    """The readers inside a door, and whether people get out by wiring, without us."""

    readers: frozenset[str] = frozenset()
    is_wired: bool = False

    def is_only(self, reader: str) -> bool:
        """Tell whether nothing but this reader lets people out: nobody may keep it from them."""
        return reader in self.readers and not self.is_wired


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

    def at_door(
        self, door: str, strict_zone: str | None, way_out: WayOut, *, escorts: tuple[str, ...]
    ) -> "Presented":
        """Make it a request of this door, with what the door asks for, and which way the reader leads.

        ``escorts`` were let in there just before and may bring visitors.
        """
        request = replace(
            self.request,
            door=door,
            strict_zone=strict_zone,
            way=Way.OUT if self.reader in way_out.readers else Way.IN,
            egress_is_wired=way_out.is_wired,
            escorts=escorts,
        )
        return replace(self, request=request)

    def among(self, companions: tuple[Companion, ...], *, escorts: tuple[str, ...]) -> "Presented":
        """Add to the request who waits there for company, and who was let in there just before."""
        return replace(self, request=replace(self.request, companions=companions, escorts=escorts))


class Use(NamedTuple):
    """A use of a card with limits that a grant counts: what is remembered of it, and what its record says."""

    kept: UseKept
    told: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was decided and waits for its record, with what is to be remembered with it; or for a PIN.

    ``uses`` are those of cards with limits that it counts, ``place`` what is reserved for those who are let through,
    ``companions`` the holders with whom somebody passes, ``escort`` who brings a visitor who is let in.
    """

    presented: Presented
    facts: Facts
    decision: Decision
    position: PolicyPosition | None
    remembered: tuple[Remembered, ...] = ()
    uses: tuple[Use, ...] = ()
    place: Place | None = None
    companions: frozenset[str] = frozenset()
    escort: str | None = None

    @property
    def took_company(self) -> bool:
        """Whether somebody is let in as the last of those who came together, be it under duress."""
        return self.decision.is_granted and takes_company(self.presented.request, self.facts)

    @property
    def is_under_duress(self) -> bool:
        """Whether the PIN was the one for being forced, let in or not."""
        return Reason.DURESS in {self.decision.reason, *self.decision.reasons}

    @property
    def denial_shown(self) -> SignalName:
        """What the denial looks like."""
        return denial_shown(self.decision.reason, pin_alone=self.presented.request.pin_alone)

    @property
    def use(self) -> str:
        """Say which use of a card with limits this is."""
        return use_told(self.presented.request, self.facts, self.decision)

    @property
    def counted(self) -> str:
        """Say which way it was, and by whose count who is inside was known."""
        way, inside = self.presented.request.way, self.facts.inside
        by = CountedBy.OWN if inside is None else inside.by
        return "" if inside is None and way is Way.IN else f"way {way}, count {by}"

    @property
    def blocks(self) -> str:
        """Say what is blocked by the wrong PIN that is to be remembered."""
        at, zone = self.presented.request.at, self.facts.zone
        kept = [each for each in self.remembered if isinstance(each, WrongPinsKept)]
        return put_together(*[blocks_told(each, at, zone) for each in kept]) if kept and zone else ""

    def drafts(self, statements: Statements, *, of: int | None) -> list[Draft]:
        """Draft the record of the decision, and what is to be written just behind it."""
        now = statements.now()
        return [self.draft(now, of=of), *self.drafts_behind(now)]

    def drafts_behind(self, now: Moment) -> list[Draft]:
        """Draft what belongs to the record of the decision, to be written just behind it."""
        behind = [*self.sponsor_drafts(now), *self.use_drafts(now)]
        return [draft.behind(number) for number, draft in enumerate(behind, 1)]

    def draft(self, now: Moment, *, of: int | None) -> Draft:
        """Draft the record of the decision, which links to that ``of`` those with or behind whom somebody comes."""
        facts, decision = self.facts, self.decision
        return now.draft(
            RecordKind.DECISION,
            door=self.presented.request.door,
            zone=facts.zone.id if facts.zone else "",
            reader=self.presented.reader,
            outcome=decision.outcome,
            reason=decision.reason,
            reasons=decision.reasons,
            policy=mark_of(self.position, facts),
            of=of,
            pulse=self.presented.pulse,
            detail=put_together(self.use, self.blocks, self.counted),
            subject=subject_of(facts, self.presented.request),
            remembered=(*self.remembered, *[use.kept for use in self.uses]),
        )

    def unrecorded(self, *, lets_in: bool) -> "Asked":
        """Say what became of somebody under duress whose record could not be written; that may have kept them out."""
        if lets_in or not self.decision.is_granted:
            return self
        reasons = (Reason.AUDIT_FAILED, Reason.DURESS)
        return replace(self, decision=Decision(Outcome.DENIED, reasons[0], reasons), remembered=(), uses=())

    def sponsor_drafts(self, now: Moment) -> list[Draft]:
        """Draft the record that leads to the sponsor of a guest."""
        visitor, zone = self.facts.visitor, self.facts.zone
        if visitor is None or visitor.sponsor is None:
            return []
        subject, door = f"holder:{visitor.sponsor}", self.presented.request.door
        draft = now.draft(RecordKind.SPONSOR, door=door, zone=zone.id if zone else "", subject=subject)
        return [draft]

    def use_drafts(self, now: Moment) -> list[Draft]:
        """Draft the records of the uses of those with whom somebody comes: the own one stands in the decision."""
        zone, door = self.facts.zone.id if self.facts.zone else "", self.presented.request.door
        return [
            now.draft(RecordKind.CARD_USED, use.told, door=door, zone=zone, subject=f"holder:{use.kept.holder}")
            for use in self.uses
            if use.kept.holder != self.facts.whose
        ]


@dataclass(frozen=True, slots=True)
class Keyed:
    """A PIN was entered at a reader; in its turn it becomes a request, with the card that waits for it there."""

    reader: str
    presented: Callable[[Asked | None], Presented]


def weighed(
    presented: Presented,
    facts: Facts,
    position: PolicyPosition | None,
    *,
    companions: frozenset[str] = frozenset(),
) -> Asked:
    """Decide by all that is known."""
    request = presented.request
    decision = decided(request, facts)
    escort = escort_of(request, facts) if decision.is_granted else None
    return Asked(presented, facts, decision, position, companions=companions, escort=escort)


def decided(request: AccessRequest, facts: Facts) -> Decision:
    """Decide; facts that cannot be compared with anything, as a damaged file may have them, are no policy."""
    try:
        return decide(request, facts)
    except (TypeError, ValueError, AttributeError):
        return decide(request, NO_POLICY)
