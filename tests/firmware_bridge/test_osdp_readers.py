"""OSDP readers over a pseudo-terminal: both ends are libosdp, the far one in a process of its own."""

import time
from collections.abc import Iterator, Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from firmware_bridge.osdp_panel import STATUS_COMMAND
from firmware_bridge.osdp_protocol import UNPAIRED
from firmware_bridge.osdp_reader import LOST, NO_ANSWER, NO_CHANNEL
from firmware_bridge.reader_events import (
    FaultKind,
    KeyPressed,
    ReaderOffline,
    ReaderPower,
    ReaderTamper,
    ReadFault,
    digest_of,
)
from firmware_bridge.reader_options import ReaderOptions
from firmware_bridge.reader_protocol import Indication, Led
from firmware_bridge.wiegand import frame_of_card
from tests.firmware_bridge.osdp_bus import KEY, OTHER_KEY, LineRig

ADA, GRACE = "H10301:1:1001", "H10301:1:1002"
EVERY_LENGTH = (
    "H10301",
    "ind27",
    "2804W",
    "ind29",
    "H10306",
    "C1k35s",
    "H10304",
    "H800002",
    "C1k48s",
    "Avig56",
    "raw",
)
FRONT = ReaderOptions("front", formats=EVERY_LENGTH, keypad=True)
BACK = ReaderOptions("back", formats=("H10301",))
BEYOND_ALL_TRIES_SECONDS = 14.0
"""The library tries for about nine, and then leaves a reader alone for 300."""
CARDS = (
    *("H10301:1:1001", "ind27:12:345", "2804W:7:1234", "H10306:5:4321", "C1k35s:17:77777", "H10304:3:42"),
    *("H800002:9:1000", "C1k48s:21:99999", "Avig56:5:654321", "raw:64:0123456789ABCDEF"),
)
"""Of 26 to 64 bits."""


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[LineRig]:
    """A line with two readers that are paired."""
    rig = LineRig(tmp_path, {5: FRONT, 6: BACK}, {"front": KEY, "back": OTHER_KEY})
    yield rig
    rig.close()


def a_front(**more: object) -> Mapping[str, object]:
    return {"address": 5, "key": KEY.hex(), **more}


def a_back(**more: object) -> Mapping[str, object]:
    return {"address": 6, "key": OTHER_KEY.hex(), **more}


def whys(rig: LineRig, reader: str) -> list[str]:
    """Tell why a reader was offline, each time."""
    return [event.why for event in rig.events if isinstance(event, ReaderOffline) and event.reader == reader]


def states_told(rig: LineRig) -> list[tuple[type, bool]]:
    """Tell what came of housing and supply."""
    told = [event for event in rig.events if isinstance(event, ReaderTamper | ReaderPower)]
    return [(type(it), it.active if isinstance(it, ReaderTamper) else it.failed) for it in told]


def test_cards_of_26_to_64_bits_arrive_once_and_right(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")
    for card in CARDS:
        rig.show(far, 5, frame_of_card(card))
    rig.turn_for(0.5)

    assert rig.cards() == [("front", card) for card in CARDS]


def test_two_readers_on_one_line_speak_for_themselves(rig: LineRig) -> None:
    far = rig.bus.plug(a_front(), a_back())
    rig.wait_online("front", "back")

    rig.show(far, 5, frame_of_card(ADA))
    rig.show(far, 6, frame_of_card(GRACE))

    assert rig.cards() == [("front", ADA), ("back", GRACE)]


def test_keys_arrive_in_their_order_with_clear_and_enter(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")

    far.do(5, "keys", data=b"12\x7f".hex())
    far.do(5, "keys", data=b"0987\r".hex())
    rig.until(lambda: len(rig.keys()) == 8, what="keys")

    assert rig.keys() == "12*0987#"


def test_keys_of_a_reader_without_a_keypad_are_faults_that_tell_no_digit(rig: LineRig) -> None:
    far = rig.bus.plug(a_back())
    rig.wait_online("back")

    far.do(6, "keys", data=b"4711".hex())
    fault = rig.until(lambda: next((e for e in rig.events if isinstance(e, ReadFault)), None), what="a fault")

    assert (fault.kind, fault.digest) == (FaultKind.NOT_A_CARD, digest_of(b""))
    assert not any(isinstance(event, KeyPressed) for event in rig.events)


def test_a_card_of_a_format_that_is_not_listed_is_a_fault(rig: LineRig) -> None:
    far = rig.bus.plug(a_back())
    rig.wait_online("back")

    far.card(6, frame_of_card("H10306:5:4321"))
    fault = rig.until(lambda: next((e for e in rig.events if isinstance(e, ReadFault)), None), what="a fault")

    assert (fault.reader, fault.kind, rig.cards()) == ("back", FaultKind.UNKNOWN_LENGTH, [])


def test_tamper_and_power_are_told_when_they_change(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")
    for report in ([0, 0], [1, 0], [1, 0], [1, 1], [0, 0]):
        far.do(5, "status", report=report)
    rig.until(lambda: len(states_told(rig)) == 4, what="four changes")
    rig.turn_for(0.3)

    assert states_told(rig) == [
        (ReaderTamper, True),
        (ReaderPower, True),
        (ReaderTamper, False),
        (ReaderPower, False),
    ]


def test_what_a_reader_is_when_its_channel_begins_to_stand_is_told(rig: LineRig) -> None:
    far = rig.bus.plug(a_front(state=[1, 0]))
    rig.until(lambda: states_told(rig) == [(ReaderTamper, True)], what="its housing")
    rig.bus.pull(far)
    rig.until(lambda: whys(rig, "front"), what="no answer")

    rig.bus.plug(a_front(state=[0, 1]))

    rig.until(lambda: (ReaderPower, True) in states_told(rig), what="its supply")
    assert states_told(rig)[-2:] == [(ReaderTamper, False), (ReaderPower, True)]


def test_a_reader_that_does_not_tell_its_state_is_asked_twice_and_works(rig: LineRig) -> None:
    far = rig.bus.plug(a_front(refuses=[STATUS_COMMAND]))
    rig.until(lambda: len(whys(rig, "front")) == 2, what="two refusals")
    rig.wait_online("front")

    rig.show(far, 5, frame_of_card(ADA))

    assert whys(rig, "front") == [LOST, LOST]


def test_light_and_tone_reach_the_reader(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")

    rig.line.indicate("front", Indication(Led.GREEN, led_ms=3000, buzzer_ms=150))
    shown = rig.until(lambda: got if len(got := [c for c in far.got() if "command" in c]) == 2 else None, what="two")

    led, buzzer = shown
    assert (led["temporary"], led["on_color"], led["timer_count"]) == (True, 2, 30)
    assert (buzzer["control_code"], buzzer["on_count"], buzzer["rep_count"]) == (2, 2, 1)


def test_a_light_that_stays_ends_what_shows_for_a_time(rig: LineRig) -> None:
    far = rig.bus.plug(a_front())
    rig.wait_online("front")

    rig.line.indicate("front", Indication(Led.OFF))
    shown = rig.until(lambda: got if len(got := [c for c in far.got() if "command" in c]) == 2 else None, what="two")

    assert [(led["temporary"], led["on_color"]) for led in shown] == [(True, 0), (False, 0)]


def test_a_reader_without_light_and_buzzer_is_not_asked_for_them(rig: LineRig) -> None:
    far = rig.bus.plug(a_front(capabilities={"3": 1, "8": 1, "9": 1}))
    rig.wait_online("front")

    rig.line.indicate("front", Indication(Led.GREEN, led_ms=3000, buzzer_ms=150))
    rig.turn_for(0.5)

    assert [told for told in far.got() if "command" in told] == []
    assert rig.is_online("front")


def test_what_a_reader_has_refused_twice_takes_it_offline_no_third_time(rig: LineRig) -> None:
    far = rig.bus.plug(a_front(refuses=[3]))
    for _ in range(2):
        rig.wait_online("front")
        rig.line.indicate("front", Indication(buzzer_ms=150))
        rig.until(lambda: not rig.is_online("front"), what="the refusal")

    rig.wait_online("front")
    rig.line.indicate("front", Indication(Led.RED, buzzer_ms=150))
    rig.turn_for(1.0)

    assert rig.is_online("front")
    assert [told["command"] for told in far.got() if "command" in told].count(3) == 2


def test_one_that_dies_harms_not_the_other_and_is_back(rig: LineRig) -> None:
    dying, other = rig.bus.plug(a_front()), rig.bus.plug(a_back())
    rig.wait_online("front", "back")

    rig.bus.pull(dying)
    rig.until(lambda: not rig.is_online("front"), what="front offline")
    for number in range(20):
        rig.show(other, 6, frame_of_card(f"H10301:2:{number + 1}"))
    assert not rig.is_online("front")
    rig.bus.plug(a_front())
    rig.wait_online("front", "back")

    assert whys(rig, "front").count(f"{LOST}: {NO_ANSWER}") == 1


@pytest.mark.long
def test_one_that_is_gone_is_asked_at_least_every_three_seconds_and_so_is_back_within_five(rig: LineRig) -> None:
    gone = rig.bus.plug(a_front())
    rig.wait_online("front")
    rig.bus.pull(gone)
    rig.until(lambda: not rig.is_online("front"), what="front offline")
    asked, end = [time.monotonic()], time.monotonic() + BEYOND_ALL_TRIES_SECONDS
    while time.monotonic() < end:
        before = len(rig.bus.asked)
        rig.turn()
        if len(rig.bus.asked) > before:
            asked.append(time.monotonic())

    assert max(later - earlier for earlier, later in pairwise([*asked, end])) < 4.0
    assert len(asked) > 5


def test_a_reader_that_restarts_is_back_by_a_new_channel(rig: LineRig) -> None:
    first = rig.bus.plug(a_front())
    rig.wait_online("front")
    rig.bus.pull(first)
    again = rig.bus.plug(a_front())
    rig.show(again, 5, frame_of_card(ADA))

    assert {why.partition(":")[0] for why in whys(rig, "front")} <= {LOST, "no answer"}
    assert rig.cards() == [("front", ADA)]


@pytest.mark.long
def test_a_reader_that_is_gone_before_its_channel_ever_stood_has_lost_none(rig: LineRig) -> None:
    rig.until(lambda: whys(rig, "front"), what="front offline")

    assert whys(rig, "front") == [NO_ANSWER]


def test_a_reader_with_another_key_is_never_online(rig: LineRig) -> None:
    far = rig.bus.plug(a_front(key=OTHER_KEY.hex()), a_back())
    far.card(5, frame_of_card(ADA))
    rig.until(lambda: any(isinstance(event, ReaderOffline) for event in rig.events), what="why")
    rig.turn_for(6.0)

    rig.wait_online("back")

    assert set(whys(rig, "front")) <= {NO_CHANNEL, NO_ANSWER}
    assert (rig.is_online("front"), rig.cards()) == (False, [])


def test_a_reader_without_a_key_is_not_spoken_to(tmp_path: Path) -> None:
    rig = LineRig(tmp_path, {5: FRONT, 6: BACK}, {"back": OTHER_KEY})
    try:
        rig.bus.plug(a_front(), a_back())
        rig.wait_online("back")

        assert [(e.reader, e.why) for e in rig.events if isinstance(e, ReaderOffline)] == [("front", UNPAIRED)]
        assert {frame[frame.index(0x53) + 1] for frame in rig.bus.asked} == {6}
    finally:
        rig.close()


def test_a_port_that_is_gone_takes_its_readers_offline(tmp_path: Path) -> None:
    rig = LineRig(tmp_path, {5: FRONT}, {"front": KEY})
    try:
        rig.bus.plug(a_front())
        rig.wait_online("front")
        (gone,) = rig.protocol.closed(0.0, "gone")
        assert gone == ReaderOffline("front", 0.0, f"{LOST}: gone")
        assert rig.protocol.closed(0.5, "gone") == []
        assert rig.protocol.tick(1.0) == []
        assert rig.protocol.data_to_send() == b""
    finally:
        rig.close()
