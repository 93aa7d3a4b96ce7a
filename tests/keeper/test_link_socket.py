"""The keeper's socket bears any link: one that lies, floods, repeats, comes twice or does not read."""

import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from doorctl.keeper.link_socket import link_socket
from doorctl.keeper.peer_socket import MOST_WAITING, PACKETS_PER_TURN, PeerSocket
from doorctl.tally import Tally
from doorctl.wire.courier import (
    MAX_PACKET_BYTES,
    Deliver,
    FromKeeper,
    FromLink,
    Handled,
    LinkConnected,
    LinkDisconnected,
    Publish,
    encode,
)
from doorctl.wire.topics import Channel
from tests.keeper.processes import short_folder

LinkEnd = PeerSocket[FromLink, FromKeeper]


@pytest.fixture
def path() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder / "keeper.sock"


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def keeper(path: Path, tally: Tally) -> Iterator[LinkEnd]:
    with closing(link_socket(path, tally=tally)) as keeper:
        yield keeper


def a_link(path: Path) -> socket.socket:
    link = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    link.settimeout(30)
    link.connect(str(path))
    return link


def turns(keeper: LinkEnd, count: int = 5) -> list[FromLink]:
    return [packet for _ in range(count) for packet in keeper.receive(0.001)]


def test_the_socket_is_for_owner_and_group_alone(path: Path, keeper: LinkEnd) -> None:
    assert path.stat().st_mode & 0o777 == 0o660


def test_packets_are_heard_in_order(path: Path, keeper: LinkEnd) -> None:
    said: list[FromLink] = [LinkConnected(), Deliver(1, Channel.DELTA, b"a"), Deliver(1, Channel.HEAD, b"b")]
    with a_link(path) as link:
        for packet in said:
            link.send(encode(packet))

        assert turns(keeper) == said


def test_a_link_that_leaves_is_a_broker_that_is_lost(path: Path, keeper: LinkEnd) -> None:
    with a_link(path):
        turns(keeper)

    assert turns(keeper) == [LinkDisconnected()]


@pytest.mark.parametrize(
    ("data", "refusal"),
    [
        (b"\xff" * 9, "bad-packet"),
        (b"\x01\x00", "bad-packet"),
        (encode(Handled(1)), "bad-packet"),
        (b"\x01\x00\x00\x00\x01\x09x", "wrong-channel"),
        (b"\x01" + bytes(MAX_PACKET_BYTES + 1000), "packet-too-large"),
    ],
)
def test_what_is_no_packet_is_counted_and_the_next_is_heard(
    path: Path, keeper: LinkEnd, tally: Tally, *, data: bytes, refusal: str
) -> None:
    with a_link(path) as link:
        link.send(data)
        before = turns(keeper)
        link.send(encode(LinkConnected()))

        assert (before, turns(keeper), tally) == ([], [LinkConnected()], {refusal: 1})


def test_the_newer_of_two_links_counts(path: Path, keeper: LinkEnd, tally: Tally) -> None:
    with a_link(path) as old, a_link(path) as new:
        turns(keeper)
        new.send(encode(LinkConnected()))

        assert turns(keeper) == [LinkConnected()]
        assert (old.recv(1), tally) == (b"", {"link-replaced": 1})


def test_a_link_that_is_too_fast_gets_its_turn_and_no_more(path: Path, keeper: LinkEnd) -> None:
    with a_link(path) as link:
        link.setblocking(False)
        keeper.receive(0.01)
        for _ in range(100):
            link.send(encode(LinkConnected()))

        assert len(keeper.receive(0.01)) == PACKETS_PER_TURN


def test_a_link_that_does_not_read_is_dropped_and_never_waited_for(path: Path, keeper: LinkEnd, tally: Tally) -> None:
    with a_link(path):
        turns(keeper)
        for _ in range(MOST_WAITING + 20):
            keeper.send(Publish(Channel.LOG, bytes(60_000)))

        assert (turns(keeper), tally) == ([LinkDisconnected()], {"link-does-not-read": 1})


def test_a_link_that_reads_late_gets_everything_in_order(path: Path, keeper: LinkEnd) -> None:
    packets = [Publish(Channel.LOG, bytes([number]) * 50_000) for number in range(50)]
    with a_link(path) as link:
        turns(keeper)
        for packet in packets:
            keeper.send(packet)

        heard = []
        for _ in packets:
            heard.append(link.recv(MAX_PACKET_BYTES))
            turns(keeper, 1)

    assert heard == [encode(packet) for packet in packets]


def test_without_a_link_nothing_waits(path: Path, keeper: LinkEnd) -> None:
    keeper.send(Publish(Channel.LOG, b"lost"))

    with a_link(path) as link:
        turns(keeper)
        keeper.send(Publish(Channel.LOG, b"kept"))

        assert link.recv(100) == encode(Publish(Channel.LOG, b"kept"))


def test_a_socket_file_left_behind_is_replaced(path: Path) -> None:
    link_socket(path, tally=Tally())._listener.close()

    with closing(link_socket(path, tally=Tally())) as keeper, a_link(path) as link:
        link.send(encode(LinkConnected()))

        assert turns(keeper) == [LinkConnected()]
