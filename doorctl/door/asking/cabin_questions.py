"""Who asks in a cabin, one at a time: each floor's door is asked at once, by one revision; one record settles all.

1. A decision's record must be committed before the core is told, and only then are floors enabled. What another
   policy or an order has overtaken before that is looked at again, floor by floor.
2. A denial that the flood rule does not record is shown and changes nothing; a grant is always recorded.
3. Floors that take a card alone are enabled at once. If others ask for the PIN, too, the card waits for it at its
   reader; that no PIN comes is recorded where nothing was granted.
4. Company waits at each floor's door by itself. Who is denied by an order is asked again when the record is on disk;
   what was enabled for them ends.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from doorctl import journal
from doorctl.audit.state import Remembered
from doorctl.audit.writer import Committed, Verdict
from doorctl.core.machines.door_events import Record, SignalName
from doorctl.core.machines.elevator_events import ElevatorEvent, FloorsNotRecorded, FloorsRecorded, FloorsWithdrawn
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.core.rules.emergencies import breaks_glass
from doorctl.door.asking.asked import Asked, Keyed, Presented
from doorctl.door.asking.cabin_asked import CabinAsked
from doorctl.door.asking.pin_pads import PinPads
from doorctl.door.asking.questions import Questions, records_denial
from doorctl.door.asking.uses import Forgiven, OpenUses
from doorctl.door.flood import FloodRule
from doorctl.door.presence.occupancy import Place
from doorctl.door.statements import subject_of
from doorctl.door.surroundings import Surroundings
from doorctl.policy.building import PolicyPosition

AskTogether = Callable[
    [Sequence[AccessRequest], Callable[[Sequence[Facts], PolicyPosition | None], None]],
    None,
]


class AskedCabin(Protocol):
    """The cabin that is asked in."""

    door: str

    def enabling(self) -> frozenset[int | None]:
        """Number the decisions by which floors are enabled now."""

    def step(self, event: ElevatorEvent) -> None:
        """Tell the core of it, and do what it answers."""

    def expect(self, places: Mapping[str, Place | None], *, of: int | None) -> None:
        """Expect those for whom places are reserved at these floors: they may go there now."""

    def take(self, event: Presented) -> None:
        """Take a card in its turn."""

    def go_on(self) -> None:
        """Take what has waited, now that nobody asks."""


class CabinQuestions:
    """Answers those who ask in one cabin; used from the loop's thread alone."""

    def __init__(
        self,
        at: AskedCabin,
        floors: Mapping[str, Questions],
        *,
        ask: AskTogether,
        late_seconds: float,
        around: Surroundings,
        floods: FloodRule,
    ) -> None:
        """Begin with nobody; ``floors`` are the questions of each floor's door."""
        self.is_busy = False
        self.pins = PinPads()
        self._at = at
        self._floors = floors
        self._ask = ask
        self._late_seconds = late_seconds
        self._around = around
        self._floods = floods
        self._asked: CabinAsked | None = None
        self._let_in: dict[int, CabinAsked] = {}
        self._in_vain = OpenUses()

    def ask(self, event: Presented | Keyed) -> None:
        """Ask the policy about a card or a PIN at all floors; until that is settled the cabin is busy."""
        if isinstance(event, Keyed):
            event = event.presented(self.pins.take_card(event.reader))
        self.is_busy = True
        self._ask_floors(event, self._floors, partial(self._answer, event))

    def record(self, detail: str, *, zone: str) -> None:
        """Have the decision recorded that the core has taken, and go on when that is settled."""
        assert self._asked is not None
        asked, self._asked = self._asked, None
        before = self._record_before(asked)
        drafts = asked.drafts(self._around.statements, detail, door=self._at.door, zone=zone, before=before)
        self._around.submit(drafts, partial(self._conclude, asked))

    def end_what_is_denied(self) -> None:
        """End what is under way for those whom an order denies."""
        self._give_up(self.pins.denied(self._is_denied))
        for number, asked in self._still_let_in().items():
            if any(map(self._is_denied, (asked.told, *asked.company))):
                every_floor = frozenset(self._floors)
                self._at.step(FloorsWithdrawn(every_floor, Reason.DENIED_BY_ORDER, of=number))

    def subject_of(self, number: int | None) -> str:
        """Say whom a decision was about by which floors are enabled; nobody, where it has no record."""
        asked = None if number is None else self._let_in.get(number)
        return "" if asked is None else subject_of(asked.told.facts, asked.told.presented.request)

    def note_choice(self, floor: str, number: int | None) -> None:
        """Let the mode of a floor know who went there, who waits in the cabin no longer.

        Of others to whom it was enabled nobody knows that.
        """
        asked = None if number is None else self._let_in.get(number)
        if asked is not None and number is not None:
            self._floors[floor].tell_mode(asked.floors[floor], number)
            for each in (asked.told, *asked.company):
                self._around.companies.leave(each)

    def tick(self, now: float) -> None:
        """Give up the cards whose PIN is not coming."""
        self._give_up(self.pins.given_up(now))

    def _ask_floors(
        self,
        presented: Presented,
        floors: Iterable[str],
        answered: Callable[[dict[str, Asked]], None],
        *,
        before: CabinAsked | None = None,
    ) -> None:
        """Ask at these floors, by one revision; what counts for this itself, as asked ``before``, is left out."""
        here = {floor: self._floors[floor].here(presented) for floor in floors}

        def weigh(facts: Sequence[Facts], position: PolicyPosition | None) -> None:
            weighed = {}
            for (floor, each), it in zip(here.items(), facts, strict=True):
                questions = self._floors[floor]
                if before is None:
                    questions.company.forget(self._around.uses.is_spent)
                    weighed[floor] = questions.weigh(each, it, position)
                else:
                    weighed[floor] = questions.weigh(each, it, position, counted=before.uses, places=before.places)
            answered(weighed)

        self._ask([each.request for each in here.values()], weigh)

    def _answer(self, presented: Presented, floors: Mapping[str, Asked]) -> None:
        if presented.is_another_card and (card := self.pins.take_card(presented.reader)):
            self._give_up([card])
        asked = CabinAsked(presented, floors)
        self._around.companies.leave(asked.told, to=[floor.company for floor in self._floors.values()])
        granted = asked.decision.is_granted
        if asked.lacks_pin:
            self.pins.await_pin(asked.of_cabin, presented.at)
        if asked.lacks_pin and not granted:
            self._show_unrecorded(SignalName.WAITING)
            return
        asked = replace(asked, remembered=self._to_remember(asked))
        if not granted and not records_denial(asked.of_cabin, self._floods, self._around.monotonic()):
            self._show_unrecorded(asked.denial_shown)
            return
        self._asked = asked = self._counted(asked) if granted else asked
        self._at.step(asked.event)

    def _to_remember(self, asked: CabinAsked) -> tuple[Remembered, ...]:
        """Count a wrong PIN once for all floors, and a visitor once for each escort."""
        wrong_pins = self._around.wrong_pins.judge(asked.judged)
        behind = {it.escort: it for it in asked.granted.values()}
        brought = [each for it in behind.values() for each in self._around.visitors.count(it)]
        return (*brought, *([] if wrong_pins is None else [wrong_pins]))

    def _still_let_in(self) -> dict[int, CabinAsked]:
        """Return those for whom floors are enabled now."""
        enabling = self._at.enabling()
        return {number: asked for number, asked in self._let_in.items() if number in enabling}

    def _counted(self, asked: CabinAsked) -> CabinAsked:
        """Count one use of each card by which somebody is let in now, to however many floors, and reserve places."""
        company = {
            each.facts.whose: each
            for floor, it in asked.granted.items()
            for each in self._floors[floor].company.waiting(it)
        }
        together = tuple(company.values())
        reserve = self._around.occupancy.reserve
        floors = {
            floor: replace(it, place=reserve(it.presented.request, it.facts, it.decision, companions=it.companions))
            for floor, it in asked.floors.items()
        }
        uses = self._around.uses.take(asked.told, together)
        return replace(asked, floors=floors, company=together, uses=uses)

    def _show_unrecorded(self, name: SignalName) -> None:
        self._around.signal(self._at.door, name)
        self._take_next()

    def _give_up(self, cards: Iterable[Asked]) -> None:
        """Have it recorded that these cards waited for their PIN in vain, unless they were granted other floors."""
        for card in cards:
            if not card.decision.is_granted:
                self._at.take(replace(card.presented, gave_up=True))

    def _conclude(self, asked: CabinAsked, verdict: Verdict) -> None:
        """Tell the core what became of the decision's record; ask again about what is overtaken by now."""
        if not isinstance(verdict, Committed):
            self._conclude_unrecorded(asked)
            return
        number = verdict.numbers[0]
        if asked.is_under_duress:
            journal.say("duress", journal.Level.ALARM, door=self._at.door, record=number)
        waits = [self._floors[floor].company.take(it, number) for floor, it in asked.floors.items()]
        if any(waits) and any(breaks_glass(it.facts) for it in asked.floors.values()):
            journal.say("break_glass_begun", journal.Level.ALARM, door=self._at.door, record=number)
        granted = asked.granted
        if any(self._floors[floor].is_overtaken(it) for floor, it in granted.items()):
            again = partial(self._look_again, asked, number)
            self._ask_floors(asked.presented, granted, again, before=asked)
        else:
            self._finish(asked, number, {})

    def _conclude_unrecorded(self, asked: CabinAsked) -> None:
        granted = asked.granted
        withheld = {
            floor for floor, it in granted.items() if self._is_late(asked) or self._floors[floor].is_overtaken(it)
        }
        for floor, it in granted.items():
            if it.took_company:
                self._floors[floor].company.forget()
        let_in = asked.event.unrecorded - withheld
        if not let_in:
            self._around.uses.give_back(asked.uses)
            self._around.visitors.give_back(asked.remembered)
        if asked.is_under_duress:
            journal.say("duress", journal.Level.ALARM, door=self._at.door)
            told = replace(asked.of_cabin, uses=asked.uses).unrecorded(lets_in=bool(let_in))
            self._around.insist(told.drafts(self._around.statements, of=None))
        self._at.step(FloorsNotRecorded(self._around.monotonic(), frozenset(withheld)))
        self._expect(granted, let_in, of=None)
        self._take_next()

    def _expect(self, granted: Mapping[str, Asked], let_in: Collection[str], *, of: int | None) -> None:
        """Expect somebody at the floors that are enabled, and give back the places that were reserved at others."""
        self._at.expect({floor: it.place for floor, it in granted.items() if floor in let_in}, of=of)
        for floor, it in granted.items():
            if floor not in let_in:
                self._around.occupancy.give_up(it.place)

    def _look_again(self, asked: CabinAsked, number: int, floors: Mapping[str, Asked]) -> None:
        self._finish(
            asked, number, {floor: it.decision.reason for floor, it in floors.items() if not it.decision.is_granted}
        )

    def _finish(self, asked: CabinAsked, number: int, withheld: Mapping[str, Reason]) -> None:
        """Let the core conclude, then take what has waited."""
        granted = asked.granted
        if self._is_late(asked):
            withheld = {**dict.fromkeys(granted, Reason.LATE), **withheld}
        let_in = {floor: it for floor, it in granted.items() if floor not in withheld}
        before = self._still_let_in()
        again = frozenset(each for each, it in before.items() if it.told.facts.whose == asked.told.facts.whose)
        if let_in:
            self._note_let_in(asked, number, let_in)
        else:
            self._in_vain.note(number, asked.uses)
        self._at.step(FloorsRecorded(number, self._around.monotonic(), withheld, again))
        self._expect(granted, let_in, of=number)
        if let_in and asked.lacks_pin:
            self._around.signal(self._at.door, SignalName.WAITING)
        self._take_next()

    def _note_let_in(self, asked: CabinAsked, number: int, let_in: Mapping[str, Asked]) -> None:
        self._let_in = {**self._still_let_in(), number: asked}
        for floor, it in let_in.items():
            self._floors[floor].note_passage(it, number)
        if any(breaks_glass(it.facts) for it in let_in.values()):
            journal.say("break_glass", journal.Level.ALARM, door=self._at.door, record=number)

    def forgiven_by(self, record: Record) -> Forgiven | None:
        """Give back the uses that a record of the cabin forgives."""
        uses = self._in_vain.settled_by(record)
        return Forgiven(self._around.uses.give_back(uses)) if uses else None

    def _record_before(self, asked: CabinAsked) -> int | None:
        """Name the record of those with or behind whom somebody comes, at the first floor where they do."""
        before = (self._floors[floor].record_before(it) for floor, it in asked.granted.items())
        return next((number for number in before if number is not None), None)

    def _is_denied(self, asked: Asked) -> bool:
        return self._around.deny_list.ends(asked.presented.request, asked.facts, asked.position)

    def _is_late(self, asked: CabinAsked) -> bool:
        """Tell whether whoever asked may have gone."""
        return self._around.monotonic() - asked.presented.at > self._late_seconds

    def _take_next(self) -> None:
        self.is_busy = False
        self._at.go_on()
