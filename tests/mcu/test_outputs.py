"""Lights, buzzers and strikes: what the host asks for, for so long, and no strike without its host."""

import pytest

from firmware_bridge.bridge_messages import Buzz, HostHeartbeat, HostHello, HostMessage, SetLed, SetStrike, pack
from firmware_bridge.bridge_protocol import BridgeProtocol
from firmware_bridge.framing import encode_frame
from firmware_bridge.strike_outputs import StrikeOutputs
from tests.mcu.firmware import Firmware, FirmwareBridge

RED, GREEN = 1, 2
A_SECOND = 1_000_000


def say(bridge: FirmwareBridge, message: HostMessage, number: int = 0) -> None:
    bridge.receive(encode_frame(pack(message, number)))


def wait_heard(bridge: FirmwareBridge, seconds: float) -> None:
    """Let time pass while the host's heartbeat comes."""
    for _ in range(round(seconds * 2)):
        say(bridge, HostHeartbeat())
        bridge.wait(A_SECOND / 2)


def released(bridge: FirmwareBridge) -> list[bool]:
    return list(bridge.shown().released)


@pytest.fixture
def bridge(firmware: Firmware) -> FirmwareBridge:
    bridge = FirmwareBridge(firmware)
    say(bridge, HostHello(1, 7))
    return bridge


def test_an_led_is_lit_for_as_long_as_asked_at_its_reader_alone(bridge: FirmwareBridge) -> None:
    say(bridge, SetLed(1, GREEN, 1500))
    assert list(bridge.shown().colours) == [0, GREEN]
    bridge.wait(1_499_000)
    assert list(bridge.shown().colours) == [0, GREEN]
    bridge.wait(1000)

    assert list(bridge.shown().colours) == [0, 0]


def test_an_led_without_a_time_is_lit_until_the_next(bridge: FirmwareBridge) -> None:
    say(bridge, SetLed(0, RED | GREEN, 0))
    wait_heard(bridge, 100)
    assert list(bridge.shown().colours) == [RED | GREEN, 0]
    say(bridge, SetLed(0, 0, 0), 1)

    assert list(bridge.shown().colours) == [0, 0]


def test_a_buzzer_sounds_for_as_long_as_asked(bridge: FirmwareBridge) -> None:
    say(bridge, Buzz(0, 120))
    assert list(bridge.shown().sounds) == [True, False]
    bridge.wait(120_000)

    assert list(bridge.shown().sounds) == [False, False]


@pytest.mark.parametrize(
    "message",
    [SetLed(2, 3, 0), SetLed(3, 3, 0), Buzz(255, 100), SetStrike(2, 5000), SetStrike(3, 5000), SetStrike(255, 5000)],
)
def test_what_is_not_there_is_left_alone(bridge: FirmwareBridge, message: HostMessage) -> None:
    say(bridge, message)
    shown = bridge.shown()

    assert [*shown.colours, *shown.sounds, *shown.released] == [0] * 6


def test_readers_blink_red_while_nobody_listens(bridge: FirmwareBridge) -> None:
    say(bridge, SetLed(0, GREEN, 0))
    looks = []
    for _ in range(900):
        bridge.wait(10_000)
        looks.append(tuple(bridge.shown().colours))

    assert set(looks[:499]) == {(GREEN, 0)}
    assert set(looks[500:]) == {(RED, RED), (0, 0)}
    assert 10 <= looks[500:].count((RED, RED)) <= 30
    say(bridge, HostHeartbeat())
    assert list(bridge.shown().colours) == [GREEN, 0]


def test_readers_blink_before_any_host_was_heard(firmware: Firmware) -> None:
    bridge = FirmwareBridge(firmware)

    assert list(bridge.shown().colours) == [RED, RED]


def test_a_strike_is_released_for_as_long_as_asked_and_no_other_is(bridge: FirmwareBridge) -> None:
    say(bridge, SetStrike(1, 2000))
    assert released(bridge) == [False, True]
    wait_heard(bridge, 1.5)
    assert released(bridge) == [False, True]
    wait_heard(bridge, 0.5)

    assert released(bridge) == [False, False]


def test_a_strike_is_secured_when_it_is_asked(bridge: FirmwareBridge) -> None:
    say(bridge, SetStrike(0, 5000))
    say(bridge, SetStrike(0, 0), 1)

    assert released(bridge) == [False, False]


def test_no_strike_is_released_for_more_than_thirty_seconds(bridge: FirmwareBridge) -> None:
    say(bridge, SetStrike(0, 65_535))
    wait_heard(bridge, 29.5)
    assert released(bridge) == [True, False]
    wait_heard(bridge, 0.5)

    assert released(bridge) == [False, False]


def test_a_strike_is_secured_when_the_host_is_not_heard_for_three_seconds(bridge: FirmwareBridge) -> None:
    say(bridge, SetStrike(0, 20_000))
    bridge.wait(2.99 * A_SECOND)
    assert released(bridge) == [True, False]
    bridge.wait(0.01 * A_SECOND)
    assert released(bridge) == [False, False]

    say(bridge, HostHeartbeat())
    assert released(bridge) == [False, False]


def test_a_strike_is_secured_when_the_ends_disagree(bridge: FirmwareBridge) -> None:
    say(bridge, SetStrike(0, 20_000))
    say(bridge, SetStrike(0, 20_000), 77)

    assert released(bridge) == [False, False]


def test_a_strike_command_that_is_repeated_does_not_release_for_longer(bridge: FirmwareBridge) -> None:
    say(bridge, SetStrike(0, 2000))
    wait_heard(bridge, 1.5)
    say(bridge, SetStrike(0, 2000))
    wait_heard(bridge, 0.5)

    assert released(bridge) == [False, False]


def test_without_a_session_no_strike_is_released(firmware: Firmware) -> None:
    bridge = FirmwareBridge(firmware)
    say(bridge, SetStrike(0, 5000))

    assert released(bridge) == [False, False]


def test_firmware_that_was_built_without_strikes_releases_none(firmware: Firmware) -> None:
    bridge = FirmwareBridge(firmware, strikes=False)
    say(bridge, HostHello(1, 7))
    say(bridge, SetStrike(0, 5000))

    assert released(bridge) == [False, False]


class HostOfAStrike:
    """The host of the door process at the firmware's frames, both in one time."""

    def __init__(self, firmware: Firmware) -> None:
        self.bridge = FirmwareBridge(firmware)
        self.outputs = StrikeOutputs((0,))
        self.now = 0.0
        self._protocol = BridgeProtocol({}, session=7, strikes=self.outputs)
        self._protocol.opened(0.0)
        self.run(2)

    def drive(self, *, released: bool) -> None:
        self.outputs.drive(0, released=released, now=self.now)

    def run(self, seconds: float, *, is_cut: bool = False) -> list[bool]:
        """Let time pass, 10 ms a turn; tell in each whether the strike is released."""
        states = []
        for _ in range(round(seconds * 100)):
            self.now += 0.01
            self.bridge.wait(A_SECOND / 100)
            heard = b"".join(encode_frame(body) for body in self.bridge.bodies())
            self._protocol.receive(b"" if is_cut else heard, self.now)
            self._protocol.tick(self.now)
            data = self._protocol.data_to_send()
            self.bridge.receive(b"" if is_cut else data)
            states.append(released(self.bridge)[0])
        return states


@pytest.mark.parametrize("seconds", [0.5, 5, 29, 31, 65])
def test_a_strike_of_the_host_is_released_for_its_time_also_beyond_the_limit(
    firmware: Firmware, seconds: float
) -> None:
    host = HostOfAStrike(firmware)
    host.drive(released=True)
    while_released = host.run(seconds)
    host.drive(released=False)
    afterwards = host.run(12)

    assert False not in while_released[2:]
    assert True not in afterwards[2:]
    assert host.outputs.doubtful(host.now) == frozenset()


def test_a_line_that_is_cut_secures_the_strike_of_the_host_and_gives_it_back_when_it_is_joined(
    firmware: Firmware,
) -> None:
    host = HostOfAStrike(firmware)
    host.drive(released=True)
    host.run(1)
    cut = host.run(10, is_cut=True)
    joined = host.run(3)

    assert 190 <= cut.index(False) <= 300
    assert True not in cut[300:]
    assert joined[-1] is True
