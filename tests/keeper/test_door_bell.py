"""The bell between keeper and door, with real sockets: nobody waits for a turn, and only the owner may listen."""

import socket
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from doorctl.config import ControllerTable
from doorctl.keeper.door_bell import DoorArrived, DoorLeft, Heard, door_bell
from doorctl.keeper.join import load_keeper, make_keys
from doorctl.keeper.peer_socket import PeerSocket
from doorctl.keeper.process import TURN_SECONDS, KeeperLoop
from doorctl.keys.identity import ack_key_name, encode_public
from doorctl.places import RunSocket
from doorctl.tally import Tally
from doorctl.wire.bell import FromDoor, FromKeeper, InForce, Look, decode_from_keeper, encode
from doorctl.wire.courier import Deliver, Handled, LinkConnected, Publish
from doorctl.wire.courier import decode_from_keeper as decode_for_link
from doorctl.wire.courier import encode as encode_for_keeper
from doorctl.wire.messages import Ack, from_text
from doorctl.wire.notes import Verifier, open_note
from doorctl.wire.topics import Channel
from tests.keeper.processes import short_folder
from tests.keeper.site import CONTROLLER, SITE, ASite

DOORS = ("front",)


class APeer:
    """Whoever connects to a socket of the keeper's, driven by hand."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(30)
        self._socket.connect(str(path))

    def say(self, data: bytes) -> None:
        self._socket.send(data)

    def heard(self) -> list[bytes]:
        """What has come by now."""
        self._socket.setblocking(False)
        packets = []
        try:
            while data := self._socket.recv(65536):
                packets.append(data)
        except BlockingIOError:
            pass
        return packets

    def close(self) -> None:
        self._socket.close()


# The socket itself.


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder


def turns(bell: PeerSocket[Heard, FromKeeper]) -> list[Heard]:
    return [said for _ in range(5) for said in bell.receive(0.001)]


def test_the_bell_is_for_its_owner_alone(folder: Path) -> None:
    with closing(door_bell(folder, tally=Tally())):
        assert (folder / RunSocket.BELL).stat().st_mode & 0o777 == 0o600


def test_a_door_that_comes_speaks_and_goes_is_heard_so(folder: Path) -> None:
    said = InForce(1, 3, DOORS, "synchronized")
    with closing(door_bell(folder, tally=Tally())) as bell:
        with closing(APeer(folder / RunSocket.BELL)) as door:
            door.say(encode(said))
            heard = turns(bell)

        assert [*heard, *turns(bell)] == [DoorArrived(), said, DoorLeft()]


def test_what_is_no_packet_of_a_door_is_counted(folder: Path) -> None:
    tally = Tally()
    with closing(door_bell(folder, tally=tally)) as bell, closing(APeer(folder / RunSocket.BELL)) as door:
        for data in (b"{}", encode(Look()), b"\xff", b'{"say":"in-force"}'):
            door.say(data)

        assert (turns(bell), tally) == ([DoorArrived()], {"malformed": 3, "unknown-packet": 1})


# A keeper that waits for both sockets.


class AKeeper:
    """A keeper's loop in this process, with a link and a door at its sockets."""

    def __init__(self, folder: Path, site: ASite) -> None:
        make_keys(folder / "state")
        table = ControllerTable(site=SITE, name=CONTROLLER, root_keys=(encode_public(site.root_keys[0]),))
        self.loop = KeeperLoop(table, state_dir=folder / "state", runtime_dir=folder / "run")
        self.link = APeer(folder / "run" / RunSocket.KEEPER)
        self.door = APeer(folder / "run" / RunSocket.BELL)
        self._verifier = Verifier(ack_key_name(CONTROLLER), load_keeper(folder / "state", CONTROLLER).sign_public)

    def deliver(self, channel: Channel, payload: bytes) -> None:
        self.link.say(encode_for_keeper(Deliver(1, channel, payload)))

    def door_says(self, packet: FromDoor) -> None:
        self.door.say(encode(packet))

    def acked(self) -> list[tuple[int, int | None]]:
        """Revision and revision in force of the acks that the link was given by now."""
        packets = [decode_for_link(data) for data in self.link.heard()]
        notes = [each.payload for each in packets if isinstance(each, Publish) and each.channel is Channel.ACK]
        acks = [from_text(open_note(note, [self._verifier]).text, Ack, site=SITE) for note in notes]
        return [(ack.revision, ack.in_force) for ack in acks]

    def close(self) -> None:
        self.link.close()
        self.door.close()
        self.loop.close()


@contextmanager
def a_keeper(folder: Path, site: ASite) -> Iterator[AKeeper]:
    with closing(AKeeper(folder, site)) as keeper:
        keeper.deliver(Channel.TRUST, site.trust().note)
        keeper.link.say(encode_for_keeper(LinkConnected()))
        for _ in range(5):
            keeper.loop.turn()
        keeper.link.heard()
        keeper.door.heard()
        yield keeper


def test_a_delta_rings_the_bell_in_its_turn_and_the_door_s_answer_is_acknowledged_in_its_own(folder: Path) -> None:
    site = ASite(revisions=1)
    with a_keeper(folder, site) as keeper:
        keeper.deliver(Channel.DELTA, site.delta(1))
        keeper.loop.turn()
        rung = [decode_from_keeper(data) for data in keeper.door.heard()]
        before = keeper.link.heard()

        keeper.door_says(InForce(1, 1, DOORS, "synchronized"))
        keeper.loop.turn()

        assert (rung, [decode_for_link(data) for data in before]) == ([Look()], [Handled(1)])
        assert keeper.acked() == [(1, 1)]


@pytest.mark.parametrize("who", ["link", "door"])
def test_whoever_speaks_is_not_kept_waiting_for_the_end_of_a_turn(folder: Path, who: str) -> None:
    site = ASite(revisions=1)
    with a_keeper(folder, site) as keeper:
        seconds = [TURN_SECONDS]
        for number in range(100):
            if min(seconds) < TURN_SECONDS / 2:
                break  # whoever is kept waiting is so each time, and a busy machine holds up some turns
            if who == "link":
                keeper.deliver(Channel.HEAD, b"")
            else:
                keeper.door_says(InForce(1, number, DOORS, "synchronized"))
            started = time.perf_counter()
            keeper.loop.turn()
            seconds.append(time.perf_counter() - started)

        assert min(seconds) < TURN_SECONDS / 2


def test_a_door_process_that_is_killed_is_not_in_force_any_more(folder: Path) -> None:
    site = ASite(revisions=1)
    with a_keeper(folder, site) as keeper:
        keeper.deliver(Channel.DELTA, site.delta(1))
        keeper.door_says(InForce(1, 1, DOORS, "synchronized"))
        for _ in range(3):
            keeper.loop.turn()
        keeper.link.heard()

        keeper.door.close()
        for _ in range(3):
            keeper.loop.turn()

        assert keeper.acked() == [(1, None)]
