"""Edges to bursts, in the firmware's C on this computer: every pulse that a reader may send, and what no card is."""

import json
from collections.abc import Callable
from itertools import product
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.bridge_messages import Burst, HostAck, HostHello, Presence, bits_of, pack, unpack
from firmware_bridge.framing import encode_frame
from firmware_bridge.reader_events import PulseTiming
from tests.mcu.firmware import IDLE, Firmware, FirmwareBridge

SAMPLES = Path(__file__).resolve().parents[1] / "vectors" / "wiegand_sample.jsonl"
QUIET_US = 25_000
CARD = "10111101100010001110101110"
bit_strings = st.text("01", min_size=1, max_size=80)


def a_bridge(firmware: Firmware, levels: int = IDLE) -> FirmwareBridge:
    """Start a bridge that has a host."""
    bridge = FirmwareBridge(firmware, levels=levels)
    bridge.receive(encode_frame(pack(HostHello(1, 7))))
    bridge.bodies()
    return bridge


def told(bridge: FirmwareBridge) -> list[Burst | Presence]:
    """Collect what is told of the readers, and acknowledge all of it."""
    found: list[Burst | Presence] = []
    while numbered := [body for body in bridge.bodies() if body[0] >= 0x84]:
        for body in numbered:
            bridge.receive(encode_frame(pack(HostAck(), body[1])))
            message = unpack(body)
            assert isinstance(message, Burst | Presence)
            found.append(message)
    return found


def send(bridge: FirmwareBridge, bits: str, *, reader: int = 0, width: float = 50, interval: float = 2000) -> None:
    """Send bits, and wait until the next could begin."""
    for bit in bits:
        bridge.pulse(2 * reader + int(bit), width)
        bridge.wait(interval - width)


def read(bridge: FirmwareBridge) -> list[str]:
    """Wait for the burst's end; answers with the bits of all bursts."""
    bridge.wait(QUIET_US)
    return [bits_of(burst) for burst in told(bridge) if isinstance(burst, Burst)]


def test_every_sample_frame_arrives_as_it_was_sent(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)

    for sample in map(json.loads, SAMPLES.read_text().splitlines()):
        send(bridge, sample["bits"])
        assert read(bridge) == [sample["bits"]]


@pytest.mark.parametrize(
    ("width", "interval"),
    [
        (width, interval)
        for width, interval in product((20, 50, 100, 400), (200, 500, 2000, 20_000))
        if width < interval
    ],
)
def test_every_pulse_that_readers_send_is_a_bit_and_is_measured(
    firmware: Firmware, width: int, interval: int
) -> None:
    bridge = a_bridge(firmware)
    send(bridge, CARD, width=width, interval=interval)
    bridge.wait(QUIET_US)

    (burst,) = told(bridge)
    assert isinstance(burst, Burst)
    assert (bits_of(burst), burst.timing) == (CARD, PulseTiming(width, width, interval, interval))
    assert QUIET_US / 1000 <= burst.age_ms <= (QUIET_US + interval) / 1000 + 1


@settings(deadline=None)
@given(first=bit_strings, second=bit_strings, chance=st.randoms(use_true_random=False))
def test_both_readers_at_once_do_not_disturb_each_other(
    firmware: Firmware, first: str, second: str, chance: Random
) -> None:
    bridge = a_bridge(firmware)
    edges = sorted(edges_of(first, 0, chance) + edges_of(second, 1, chance))
    before = 0
    for at, line, level in edges:
        bridge.wait(at - before)
        bridge.line(line, level)
        before = at
    bridge.wait(QUIET_US)

    bursts = [burst for burst in told(bridge) if isinstance(burst, Burst)]
    assert {burst.reader: bits_of(burst) for burst in bursts} == {0: first, 1: second}
    assert len(bursts) == 2


def edges_of(bits: str, reader: int, chance: Random) -> list[tuple[int, int, int]]:
    """Play bits with pulses and pauses that change from bit to bit, and a glitch here and there."""
    edges, at = [], chance.randrange(1000)
    for bit in bits:
        line, width = 2 * reader + int(bit), chance.randrange(20, 401)
        edges += [(at, line, 0), (at + width, line, 1)]
        at += width + chance.randrange(100, 2000)
        if chance.random() < 0.3:
            glitch = 2 * reader + chance.randrange(2)
            edges += [(at - 60, glitch, 0), (at - 60 + chance.randrange(1, 10), glitch, 1)]
    return edges


@pytest.mark.parametrize("us", [0.5, 3, 9.5])
def test_what_lasts_less_than_ten_microseconds_is_nothing(firmware: Firmware, us: float) -> None:
    bridge = a_bridge(firmware)
    for bit in CARD:
        line, other = int(bit), 1 - int(bit)
        bridge.pulse(other, us)
        bridge.wait(100)
        bridge.line(line, 0)
        bridge.wait(15)
        bridge.pulse(other, us)  # both lines low
        bridge.wait(15)
        bridge.line(line, 1)  # a high moment within the pulse
        bridge.wait(us)
        bridge.pulse(line, 15)
        bridge.wait(300)

    assert read(bridge) == [CARD]


def test_glitches_alone_are_not_told(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)
    for _ in range(100):
        bridge.pulse(0, 5)
        bridge.wait(3000)

    assert read(bridge) == []


def test_glitches_after_a_card_do_not_hold_it_up(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)
    send(bridge, CARD)
    for _ in range(26):
        bridge.pulse(0, 5)
        bridge.wait(1000)

    assert [bits_of(burst) for burst in told(bridge) if isinstance(burst, Burst)] == [CARD]


def test_one_line_that_rises_while_the_other_falls_leaves_both_bits(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)
    for bit in CARD:
        bridge.line(int(bit), 0)
        bridge.wait(50)
        bridge.line(1 - int(bit), 0)
        bridge.wait(5)
        bridge.line(int(bit), 1)
        bridge.wait(45)
        bridge.line(1 - int(bit), 1)
        bridge.wait(1000)

    assert read(bridge) == ["".join(bit + "10"[int(bit)] for bit in CARD)]


def both_low(bridge: FirmwareBridge) -> None:
    bridge.line(0, 0)
    bridge.pulse(1, 10)
    bridge.wait(20)
    bridge.line(0, 1)


def stuck(bridge: FirmwareBridge) -> None:
    bridge.pulse(0, 1002)


def lost(bridge: FirmwareBridge) -> None:
    bridge.lose_edges()


def too_many(bridge: FirmwareBridge) -> None:
    send(bridge, "1" * (513 - len(CARD)), interval=200)


@pytest.mark.parametrize("trouble", [both_low, stuck, lost, too_many])
def test_of_a_burst_that_could_not_be_followed_no_bit_is_told(
    firmware: Firmware, trouble: Callable[[FirmwareBridge], None]
) -> None:
    bridge = a_bridge(firmware)
    send(bridge, CARD[:13])
    trouble(bridge)
    bridge.wait(1000)
    send(bridge, CARD[13:])

    assert set(read(bridge)) == {""}  # where edges were lost, those of any reader may be missing
    send(bridge, CARD)
    assert read(bridge) == [CARD]


def test_a_line_that_stays_low_is_told_once_and_spoils_what_comes_then(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)
    bridge.line(0, 0)
    assert [read(bridge), read(bridge)] == [[], [""]]
    bridge.wait(70_000)
    send(bridge, CARD.replace("0", "1"))
    assert read(bridge) == [""]

    bridge.line(0, 1)
    assert read(bridge) == []
    send(bridge, CARD)
    assert read(bridge) == [CARD]


def test_512_bits_are_a_burst(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)
    send(bridge, "10" * 256, interval=200)

    assert read(bridge) == ["10" * 256]


def test_a_burst_that_is_cut_short_is_told_as_short_as_it_was(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)
    send(bridge, CARD[:20])
    bridge.wait(QUIET_US)
    send(bridge, CARD[20:])

    assert read(bridge) == [CARD[:20], CARD[20:]]


def test_a_reader_whose_lines_are_both_low_is_not_connected_until_they_are_high(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)
    for line in (2, 3):
        bridge.line(line, 0)
    bridge.wait(45_000)
    assert told(bridge) == []
    bridge.wait(10_000)
    assert told(bridge) == [Presence(1, 0)]

    bridge.line(2, 1)
    bridge.line(3, 1)
    send(bridge, "1010", reader=1)  # what is sent while a reader is being connected
    assert told(bridge) == []
    bridge.wait(55_000)
    assert told(bridge) == [Presence(1, 1)]
    send(bridge, CARD, reader=1)
    assert read(bridge) == [CARD]


def test_a_card_whose_reader_loses_its_power_is_not_told_by_what_was_left(firmware: Firmware) -> None:
    bridge = a_bridge(firmware)
    send(bridge, CARD[:20])
    for line in (0, 1):
        bridge.line(line, 0)
    bridge.wait(200_000)

    assert told(bridge) == [Presence(0, 0)]


def test_a_reader_that_is_not_connected_at_the_start_is_told(firmware: Firmware) -> None:
    bridge = a_bridge(firmware, levels=0b0011)
    bridge.wait(60_000)

    assert told(bridge) == [Presence(1, 0)]
