"""Who asks at one door, one at a time: from the question to the policy to the record that settles it.

1. A decision's record must be committed before the core is told, and only then does it ask for the strike. A grant
   that another policy, an order or another door has overtaken before its commit is looked at again.
2. A denial that the flood rule does not record is shown and changes nothing; a grant is always recorded.
3. A card that only lacks its PIN waits for it at its reader, and holds up nobody. If none comes, that is recorded.
4. Who is denied by an order is asked when a card is decided and again when its record is on disk; what was released
   for them ends.
5. A grant counts a use of each card with limits at once, and gives it back when it does not let in.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace
from functools import partial
from typing import Protocol

from doorctl import journal
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.areas import Inside, Way
from doorctl.core.machines.door_events import (
    AccessDecided,
    DoorEvent,
    Record,
    RecordCommitted,
    RecordFailed,
    SignalName,
    Withdrawn,
)
from doorctl.core.machines.door_state import Permit
from doorctl.core.model import OnAuditFailure
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.core.rules.company import companions_of, lacks_company_alone
from doorctl.core.rules.emergencies import breaks_glass
from doorctl.core.rules.holder_times import longest
from doorctl.core.rules.occupancy import may_deny
from doorctl.door.asking.asked import Asked, Keyed, Presented, Use, WayOut, weighed
from doorctl.door.asking.escorts import Escorts
from doorctl.door.asking.pin_pads import PinPads
from doorctl.door.asking.uses import Forgiven, OpenUses
from doorctl.door.flood import FloodRule
from doorctl.door.modes import DoorMode
from doorctl.door.presence.occupancy import Place
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import PolicyPosition


class AskedDoor(Protocol):
    """The door that is asked at."""

    door: str

    @property
    def is_interlocked(self) -> bool:
        """Whether the door stays locked because another is unlocked or open."""

    @property
    def modes(self) -> DoorMode:
        """The mode of the door."""

    def step(self, event: DoorEvent) -> None:
        """Tell the core of it, and do what it answers."""

    def expect(self, place: Place | None, *, of: int | None) -> None:
        """Expect those for whom this place is reserved: they are let through now."""

    def take(self, event: Presented) -> None:
        """Take a card in its turn."""

    def go_on(self) -> None:
        """Take what has waited, now that nobody asks."""


class Questions:
    """Answers those who ask at one door; used from the loop's thread alone."""

    def __init__(
        self,
        at: AskedDoor,
        *,
        late_seconds: float,
        around: Surroundings,
        floods: FloodRule,
        strict_zone: str | None,
        way_out: WayOut,
    ) -> None:
        """Begin with nobody."""
        self.is_busy = False
        self.pins = PinPads()
        self._at = at
        self._late_seconds = late_seconds
        self._around = around
        self._floods = floods
        self._strict_zone = strict_zone
        self._way_out = way_out
        self.company = around.companies.at_another_door()
        self._escorts = Escorts()
        self._let_in: tuple[tuple[Asked, ...], int] | None = None
        self._open_uses = OpenUses()
        self._asked: Asked | None = None

    def ask(self, event: Presented | Keyed) -> None:
        """Ask the policy about a card or a PIN; until that is settled the door is busy."""
        if isinstance(event, Keyed):
            event = event.presented(self.pins.take_card(event.reader))
        self.is_busy = True
        presented = self.here(event)
        self._around.ask(presented.request, partial(self._answer, presented))

    def here(self, presented: Presented) -> Presented:
        """Make it a request of this very door, as a floor of an elevator takes it from the cabin."""
        escorts = self._escorts.at(presented.at, self._around.position())
        return presented.at_door(self._at.door, self._strict_zone, self._way_out, escorts=escorts)

    def weigh(
        self,
        presented: Presented,
        facts: Facts,
        position: PolicyPosition | None,
        *,
        counted: tuple[Use, ...] = (),
        places: Collection[Place | None] = (),
    ) -> Asked:
        """Decide by what the policy knows, and by all that we know beside it but for what counts for this itself."""
        presented = self._among_others(presented, position)
        request = presented.request
        facts = self._around.visitors.add_to(facts, request)
        facts = facts if may_deny(request) else replace(facts, may_break_glass=False)
        companions = companions_of(request, facts)  # by who breaks the glass, and who brings a visitor
        inside = self._around.occupancy.inside(facts, request, companions=companions, but=places)
        facts = self._with_what_we_know(presented, facts, counted=counted, inside=inside)
        return weighed(presented, facts, position, companions=companions)

    def record(self) -> None:
        """Have the decision recorded that the core has taken, and go on when that is settled."""
        assert self._asked is not None
        asked, self._asked = self._asked, None
        drafts = asked.drafts(self._around.statements, of=self.record_before(asked))
        self._around.submit(drafts, partial(self._conclude, asked))

    def forget_company(self) -> None:
        """Whoever waits for company begins anew, and who was let in brings nobody any more."""
        self.company.forget()
        self._escorts.forget()

    def end_what_is_denied(self) -> None:
        """End what is under way for those whom an order denies, and for whoever came with them."""
        self.company.forget(self.is_denied)
        self._escorts.forget(self.is_denied)
        self._give_up(self.pins.denied(self.is_denied))
        if self._let_in is None:
            return
        together, number = self._let_in
        if any(self.is_denied(each) for each in together):
            self._at.step(Withdrawn(self._around.monotonic(), Reason.DENIED_BY_ORDER, of=number))

    def tick(self, now: float) -> None:
        """Give up the cards whose PIN is not coming."""
        self._give_up(self.pins.given_up(now))

    def give_up_at(self, reader: str) -> None:
        """Give up the card that waits for its PIN at a reader, if one does."""
        self._give_up(filter(None, [self.pins.take_card(reader)]))

    def _answer(self, presented: Presented, facts: Facts, position: PolicyPosition | None) -> None:
        if presented.is_another_card:
            self.give_up_at(presented.reader)
        self.company.forget(self._around.uses.is_spent)
        asked = self.weigh(presented, facts, position)
        self._around.companies.leave(asked, to=(self.company,))
        decision, request = asked.decision, asked.presented.request
        if decision.reason is Reason.PIN_AWAITED and not presented.gave_up:
            self._around.signal(self._at.door, SignalName.WAITING)
            self.pins.await_pin(asked, presented.at)
            self._take_next()
            return
        wrong_pins = self._around.wrong_pins.judge(asked)
        brought = self._around.visitors.count(asked)
        company = self.company.waiting(asked)
        counts = decision.is_granted and request.way is Way.IN
        asked = replace(
            asked,
            remembered=brought if wrong_pins is None else (*brought, wrong_pins),
            uses=self._around.uses.take(asked, company) if counts else (),
            place=self._around.occupancy.reserve(request, asked.facts, decision, companions=asked.companions),
        )
        if not decision.is_granted and not self._records_denial(asked):
            self._around.signal(self._at.door, asked.denial_shown)
            self._take_next()
            return
        self._asked = asked
        times = longest(each.facts.times for each in (asked, *company))
        now, lets_out = self._around.monotonic(), not may_deny(request)
        self._at.step(AccessDecided(decision, now, _on_failure(asked), request.pin_alone, times, lets_out))

    def _with_what_we_know(
        self, presented: Presented, facts: Facts, *, counted: tuple[Use, ...], inside: Inside | None
    ) -> Facts:
        """Add what orders deny, whether another door is open, what wrong PINs have blocked, and who is inside.

        And how often a card was used, but for what is ``counted`` for this very request.
        """
        around, request = self._around, presented.request
        return replace(  # all at once: a copy takes longer than most rules
            facts,
            locked_down=around.deny_list.is_locked_down(facts),
            denied_by_order=around.deny_list.denies(request, facts),
            interlocked=self._at.is_interlocked,
            used=around.uses.used(facts, but=counted),
            credential_blocked=around.wrong_pins.blocks_card(facts, request),
            reader_blocked=around.wrong_pins.blocks_reader(facts, request, reader=presented.reader),
            inside=inside,
        )

    def _among_others(self, presented: Presented, position: PolicyPosition | None) -> Presented:
        """Add to the request who waits there for company, and who was let in there just before."""
        at = presented.at
        return presented.among(self.company.at(at, position), escorts=self._escorts.at(at, position))

    def record_before(self, asked: Asked) -> int | None:
        """Name the record of the first of those who came together, or of a visitor's escort."""
        if asked.took_company:
            return self.company.first_record(asked)
        return self._escorts.record_of(asked.escort)

    def _give_up(self, cards: Iterable[Asked]) -> None:
        """Have it recorded that these cards waited for their PIN in vain; they are as late as they are."""
        for card in cards:
            self._at.take(replace(card.presented, gave_up=True))

    def _records_denial(self, asked: Asked) -> bool:
        """Tell whether a denial is recorded; that of who locks an office always is."""
        return self._at.modes.may_lock(asked) or records_denial(asked, self._floods, self._around.monotonic())

    def _conclude(self, asked: Asked, verdict: Verdict) -> None:
        """Tell the core what became of the decision's record; ask again if another policy is in force by now."""
        if not isinstance(verdict, Committed):
            late = self._is_late(asked) or self.is_overtaken(asked)
            lets_in = asked.decision.is_granted and not late and _on_failure(asked) is OnAuditFailure.RELEASE
            if not lets_in:
                self._around.uses.give_back(asked.uses)
                self._around.visitors.give_back(asked.remembered)
            if asked.is_under_duress:
                journal.say("duress", journal.Level.ALARM, door=self._at.door)
                self._around.insist(asked.unrecorded(lets_in=lets_in).drafts(self._around.statements, of=None))
            if asked.took_company:
                self.company.forget()
            self._at.step(RecordFailed(self._around.monotonic(), late=late))
            self._expect(asked, lets_in=lets_in, of=None)
            self._take_next()
            return
        number = verdict.numbers[0]
        if asked.is_under_duress:
            journal.say("duress", journal.Level.ALARM, door=self._at.door, record=number)
        if asked.decision.is_granted and self.is_overtaken(asked):
            self._around.ask(asked.presented.request, partial(self._look_again, asked, number))
            return
        if self.company.take(asked, number) and breaks_glass(asked.facts):
            journal.say("break_glass_begun", journal.Level.ALARM, door=self._at.door, record=number)
        self._finish_committed(asked, number, None)

    def is_overtaken(self, asked: Asked) -> bool:
        """Tell whether another policy or an order has come since, for who asked, their company or their escort."""
        at, position = asked.presented.at, asked.position
        alone = asked.presented.request.companions != self.company.at(at, position)
        alone = alone or (asked.escort is not None and asked.escort not in self._escorts.at(at, position))
        overtaken = self.is_denied(asked) or self._around.position() != asked.position
        return alone or self._at.is_interlocked or overtaken

    def is_denied(self, asked: Asked) -> bool:
        """Tell whether an order denies who asked, or locks the zone down."""
        orders = self._around.deny_list
        is_locked = orders.locks_down_zone_of(asked.facts) and not breaks_glass(asked.facts)
        return is_locked or orders.ends(asked.presented.request, asked.facts, asked.position)

    def _look_again(self, asked: Asked, number: int, facts: Facts, position: PolicyPosition | None) -> None:
        decision = self.weigh(asked.presented, facts, position, counted=asked.uses, places=(asked.place,)).decision
        self._finish_committed(asked, number, None if decision.is_granted else decision.reason)

    def _finish_committed(self, asked: Asked, number: int, withheld: Reason | None) -> None:
        withheld = withheld or (Reason.LATE if self._is_late(asked) else None)
        self._open_uses.note(number, asked.uses)
        lets_in = asked.decision.is_granted and withheld is None
        self._at.step(RecordCommitted(number, self._around.monotonic(), withheld))
        if lets_in:
            self._note_let_in(asked, number)
        self._expect(asked, lets_in=lets_in, of=number)
        if lets_in and asked.presented.request.way is Way.IN:
            self.tell_mode(asked, number)
        elif not asked.decision.is_granted and withheld is None:
            self._at.modes.deny(asked)
        self._take_next()

    def _expect(self, asked: Asked, *, lets_in: bool, of: int | None) -> None:
        """Expect those who are let through, or give back the place that was reserved for them."""
        if lets_in:
            self._at.expect(asked.place, of=of)
        else:
            self._around.occupancy.give_up(asked.place)

    def _note_let_in(self, asked: Asked, number: int) -> None:
        self._let_in = ((asked, *self.company.waiting(asked)), number)
        self.note_passage(asked, number)
        if breaks_glass(asked.facts):
            journal.say("break_glass", journal.Level.ALARM, door=self._at.door, record=number)

    def tell_mode(self, asked: Asked, number: int) -> None:
        """Let the mode of the door know who came in."""
        self._at.modes.let_in(asked, number)

    def note_passage(self, asked: Asked, number: int) -> None:
        """Let all who pass here together bring visitors, and nobody keep them company any more."""
        for each in (*self.company.waiting(asked), asked):
            self._escorts.take(each, number, with_=asked)
        if asked.took_company:
            self.company.forget()

    def forgiven_by(self, record: Record, passage: Permit | None) -> Forgiven | None:
        """Give back the uses that a record of the door forgives: none while somebody may still pass it."""
        if record.kind is RecordKind.NOT_OPENED and passage is not None:
            self._open_uses.hand_on(record.of, to=passage.of)
            return None
        uses = self._open_uses.settled_by(record)
        return Forgiven(self._around.uses.give_back(uses)) if uses else None

    def _take_next(self) -> None:
        self.is_busy = False
        self._at.go_on()

    def _is_late(self, asked: Asked) -> bool:
        """Tell whether whoever asked may have gone."""
        return self._around.monotonic() - asked.presented.at > self._late_seconds


def records_denial(asked: Asked, floods: FloodRule, now: float) -> bool:
    """Ask the flood rule; who waits for company is counted alone, so that no other card hinders it.

    What counts as a wrong PIN is recorded all: it blocks soon. So is duress.
    """
    if asked.remembered or asked.is_under_duress:
        return True
    holder = asked.facts.holder.id if lacks_company_alone(asked.decision) and asked.facts.holder else ""
    return floods.admits(asked.presented.reader, RecordKind.DECISION, asked.decision.reason, now, holder=holder)


def _on_failure(asked: Asked) -> OnAuditFailure:
    """Tell what a grant gets whose record cannot be written."""
    return asked.facts.zone.on_audit_failure if asked.facts.zone else OnAuditFailure.DENY
