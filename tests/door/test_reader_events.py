"""What readers say becomes requests, records and counts; a card's number goes no further than its key."""

from pathlib import Path

import pytest

from doorctl.audit.leaf import PulseMark
from doorctl.clock import WallClock
from doorctl.core.records import RecordKind
from doorctl.door.asking.card_keys import CardKeyFile
from doorctl.door.reader_events import ReaderEvents
from doorctl.keys.card_keys import load_card_keys, new_card_keys
from firmware_bridge.reader_events import (
    CardRead,
    FaultKind,
    KeyPressed,
    PulseTiming,
    ReaderOffline,
    ReaderOnline,
    ReaderTamper,
    ReadFault,
)
from tests.core import builders
from tests.door.hand_driven import HandDrivenDoorway, Notebook

CARD = "H10301:1:1001"
READER = "front-in"


class Reception:
    """One doorway with one reader on one line."""

    def __init__(self, keys: Path) -> None:
        self.door = HandDrivenDoorway(builders.facts(credential=None, holder=None))
        self.notebook = Notebook()
        self.events = ReaderEvents(
            {READER: self.door.doorway},
            CardKeyFile(keys),
            self.notebook,
            clock=WallClock().now,
        )


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    new_card_keys(tmp_path / "card.keys")
    return tmp_path / "card.keys"


@pytest.fixture
def reception(keys: Path) -> Reception:
    return Reception(keys)


def test_a_card_becomes_a_request_by_its_keyed_hash(reception: Reception, keys: Path) -> None:
    reception.events.take(CardRead(READER, CARD, reception.door.now))

    (submitted,) = reception.door.waiting
    assert submitted.draft.subject == f"credential:{load_card_keys(keys).credential_key(CARD).hex()}"
    assert CARD not in repr(submitted.draft)


@pytest.mark.parametrize(
    ("timing", "pulse"),
    [(PulseTiming(48, 52, 1990, 2010), PulseMark((48, 52), (1990, 2010))), (None, None)],
    ids=["measured", "not measured"],
)
def test_the_record_of_a_decision_says_how_the_pulses_looked(
    reception: Reception, timing: PulseTiming | None, pulse: PulseMark | None
) -> None:
    reception.events.take(CardRead(READER, CARD, reception.door.now, timing))

    assert reception.door.statement(RecordKind.DECISION).pulse == pulse


def test_without_a_ring_of_keys_a_card_is_nobody_and_denied(tmp_path: Path) -> None:
    reception = Reception(tmp_path / "missing")
    reception.events.take(CardRead(READER, CARD, reception.door.now))
    reception.door.commit()

    assert reception.door.kinds == [RecordKind.DECISION]
    assert reception.door.moves == []


def mark(keys: Path, digest: str) -> str:
    return load_card_keys(keys).credential_key(f"fault:{digest}").hex()[:16]


def test_a_fault_of_a_reader_is_recorded_at_its_door_by_a_keyed_mark(reception: Reception, keys: Path) -> None:
    reception.events.take(ReadFault(READER, reception.door.now, FaultKind.PARITY, "00ff"))

    (fault,) = reception.door.statements
    assert (fault.kind, fault.reader) == (RecordKind.READ_FAULT, READER)
    assert fault.detail == f"parity {mark(keys, '00ff')}"


def test_a_fault_has_no_mark_before_there_are_keys(tmp_path: Path) -> None:
    reception = Reception(tmp_path / "missing")
    reception.events.take(ReadFault(READER, reception.door.now, FaultKind.PARITY, "00ff"))

    assert reception.door.statements[0].detail == "parity"


def test_a_flood_of_faults_of_a_whole_line_is_recorded_once_and_counted(
    reception: Reception, keys: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(100):
        reception.events.take(ReadFault("lobby", 5.0, FaultKind.BAD_FRAME, "00ff"))
    reception.events.tick(65.0)

    assert reception.notebook.told == [
        (RecordKind.READ_FAULT, "lobby", f"bad-frame {mark(keys, '00ff')}"),
        (RecordKind.FLOOD_SUMMARY, "lobby", "bad-frame=99"),
    ]
    assert len(capfd.readouterr().err.splitlines()) == 1


def test_what_was_only_counted_of_a_line_is_told_at_the_end(reception: Reception) -> None:
    for _ in range(3):
        reception.events.take(ReadFault("lobby", 5.0, FaultKind.TOO_LONG, "00ff"))
    reception.events.close(6.0)

    assert reception.notebook.told[-1] == (RecordKind.FLOOD_SUMMARY, "lobby", "too-long=2")


def test_a_reader_that_comes_and_goes_is_recorded_under_the_flood_rule(
    reception: Reception, capfd: pytest.CaptureFixture[str]
) -> None:
    for _ in range(50):
        reception.events.take(ReaderOnline(READER, 5.0))
        reception.events.take(ReaderOffline(READER, 5.0, "hung up"))

    assert reception.notebook.told == [
        (RecordKind.READER_ONLINE, READER, ""),
        (RecordKind.READER_OFFLINE, READER, "hung up"),
    ]
    assert capfd.readouterr().err.count("\n") == 2


@pytest.mark.parametrize(("active", "detail"), [(True, "opened"), (False, "closed")])
def test_tamper_is_recorded(reception: Reception, active: bool, detail: str) -> None:
    reception.events.take(ReaderTamper(READER, 5.0, active))

    assert reception.notebook.told == [(RecordKind.READER_TAMPER, READER, detail)]


def test_keys_open_nothing_and_stand_nowhere(reception: Reception) -> None:
    reception.events.take(KeyPressed(READER, "1", 5.0))

    assert (reception.door.done, reception.notebook.drafts) == ([], [])
