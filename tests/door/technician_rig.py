"""A technician's desk over one door whose disk and clock are in the test's hand, and those who connect to it."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from doorctl.clock import WallClock
from doorctl.core.records import RecordKind
from doorctl.door.statements import Statements
from doorctl.door.technician.desk import TechnicianDesk
from doorctl.door.technician.live_view import LiveView
from doorctl.wire.technician import Begin, Begun, FromDoor, FromTechnician, decode_from_door, encode
from tests.door.hand_driven import DOOR, HandDrivenDoorway

HUNG_UP = b""


class Desk:
    """A desk over one door whose disk and clock are in the test's hand, and those who connect to it."""

    def __init__(self, folder: Path, users: frozenset[int] | None = None) -> None:
        self.door = HandDrivenDoorway()
        self.path = folder / "technician.sock"
        self.live = LiveView()
        self.desk = TechnicianDesk(
            {DOOR: self.door.doorway},
            path=self.path,
            live=self.live,
            statements=Statements(WallClock()),
            submit=self.door.around.submit,
            monotonic=lambda: self.door.now,
            users=users,
        )
        self.people: list[socket.socket] = []

    def somebody(self) -> socket.socket:
        peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        peer.settimeout(20)
        peer.connect(str(self.path))
        self.people.append(peer)
        self.desk.serve()
        return peer

    def say(self, peer: socket.socket, packet: FromTechnician) -> None:
        peer.send(encode(packet))
        self.desk.serve()

    def begin(self, peer: socket.socket, seconds: int = 60) -> None:
        self.say(peer, Begin(seconds))
        self.door.commit_all()
        assert isinstance(answer(peer), Begun)

    def close(self) -> None:
        self.desk.close()
        for peer in self.people:
            peer.close()


@contextmanager
def a_desk(folder: Path, users: frozenset[int] | None = None) -> Iterator[Desk]:
    desk = Desk(folder, users)
    try:
        yield desk
    finally:
        desk.close()


def answer(peer: socket.socket) -> FromDoor:
    return decode_from_door(peer.recv(4096))


def has_hung_up(peer: socket.socket) -> bool:
    try:
        return peer.recv(4096) == HUNG_UP
    except ConnectionResetError:
        return True


def ends(at: Desk) -> list[str]:
    """Tell by what the mode has ended, each time."""
    return [it.detail for it in at.door.statements if it.kind is RecordKind.TECHNICIAN_ENDED]
