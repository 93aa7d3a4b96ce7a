"""Laws of a door's mode in any order: it is left unlocked by its mode alone, and by whom that takes."""

from datetime import datetime
from random import Random

from doorctl.core.machines.door_state import Strike
from doorctl.core.modes import DoorModes, Mode
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.door.modes import OFFICE_SECONDS
from tests.core.any_order import EITHER, begin, holds_in_any_order, law, step
from tests.core.builders import KEY
from tests.core.law_cases import SO_MANY
from tests.core.test_laws_of_doors import LISTED
from tests.door.modal import FIRST_BY_DAY, GRACES_KEY, OFFICE, OPEN_BY_DAY, ModalDoor

CARD = DoorModes()
MODES = (CARD, DoorModes(Mode.LOCKED), DoorModes(Mode.UNLOCKED), OPEN_BY_DAY, FIRST_BY_DAY, OFFICE)
CARDS = (KEY, GRACES_KEY)
HOUR = 3600.0


class AnyMode:
    """A door in any mode, with an office by day, and Ada and Grace, who keep it, in front of it."""

    @begin(modes=MODES)
    def build(self, modes: DoorModes) -> None:
        self.modal = ModalDoor(modes, may_toggle=True).begin()
        self.modes, self.is_locked_down, self.is_known = modes, False, True
        self.has_begun = False
        self.last: tuple[bytes, datetime] | None = None

    @step(card=CARDS, fails=(True, *(False,) * 4))
    def swipe(self, card: bytes, fails: bool) -> None:
        """Somebody presents a card, whose record may fail."""
        before = self.grants()
        self.modal.present(card)
        if self.modal.hand.waiting and fails:
            self.modal.hand.fail()
        self.modal.hand.commit_all()
        if self.grants() > before and not fails:
            self.note(card)

    @step(seconds=(1.0, 3.0, 6.0, 60.0, HOUR, 7 * HOUR))
    def wait(self, seconds: float) -> None:
        self.modal.wait(seconds)
        self.modal.wait(1.0)

    @step(modes=MODES)
    def set_modes(self, modes: DoorModes) -> None:
        self.modes, self.is_known = modes, True
        self.modal.set(modes)

    @step(is_locked_down=EITHER)
    def lock_down(self, is_locked_down: bool) -> None:
        self.is_locked_down, self.is_known = is_locked_down, True
        self.modal.tell(locked_down=is_locked_down)
        self.modal.hand.commit_all()

    @step()
    def lose_policy(self) -> None:
        self.is_known = False
        self.modal.tell(known=False)
        self.modal.hand.commit_all()

    @step(when=lambda self: self.is_known)
    def restart(self) -> None:
        """A power cut: what was committed is remembered."""
        self.modal = self.modal.restarted()
        assert not self.modal.door.is_left_unlocked
        self.modal.begin()

    @step()
    def leave_it_alone(self) -> None:
        """In the mode card, by and by the strike is secured, and nothing is due."""
        self.modes, self.is_known = CARD, True
        self.modal.set(CARD)
        self.modal.wait(60.0)

        assert (self.modal.door.state.strike, self.modal.door.state.next_deadline) == (Strike.SECURED, None)

    @law
    def it_is_left_unlocked_by_its_mode_alone(self) -> None:
        mode = self.mode()
        self.has_begun = self.has_begun and mode in {Mode.FIRST_PERSON_IN, Mode.OFFICE}
        may = mode is Mode.UNLOCKED or self.has_begun

        assert may or not self.modal.door.is_left_unlocked
        assert self.modal.door.is_left_unlocked or mode is not Mode.UNLOCKED

    @law
    def the_state_is_listed(self) -> None:
        assert [what for what, holds in LISTED.items() if not holds(self.modal.door.state)] == []

    def mode(self) -> Mode:
        """Tell the mode by a plain account: from noon to six that of the day, else the usual; card if locked down."""
        by_day = [mode for _, mode in self.modes.times if 12 <= self.modal.at.hour < 18]
        mode = (*by_day, self.modes.usual)[0]
        return mode if mode is Mode.LOCKED or not (self.is_locked_down or not self.is_known) else Mode.CARD

    def note(self, card: bytes) -> None:
        """Note whom the door has let in: the first unlocks it, a keeper who comes twice an office."""
        before, self.last = self.last, (card, self.modal.at)
        is_second = (
            before is not None and before[0] == card and (self.modal.at - before[1]).total_seconds() <= OFFICE_SECONDS
        )
        if self.mode() is Mode.FIRST_PERSON_IN or (self.mode() is Mode.OFFICE and is_second):
            self.has_begun = True

    def grants(self) -> int:
        """Count the decisions that were granted."""
        decisions = [it.outcome for it in self.modal.hand.statements if it.kind is RecordKind.DECISION]
        return decisions.count(Outcome.GRANTED)


@SO_MANY
def test_a_door_is_left_unlocked_by_its_mode_alone_in_any_order(number: int, chance: Random) -> None:
    holds_in_any_order(AnyMode, number=number, chance=chance)
