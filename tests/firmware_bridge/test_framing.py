"""Frames survive any cut and any rubbish; what is no frame is named once and dropped."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.framing import (
    FRAME_LIMIT,
    FrameDecoder,
    FrameFault,
    cobs_decode,
    cobs_encode,
    encode_frame,
)
from firmware_bridge.reader_events import FaultKind

FIVE_HOURS = 5 * 3600.0
bodies = st.binary(min_size=1, max_size=80)


def kinds(found: list[bytes | FrameFault]) -> list[FaultKind]:
    return [fault.kind for fault in found if isinstance(fault, FrameFault)]


@given(st.binary(max_size=253))
def test_cobs_has_no_zero_and_reads_back(data: bytes) -> None:
    coded = cobs_encode(data)

    assert 0 not in coded
    assert cobs_decode(coded) == data


@pytest.mark.parametrize(
    ("data", "coded"),
    [
        (b"", b"\x01"),
        (b"\0", b"\x01\x01"),
        (b"\0\0", b"\x01\x01\x01"),
        (b"\x11\x22\0\x33", b"\x03\x11\x22\x02\x33"),
        (b"\x11\0\0\0", b"\x02\x11\x01\x01\x01"),
    ],
)
def test_cobs_is_the_published_one(data: bytes, coded: bytes) -> None:
    assert cobs_encode(data) == coded


def test_crc_is_the_published_one() -> None:
    # The check value of CRC-16/IBM-3740 over "123456789" is 29B1.
    assert encode_frame(b"123456789") == b"\0\x0c123456789\x29\xb1\0"


@given(st.lists(bodies, max_size=5), st.lists(st.integers(0, 300), max_size=8))
def test_frames_arrive_however_they_are_cut(sent: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(map(encode_frame, sent))
    decoder = FrameDecoder()
    edges = [0, *sorted(min(cut, len(stream)) for cut in cuts), len(stream)]
    pieces = [stream[start:end] for start, end in pairwise(edges)]

    assert [found for piece in pieces for found in decoder.receive(piece, 0.0)] == sent


@given(st.binary(max_size=40), bodies, st.binary(max_size=40))
def test_frame_amid_rubbish_arrives(before: bytes, body: bytes, after: bytes) -> None:
    assert body in FrameDecoder().receive(before + encode_frame(body) + after, 0.0)


@given(bodies, st.data())
def test_one_changed_byte_is_never_a_frame(body: bytes, data: st.DataObject) -> None:
    frame = bytearray(encode_frame(body))
    place = data.draw(st.integers(1, len(frame) - 2))
    frame[place] ^= data.draw(st.integers(1, 255))
    found = FrameDecoder().receive(bytes(frame), 0.0)

    assert not [frame for frame in found if isinstance(frame, bytes)]


def test_frame_of_ten_thousand_bytes_is_one_fault_and_the_next_frame_arrives() -> None:
    found = FrameDecoder().receive(b"\0" + b"\x55" * 10_000 + encode_frame(b"next"), 0.0)

    assert kinds(found) == [FaultKind.TOO_LONG]
    assert found[-1] == b"next"


def test_no_more_than_the_limit_is_kept_of_an_endless_frame() -> None:
    decoder = FrameDecoder()
    for _ in range(1000):
        decoder.receive(b"\x55" * 100, 0.0)
    (fault,) = decoder.receive(b"\0", 0.0)

    assert isinstance(fault, FrameFault)
    assert fault.size == 100_000
    assert len(decoder._partial) <= FRAME_LIMIT


def test_half_a_frame_five_hours_old_is_dropped_and_the_next_frame_arrives() -> None:
    decoder = FrameDecoder()
    half = encode_frame(b"yesterday")[:6]
    decoder.receive(half, 0.0)
    found = decoder.receive(encode_frame(b"now"), FIVE_HOURS)

    assert kinds(found) == [FaultKind.INCOMPLETE]
    assert found[-1] == b"now"


def test_other_half_that_comes_five_hours_late_makes_no_frame() -> None:
    decoder = FrameDecoder()
    frame = encode_frame(b"a card")
    decoder.receive(frame[:6], 0.0)
    found = decoder.receive(frame[6:], FIVE_HOURS)

    assert b"a card" not in found


def test_half_a_frame_is_named_without_waiting_for_more_bytes() -> None:
    decoder = FrameDecoder(pause_seconds=0.2)
    decoder.receive(b"\0\x05ab", 0.0)

    assert decoder.tick(0.2) == []
    assert kinds([*decoder.tick(0.3)]) == [FaultKind.INCOMPLETE]
    assert decoder.tick(0.4) == []


@pytest.mark.parametrize(
    ("coded", "kind"),
    [
        (b"\x05ab", FaultKind.BAD_FRAME),
        (b"\x02a", FaultKind.BAD_FRAME),
        (b"\x01\x01\x01", FaultKind.BAD_FRAME),
        (b"\x05abcd", FaultKind.BAD_CHECKSUM),
        (b"\x01" * (FRAME_LIMIT + 1), FaultKind.TOO_LONG),
    ],
)
def test_what_is_no_frame_has_a_name(coded: bytes, kind: FaultKind) -> None:
    assert kinds(FrameDecoder().receive(b"\0" + coded + b"\0", 0.0)) == [kind]
