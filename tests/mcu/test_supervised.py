"""The firmware judges a supervised line as the host does, and tells a reader's tamper contact by it."""

import pytest

from firmware_bridge.bridge_messages import HostAck, HostHello, Tamper, pack, unpack
from firmware_bridge.framing import encode_frame
from firmware_bridge.supervised_line import Level, level_of, read_resistors
from tests.mcu.firmware import MOST_READING, Firmware, FirmwareBridge

RESISTORS = read_resistors("2k2/4k7", "4k7")
SHORT, CLOSED, OPEN, CUT = RESISTORS.ratios
TAMPER_CHANNEL = (2, 5)
UNKNOWN = 4


@pytest.mark.parametrize("before", [*Level, None])
def test_every_reading_is_the_level_that_it_is_in_python(firmware: Firmware, before: Level | None) -> None:
    known = UNKNOWN if before is None else before
    levels = [firmware.level_of(reading, known) for reading in range(MOST_READING + 1)]

    assert levels == [level_of(reading / MOST_READING, RESISTORS, before) for reading in range(MOST_READING + 1)]


def told(bridge: FirmwareBridge) -> list[Tamper]:
    """Collect what is told of tamper contacts, and acknowledge it."""
    found = []
    while numbered := [body for body in bridge.bodies() if body[0] >= 0x84]:
        for body in numbered:
            bridge.receive(encode_frame(pack(HostAck(), body[1])))
            message = unpack(body)
            assert isinstance(message, Tamper)
            found.append(message)
    return found


def hold(bridge: FirmwareBridge, reader: int, share: float, *, ms: int) -> None:
    """Read one voltage at a reader's tamper line for a while, each 8 ms as the converter comes round."""
    for _ in range(0, ms, 8):
        bridge.read(TAMPER_CHANNEL[reader], share)
        bridge.wait(8000)


@pytest.fixture
def bridge(firmware: Firmware) -> FirmwareBridge:
    bridge = FirmwareBridge(firmware)
    bridge.receive(encode_frame(pack(HostHello(1, 7))))
    return bridge


@pytest.mark.parametrize("reader", [0, 1])
@pytest.mark.parametrize("share", [SHORT, OPEN, CUT])
def test_anything_but_a_closed_contact_is_tampering_until_it_is_closed(
    bridge: FirmwareBridge, reader: int, share: float
) -> None:
    hold(bridge, reader, CLOSED, ms=100)
    assert told(bridge) == []
    hold(bridge, reader, share, ms=100)
    assert told(bridge) == [Tamper(reader, 1)]
    hold(bridge, reader, CLOSED, ms=100)
    assert told(bridge) == [Tamper(reader, 0)]


def test_a_cut_that_becomes_a_short_is_no_news(bridge: FirmwareBridge) -> None:
    for share in (CUT, SHORT, OPEN):
        hold(bridge, 0, share, ms=100)

    assert told(bridge) == [Tamper(0, 1)]


def test_a_contact_that_bounces_for_less_than_thirty_milliseconds_is_not_told(bridge: FirmwareBridge) -> None:
    for _ in range(20):
        hold(bridge, 0, OPEN, ms=24)
        hold(bridge, 0, CLOSED, ms=8)

    assert told(bridge) == []


def test_a_contact_that_is_open_at_the_start_is_told(firmware: Firmware) -> None:
    bridge = FirmwareBridge(firmware)
    hold(bridge, 1, OPEN, ms=100)
    bridge.receive(encode_frame(pack(HostHello(1, 7))))

    assert Tamper(1, 1) in told(bridge)
