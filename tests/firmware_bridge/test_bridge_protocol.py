"""The host's end of the link: what each message of the bridge becomes, and what it never becomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.bridge_messages import (
    HostAck,
    HostHello,
    Presence,
    Tamper,
    burst_of,
)
from firmware_bridge.bridge_protocol import UNCONNECTED, BridgeProtocol
from firmware_bridge.framing import encode_frame
from firmware_bridge.reader_events import (
    CardRead,
    FaultKind,
    KeyPressed,
    PulseTiming,
    ReaderOffline,
    ReaderOnline,
    ReaderTamper,
    ReadFault,
    digest_of,
)
from firmware_bridge.reader_options import ReaderOptions
from firmware_bridge.reader_protocol import Indication, Led
from firmware_bridge.wiegand import inverted
from tests.firmware_bridge.bridge_link import (
    ADA,
    ADA_READ,
    SESSION,
    a_host,
    a_joined_host,
    faults,
    framed,
    hello,
    of_kind,
)


def test_host_says_hello_when_the_line_opens() -> None:
    assert a_host().data_to_send() == framed(HostHello(1, SESSION))


def test_readers_are_online_once_the_bridge_answers_with_our_session() -> None:
    assert a_host().receive(hello(), 0.1) == [ReaderOnline("front", 0.1), ReaderOnline("back", 0.1)]


def test_hello_of_another_session_is_answered_and_nobody_is_online() -> None:
    host = a_host()
    host.data_to_send()

    assert host.receive(hello(session=SESSION + 1), 0.1) == []
    assert host.data_to_send() == framed(HostHello(1, SESSION))


def test_bridge_of_another_version_is_offline_with_both_versions_named_once() -> None:
    host = a_host()
    events = host.receive(hello(version=2), 0.1) + host.receive(hello(version=2), 1.1)

    why = "bridge speaks version 2, we 1: update the older"
    assert events == [ReaderOffline("front", 0.1, why), ReaderOffline("back", 0.1, why)]


@pytest.mark.parametrize("size", [1, 1000])
def test_burst_is_a_card_whole_or_byte_by_byte(size: int) -> None:
    host = a_joined_host()
    frame = framed(burst_of(0, ADA))
    pieces = [frame[start : start + size] for start in range(0, len(frame), size)]

    assert [event for piece in pieces for event in host.receive(piece, 1.0)] == [ADA_READ]
    assert host.data_to_send() == framed(HostAck(), 0)


def test_burst_amid_rubbish_is_a_card_and_the_rubbish_a_fault() -> None:
    events = a_joined_host().receive(b"\x91rubbish" + framed(burst_of(0, ADA)) + b"\x13\x37", 1.0)

    assert faults(events) == [FaultKind.BAD_FRAME]
    assert of_kind(events, CardRead) == [ADA_READ]


def test_card_says_how_its_pulses_looked_on_the_wires() -> None:
    pulses = PulseTiming(34, 38, 5250, 5260)

    (read,) = of_kind(a_joined_host().receive(framed(burst_of(0, ADA, timing=pulses)), 1.0), CardRead)

    assert read.timing == pulses


def test_repeated_number_is_acknowledged_again_and_not_delivered_again() -> None:
    host = a_joined_host()
    host.receive(framed(burst_of(0, ADA), 0), 1.0)
    host.data_to_send()

    assert host.receive(framed(burst_of(0, ADA), 0), 1.2) == []
    assert host.data_to_send() == framed(HostAck(), 0)
    assert host.counters["repeats"] == 1


def test_nothing_counts_before_the_session_stands() -> None:
    host = a_host()
    host.data_to_send()

    assert host.receive(framed(burst_of(0, ADA)), 0.1) == []
    assert host.data_to_send() == b""


def test_number_that_cannot_be_is_a_fault_and_opens_a_new_session() -> None:
    host = a_joined_host()
    events = host.receive(framed(burst_of(0, ADA), 9), 1.0)

    assert faults(events) == [FaultKind.OUT_OF_SEQUENCE]
    assert not of_kind(events, CardRead)
    assert host.data_to_send() == framed(HostHello(1, SESSION + 1))


def test_burst_that_waited_too_long_in_the_bridge_is_a_fault() -> None:
    events = a_joined_host().receive(framed(burst_of(0, ADA, age_ms=2001)), 1.0)

    assert faults(events) == [FaultKind.STALE]
    assert not of_kind(events, CardRead)


@pytest.mark.parametrize(
    ("bits", "kind"),
    [
        ("0" + ADA[1:] if ADA[0] == "1" else "1" + ADA[1:], FaultKind.PARITY),
        (inverted(ADA), FaultKind.SWAPPED_WIRES),
        ("1" * 29, FaultKind.UNKNOWN_LENGTH),
        ("0" * 25 + "1", FaultKind.GHOST),
        ("01" * 256, FaultKind.TOO_LONG),
    ],
)
def test_burst_that_is_no_card_is_a_fault_with_digest_and_pulse_timing(bits: str, kind: FaultKind) -> None:
    pulses = PulseTiming(48, 52, 1990, 2010)
    (fault,) = a_joined_host().receive(framed(burst_of(0, bits, timing=pulses)), 1.0)

    assert isinstance(fault, ReadFault)
    assert (fault.reader, fault.kind, fault.digest) == ("front", kind, digest_of(bits))
    assert "pulses 48-52 us every 1990-2010 us" in fault.detail
    assert bits not in repr(fault)


@pytest.mark.parametrize(
    ("bits", "key"),
    [("0001", "1"), ("1010", "*"), ("1011", "#"), ("11100001", "1"), ("11110000", "0"), ("01001011", "#")],
)
def test_short_burst_of_a_keypad_is_a_key(bits: str, key: str) -> None:
    assert a_joined_host().receive(framed(burst_of(1, bits)), 1.0) == [KeyPressed("back", key, 1.0)]


@pytest.mark.parametrize(
    ("bits", "kind"),
    [
        ("1100", FaultKind.PARITY),
        ("11100011", FaultKind.PARITY),
        ("00011110", FaultKind.SWAPPED_WIRES),
        ("00000000", FaultKind.PARITY),
    ],
)
def test_short_burst_that_is_no_key_is_a_fault(bits: str, kind: FaultKind) -> None:
    assert faults(a_joined_host().receive(framed(burst_of(1, bits)), 1.0)) == [kind]


@pytest.mark.parametrize(
    ("reader", "keys", "age_ms"),
    [
        (0, ("0010", "0011"), 0),
        (1, ("00011110", "00101101"), 0),
        (1, ("0001", "0010"), 2001),
        (1, ("001", "010"), 0),
    ],
    ids=["no keypad", "swapped wires", "stale", "too short"],
)
def test_faults_of_keys_do_not_tell_one_key_from_another(reader: int, keys: tuple[str, str], age_ms: int) -> None:
    host = a_joined_host()
    events = [
        *host.receive(framed(burst_of(reader, keys[0], age_ms=age_ms), 0), 1.0),
        *host.receive(framed(burst_of(reader, keys[1], age_ms=age_ms), 1), 1.0),
    ]

    first, second = of_kind(events, ReadFault)
    assert first == second


def test_tamper_is_an_event_each_way() -> None:
    host = a_joined_host()
    events = host.receive(framed(Tamper(1, 1), 0) + framed(Tamper(1, 0), 1), 1.0)

    assert events == [ReaderTamper("back", 1.0, active=True), ReaderTamper("back", 1.0, active=False)]


def test_reader_with_both_lines_low_is_offline_until_they_are_high() -> None:
    host = a_joined_host()
    gone = host.receive(framed(Presence(0, 0), 0), 1.0)
    back = host.receive(framed(Presence(0, 1), 1), 2.0)

    assert gone == [ReaderOffline("front", 1.0, UNCONNECTED)]
    assert back == [ReaderOnline("front", 2.0)]


def test_message_of_a_reader_that_is_not_configured_is_acknowledged_and_a_fault() -> None:
    host = a_joined_host()

    assert faults(host.receive(framed(burst_of(3, ADA)), 1.0)) == [FaultKind.UNKNOWN_READER]
    assert host.data_to_send() == framed(HostAck(), 0)


@pytest.mark.parametrize(
    "body", [b"\x84\x00", b"\x84\x00\x00\xff\xff", b"\xc0\x00", b"\x84", b"\x87\x00\x01", b"\x99\x00", b"\x81\x00"]
)
def test_frame_that_is_no_message_is_a_fault(body: bytes) -> None:
    assert faults(a_joined_host().receive(encode_frame(body), 1.0)) == [FaultKind.BAD_FRAME]


def test_our_own_words_coming_back_are_told() -> None:
    (fault,) = a_joined_host().receive(framed(HostHello(1, SESSION)), 1.0)

    assert isinstance(fault, ReadFault)
    assert fault.detail == "our own message came back: RX and TX are joined"


def test_indication_to_an_offline_bridge_is_dropped_and_counted() -> None:
    host = a_host()
    host.data_to_send()
    host.indicate("front", Indication(Led.GREEN, buzzer_ms=100))

    assert host.data_to_send() == b""
    assert host.counters["dropped-indications"] == 2


def test_pile_of_indications_is_bounded() -> None:
    host = a_joined_host()
    for _ in range(1000):
        host.indicate("front", Indication(Led.RED))

    assert host.counters["dropped-indications"] == 1000 - 16


def test_held_card_is_one_read_where_the_reader_streams() -> None:
    host = BridgeProtocol({0: ReaderOptions("front", repeat_seconds=2.0)}, session=SESSION)
    host.opened(0.0)
    host.receive(hello(), 0.0)
    reads = [host.receive(framed(burst_of(0, ADA), n), float(n)) for n in range(6)]

    assert reads == [[CardRead("front", "H10301:123:4567", 0.0, PulseTiming())], [], [], [], [], []]
    assert host.receive(framed(burst_of(0, ADA), 6), 8.0)


def test_hundred_bad_frames_a_second_for_a_minute_are_counted_and_a_card_still_reads() -> None:
    host = a_joined_host()
    bad = bytearray(framed(burst_of(0, ADA)))
    bad[5] ^= 1
    events = [event for n in range(6000) for event in host.receive(bytes(bad), n / 100)]

    assert set(faults(events)) == {FaultKind.BAD_CHECKSUM}
    assert host.counters["bad-checksum"] == 6000
    assert of_kind(host.receive(framed(burst_of(0, ADA)), 60.0), CardRead)


@given(st.lists(st.binary(min_size=1, max_size=90), max_size=20))
def test_frames_of_any_bytes_never_break_the_host(bodies: list[bytes]) -> None:
    host = a_joined_host()
    for body in bodies:
        host.receive(encode_frame(body), 1.0)
        host.receive(body, 1.0)
        host.tick(1.0)
        host.data_to_send()

    assert host.counters["frames"] >= len(bodies)


def test_a_card_whose_frame_loses_the_last_byte_of_its_checksum_comes_again() -> None:
    frames = (framed(burst_of(0, ADA, age_ms=age), 0) for age in range(2000))
    whole = next(frame for frame in frames if frame[-2:] == b"\x01\x00")
    host = a_joined_host()

    assert faults(host.receive(whole[:-2] + b"\x00", 1.0)) == [FaultKind.BAD_FRAME]
    assert host.data_to_send() == b""
    assert [read.card for read in of_kind(host.receive(whole, 1.2), CardRead)] == [ADA_READ.card]
    assert host.data_to_send() == framed(HostAck(), 0)
