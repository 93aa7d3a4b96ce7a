"""Of which class readers are by their lines, and what they say of cards: it goes into every request."""

from dataclasses import replace
from pathlib import Path

import pytest

from doorctl.core.classes import NOT_CLONABLE, CardClass, ReaderClass
from doorctl.core.model import Factor
from doorctl.core.reasons import Reason
from doorctl.core.request import AccessRequest, Facts
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.config.door_config import reader_classes_of
from doorctl.door.config.tables import LineTable, ReaderTable
from doorctl.door.reader_events import ReaderEvents
from doorctl.keys.card_keys import write_card_keys
from firmware_bridge.reader_events import CardRead, KeyPressed
from firmware_bridge.reader_options import HAS_READERS, ReaderKind
from tests.core import builders
from tests.door.hand_driven import HandDrivenDoorway, Notebook
from tests.door.keypads import ADA, ADA_BY_PIN_ALONE, ALONE, CARD, PIN, RING

WIRES, TEXT, FOREIGN = "front-in", "front-out", "elsewhere"
BRIDGE = LineTable("bridge", ReaderKind.BRIDGE, "ttyAMA0", reader=(ReaderTable(WIRES, 0, ("H10301",)),))
CLASSES = {WIRES: ReaderClass.WIEGAND, TEXT: ReaderClass.TEXT}


class Readers:
    """A door with a reader of either class, and one of which nobody knows the class."""

    def __init__(self, folder: Path, facts: Facts = ADA) -> None:
        self.door = HandDrivenDoorway(facts)
        write_card_keys(folder / "card.keys", RING)
        doorways = dict.fromkeys((WIRES, TEXT, FOREIGN), self.door.doorway)
        self.events = ReaderEvents(
            doorways, CardKeyFile(folder / "card.keys"), Notebook(), clock=lambda: builders.NOON, classes=CLASSES
        )

    def card(self, reader: str, card: str = CARD) -> AccessRequest:
        self.events.take(CardRead(reader, card, self.door.now))
        return self.settled()

    def enter(self, reader: str, pin: str) -> AccessRequest:
        for key in f"{pin}#":
            self.events.take(KeyPressed(reader, key, self.door.now))
        return self.settled()

    def settled(self) -> AccessRequest:
        self.door.commit_all()
        return self.door.requests[-1]

    @property
    def reason(self) -> Reason | None:
        return self.door.statements[-1].reason


@pytest.mark.parametrize("kind", [kind for kind in ReaderKind if kind not in HAS_READERS])
def test_the_class_of_a_reader_follows_from_its_line(kind: ReaderKind) -> None:
    lines = (BRIDGE, LineTable(TEXT, kind, "ttyUSB0"))

    assert reader_classes_of(lines) == CLASSES


def test_the_readers_of_an_osdp_line_have_the_class_of_its_secure_channel() -> None:
    line = LineTable("gates", ReaderKind.OSDP, "ttyUSB0", reader=(ReaderTable("gate", 5, ("H10301",)),))

    assert reader_classes_of([line]) == {"gate": ReaderClass.OSDP_SC}


@pytest.mark.parametrize(
    ("reader", "expected"), [(WIRES, ReaderClass.WIEGAND), (TEXT, ReaderClass.TEXT), (FOREIGN, None)]
)
def test_a_request_says_of_which_class_its_reader_is(
    tmp_path: Path, reader: str, expected: ReaderClass | None
) -> None:
    readers = Readers(tmp_path)

    assert [readers.card(reader).reader_class, readers.enter(reader, PIN).reader_class] == [expected, expected]


def test_so_does_one_by_a_pin_alone(tmp_path: Path) -> None:
    request = Readers(tmp_path, ADA_BY_PIN_ALONE).enter(TEXT, ALONE)

    assert (request.pin_alone, request.reader_class, request.card_class) == (True, ReaderClass.TEXT, None)


@pytest.mark.parametrize(
    ("card", "expected"),
    [("em4100:3C00CE754C", CardClass.PROX), ("uid:04A2B3C4", CardClass.MIFARE_CLASSIC), (CARD, None)],
)
def test_a_request_says_what_the_reader_says_of_the_card(
    tmp_path: Path, card: str, expected: CardClass | None
) -> None:
    assert Readers(tmp_path).card(TEXT, card).card_class is expected


def test_what_the_reader_said_of_a_card_stands_while_it_waits_for_its_pin(tmp_path: Path) -> None:
    key = RING.credential_key("uid:04A2B3C4")
    readers = Readers(tmp_path, replace(ADA, credential=replace(builders.ADAS_CARD, key=key)))
    readers.card(TEXT, "uid:04A2B3C4")

    assert readers.enter(TEXT, PIN).card_class is CardClass.MIFARE_CLASSIC


def test_a_door_denies_at_readers_and_cards_of_classes_that_its_zone_does_not_take(tmp_path: Path) -> None:
    zone = replace(
        builders.FLOOR_3,
        factor=Factor.CARD,
        reader_classes=frozenset({ReaderClass.WIEGAND}),
        card_classes=NOT_CLONABLE,
    )
    readers = Readers(tmp_path, replace(ADA, zone=zone, card_class=CardClass.DESFIRE))
    told = []
    for reader in (TEXT, FOREIGN):
        readers.card(reader)
        told.append(readers.reason)
    readers.door.facts = replace(readers.door.facts, card_class=CardClass.PROX)
    readers.card(WIRES)

    assert [*told, readers.reason] == [Reason.READER_CLASS, Reason.READER_CLASS, Reason.CARD_CLASS]
