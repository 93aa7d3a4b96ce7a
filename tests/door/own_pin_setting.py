"""Ada in front of a keypad, with a code for an own PIN; and cards that may set none."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from doorctl.core.machines.door_events import SignalName
from doorctl.core.model import HeldCode, Status
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.door.asking.own_pins import OwnPins
from doorctl.keys.card_keys import code_text
from tests.core import builders
from tests.door.keypads import ADA, OTHER_READER, READER, RING, Keypads

OTHER_CARD = "H10301:1:2002"
CODE, OTHER_CODE, NEW = "79927398", "79927406", "2580"
TOLD = RING.credential_key(code_text(CODE[:3], holder="ada"))
SECRET = RING.credential_key(code_text(CODE, holder="ada"))
SETS = replace(ADA, pin_code=HeldCode(TOLD, builders.NOON + timedelta(hours=1)))
SHOWN = f"signal {SignalName.ENROL}"
WRONG = f"signal {SignalName.WRONG_PIN}"
NEW_KEY = RING.credential_key(f"pin:ada:{NEW}")


class Setting(Keypads):
    """Ada in front of a keypad, with a code."""

    def __init__(self, keys: Path, facts: Facts = SETS) -> None:
        super().__init__(keys, facts)
        doorways = {READER: self.door.doorway, OTHER_READER: self.door.doorway}
        self.own_pins = OwnPins(self.door.around, doorways, self.card_keys)
        self.events = self.events_with(before_doors=(self.own_pins,), take_entry=self.own_pins.take_entry)

    def begin(self, code: str = CODE) -> None:
        """Enter `0#`, the card and a code."""
        self.keys("0#")
        self.card()
        self.keys(f"{code}#")

    def set_pin(self, pin: str = NEW, again: str = NEW) -> None:
        self.begin()
        self.keys(f"{pin}#{again}#")

    def wait(self, seconds: float) -> None:
        super().wait(seconds)
        self.own_pins.tick()

    def own_pins_sent(self) -> list[str]:
        """What opens the records of own PINs that wait."""
        drafts = [it.draft for it in self.door.waiting]
        return [it.subject for it in drafts if it.statement.kind is RecordKind.OWN_PIN]


CARDS = (
    replace(ADA, pin_code=None, grants=()),
    replace(SETS, credential=None, holder=None, pin_code=None),
    replace(SETS, holder=replace(builders.ADA, status=Status.SUSPENDED)),
    replace(SETS, credential=replace(SETS.credential or builders.ADAS_CARD, status=Status.LOST)),
)
ERASED = replace(SETS, credential=None, holder=None, pin=None, pin_code=None)
