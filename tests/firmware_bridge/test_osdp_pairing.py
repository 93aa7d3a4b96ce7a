"""Readers get their keys: from the default one, from the one before, within a window, and from nobody else."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from firmware_bridge.osdp_protocol import UNPAIRED
from firmware_bridge.reader_events import PairingEnded, ReaderOffline
from firmware_bridge.wiegand import frame_of_card
from tests.firmware_bridge.osdp_bus import KEY, OTHER_KEY, LineRig
from tests.firmware_bridge.test_osdp_readers import ADA, BACK, FRONT

NEW_KEY = bytes(range(0x50, 0x60))
IN_INSTALL_MODE = {"address": 5, "key": None, "enforce": False, "install": True}


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[LineRig]:
    """A line with a reader that has no key yet, and one that has."""
    rig = LineRig(tmp_path, {5: FRONT, 6: BACK}, {"back": OTHER_KEY})
    yield rig
    rig.close()


def pair(rig: LineRig, key: bytes = NEW_KEY, *, seconds: float = 60.0) -> PairingEnded:
    """Open the line, pair its reader, and return what came of it."""
    rig.until(lambda: rig.line.fileno() is not None, what="the port")
    now = time.monotonic()
    assert rig.protocol.pair("front", key, until=now + seconds, now=now)
    return rig.until(lambda: next((e for e in rig.events if isinstance(e, PairingEnded)), None), what="the end")


def challenges_by_the_default_key(rig: LineRig) -> int:
    return sum(frame[6:9] == bytes([3, 0x11, 0]) for frame in rig.bus.asked)


def test_a_reader_in_install_mode_takes_a_key_and_has_a_channel_by_it(rig: LineRig) -> None:
    far = rig.bus.plug(IN_INSTALL_MODE)
    ended = pair(rig)
    rig.wait_online("front")
    rig.show(far, 5, frame_of_card(ADA))

    assert (ended.reader, ended.is_paired, ended.why) == ("front", True, "")
    assert [told["data"] for told in far.got() if told.get("command") == 5] == [NEW_KEY.hex()]
    assert rig.cards() == [("front", ADA)]


def test_a_reader_gets_another_key_by_the_one_that_it_has(tmp_path: Path) -> None:
    rig = LineRig(tmp_path, {5: FRONT}, {"front": KEY})
    try:
        far = rig.bus.plug({"address": 5, "key": KEY.hex()})
        rig.wait_online("front")
        ended = pair(rig)

        assert ended.is_paired
        assert [told["data"] for told in far.got() if told.get("command") == 5] == [NEW_KEY.hex()]
        assert challenges_by_the_default_key(rig) == 0
    finally:
        rig.close()


def test_a_reader_that_was_reset_is_paired_anew(tmp_path: Path) -> None:
    rig = LineRig(tmp_path, {5: FRONT}, {"front": KEY})
    try:
        rig.bus.plug(IN_INSTALL_MODE)
        ended = pair(rig)
        rig.wait_online("front")

        assert ended.is_paired
    finally:
        rig.close()


def test_a_pairing_that_was_cut_short_is_ended_by_the_same_key(rig: LineRig) -> None:
    rig.bus.plug({"address": 5, "key": NEW_KEY.hex()})

    assert pair(rig).is_paired


def test_a_reader_that_keeps_its_key_is_not_paired_and_stays_without(rig: LineRig) -> None:
    rig.bus.plug({"address": 5, "key": KEY.hex()}, {"address": 6, "key": OTHER_KEY.hex()})
    ended = pair(rig, seconds=5)
    rig.wait_online("back")
    rig.turn_for(3.0)

    assert not ended.is_paired
    assert ended.why
    assert {frame[frame.index(0x53) + 1] for frame in rig.bus.asked[-5:]} == {6}
    offline = [event for event in rig.events if isinstance(event, ReaderOffline)]
    assert [event.why for event in offline if event.reader == "front"] == [UNPAIRED]


def test_when_the_window_is_over_nobody_is_offered_the_default_key(rig: LineRig) -> None:
    window = 3.0
    began = time.monotonic()
    ended = pair(rig, seconds=window)
    rig.bus.plug(IN_INSTALL_MODE)
    before = challenges_by_the_default_key(rig)
    rig.turn_for(4.0)

    assert window <= ended.at - began < window + 20
    assert not ended.is_paired
    assert challenges_by_the_default_key(rig) == before


def test_a_card_that_is_shown_while_a_reader_is_paired_does_not_count(rig: LineRig) -> None:
    far = rig.bus.plug(IN_INSTALL_MODE)
    far.card(5, frame_of_card(ADA))
    pair(rig)
    before = rig.cards()
    rig.turn_for(0.5)

    assert before == []


def test_two_are_not_paired_at_once(rig: LineRig) -> None:
    rig.until(lambda: rig.line.fileno() is not None, what="the port")
    now = time.monotonic()

    assert rig.protocol.pair("front", NEW_KEY, until=now + 60, now=now)
    assert not rig.protocol.pair("back", NEW_KEY, until=now + 60, now=now)


def test_a_port_that_is_lost_ends_a_pairing(rig: LineRig) -> None:
    rig.until(lambda: rig.line.fileno() is not None, what="the port")
    now = time.monotonic()
    rig.protocol.pair("front", NEW_KEY, until=now + 60, now=now)

    events = rig.protocol.closed(now, "gone")

    assert [event for event in events if isinstance(event, PairingEnded)] == [
        PairingEnded("front", now, False, "gone")
    ]
    assert rig.protocol.tick(now + 1) == []
