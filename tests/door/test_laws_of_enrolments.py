"""Laws of a reader in enrolment in any order: nothing opens there, and the unknown card that comes twice is told."""

from pathlib import Path
from random import Random

from doorctl.core.machines.door_state import Strike
from doorctl.core.machines.enrolment import AGAIN_SECONDS
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from tests.core.any_order import EITHER, begin, holds_in_any_order, law, step
from tests.core.law_cases import SO_MANY
from tests.door.test_enrolments import ADAS, ID, NEW, NEWER, OTHER, READER, STRANGER, Enrolling

READERS = (READER, OTHER)
SECONDS = 60.0
LONG = 2 * SECONDS


class AnyEnrolment:
    """A door with two readers, each of which may be in enrolment, and Ada with a stranger in front of it."""

    def __init__(self, keys: Path) -> None:
        self.at = Enrolling(keys)

    @begin()
    def build(self) -> None:
        self.until: dict[str, float] = {}
        self.shown: dict[str, tuple[str, float]] = {}
        self.begun = self.replaced = self.told = self.may_open = 0

    @step(reader=READERS)
    def enrol(self, reader: str) -> None:
        self.begun += 1
        self.replaced += self.is_in_enrolment(reader)
        self.at.enrolments.begin(self.at.door.doorway, reader, id_=ID, seconds=SECONDS)
        self.until[reader] = self.at.door.now + SECONDS
        self.shown.pop(reader, None)

    @step(reader=READERS, card=(NEW, NEWER), is_adas=EITHER)
    def show(self, reader: str, card: str, is_adas: bool) -> None:
        enrols, now = self.is_in_enrolment(reader), self.at.door.now
        before, at = self.shown.pop(reader, ("", 0.0))
        if enrols and not is_adas and before == card and now - at <= AGAIN_SECONDS:
            self.told += 1
            del self.until[reader]
        elif enrols and not is_adas:
            self.shown[reader] = (card, now)
        self.may_open += is_adas and not enrols
        self.at.door.facts = ADAS if is_adas else STRANGER
        self.at.card(card, reader)
        self.at.door.commit_all()

    @step(seconds=(1.0, AGAIN_SECONDS, AGAIN_SECONDS + 1, SECONDS))
    def wait(self, seconds: float) -> None:
        self.pass_time(seconds)

    @step()
    def leave_it_alone(self) -> None:
        """By and by no reader is in enrolment any more: each one has ended once, by its card, its time or another."""
        self.pass_time(LONG)

        assert not any(self.at.enrolments.takes(reader) for reader in READERS)
        assert self.begun == self.count("card") + self.count("over") + self.replaced
        assert self.at.door.doorway.state.strike is Strike.SECURED

    @law
    def no_card_opens_where_it_is_enrolled(self) -> None:
        decisions = [it.outcome for it in self.at.door.statements if it.kind is RecordKind.DECISION]

        assert self.at.door.moves.count("released") <= decisions.count(Outcome.GRANTED) <= self.may_open

    @law
    def the_unknown_card_that_comes_twice_is_told_and_no_other(self) -> None:
        assert self.count("card") == self.told

    def is_in_enrolment(self, reader: str) -> bool:
        return self.at.door.now < self.until.get(reader, 0.0)

    def pass_time(self, seconds: float) -> None:
        self.at.wait(seconds)
        self.at.door.doorway.tick(self.at.door.now)
        self.at.door.commit_all()

    def count(self, how: str) -> int:
        """Count the records of enrolments that tell this."""
        told = [it.detail for it in self.at.door.statements if it.kind is RecordKind.ENROLMENT]
        return sum(each.startswith(how) for each in told)


@SO_MANY
def test_a_reader_in_enrolment_keeps_its_laws_in_any_order(number: int, chance: Random, keys: Path) -> None:
    holds_in_any_order(lambda: AnyEnrolment(keys), number=number, chance=chance)
