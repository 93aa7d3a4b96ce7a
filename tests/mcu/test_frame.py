"""The firmware writes and reads the frames that Python does: the frozen ones, and any bytes at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_bridge.framing import FRAME_LIMIT, FrameDecoder, encode_frame
from tests.firmware_bridge.test_link_frames import frozen
from tests.mcu.firmware import Decoder, Firmware

RUBBISH = b"\x07\xff\x01noise\x00\x05"
MOST_BODY = FRAME_LIMIT - 3
pieces = st.lists(st.one_of(st.binary(max_size=8), st.binary(min_size=1, max_size=MOST_BODY).map(encode_frame)))


@pytest.mark.parametrize("sample", frozen(), ids=lambda sample: str(sample["note"]))
def test_a_frozen_frame_is_written_and_read_as_ever(firmware: Firmware, sample: dict[str, str]) -> None:
    frame = bytes.fromhex(sample["hex"])
    (body,) = FrameDecoder().receive(frame, 0.0)
    assert isinstance(body, bytes)

    assert firmware.encode(body) == frame
    assert Decoder(firmware).receive(RUBBISH + frame + RUBBISH + frame) == [body, body]


def test_the_checksum_is_the_one_of_the_standard(firmware: Firmware) -> None:
    assert firmware.crc(b"123456789") == 0x29B1


@given(body=st.binary(min_size=1, max_size=MOST_BODY))
def test_every_body_is_framed_as_in_python(firmware: Firmware, body: bytes) -> None:
    frame = firmware.encode(body)

    assert frame == encode_frame(body)
    assert Decoder(firmware).receive(frame) == [body]


@given(stream=pieces.map(b"".join))
def test_any_bytes_hold_the_same_bodies_as_in_python(firmware: Firmware, stream: bytes) -> None:
    bodies = [body for body in FrameDecoder().receive(stream, 0.0) if isinstance(body, bytes)]

    assert Decoder(firmware).receive(stream) == bodies


@given(body=st.binary(min_size=1, max_size=MOST_BODY), data=st.data())
def test_no_frame_with_a_spoilt_bit_is_read(firmware: Firmware, body: bytes, data: st.DataObject) -> None:
    frame = bytearray(encode_frame(body))
    bit = data.draw(st.integers(8, 8 * (len(frame) - 1) - 1))
    frame[bit // 8] ^= 1 << bit % 8

    assert body not in Decoder(firmware).receive(bytes(frame))


def test_a_frame_that_is_too_long_is_dropped_up_to_its_end(firmware: Firmware) -> None:
    good = encode_frame(b"\x03\x00")

    assert Decoder(firmware).receive(b"\x00" + b"\x02" * 300 + good + good) == [b"\x03\x00"] * 2


@given(body=st.binary(min_size=MOST_BODY, max_size=MOST_BODY), more=st.integers(1, 255))
def test_what_begins_as_a_frame_of_the_longest_size_and_goes_on_is_none(
    firmware: Firmware, body: bytes, more: int
) -> None:
    frame = encode_frame(body)

    assert Decoder(firmware).receive(frame[:-1] + bytes([more, 0])) == []


def test_half_a_frame_is_not_completed_after_a_pause(firmware: Firmware) -> None:
    decoder, frame = Decoder(firmware), encode_frame(b"\x05\x00\x00\x00\x64")

    assert [decoder.receive(frame[:4], 0), decoder.receive(frame[4:], 200)] == [[], [b"\x05\x00\x00\x00\x64"]]
    assert [decoder.receive(frame[:4], 300), decoder.receive(frame[4:], 501)] == [[], []]


def test_each_start_is_counted_and_a_torn_write_of_one_takes_none_back(firmware: Firmware) -> None:
    slots = b"\xff" * 12
    for number in range(1, 300):
        count, slots_after = firmware.count_boot(slots)
        torn = bytes(
            new if place % 3 else old for place, (old, new) in enumerate(zip(slots, slots_after, strict=True))
        )
        assert count == number
        assert firmware.count_boot(torn)[0] in (number, number + 1)
        slots = slots_after
