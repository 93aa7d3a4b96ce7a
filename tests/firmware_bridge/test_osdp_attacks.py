"""A man in the middle of an OSDP line, who sees and changes every frame: he ends the channel, and gets no card in."""

import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

from firmware_bridge.osdp_panel import Panel, PanelReader
from firmware_bridge.osdp_reader import LOST, NOT_VOUCHED
from firmware_bridge.reader_events import FaultKind, ReaderOffline, ReaderTamper, ReadFault
from firmware_bridge.wiegand import frame_of_card
from tests.firmware_bridge.osdp_bus import KEY, LineRig, a_frame, passed
from tests.firmware_bridge.test_osdp_gate import ANSWERS, ASK_CAPABILITIES, ASK_ID
from tests.firmware_bridge.test_osdp_readers import ADA, FRONT

CARD = bytes.fromhex("5000011a00bd88eb80")
"""A reply with a card of 26 bits, in the clear."""
DEFAULT_KEY = bytes(range(0x30, 0x40))
BUSY = b"\x79"
SECURE, BLOCK = 0x08, 6
BEGINNING = 16
"""So many replies have the handshake, the card and some polls."""
ROOT = Path(__file__).parents[2]
FIRST_CHALLENGE = """
from firmware_bridge.osdp_protocol import OsdpProtocol
from firmware_bridge.reader_options import ReaderOptions
from tests.firmware_bridge.test_osdp_gate import ANSWERS
protocol = OsdpProtocol({5: ReaderOptions("front")}, {"front": bytes(16)}, line="gate")
protocol.opened(0.0)
while True:
    protocol.tick(0.0)
    command = protocol.data_to_send()
    if command[6:8] == b"\\x03\\x11":
        break
    protocol.receive(ANSWERS.get(command, b""), 0.0)
print(command[9:17].hex())
"""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[LineRig]:
    """A line with one reader that is paired."""
    rig = LineRig(tmp_path, {5: FRONT}, {"front": KEY})
    yield rig
    rig.close()


def a_front(**more: object) -> Mapping[str, object]:
    return {"address": 5, "key": KEY.hex(), **more}


def sequence_of(frame: bytes) -> int:
    return frame[frame.index(0x53) + 4] & 0x03


def is_secure(frame: bytes) -> bool:
    start = frame.index(0x53)
    return bool(frame[start + 4] & SECURE) and frame[start + BLOCK] >= 0x15


def is_online_again(rig: LineRig) -> None:
    """Leave the line alone, and see a card come."""
    rig.bus.to_panel = rig.bus.to_reader = passed
    rig.wait_online("front")


@pytest.mark.parametrize(
    "forged",
    [(CARD, False), (bytes([3, 0x12, 1]) + CARD, True), (bytes([2, 0x12]) + CARD, True)],
    ids=["in the clear", "in a block of the handshake", "in a short block"],
)
def test_a_card_that_is_put_into_a_channel_that_stands_does_not_arrive(
    rig: LineRig, forged: tuple[bytes, bool]
) -> None:
    rest, in_block = forged
    rig.bus.plug(a_front())
    rig.wait_online("front")

    def put_in(frame: bytes) -> Iterable[bytes]:
        return (a_frame(5, sequence_of(frame), rest, is_secure=in_block),) if is_secure(frame) else (frame,)

    rig.bus.to_panel = put_in
    rig.until(lambda: rig.cards() or any(isinstance(event, ReadFault) for event in rig.events), what="the fault")
    rig.turn_for(1.0)
    is_online_again(rig)

    assert rig.cards() == []
    kinds = {event.kind for event in rig.events if isinstance(event, ReadFault)}
    assert kinds <= {FaultKind.UNPROTECTED, FaultKind.BAD_FRAME}


def test_a_card_that_is_told_before_the_channel_stands_does_not_arrive_later(rig: LineRig) -> None:
    rig.bus.to_panel = lambda frame: (a_frame(5, sequence_of(frame), CARD),)
    rig.bus.plug(a_front())
    rig.turn_for(2.0)
    is_online_again(rig)
    rig.turn_for(1.0)

    assert rig.cards() == []


def test_a_card_that_is_played_back_within_its_channel_does_not_arrive_again(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")
    before = len(rig.bus.answered)
    rig.show(far, 5, frame_of_card(ADA))
    card = max(rig.bus.answered[before:], key=len)

    def play_back(frame: bytes) -> Iterable[bytes]:
        return (card,) if sequence_of(frame) == sequence_of(card) else (frame,)

    rig.bus.to_panel = play_back
    rig.until(lambda: not rig.is_online("front"), what="the loss of the channel")
    is_online_again(rig)

    assert rig.cards() == [("front", ADA)]


def test_whoever_says_busy_in_a_readers_place_ends_its_channel(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")

    rig.bus.to_panel = lambda _: (a_frame(5, 0, BUSY),)
    rig.until(lambda: not rig.is_online("front"), what="the loss of the channel")
    far.card(5, frame_of_card(ADA))
    is_online_again(rig)
    rig.until(rig.stale, what="the card")
    rig.turn_for(0.5)

    assert next(e.why for e in rig.events if isinstance(e, ReaderOffline)) in {f"{LOST}: {NOT_VOUCHED}", LOST}
    assert rig.cards() == []


def test_a_card_that_is_shown_while_the_line_is_held_up_opens_nothing_when_it_is_let_go(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")
    rig.bus.to_reader = lambda _: ()
    for _ in range(2):
        far.do(5, "keys", data=b"4711".hex())
        far.card(5, frame_of_card(ADA))
    far.do(5, "status", report=[1, 0])
    rig.until(lambda: not rig.is_online("front"), what="offline")

    is_online_again(rig)
    rig.until(lambda: any(isinstance(event, ReaderTamper) for event in rig.events), what="its housing")
    assert len(rig.stale()) > 1
    assert (rig.cards(), rig.keys()) == ([], "")

    rig.show(far, 5, frame_of_card(ADA))

    assert rig.cards() == [("front", ADA)]


def test_a_session_that_was_recorded_from_its_beginning_cannot_be_played_back(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")
    rig.show(far, 5, frame_of_card(ADA))
    recorded = rig.bus.answered[:BEGINNING]
    rig.bus.pull(far)
    rig.until(lambda: not rig.is_online("front"), what="offline")
    asked = len(rig.bus.asked)

    def answer() -> bool:
        nonlocal asked
        for _ in rig.bus.asked[asked:]:
            if recorded:
                rig.bus.say(recorded.pop(0))
        asked = len(rig.bus.asked)
        return not recorded

    rig.until(answer, what="the end of the record")

    assert rig.cards() == [("front", ADA)]
    assert not rig.is_online("front")


def test_the_first_challenges_of_two_starts_differ() -> None:
    told = [
        subprocess.run([sys.executable, "-c", FIRST_CHALLENGE], capture_output=True, text=True, check=True, cwd=ROOT)
        for _ in range(2)
    ]

    first, second = (each.stdout.strip() for each in told)
    assert len(first) == 16
    assert first != second


def test_a_reader_that_speaks_in_the_clear_alone_gives_no_card(rig: LineRig) -> None:
    far = rig.bus.plug({"address": 5, "key": None, "enforce": False, "capabilities": {"3": 1, "8": 1}})
    far.card(5, frame_of_card(ADA))
    rig.until(lambda: any(isinstance(event, ReaderOffline) for event in rig.events), what="why it is offline")
    rig.turn_for(3.0)

    assert rig.cards() == []
    assert not rig.is_online("front")


def test_a_reader_with_the_default_key_is_not_spoken_to_by_it(rig: LineRig) -> None:
    far = rig.bus.plug({"address": 5, "key": None, "enforce": False, "install": True})
    far.card(5, frame_of_card(ADA))
    rig.until(lambda: any(isinstance(event, ReaderOffline) for event in rig.events), what="why it is offline")
    rig.turn_for(3.0)

    assert far.got() == []
    assert rig.cards() == []
    assert {frame[8] for frame in rig.bus.asked if frame[6:8] == bytes([3, 0x11])} == {1}


def test_the_library_itself_asks_by_our_key_alone() -> None:
    panel = Panel([PanelReader(5, KEY)])
    refused = a_frame(5, 1, b"\x41\x06")
    challenges = []
    for _ in range(200):
        panel.turn()
        for command in panel.written():
            if command[6:8] == bytes([3, 0x11]):
                challenges.append(command[8])
            panel.arrived(ANSWERS.get(command, refused[:4] + bytes([command[5] & 3 | 4]) + refused[5:]))

    assert (command_of(ASK_ID), command_of(ASK_CAPABILITIES)) == (0x61, 0x62)
    assert set(challenges) == {1}


def command_of(frame: bytes) -> int:
    return frame[6]


def test_corrupted_replies_are_faults_and_never_cards(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")
    count = 0

    def spoil(frame: bytes) -> Iterable[bytes]:
        nonlocal count
        count += 1
        if count % 7:
            return (frame,)
        return (frame[:-4] + bytes([frame[-4] ^ 0x10]) + frame[-3:],)

    rig.bus.to_panel = spoil
    for _ in range(5):
        before = count
        far.card(5, frame_of_card(ADA))
        rig.until(lambda: count >= before + 7, what="a spoilt reply")  # noqa: B023 - looked at at once
    is_online_again(rig)

    assert {card for _, card in rig.cards()} <= {ADA}
    assert FaultKind.BAD_CHECKSUM in {event.kind for event in rig.events if isinstance(event, ReadFault)}


def test_frames_that_could_end_up_beside_the_librarys_buffers_do_not_reach_it(rig: LineRig) -> None:
    rig.bus.plug(a_front())
    rig.wait_online("front")
    rig.bus.to_panel = lambda frame: (
        bytes([0x53, 0x85, 6, 0, control, check])
        for control in (0x0C, 0x0D, 0x0E, 0x0F)
        for check in range(256)
        if sum((0x53, 0x85, 6, 0, control, check)) & 0xFF == 0 or check % 64 == 0
    )
    rig.turn_for(1.0)
    is_online_again(rig)

    assert rig.cards() == []


def test_a_hundred_thousand_bytes_of_rubbish_make_no_card_and_the_line_lives_on(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")
    noise = bytes((n * n * 7 + n // 3) % 256 for n in range(1000))
    for _ in range(100):
        rig.bus.say(noise)
        rig.turn()
    is_online_again(rig)
    rig.show(far, 5, frame_of_card(ADA))

    assert rig.cards() == [("front", ADA)]
