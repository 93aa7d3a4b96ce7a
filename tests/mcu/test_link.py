"""The firmware's end of the link keeps the contract that Python's does, joined to the host of the door process."""

import pytest

from firmware_bridge.bridge_messages import HostHello, Inputs, ReadInputs, SetLed, Tamper, pack, readings_of, unpack
from firmware_bridge.framing import FrameDecoder, encode_frame
from tests.firmware_bridge.link_contract import LinkContract
from tests.mcu.firmware import Firmware, FirmwareLink


class TestFirmware(LinkContract):
    firmware: Firmware

    @pytest.fixture(autouse=True, scope="class")
    @staticmethod
    def compiled(request: pytest.FixtureRequest, firmware: Firmware) -> None:
        request.cls.firmware = firmware

    def a_device(self, *, boot: int) -> FirmwareLink:
        return FirmwareLink(self.firmware, boot=boot)


def said(device: FirmwareLink, now: float) -> list[bytes]:
    """Take the bodies that the device sends now."""
    return [body for body in FrameDecoder().receive(device.data_to_send(now), now) if isinstance(body, bytes)]


def a_device_with_host(firmware: Firmware) -> FirmwareLink:
    device = FirmwareLink(firmware, boot=1)
    device.receive(encode_frame(pack(HostHello(1, 7))), 0.0)
    said(device, 0.0)
    return device


def test_a_number_that_cannot_be_ends_the_session(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)

    assert device.receive(encode_frame(pack(SetLed(0, 1, 0), 5)), 0.1) == []
    assert said(device, 0.1) == [bytes.fromhex("8100 01 00000001 00000000 02")]


def test_a_host_of_another_version_sees_ours_and_opens_nothing(firmware: Firmware) -> None:
    device = FirmwareLink(firmware, boot=1)
    device.receive(encode_frame(bytes.fromhex("0100 02 00000007 1234")), 0.0)

    assert said(device, 0.0) == [bytes.fromhex("8100 01 00000001 00000000 02")] * 2


@pytest.mark.parametrize("body", ["0700", "3f0001", "040001", "050000ffff00", "0600", "8400", "8500"])
def test_what_cannot_be_understood_is_acknowledged_and_does_nothing(firmware: Firmware, body: str) -> None:
    device = a_device_with_host(firmware)

    assert device.receive(encode_frame(bytes.fromhex(body)), 0.1) == []
    assert said(device, 0.1) == [b"\x82\x00"]


def test_inputs_are_told_as_often_as_the_host_asks_and_of_channels_that_are_there(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    device.readings = {0: 0.0, 3: 1.0, 5: 0.5}
    device.receive(encode_frame(pack(ReadInputs(0b0010_1011, 20))), 0.5)
    told = [(turn, unpack(body)) for turn in range(50, 101) for body in said(device, turn / 100) if body[0] == 0x80]

    assert [turn for turn, _ in told] == list(range(50, 101, 2))
    (inputs,) = {message for _, message in told}
    assert isinstance(inputs, Inputs)
    assert readings_of(inputs) == {0: 0.0, 3: 1.0, 5: pytest.approx(0.5, abs=1 / 1023)}


def test_a_new_session_forgets_what_the_last_one_asked_for(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    device.readings = {0: 0.5}
    device.receive(encode_frame(pack(ReadInputs(1, 20))) + encode_frame(pack(HostHello(1, 8))), 0.5)

    assert {body[0] for turn in range(50, 150) for body in said(device, turn / 100)} == {0x81, 0x83}


def test_a_new_session_is_told_what_is_not_normal(firmware: Firmware) -> None:
    device = FirmwareLink(firmware, boot=1)
    for reader in (0, 1, 0):
        device.tamper(reader, active=True)
    device.tamper(0, active=False)
    for number in range(4):
        device.receive(encode_frame(pack(HostHello(1, 7))), 0.0)
        said(device, 0.0)
        device.receive(encode_frame(bytes([2, number])), 0.0)
    device.receive(encode_frame(pack(HostHello(1, 8))), 1.0)

    assert [unpack(body) for body in said(device, 1.0) if body[0] == 0x85] == [Tamper(1, 1)]


def test_a_card_that_waited_for_days_is_no_newer_when_the_clock_comes_round(firmware: Firmware) -> None:
    device = FirmwareLink(firmware, boot=1)
    device.burst(0, "1" * 26, 10.0)
    round_of_the_clock = 2**32 / 1000
    for minute in range(0, round(round_of_the_clock), 60):
        device.tick(minute % round_of_the_clock)
    device.tick(10.0)
    device.receive(encode_frame(pack(HostHello(1, 7))), 10.001)

    (burst,) = [body for body in said(device, 10.001) if body[0] == 0x84]
    assert burst[5:7] == b"\xff\xff"
