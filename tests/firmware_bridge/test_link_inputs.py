"""Supervised lines over the link, both ends joined: what is asked for is told, and ends of other ages get along."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_bridge.bridge_messages import (
    BridgeHello,
    Inputs,
    ReadInputs,
    channel_bits,
    inputs_of,
    pack,
    readings_of,
    unpack,
)
from firmware_bridge.bridge_protocol import INPUTS_EVERY_MS, BridgeProtocol
from firmware_bridge.device_protocol import DeviceProtocol
from firmware_bridge.framing import FrameDecoder, encode_frame
from firmware_bridge.line_watch import START_SECONDS
from firmware_bridge.reader_events import CardRead, LinesChanged, ReaderOnline, ReadFault
from firmware_bridge.reader_protocol import Indication
from firmware_bridge.supervised_line import AlarmWhen, LineState, SupervisedInput, ratio_of, read_resistors
from firmware_bridge.wiegand import encode
from tests.firmware_bridge.bridge_link import BACK, FRONT, SESSION, Link, a_host, framed, of_kind
from tests.firmware_bridge.link_contract import spoils, turn_over_a_bad_line

RESISTORS = read_resistors("2k2/4k7", "4k7")
CONTACT = SupervisedInput("front.contact", RESISTORS, AlarmWhen.OPEN)
REX = SupervisedInput("front.rex", RESISTORS, AlarmWhen.CLOSED)
AT_REST = {0: ratio_of(LineState.NORMAL, CONTACT), 5: ratio_of(LineState.NORMAL, REX)}


def a_host_with_lines() -> BridgeProtocol:
    host = BridgeProtocol({0: FRONT, 1: BACK}, line="lobby", session=SESSION, inputs={0: CONTACT, 5: REX})
    host.opened(0.0)
    return host


def a_device(readings: dict[int, float] | None = None) -> DeviceProtocol:
    device = DeviceProtocol(boot=1)
    device.readings = dict(AT_REST if readings is None else readings)
    return device


def states_told(link: Link[DeviceProtocol]) -> list[tuple[str, LineState]]:
    events = of_kind(link.events, LinesChanged)
    return [(change.name, change.state) for event in events for change in event.changes]


def put(link: Link[DeviceProtocol], wired: SupervisedInput, state: LineState) -> None:
    link.device.readings[0 if wired is CONTACT else 5] = ratio_of(state, wired)


@pytest.fixture
def link() -> Link[DeviceProtocol]:
    link = Link(a_host_with_lines(), a_device())
    link.turns(8)
    return link


@given(st.dictionaries(st.integers(0, 7), st.floats(0, 1)))
def test_readings_of_any_channels_are_packed_and_unpacked(readings: dict[int, float]) -> None:
    inputs = unpack(pack(inputs_of(readings)))

    assert isinstance(inputs, Inputs)
    assert readings_of(inputs) == pytest.approx(readings, abs=1 / 65535)


@pytest.mark.parametrize("data", [b"", b"\x00", b"\x00\x00\x00", b"\x00" * 6])
def test_readings_that_do_not_fit_their_channels_are_no_message(data: bytes) -> None:
    assert unpack(pack(Inputs(channel_bits((0, 3)), data))) is None


def test_what_is_at_rest_at_the_start_is_told_together(link: Link[DeviceProtocol]) -> None:
    (event,) = of_kind(link.events, LinesChanged)

    assert event.reader == "lobby"
    assert [(change.name, change.state, change.initial) for change in event.changes] == [
        ("front.contact", LineState.NORMAL, True),
        ("front.rex", LineState.NORMAL, True),
    ]


@pytest.mark.parametrize("state", [LineState.ALARM, LineState.OPEN_LINE, LineState.SHORT])
def test_a_line_that_changes_is_told_within_a_tenth_of_a_second(link: Link[DeviceProtocol], state: LineState) -> None:
    link.take_events()
    put(link, CONTACT, state)
    link.turns(3)

    assert states_told(link) == [("front.contact", state)]


def test_a_bridge_that_restarts_is_asked_again(link: Link[DeviceProtocol]) -> None:
    link.device = a_device()
    put(link, REX, LineState.ALARM)
    link.turns(60)

    assert states_told(link)[-1] == ("front.rex", LineState.ALARM)


def test_a_bridge_that_falls_silent_leaves_its_lines_silent(link: Link[DeviceProtocol]) -> None:
    link.take_events()
    for _ in range(30):
        link.turn(to_host=lambda _: b"")

    assert states_told(link) == [("front.contact", LineState.SILENT), ("front.rex", LineState.SILENT)]


def test_a_cable_that_is_pulled_leaves_lines_silent_at_once(link: Link[DeviceProtocol]) -> None:
    events = link.host.closed(link.now, "hung up")

    (event,) = of_kind(events, LinesChanged)
    assert {change.state for change in event.changes} == {LineState.SILENT}


def test_a_channel_that_the_bridge_does_not_have_is_silent() -> None:
    link = Link(a_host_with_lines(), a_device({0: AT_REST[0]}))
    link.turns(round(START_SECONDS / 0.05) + 10)

    assert states_told(link) == [("front.contact", LineState.NORMAL), ("front.rex", LineState.SILENT)]


def test_an_older_bridge_takes_the_question_for_nothing_and_reads_cards_as_ever() -> None:
    host = a_host_with_lines()
    older = DeviceProtocol(boot=1)  # it has no readings, as one that does not know ReadInputs sends none
    link = Link(host, older)
    link.turns(5)
    link.device.burst(0, encode("H10301", facility_code=1, card_number=7), link.now)
    link.turns(3)

    assert len(of_kind(link.events, CardRead)) == 1
    assert of_kind(link.events, ReadFault) == []


def test_a_code_that_the_bridge_does_not_know_is_acknowledged_and_shows_nothing() -> None:
    device = a_device()
    device.receive(framed(ReadInputs(0, 0)), 0.0)  # before a session: no more than a greeting
    link = Link(a_host(), device)
    link.turns(4)
    body = bytes((0x3F, 0, 1, 2, 3))
    shown = device.receive(encode_frame(body), link.now)

    assert shown == []
    assert [frame[0] for frame in frames_in(device.data_to_send(link.now))] == [0x82]


def test_a_bridge_sends_no_readings_to_a_host_that_does_not_ask() -> None:
    link = Link(a_host(), a_device())
    link.turns(60)

    assert of_kind(link.events, ReadFault) == []
    assert of_kind(link.events, LinesChanged) == []


def test_readings_of_a_bridge_that_has_not_joined_count_for_nothing() -> None:
    host = a_host_with_lines()
    frame = framed(inputs_of({0: 1.0}))

    events = [*host.receive(frame, 0.1), *host.receive(frame, 0.2), *host.receive(frame, 0.3)]

    assert events == []


def test_the_question_names_the_channels_and_how_often() -> None:
    host = a_host_with_lines()
    host.data_to_send()
    host.receive(framed(BridgeHello(1, boot=1, session=SESSION, readers=2)), 0.0)

    asked = [unpack(frame) for frame in frames_in(host.data_to_send())]
    assert asked == [ReadInputs(channel_bits((0, 5)), INPUTS_EVERY_MS)]


def test_a_host_may_ask_for_no_more(link: Link[DeviceProtocol]) -> None:
    link.device.receive(framed(ReadInputs(0, 0), 1), link.now)
    link.device.data_to_send(link.now)
    link.now += 1.0
    link.device.tick(link.now)

    codes = [frame[0] for frame in frames_in(link.device.data_to_send(link.now))]
    assert 0x80 not in codes


@settings(max_examples=40, deadline=None)
@given(spoils, spoils, st.sampled_from([LineState.ALARM, LineState.OPEN_LINE, LineState.SHORT]))
def test_over_a_bad_line_the_last_state_is_told_and_cards_are_read(
    to_host: list[tuple[float, str]], to_device: list[tuple[float, str]], state: LineState
) -> None:
    link = Link(a_host_with_lines(), a_device())
    put(link, CONTACT, state)
    link.host.indicate("front", Indication(buzzer_ms=50))
    turn_over_a_bad_line(link, to_host, to_device)
    link.turns(120)
    link.device.burst(0, encode("H10301", facility_code=1, card_number=7), link.now)
    link.turns(10)

    contact = [told for name, told in states_told(link) if name == "front.contact"]
    assert contact[-1] is state
    assert len(of_kind(link.events, ReaderOnline)) >= 2
    assert len(of_kind(link.events, CardRead)) == 1


def frames_in(data: bytes) -> list[bytes]:
    return [frame for frame in FrameDecoder().receive(data, 0.0) if isinstance(frame, bytes)]
