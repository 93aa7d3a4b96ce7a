"""Watchers of the simulated board see every change, may drive inputs, and can neither delay nor break it."""

import os
import resource
import select
import socket

import pytest
from pytest_mock import MockerFixture

from hardware.pins import StrikeState
from hardware.simulated_board import NOT_A_REQUEST, SimulatedBoard
from hardware.watch_socket import LONGEST_LINE, MOST_WATCHERS
from tests.hardware.watcher import Connect

REFUSAL = {"error": NOT_A_REQUEST}
PRESS = b'{"input": "front-contact", "active": true}\n'
RUBBISH = [
    b"\n",
    b"\xff\xfe\x00\n",
    b"open the door\n",
    b"[" * 4000 + b"\n",
    b"null\n",
    b'["front-contact", true]\n',
    b'{"input": "front-contact"}\n',
    b'{"input": "front-contact", "active": 1}\n',
    b'{"input": ["front-contact"], "active": true}\n',
    b'{"strike": "front", "state": "released"}\n',
    b'{"input": "front-contact", "active": true, "strike": "front"}\n',
]


def test_a_new_watcher_first_gets_the_present_state_of_everything(board: SimulatedBoard, connect: Connect) -> None:
    board.drive("front", StrikeState.RELEASED)
    watcher = connect()

    board.serve()

    assert watcher.lines() == [
        {"t": 7.5, "strike": "front", "state": "released", "level": 1, "initial": True},
        {"t": 7.5, "indicator": "front-green", "on": False, "level": 0, "initial": True},
        {"t": 7.5, "input": "front-contact", "active": False, "level": 1, "initial": True},
    ]


def test_every_watcher_gets_each_change_in_one_send_before_drive_returns(
    board: SimulatedBoard, watch: Connect, mocker: MockerFixture
) -> None:
    watchers = [watch() for _ in range(3)]
    sent = recorded_sends(mocker)

    board.drive("front", StrikeState.RELEASED)

    line = b'{"t": 7.5, "strike": "front", "state": "released", "level": 1}\n'
    assert sent == [line] * 3
    assert [watcher.received() for watcher in watchers] == [line] * 3


def test_the_boards_descriptor_becomes_readable_when_a_watcher_comes_or_writes(
    board: SimulatedBoard, connect: Connect
) -> None:
    (descriptor,) = board.filenos()
    quiet = is_readable(descriptor)
    watcher = connect()
    came = is_readable(descriptor)
    board.serve()
    served = is_readable(descriptor)
    watcher.send(PRESS)
    wrote = is_readable(descriptor)

    assert (quiet, came, served, wrote) == (False, True, False, True)
    assert board.filenos() == (descriptor,)


def test_a_watcher_drives_an_input_and_everybody_sees_it(board: SimulatedBoard, watch: Connect) -> None:
    finger, eye = watch(), watch()

    finger.send(PRESS)
    board.serve()

    seen = [{"t": 7.5, "input": "front-contact", "active": True, "level": 0}]
    assert (board.sample(), finger.lines(), eye.lines()) == ({"front-contact": True}, seen, seen)


def test_a_request_may_arrive_one_byte_at_a_time(board: SimulatedBoard, watch: Connect) -> None:
    watcher = watch()

    samples = []
    for byte in PRESS:
        watcher.send(bytes([byte]))
        board.serve()
        samples.append(board.sample()["front-contact"])

    assert samples == [False] * (len(PRESS) - 1) + [True]


@pytest.mark.parametrize("rubbish", RUBBISH, ids=range(len(RUBBISH)))
def test_rubbish_is_answered_with_an_error_and_changes_nothing(
    board: SimulatedBoard, rubbish: bytes, watch: Connect
) -> None:
    watcher = watch()

    watcher.send(rubbish)
    board.serve()

    assert (watcher.lines(), board.sample()) == ([REFUSAL], {"front-contact": False})


def test_a_request_amid_rubbish_is_obeyed(board: SimulatedBoard, watch: Connect) -> None:
    watcher = watch()

    watcher.send(b"rubbish\n" + PRESS + b"more rubbish\n")
    board.serve()

    change = {"t": 7.5, "input": "front-contact", "active": True, "level": 0}
    assert watcher.lines() == [REFUSAL, change, REFUSAL]


def test_an_unknown_input_is_answered_with_the_known_ones(board: SimulatedBoard, watch: Connect) -> None:
    watcher = watch()

    watcher.send(b'{"input": "window", "active": true}\n')
    board.serve()

    assert watcher.lines() == [{"error": "no input is called 'window'; the layout has: front-contact"}]


def test_a_watcher_that_never_ends_its_line_is_dropped(board: SimulatedBoard, watch: Connect) -> None:
    watcher, other = watch(), watch()

    watcher.send(b"x" * (LONGEST_LINE + 1))
    board.serve()
    board.serve()

    assert (watcher.is_dropped(), other.is_dropped()) == (True, False)


def test_a_watcher_that_does_not_read_is_dropped_without_delay_to_the_others(
    board: SimulatedBoard, watch: Connect
) -> None:
    watch()
    reader = watch()

    received = []
    for _ in range(5000):
        board.drive("front", StrikeState.RELEASED)
        board.drive("front", StrikeState.SECURED)
        received.append(len(reader.lines()))

    assert received == [2] * 5000


def test_a_slow_watcher_sees_whole_lines_up_to_where_it_was_dropped(board: SimulatedBoard, watch: Connect) -> None:
    slow = watch()
    for _ in range(5000):
        board.drive("front", StrikeState.RELEASED)
        board.drive("front", StrikeState.SECURED)

    lines = slow.lines()

    assert 0 < len(lines) < 10_000
    assert [line["state"] for line in lines[:3]] == ["released", "secured", "released"]
    assert slow.is_dropped()


def test_a_watcher_that_left_breaks_nothing(board: SimulatedBoard, watch: Connect) -> None:
    leaver, other = watch(), watch()
    leaver.send(PRESS + b"rubbish\n")
    leaver.close()

    board.serve()
    board.drive("front", StrikeState.RELEASED)
    board.serve()

    assert [line.get("strike") for line in other.lines()] == [None, "front"]


def test_a_watcher_that_left_without_reading_breaks_nothing(board: SimulatedBoard, watch: Connect) -> None:
    leaver, other = watch(), watch()
    board.drive("front", StrikeState.RELEASED)
    leaver.close()

    board.serve()
    board.drive("front", StrikeState.SECURED)

    assert [line["state"] for line in other.lines()] == ["released", "secured"]


def test_a_board_out_of_file_descriptors_lives_on_and_welcomes_the_newcomer_later(
    board: SimulatedBoard, connect: Connect
) -> None:
    newcomer = connect()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (lowest_free_descriptor(), hard))
    try:
        board.serve()
        board.drive("front", StrikeState.RELEASED)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    board.serve()

    assert [line.get("state") for line in newcomer.lines()] == ["released", None, None]


def test_a_watcher_that_is_dropped_while_another_is_heard_breaks_nothing(
    board: SimulatedBoard, watch: Connect
) -> None:
    finger, leaver = watch(), watch()
    finger.send(PRESS)
    leaver.send(PRESS)
    leaver.close()

    board.serve()

    assert [line["active"] for line in finger.lines()] == [True]


def test_a_watcher_that_took_half_a_line_is_hung_up_on(
    board: SimulatedBoard, watch: Connect, mocker: MockerFixture
) -> None:
    watcher = watch()
    real_send = socket.socket.send
    mocker.patch.object(socket.socket, "send", lambda sender, data, flags: real_send(sender, data[:9], flags))

    board.drive("front", StrikeState.RELEASED)

    assert (watcher.received(), watcher.is_dropped()) == (b'{"t": 7.5', True)


def test_a_watcher_that_left_before_it_was_welcomed_breaks_nothing(
    board: SimulatedBoard, connect: Connect, watch: Connect
) -> None:
    connect().close()

    board.serve()

    assert not watch().is_dropped()


def test_a_watcher_that_only_ended_its_own_side_still_sees_changes(board: SimulatedBoard, watch: Connect) -> None:
    watcher = watch()
    watcher.connection.shutdown(socket.SHUT_WR)
    board.serve()

    board.drive("front", StrikeState.RELEASED)

    assert [line["state"] for line in watcher.lines()] == ["released"]
    assert not is_readable(board.filenos()[0])


def test_places_of_watchers_that_left_are_given_again(board: SimulatedBoard, watch: Connect) -> None:
    for _ in range(3 * MOST_WATCHERS):
        watch().close()
        board.serve()

    assert not watch().is_dropped()


def test_one_watcher_too_many_is_hung_up_on(watch: Connect) -> None:
    watchers = [watch() for _ in range(MOST_WATCHERS + 1)]

    dropped = [watcher.is_dropped() for watcher in watchers]

    assert dropped == [False] * MOST_WATCHERS + [True]


def recorded_sends(mocker: MockerFixture) -> list[bytes]:
    """Let every `send` of any socket through and keep what it was given."""
    sent = []
    real_send = socket.socket.send

    def send(connection: socket.socket, data: bytes, flags: int) -> int:
        sent.append(data)
        return real_send(connection, data, flags)

    mocker.patch.object(socket.socket, "send", send)
    return sent


def lowest_free_descriptor() -> int:
    """Find the number that the next opened file would get."""
    descriptor = os.dup(0)
    os.close(descriptor)
    return descriptor


def is_readable(descriptor: int) -> bool:
    """Tell whether a loop would wake up for this descriptor."""
    with select.epoll() as poll:
        poll.register(descriptor, select.EPOLLIN)
        return bool(poll.poll(0))
