"""Strikes that a bridge drives, host and bridge joined by a line that may be cut or bad."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.bridge_messages import HostHeartbeat, HostHello, SetStrike, pack
from firmware_bridge.bridge_protocol import BridgeProtocol
from firmware_bridge.device_protocol import DeviceProtocol
from firmware_bridge.framing import encode_frame
from firmware_bridge.reader_events import ReaderOnline
from firmware_bridge.reader_protocol import Indication, Led
from firmware_bridge.strike_outputs import CONFIRM_SECONDS, REFRESH_SECONDS, RELEASE_MS, START_SECONDS, StrikeOutputs
from tests.firmware_bridge.bridge_link import FRONT, SESSION, Link, Spoil, of_kind

TURN = 0.05
GONE_SECONDS = 3.0
SETTLE_SECONDS = 5.0


def nothing(_: bytes) -> bytes:
    """A line that is cut."""
    return b""


class StrikeLink:
    """A host that drives two strikes of a bridge."""

    def __init__(self, *, joined: bool = True) -> None:
        self.outputs = StrikeOutputs((0, 1))
        host = BridgeProtocol({0: FRONT}, session=SESSION, strikes=self.outputs)
        host.opened(0.0)
        self.link: Link[DeviceProtocol] = Link(host, DeviceProtocol(boot=1))
        self.became: list[tuple[float, bool]] = [(0.0, False)]
        if joined:
            self.pass_time(1.0)

    @property
    def now(self) -> float:
        return self.link.now

    def drive(self, *, released: bool) -> None:
        self.outputs.drive(0, released=released, now=self.now)

    def pass_time(self, seconds: float, *, to_host: Spoil = bytes, to_device: Spoil = bytes) -> None:
        """Let both ends speak; what strike 0 becomes is noted with its time."""
        end = self.now + seconds
        while self.now < end - TURN / 2:
            self.link.turn(TURN, to_host=to_host, to_device=to_device)
            if (released := self.is_released) is not self.became[-1][1]:
                self.became.append((self.now, released))

    def be_cut(self, seconds: float) -> None:
        self.pass_time(seconds, to_host=nothing, to_device=nothing)

    @property
    def is_released(self) -> bool:
        return self.link.device.is_released(0, self.now)

    @property
    def is_doubtful(self) -> bool:
        return 0 in self.outputs.doubtful(self.now)


@pytest.fixture
def strike() -> StrikeLink:
    return StrikeLink()


def test_a_strike_is_released_and_secured_with_the_next_bytes_and_no_other_is(strike: StrikeLink) -> None:
    strike.drive(released=True)
    strike.pass_time(TURN)
    assert [strike.link.device.is_released(number, strike.now) for number in (0, 1)] == [True, False]
    strike.drive(released=False)
    strike.pass_time(2 * TURN)

    assert not strike.is_released


def test_a_release_goes_before_all_that_is_to_be_shown(strike: StrikeLink) -> None:
    for _ in range(20):  # more than waits at once
        strike.link.host.indicate("front", Indication(Led.RED, led_ms=100))
    strike.drive(released=True)
    strike.pass_time(2 * TURN)

    assert strike.is_released


def test_a_strike_that_is_to_stay_released_stays_so_beyond_the_bridges_own_limit(strike: StrikeLink) -> None:
    strike.drive(released=True)
    strike.pass_time(100)

    assert [released for _, released in strike.became] == [False, True]


def test_a_release_is_asked_for_again_before_its_time_is_over_and_never_for_longer_than_the_bridge_allows() -> None:
    assert 2 * REFRESH_SECONDS < RELEASE_MS / 1000 <= 30


def test_the_documentation_tells_these_times() -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    release, refresh = f"{RELEASE_MS / 1000:g}", f"{REFRESH_SECONDS:g}"
    link, board = ((docs / name).read_text() for name in ("serial-protocol.md", "board.md"))

    assert f"The host releases for {release} s at a time and says so again each {refresh} s" in link
    assert f"for {release} s, and every {refresh} s for {release} s more while the door is released" in board
    assert f"is not heard ({START_SECONDS:g} s from the opening of the port)" in board


def test_a_bridge_that_does_not_hear_its_host_secures_the_strike_within_three_seconds(strike: StrikeLink) -> None:
    strike.drive(released=True)
    strike.pass_time(1)
    since = strike.now
    strike.be_cut(2 * GONE_SECONDS)

    assert strike.became[-1][1] is False
    assert strike.became[-1][0] - since <= GONE_SECONDS + TURN


def test_a_strike_that_is_to_be_released_still_is_so_again_when_the_line_is_back(strike: StrikeLink) -> None:
    strike.drive(released=True)
    strike.pass_time(1)
    strike.be_cut(10)
    strike.pass_time(3)

    assert strike.is_released


@pytest.mark.parametrize("seconds", [0.3, 1.0, 2.5, 4.0, 60.0])
def test_a_release_that_the_line_held_up_until_the_door_was_locked_again_never_comes(
    strike: StrikeLink, seconds: float
) -> None:
    strike.drive(released=True)
    strike.be_cut(seconds)
    strike.drive(released=False)
    strike.pass_time(10)

    assert strike.became == [(0.0, False)]


@pytest.mark.parametrize("seconds", [0.3, 1.0, 1.5])
def test_a_release_of_which_the_line_lost_the_answer_is_taken_back_all_the_same(
    strike: StrikeLink, seconds: float
) -> None:
    strike.drive(released=True)
    strike.pass_time(seconds, to_host=nothing)
    assert strike.is_released
    strike.drive(released=False)
    strike.pass_time(1)

    assert not strike.is_released


def test_a_release_counts_as_soon_as_the_line_is_back(strike: StrikeLink) -> None:
    strike.be_cut(10)
    strike.link.take_events()
    while not of_kind(strike.link.take_events(), ReaderOnline):
        strike.pass_time(TURN)
    strike.drive(released=True)
    strike.pass_time(0.5)

    assert strike.is_released


def test_a_bridge_that_restarts_is_told_anew(strike: StrikeLink) -> None:
    strike.drive(released=True)
    strike.pass_time(1)
    strike.link.device = DeviceProtocol(boot=2)
    strike.pass_time(3)

    assert len(of_kind(strike.link.events, ReaderOnline)) == 2
    assert strike.is_released


def test_a_strike_is_in_doubt_while_nothing_confirms_it_and_no_longer(strike: StrikeLink) -> None:
    strike.drive(released=True)
    strike.pass_time(CONFIRM_SECONDS / 2, to_host=nothing)
    early = strike.is_doubtful
    strike.pass_time(CONFIRM_SECONDS, to_host=nothing)
    late = strike.is_doubtful
    strike.pass_time(1)

    assert (early, late, strike.is_doubtful) == (False, True, False)


def test_a_strike_that_is_secured_is_in_doubt_too_while_its_bridge_is_not_heard(strike: StrikeLink) -> None:
    assert not strike.is_doubtful
    strike.be_cut(GONE_SECONDS + CONFIRM_SECONDS + 1)

    assert strike.is_doubtful


def test_a_bridge_has_some_seconds_from_the_opening_of_its_port() -> None:
    strike = StrikeLink(joined=False)
    strike.be_cut(START_SECONDS - 1)
    early = strike.is_doubtful
    strike.be_cut(2)

    assert (early, strike.is_doubtful) == (False, True)


spells = st.lists(st.tuples(st.integers(1, 40), st.sampled_from(["", "host", "device", "both"])), max_size=4)
"""For so many turns the line is good, or loses all to one end or both."""


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.booleans(), spells), min_size=1, max_size=6))
def test_a_strike_never_becomes_released_while_it_is_to_be_secured(
    wishes: list[tuple[bool, list[tuple[int, str]]]],
) -> None:
    strike = StrikeLink()
    for released, line in wishes:
        strike.drive(released=released)
        before = strike.is_released
        for lost in (lost for turns, lost in line for _ in range(turns)):
            strike.pass_time(
                TURN,
                to_host=nothing if lost in ("host", "both") else bytes,
                to_device=nothing if lost in ("device", "both") else bytes,
            )
            assert released or before or not strike.is_released
            before = strike.is_released
    strike.pass_time(SETTLE_SECONDS)

    assert strike.is_released is wishes[-1][0]


class TestSimulatedBridge:
    """What the firmware does, the bridge in Python does, too (tests/mcu/test_outputs.py)."""

    def a_bridge(self) -> DeviceProtocol:
        bridge = DeviceProtocol(boot=1)
        bridge.receive(encode_frame(pack(HostHello(1, SESSION))), 0.0)
        return bridge

    def test_no_strike_is_released_for_more_than_thirty_seconds(self) -> None:
        bridge = self.a_bridge()
        bridge.receive(encode_frame(pack(SetStrike(0, 65_535))), 0.0)
        released = []
        for second in range(1, 33):
            bridge.receive(encode_frame(pack(HostHeartbeat())), float(second))
            released.append(bridge.is_released(0, float(second)))

        assert released == [True] * 29 + [False] * 3

    def test_a_strike_is_secured_when_the_host_is_not_heard_for_three_seconds_and_stays_so(self) -> None:
        bridge = self.a_bridge()
        bridge.receive(encode_frame(pack(SetStrike(0, 20_000))), 0.0)

        assert bridge.is_released(0, 2.99)
        bridge.receive(encode_frame(pack(HostHeartbeat())), 3.0)
        assert not bridge.is_released(0, 3.0)

    def test_a_strike_is_secured_when_the_ends_disagree(self) -> None:
        bridge = self.a_bridge()
        bridge.receive(encode_frame(pack(SetStrike(0, 20_000))) + encode_frame(pack(SetStrike(0, 20_000), 77)), 0.0)

        assert not bridge.is_released(0, 0.1)
