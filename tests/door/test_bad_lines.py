"""Rubbish on the serial line of a real door: recorded or counted, no strike moves, and the next card counts."""

import random
import time
from collections import Counter

import pytest

from doorctl.core.records import RecordKind
from firmware_bridge.bridge_messages import burst_of, pack
from firmware_bridge.framing import encode_frame
from firmware_bridge.simulated_devices import BridgeDevice
from firmware_bridge.simulated_reader import SimulatedReader
from firmware_bridge.wiegand import frame_of_card
from tests.door.watched_board import leave_by_rex, swipe_and_pass
from tests.door_rig import ADA, FLOOR, STRANGER, DoorRig

ADAS_FRAME = encode_frame(pack(burst_of(0, frame_of_card(ADA)), 0))
GARBAGE = random.Random(2).randbytes(5000)

RUBBISH: dict[str, tuple[bytes, str | tuple[str, ...]]] = {
    "garbage": (GARBAGE, ("bad-", "too-long")),
    "half a frame, then silence": (ADAS_FRAME[: len(ADAS_FRAME) // 2], "incomplete"),
    "a frame of 10,000 bytes": (b"\0" + b"\x55" * 10_000 + b"\0", "too-long"),
    "10,000 bytes without an end": (b"\0" + b"\x55" * 10_000, "too-long"),
    "a frame with a flipped bit": (ADAS_FRAME[:5] + bytes([ADAS_FRAME[5] ^ 4]) + ADAS_FRAME[6:], "bad-"),
}


def send_alone(rig: DoorRig, raw: bytes) -> None:
    """Send what was due before, and then these bytes: a heartbeat right behind half a frame would end it."""
    rig.reader.serve(time.monotonic())
    rig.reader.send_raw(raw)
    rig.reader.serve(time.monotonic())


@pytest.mark.parametrize("rubbish", RUBBISH)
def test_rubbish_is_recorded_and_moves_nothing_and_the_next_card_counts(adas_rig: DoorRig, rubbish: str) -> None:
    raw, fault = RUBBISH[rubbish]
    adas_rig.start_online()
    send_alone(adas_rig, raw)
    adas_rig.wait_for(lambda: adas_rig.has_record(RecordKind.READ_FAULT), what="the fault", silent=True)
    moved = adas_rig.strike_states(FLOOR)
    swipe_and_pass(adas_rig, "front", ADA)

    recorded = adas_rig.records(RecordKind.READ_FAULT)[0]
    assert moved == []
    assert recorded.detail.startswith(fault)
    assert recorded.reader == "lobby"


@pytest.mark.parametrize(
    ("bits", "fault"), [("01" * 256, "too-long"), ("1", "unknown-length"), ("0" * 27, "unknown-length")]
)
def test_a_card_of_any_length_is_a_fault_at_its_reader(adas_rig: DoorRig, bits: str, fault: str) -> None:
    adas_rig.start_online()
    adas_rig.swipe("front", bits)
    adas_rig.wait_for(lambda: adas_rig.has_record(RecordKind.READ_FAULT), what="the fault")

    (recorded,) = adas_rig.records(RecordKind.READ_FAULT)
    assert (recorded.door, recorded.reader) == (FLOOR, "front")
    assert recorded.detail.startswith(fault)


def counted_in(rig: DoorRig) -> Counter[str]:
    words = (word for leaf in rig.records(RecordKind.FLOOD_SUMMARY) for word in leaf.detail.split())
    counts: Counter[str] = Counter()
    for word in words:
        what, _, count = word.partition("=")
        counts[what] += int(count)
    return counts


def flood(rig: DoorRig, seconds: float) -> int:
    """Present a stranger's card a hundred times a second; return how often."""
    start, sent = time.monotonic(), 0
    while (now := time.monotonic()) < start + seconds:
        if now >= start + sent / 100:
            rig.swipe("vault", STRANGER)
            sent += 1
        rig.reader.serve(now)
        time.sleep(0.001)
    return sent


def present_until_taken(rig: DoorRig, reader: str, card: str) -> int:
    """Present a card until the microcontroller has room for it; return how often there was none."""
    before = lost_by(rig.reader)
    while True:
        lost = lost_by(rig.reader)
        rig.swipe(reader, card)
        if lost_by(rig.reader) == lost:
            return lost - before
        rig.reader.serve(time.monotonic())
        time.sleep(0.01)


def lost_by(reader: SimulatedReader) -> int:
    """Return how many cards the microcontroller had no room for while it waited for an acknowledgement."""
    assert isinstance(reader.device, BridgeDevice)
    return reader.device.protocol.lost


@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.long)])
def test_a_hundred_frames_a_second_are_recorded_or_counted_and_delay_nobody(adas_rig: DoorRig, seconds: int) -> None:
    adas_rig.start_online()
    began = time.monotonic()
    sent = flood(adas_rig, seconds)
    sent += present_until_taken(adas_rig, "front", ADA)
    adas_rig.wait_for(lambda: adas_rig.strike_states(FLOOR) == ["released", "secured"], what="release and relock")
    leave_by_rex(adas_rig)
    adas_rig.stop()
    took = time.monotonic() - began

    denied = [leaf for leaf in adas_rig.records(RecordKind.DECISION) if leaf.reader == "vault"]
    assert 1 <= len(denied) <= took + 1
    assert len(denied) + counted_in(adas_rig)["unknown_card"] + lost_by(adas_rig.reader) == sent


def test_a_reader_that_is_unplugged_is_recorded_and_counts_again_when_plugged_in(adas_rig: DoorRig) -> None:
    adas_rig.start_online()
    adas_rig.reader.unplug()
    adas_rig.wait_for(lambda: adas_rig.has_record(RecordKind.READER_OFFLINE), what="reader offline")
    leave_by_rex(adas_rig)
    adas_rig.reader.replug()
    swipe_and_pass(adas_rig, "front", ADA)

    assert {leaf.reader for leaf in adas_rig.records(RecordKind.READER_OFFLINE)} == {"front", "vault"}


def test_a_line_that_was_never_there_does_not_keep_the_door_from_letting_out(adas_rig: DoorRig) -> None:
    adas_rig.reader.unplug()
    adas_rig.start()
    adas_rig.wait_for(lambda: adas_rig.has_record(RecordKind.READER_OFFLINE), what="reader offline")

    leave_by_rex(adas_rig)
