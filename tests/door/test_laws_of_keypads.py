"""Laws of a keypad in any order: a card opens by its PIN alone; who knows a code sets one, which opens nothing."""

from pathlib import Path
from random import Random

from doorctl.core.machines.door_state import Strike
from doorctl.core.machines.pin_entry import is_guessed_first, is_pin
from doorctl.core.reasons import Outcome
from doorctl.core.records import RecordKind
from doorctl.door.asking.own_pins import WHOLE_SECONDS
from doorctl.door.asking.pin_pads import WAIT_SECONDS
from doorctl.wire.own_pin import read_own_pin
from tests.core.any_order import begin, holds_in_any_order, law, step
from tests.core.law_cases import SO_MANY
from tests.door.keypads import DURESS, OTHER_READER, PIN, READER, RING, WRONG
from tests.door.own_pin_setting import CODE, NEW, SECRET, Setting

READERS = (READER, OTHER_READER)
CODES = (CODE, CODE, "11111111", CODE[::-1])
PINS = (NEW, PIN, DURESS, "1234")
ENTRIES = ("0#", "#", "*", f"{CODE}#", "11111111#", f"{NEW}#", f"{WRONG}#", "1234#", "12#", "9999999")
KEYS_OF = {RING.credential_key(f"pin:ada:{pin}"): pin for pin in (*PINS, CODE, WRONG, "11111111", "99999990")}
"""All that can be keyed in and could be a PIN."""
KINDS = frozenset(
    {
        *(RecordKind.DECISION, RecordKind.OWN_PIN, RecordKind.RELEASED, RecordKind.RELOCKED),
        *(RecordKind.NOT_RELEASED, RecordKind.NOT_OPENED, RecordKind.FLOOD_SUMMARY),
    }
)


class AnyKeypad:
    """Ada in front of two keypads of a door that asks for card and PIN, with a code."""

    def __init__(self, keys: Path) -> None:
        self.ada = Setting(keys)

    @begin()
    def build(self) -> None:
        self.touched: dict[str, float] = {}
        self.right = 0

    @step(reader=READERS)
    def card(self, reader: str) -> None:
        self.card_at(reader)
        self.touched[reader] = self.now

    @step(reader=READERS, pin=(PIN, DURESS))
    def enter(self, reader: str, pin: str) -> None:
        """Enter a right PIN: it counts for a card that was shown here, unless somebody paused for too long."""
        self.keys(f"{pin}#", reader)
        touched = self.touched.pop(reader, None)
        self.right += touched is not None and self.now - touched <= WAIT_SECONDS

    @step(reader=READERS, entry=ENTRIES)
    def press(self, reader: str, entry: str) -> None:
        self.keys(entry, reader)
        if reader in self.touched:
            self.touched[reader] = self.now

    @step(reader=READERS, code=CODES, pin=PINS, again=PINS)
    def set_pin(self, reader: str, code: str, pin: str, again: str) -> None:
        self.keys("0#", reader)
        self.card_at(reader)
        self.keys(f"{code}#{pin}#{again}#", reader)
        self.touched.pop(reader, None)

    @step(seconds=(0.5, 12.0, 31.0))
    def wait(self, seconds: float) -> None:
        self.ada.wait(seconds)

    @step()
    def leave_it_alone(self) -> None:
        """By and by nothing is awaited at a reader any more: the strike is secured, and a card is for the door."""
        for _ in range(2):
            self.ada.wait(WHOLE_SECONDS)
        told = len(self.ada.door.statements)
        self.ada.wait(WHOLE_SECONDS)

        assert self.ada.door.doorway.state.strike is Strike.SECURED
        assert len(self.ada.door.statements) == told
        for reader in READERS:
            self.card_at(reader)
            assert not self.ada.door.requests[-1].own_pin
            self.ada.wait(WHOLE_SECONDS)

    @law
    def only_the_right_pin_behind_a_card_opens(self) -> None:
        decisions = [it.outcome for it in self.ada.door.statements if it.kind is RecordKind.DECISION]

        assert self.ada.door.moves.count("released") <= decisions.count(Outcome.GRANTED) <= self.right

    @law
    def who_knows_no_code_sends_no_pin_and_nobody_one_that_is_guessed(self) -> None:
        sent = [it.subject for it in self.ada.door.drafts if it.statement.kind is RecordKind.OWN_PIN]
        for found in map(read_own_pin, sent):
            assert found is not None
            own_pin, proof = found
            digits = KEYS_OF[own_pin.key]
            assert (proof, own_pin.holder, own_pin.digits) == (own_pin.proof(SECRET), "ada", len(digits))
            assert is_pin(digits)
            assert not is_guessed_first(digits)

    @law
    def what_is_recorded_is_listed(self) -> None:
        assert KINDS.issuperset(self.ada.door.kinds)

    @property
    def now(self) -> float:
        return self.ada.door.now

    def card_at(self, reader: str) -> None:
        self.ada.card(reader)
        self.ada.door.commit_all()

    def keys(self, keys: str, reader: str) -> None:
        self.ada.keys(keys, reader)
        self.ada.door.commit_all()


@SO_MANY
def test_a_keypad_keeps_its_laws_in_any_order(number: int, chance: Random, keys: Path) -> None:
    holds_in_any_order(lambda: AnyKeypad(keys), number=number, chance=chance, most_steps=25)
