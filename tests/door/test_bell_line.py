"""The door's end of the bell: it connects when it can, waits for nobody, and loses nothing that matters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from doorctl.door.bell_line import MOST_WAITING, PACKETS_PER_TURN, TRY_SECONDS, BellLine
from doorctl.places import RunSocket
from doorctl.wire.bell import CarriedOut, Confirmed, Forked, InForce, Look
from tests.keeper_bell import KeeperBell

IN_FORCE = InForce(1, 7, ("front",), "synchronized")


@pytest.fixture
def line(tmp_path: Path) -> Iterator[BellLine]:
    line = BellLine(tmp_path / RunSocket.BELL)
    yield line
    line.close()


@pytest.fixture
def keeper(tmp_path: Path) -> Iterator[KeeperBell]:
    keeper = KeeperBell(tmp_path)
    yield keeper
    keeper.close()


def test_without_a_keeper_nothing_is_heard_and_nothing_is_lost_but_news(line: BellLine) -> None:
    assert not line.connect(0)
    line.say(IN_FORCE)

    assert (line.fileno(), line.receive()) == (None, [])


def test_a_new_connection_is_told_once(line: BellLine, keeper: KeeperBell) -> None:
    assert [line.connect(0), line.connect(TRY_SECONDS)] == [True, False]
    assert keeper.is_connected()


def test_it_is_tried_each_second(line: BellLine, tmp_path: Path) -> None:
    line.connect(0)
    keeper = KeeperBell(tmp_path)
    connected = [line.connect(TRY_SECONDS - 0.1), line.connect(TRY_SECONDS)]
    keeper.close()

    assert connected == [False, True]


def test_both_say_what_they_have_to_say(line: BellLine, keeper: KeeperBell) -> None:
    line.connect(0)
    line.say(IN_FORCE)
    keeper.say(Look(), Confirmed(12.5, 1_800_000_000), Forked())

    assert keeper.hear(InForce) == IN_FORCE
    assert line.receive() == [Look(), Confirmed(12.5, 1_800_000_000), Forked()]


def test_what_only_a_newer_keeper_says_is_passed_over(line: BellLine, keeper: KeeperBell) -> None:
    line.connect(0)
    assert keeper.is_connected()
    keeper.say_raw(b'{"say":"of-tomorrow","more":[1]}')
    keeper.say(Look())

    assert line.receive() == [Look()]
    assert line.fileno() is not None


def test_what_is_no_packet_ends_the_connection(line: BellLine, keeper: KeeperBell) -> None:
    line.connect(0)
    assert keeper.is_connected()
    keeper.say_raw(b'{"say":"look","more":[1]}')

    assert (line.receive(), line.fileno()) == ([], None)


def test_a_keeper_that_leaves_is_tried_again(line: BellLine, keeper: KeeperBell) -> None:
    line.connect(0)
    assert keeper.is_connected()
    keeper.hang_up()
    heard = line.receive()

    assert (heard, line.fileno()) == ([], None)
    assert line.connect(TRY_SECONDS)


def test_what_became_of_orders_waits_for_the_next_connection(line: BellLine, keeper: KeeperBell) -> None:
    for number in range(MOST_WAITING + 1):
        line.say(CarriedOut(f"{number}", "done"))
    line.connect(0)
    line.say_what_waits()

    assert keeper.hear(CarriedOut).id == "1"
    assert len([it for it in keeper.heard if isinstance(it, CarriedOut)]) == MOST_WAITING - 1


def test_a_keeper_that_does_not_read_is_left_and_holds_nobody_up(line: BellLine, keeper: KeeperBell) -> None:
    line.connect(0)
    for _ in range(10_000):
        line.say(IN_FORCE)

    assert line.fileno() is None
    assert keeper.is_connected()


def test_a_keeper_that_rings_without_end_is_heard_in_turns(line: BellLine, keeper: KeeperBell) -> None:
    line.connect(0)
    keeper.say(*[Look()] * (PACKETS_PER_TURN + 1))

    assert [len(line.receive()), len(line.receive())] == [PACKETS_PER_TURN, 1]


def test_rubbish_ends_the_connection_and_is_told(
    line: BellLine, keeper: KeeperBell, capfd: pytest.CaptureFixture[str]
) -> None:
    line.connect(0)
    keeper.say_raw(b"rubbish")
    heard = line.receive()

    assert (heard, line.fileno()) == ([], None)
    assert "event=bell_lost" in capfd.readouterr().err
