"""A bridge that is silent, restarts or loses messages: readers go offline once and come back."""

from firmware_bridge.bridge_messages import (
    BridgeHeartbeat,
    HostHeartbeat,
    HostHello,
    burst_of,
)
from firmware_bridge.reader_events import (
    CardRead,
    FaultKind,
    ReaderOffline,
    ReaderOnline,
)
from tests.firmware_bridge.bridge_link import (
    ADA,
    SESSION,
    a_host,
    a_joined_host,
    faults,
    framed,
    hello,
    of_kind,
)


def test_heartbeat_is_answered() -> None:
    host = a_joined_host()

    assert host.receive(framed(BridgeHeartbeat(0)), 1.0) == []
    assert host.data_to_send() == framed(HostHeartbeat())


def test_messages_lost_in_the_bridge_are_one_fault() -> None:
    host = a_joined_host()
    first = host.receive(framed(BridgeHeartbeat(3)), 1.0)
    second = host.receive(framed(BridgeHeartbeat(3)), 2.0)

    assert faults(first) == [FaultKind.LOST]
    assert second == []


def test_silent_bridge_is_offline_once_and_greeted_each_second() -> None:
    host = a_joined_host()
    events = [event for tenth in range(1, 61) for event in host.tick(tenth / 10)]
    why = "no answer for 3 s"

    assert events == [ReaderOffline("front", 3.1, why), ReaderOffline("back", 3.1, why)]
    assert host.data_to_send().count(framed(HostHello(1, SESSION))) == 3


def test_bridge_that_never_answers_is_offline() -> None:
    host = a_host()

    assert [type(event) for event in host.tick(3.5)] == [ReaderOffline, ReaderOffline]


def test_readers_come_back_in_the_same_session_after_silence() -> None:
    host = a_joined_host()
    host.receive(framed(burst_of(0, ADA), 0), 1.0)
    host.tick(5.0)
    back = host.receive(hello(), 6.0)

    assert back == [ReaderOnline("front", 6.0), ReaderOnline("back", 6.0)]
    assert host.receive(framed(burst_of(0, ADA), 0), 6.1) == []


def test_half_a_burst_before_the_cable_was_pulled_is_forgotten() -> None:
    host = a_joined_host()
    frame = framed(burst_of(0, ADA))
    host.receive(frame[:9], 1.0)
    host.closed(1.01, "gone")
    host.opened(1.02)
    back = host.receive(hello()[1:], 1.03)

    assert back == [ReaderOnline("front", 1.03), ReaderOnline("back", 1.03)]
    assert not of_kind(host.receive(frame[9:], 1.04), CardRead)


def test_restarted_bridge_counts_from_zero_again() -> None:
    host = a_joined_host()
    host.receive(framed(burst_of(0, ADA), 0), 1.0)
    gone = host.receive(hello(boot=2, session=0), 2.0)
    back = host.receive(hello(boot=2), 2.1)

    assert gone[0] == ReaderOffline("front", 2.0, "the bridge restarted")
    assert back[0] == ReaderOnline("front", 2.1)
    assert of_kind(host.receive(framed(burst_of(0, ADA), 0), 3.0), CardRead)


def test_bridge_that_restarts_with_the_same_boot_number_counts_from_zero_too() -> None:
    host = a_joined_host()
    host.receive(framed(burst_of(0, ADA), 0), 1.0)
    host.receive(hello(session=0), 2.0)
    host.receive(hello(), 2.1)

    assert of_kind(host.receive(framed(burst_of(0, ADA), 0), 3.0), CardRead)


def test_closed_line_takes_every_reader_offline_once_and_says_nothing_more() -> None:
    host = a_joined_host()
    events = host.closed(1.0, "unplugged") + host.tick(9.0)

    assert events == [ReaderOffline("front", 1.0, "unplugged"), ReaderOffline("back", 1.0, "unplugged")]
    assert host.data_to_send() == b""
