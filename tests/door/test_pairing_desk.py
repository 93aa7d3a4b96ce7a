"""Where OSDP readers are paired: nothing begins before its record is on disk, and one after the other."""

import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from doorctl.clock import WallClock
from doorctl.core.records import RecordKind
from doorctl.door.pairing_desk import PairingDesk
from doorctl.door.statements import Statements
from firmware_bridge.osdp_protocol import OsdpProtocol
from firmware_bridge.reader_events import PairingEnded
from firmware_bridge.reader_options import ReaderOptions
from tests.door.hand_driven import HandDrivenDoorway
from tests.firmware_bridge.osdp_bus import KEY


@dataclass
class AtDesk:
    """A desk over one line of two readers, whose disk is in the test's hand, and somebody who is connected."""

    desk: PairingDesk
    protocol: OsdpProtocol
    door: HandDrivenDoorway
    peer: socket.socket

    def wish(self, reader: str = "front") -> None:
        said = msgspec.json.encode({"reader": reader, "key": b64encode(KEY).decode(), "seconds": 60})
        self.peer.sendall(said + b"\n")
        self.desk.serve()

    def told(self) -> dict[str, object]:
        """Return the next answer."""
        line = b""
        while not line.endswith(b"\n"):
            line += self.peer.recv(1)
        answer: dict[str, object] = msgspec.json.decode(line)
        return answer

    def has_nothing(self) -> bool:
        """Tell whether nothing was answered so far."""
        self.peer.setblocking(False)
        try:
            return not self.peer.recv(1)
        except BlockingIOError:
            return True
        finally:
            self.peer.settimeout(20)

    def details(self) -> list[str]:
        """Return what the records of pairings say."""
        said = self.door.statements
        return [each.detail for each in said if each.kind is RecordKind.OSDP_PAIRING]


@pytest.fixture
def at(tmp_path: Path) -> Iterator[AtDesk]:
    protocol = OsdpProtocol({5: ReaderOptions("front"), 6: ReaderOptions("back")}, {}, line="gates")
    door = HandDrivenDoorway()
    doors = dict.fromkeys(("front", "back"), door.doorway)
    desk = PairingDesk(
        tmp_path / "pairing.sock",
        dict.fromkeys(doors, protocol),
        doors,
        statements=Statements(WallClock()),
        submit=door.around.submit,
    )
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as peer:
        peer.settimeout(20)
        peer.connect(str(tmp_path / "pairing.sock"))
        desk.serve()
        yield AtDesk(desk, protocol, door, peer)
    desk.close()


def test_it_begins_once_its_record_is_on_disk(at: AtDesk) -> None:
    at.wish()

    assert (at.details(), at.has_nothing(), at.protocol.can_pair) == (["begun, for 60 s"], True, True)
    at.door.commit_all()
    assert at.told() == {"reader": "front", "began": True}
    assert not at.protocol.can_pair


def test_one_whose_record_fails_does_not_begin(at: AtDesk) -> None:
    at.wish()
    at.door.fail()

    assert "the log takes no record" in str(at.told()["error"])
    assert at.protocol.can_pair
    at.wish()
    at.door.commit_all()
    assert at.told() == {"reader": "front", "began": True}


def test_a_second_one_waits_for_neither_the_record_nor_the_end_of_the_first(at: AtDesk) -> None:
    at.wish()
    at.wish("back")
    assert (at.told()["reader"], len(at.details())) == ("back", 1)
    at.door.commit_all()
    at.told()
    at.wish("back")

    assert "another reader is being paired" in str(at.told()["error"])
    assert len(at.details()) == 1


def test_one_that_cannot_begin_any_more_by_then_is_recorded_as_none(at: AtDesk) -> None:
    at.wish()
    at.protocol.pair("back", KEY, until=1e9, now=0.0)
    at.door.commit_all()

    assert at.told()["paired"] is False
    assert at.details()[1].startswith("not paired: not now")


def test_the_end_names_its_reader_to_everybody_who_waits(at: AtDesk) -> None:
    at.desk.take(PairingEnded("back", 0.0, is_paired=True))

    assert at.told() == {"reader": "back", "paired": True}
