"""A door with two keypads whose keys, clock and facts are in the test's hand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from doorctl.audit.state import WrongPinsKept
from doorctl.core.machines.door_events import SignalName
from doorctl.core.model import Factor, HeldPin
from doorctl.core.reasons import Reason
from doorctl.core.records import RecordKind
from doorctl.core.request import Facts
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.reader_events import ReaderEvents, TakesCards
from doorctl.keys.card_keys import CardKeys
from firmware_bridge.reader_events import CardRead, KeyPressed
from tests.core import builders
from tests.door.hand_driven import HandDrivenDoorway, Notebook

READER, OTHER_READER = "front-in", "front-out"
WAITING = f"signal {SignalName.WAITING}"
RING = CardKeys((b"k" * 32,))
PIN, DURESS, ALONE, WRONG = "4711", "4712", "471100", "9753"
HELD = HeldPin(RING.credential_key(f"pin:ada:{PIN}"), RING.credential_key(f"pin:ada:{DURESS}"))
HELD_ALONE = HeldPin(RING.credential_key(f"pin:{ALONE}"))
CARD = "H10301:1:1001"
KEY = RING.credential_key(CARD)
ZONE = replace(builders.FLOOR_3, factor=Factor.CARD_AND_PIN, pin_tries=3, pin_block_seconds=60)
ADA = builders.facts(builders.ADAS_GRANT, zone=ZONE, credential=replace(builders.ADAS_CARD, key=KEY), pin=HELD)
ADA_BY_PIN_ALONE = replace(ADA, credential=None, zone=replace(ZONE, factor=Factor.PIN), pin=HELD_ALONE)


class Keypads:
    """A door with two keypads, a clock in the test's hand, and Ada in front of it."""

    def __init__(self, keys: Path, facts: Facts) -> None:
        self.door = HandDrivenDoorway(facts)
        self.at = builders.NOON
        self.tones: list[str] = []
        self.card_keys = CardKeyFile(keys)
        self.events = self.events_with()

    def events_with(
        self,
        *,
        before_doors: Sequence[TakesCards] = (),
        take_entry: Callable[[str, str], bool] = lambda *_: False,
    ) -> ReaderEvents:
        """Make what takes the cards and keys."""
        return ReaderEvents(
            {READER: self.door.doorway, OTHER_READER: self.door.doorway},
            self.card_keys,
            Notebook(),
            clock=self.clock,
            sound_key=self.tones.append,
            before_doors=before_doors,
            take_entry=take_entry,
        )

    def clock(self) -> datetime:
        return self.at

    def card(self, reader: str = READER, card: str = CARD) -> None:
        self.events.take(CardRead(reader, card, self.door.now))

    def keys(self, keys: str, reader: str = READER) -> None:
        for key in keys:
            self.events.take(KeyPressed(reader, key, self.door.now))

    def enter(self, pin: str, reader: str = READER, card: str = CARD) -> Reason:
        """Present a card, enter a PIN, and tell what was recorded of it."""
        self.card(reader, card)
        self.keys(f"{pin}#", reader)
        self.door.commit_all()
        return self.reasons[-1]

    def wait(self, seconds: float) -> None:
        self.door.now += seconds
        self.at += timedelta(seconds=seconds)
        self.door.doorway.tick(self.door.now)
        self.door.commit_all()

    @property
    def reasons(self) -> list[Reason]:
        """The reasons of the decisions that were recorded."""
        return [it.reason for it in self.door.statements if it.kind is RecordKind.DECISION and it.reason]

    def kept(self) -> Iterable[WrongPinsKept]:
        """What is to be remembered with the records that wait."""
        remembered = (each for it in self.door.waiting for each in it.draft.remembered)
        return [each for each in remembered if isinstance(each, WrongPinsKept)]
