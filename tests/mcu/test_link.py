"""The firmware's end of the link keeps the contract that Python's does, joined to the host of the door process."""

import pytest

from firmware_bridge.bridge_messages import (
    HostHello,
    Inputs,
    Presence,
    ReadInputs,
    SetLed,
    SetStrike,
    Tamper,
    pack,
    readings_of,
    unpack,
)
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


@pytest.mark.parametrize("body", ["3f0001", "8400", "8500"])
def test_what_cannot_be_understood_is_acknowledged_and_does_nothing(firmware: Firmware, body: str) -> None:
    device = a_device_with_host(firmware)

    assert device.receive(encode_frame(bytes.fromhex(body)), 0.1) == []
    assert said(device, 0.1) == [b"\x82\x00"]


@pytest.mark.parametrize("body", ["0700", "07000001", "040001", "050000ffff00", "0600", "020000", "030000"])
def test_what_has_lost_bytes_or_has_too_many_is_nothing(firmware: Firmware, body: str) -> None:
    device = a_device_with_host(firmware)

    assert device.receive(encode_frame(bytes.fromhex(body)), 0.1) == []
    assert said(device, 0.1) == []


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


def test_nothing_that_is_numbered_is_said_or_taken_without_a_session(firmware: Firmware) -> None:
    device = FirmwareLink(firmware, boot=1)
    device.burst(0, "1" * 26, 0.0)

    assert device.receive(encode_frame(pack(SetLed(0, 1, 0), 0)), 0.1) == []
    assert {body[0] for turn in range(40) for body in said(device, turn / 10)} == {0x81}


def test_before_the_first_message_of_a_session_none_is_a_repeat(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    device.receive(encode_frame(pack(SetLed(0, 1, 0), 255)), 0.1)

    assert [body[0] for body in said(device, 0.1)] == [0x81]


def test_a_session_that_ends_takes_its_acknowledgement_and_its_readings_with_it(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    device.readings = {0: 0.5}
    device.receive(encode_frame(pack(ReadInputs(1, 20))), 0.1)
    assert said(device, 0.1)[0] == b"\x82\x00"

    device.receive(encode_frame(pack(SetLed(0, 1, 0), 1)) + encode_frame(pack(SetLed(0, 1, 0), 9)), 0.2)

    assert {body[0] for turn in range(2, 20) for body in said(device, turn / 10)} == {0x81}


@pytest.mark.parametrize("hello", ["0100", "010001", "01000100000a", "01000100000a0b0c0d"])
def test_a_hello_that_is_too_short_or_too_long_opens_nothing(firmware: Firmware, hello: str) -> None:
    device = FirmwareLink(firmware, boot=1)
    said(device, 0.0)
    device.receive(encode_frame(bytes.fromhex(hello)), 0.1)

    assert said(device, 0.1) == []


def test_an_acknowledgement_of_nothing_lets_nothing_go(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    device.receive(encode_frame(b"\x02\x00"), 0.1)
    device.burst(0, "1" * 26, 0.1)
    assert [body[:2] for body in said(device, 0.1)] == [b"\x84\x00"]

    device.receive(encode_frame(b"\x02\x01") + encode_frame(b"\x02\x00\x07"), 0.1)
    assert [body[:2] for body in said(device, 0.35)] == [b"\x84\x00"]

    device.receive(encode_frame(b"\x02\x00"), 0.4)
    assert [body[0] for body in said(device, 0.9)] == []


def test_what_was_under_way_is_said_anew_at_once_in_a_new_session(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    device.burst(0, "1" * 26, 0.1)
    said(device, 0.1)
    device.receive(encode_frame(pack(HostHello(1, 8))), 0.11)

    assert [body[0] for body in said(device, 0.11)] == [0x81, 0x84]


def test_the_shortest_time_between_readings_is_ten_milliseconds(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    device.readings = {0: 0.5}
    device.receive(encode_frame(pack(ReadInputs(1, 0))), 0.1)

    told = [turn for turn in range(100, 200) for body in said(device, turn / 1000) if body[0] == 0x80]

    assert told == list(range(100, 200, 10))


def test_what_is_lost_is_counted_and_the_count_stays_at_its_end(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    for _ in range(8 + 0xFFFF + 2):
        device.tamper(0, active=True)

    assert [body for body in said(device, 1.0) if body[0] == 0x83] == [b"\x83\x00\xff\xff"]


def test_a_host_that_was_not_heard_for_days_is_not_there_when_the_clock_comes_round(firmware: Firmware) -> None:
    device = a_device_with_host(firmware)
    device.receive(encode_frame(b"\x03\x00\x01"), 5.0)
    assert [device.hears_host(3000, at) for at in (2.9, 3.1, 5.1)] == [True, False, False]

    round_of_the_clock = 2**32 / 1000
    for minute in range(0, round(round_of_the_clock), 60):
        device.tick(minute % round_of_the_clock)

    assert not device.hears_host(3000, 1.0)


@pytest.mark.parametrize("code", [0x01, 0x02, 0x03, 0x04, 0x3F])
def test_a_body_of_one_byte_is_no_message(firmware: Firmware, code: int) -> None:
    device = a_device_with_host(firmware)

    assert device.receive(encode_frame(bytes([code])), 0.1) == []
    assert said(device, 0.1) == []


@pytest.mark.parametrize("code", [0x40, 0x7F, 0x84, 0xC0, 0xFF])
def test_every_code_from_04_on_of_either_direction_is_numbered(firmware: Firmware, code: int) -> None:
    device = a_device_with_host(firmware)
    device.receive(encode_frame(bytes([code, 0, 1, 2])), 0.1)

    assert said(device, 0.1) == [b"\x82\x00"]


def test_a_command_whose_frame_loses_the_last_byte_of_its_checksum_is_not_acknowledged(firmware: Firmware) -> None:
    frames = ((ms, encode_frame(pack(SetStrike(0, ms), 0))) for ms in range(1, 0x10000))
    milliseconds, whole = next((ms, frame) for ms, frame in frames if frame[-2:] == b"\x01\x00")
    device = a_device_with_host(firmware)

    assert device.receive(whole[:-2] + b"\x00", 0.1) == []
    assert said(device, 0.1) == []
    assert device.receive(whole, 0.2) == [SetStrike(0, milliseconds)]
    assert said(device, 0.2) == [b"\x82\x00"]


def test_a_new_session_is_a_sign_of_life_and_is_told_who_is_not_connected(firmware: Firmware) -> None:
    device = FirmwareLink(firmware, boot=1)
    device.presence(1, present=False)
    for number, session in ((0, 7), (0, 8)):
        device.receive(encode_frame(pack(HostHello(1, session))), 10.0)
        assert device.hears_host(3000, 10.5)
        told = [unpack(body) for body in said(device, 10.0) if body[0] == 0x86]
        device.receive(encode_frame(bytes([2, number])), 10.1)

        assert told == [Presence(1, 0)]
