"""What every bridge's end of the link must do, joined to a host by a bad line: every card and every command once."""

from abc import ABC, abstractmethod
from functools import partial
from itertools import pairwise, zip_longest

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from firmware_bridge.bridge_messages import Buzz, SetLed
from firmware_bridge.bridge_protocol import BridgeProtocol, LinkTiming
from firmware_bridge.reader_events import (
    CardRead,
    FaultKind,
    ReaderOffline,
    ReaderOnline,
    ReaderTamper,
    ReadFault,
)
from firmware_bridge.reader_protocol import Indication, Led
from firmware_bridge.wiegand import encode
from tests.firmware_bridge.bridge_link import DeviceEnd, DeviceT, Link, a_host, a_link_to, of_kind

ONE_LAW_TWO_ENDS = [HealthCheck.differing_executors]
PATIENT = LinkTiming(max_age_seconds=60.0)
spoils = st.lists(st.tuples(st.floats(0, 0.999), st.sampled_from(["drop", "flip", "cut", "noise"])), max_size=40)


def a_frame(number: int) -> str:
    return encode("H10301", facility_code=1, card_number=number)


def spoiled(data: bytes, place: float, how: str) -> bytes:
    position = int(place * len(data))
    return {
        "drop": b"",
        "flip": data[:position] + bytes([data[position] ^ 0x10]) + data[position + 1 :] if data else b"",
        "cut": data[:position],
        "noise": b"\x00\x07\xff" + data,
    }[how]


def turn_over_a_bad_line(
    link: Link[DeviceT], to_host: list[tuple[float, str]], to_device: list[tuple[float, str]]
) -> None:
    """Turn once for each way in which the line spoils what it carries; where one side has none left, noise."""
    for bad_in, bad_out in zip_longest(to_host, to_device, fillvalue=(0.0, "noise")):
        link.turn(
            to_host=partial(spoiled, place=bad_in[0], how=bad_in[1]),
            to_device=partial(spoiled, place=bad_out[0], how=bad_out[1]),
        )


def numbers_read(link: Link[DeviceT]) -> list[int]:
    return [int(read.card.rpartition(":")[2]) for read in of_kind(link.events, CardRead)]


class LinkContract(ABC):
    """Derived from by the tests of one bridge's end, which say how one is made."""

    @abstractmethod
    def a_device(self, *, boot: int) -> DeviceEnd:
        """Start a bridge."""

    def a_link(self, host: BridgeProtocol | None = None) -> Link[DeviceEnd]:
        """Join a bridge to a host."""
        return a_link_to(self.a_device(boot=1), host)

    @settings(max_examples=60, deadline=None, suppress_health_check=ONE_LAW_TWO_ENDS)
    @given(st.integers(1, 8), spoils, spoils)
    def test_every_card_arrives_once_and_in_order_over_a_bad_line(
        self, cards: int, to_host: list[tuple[float, str]], to_device: list[tuple[float, str]]
    ) -> None:
        link = self.a_link(a_host(timing=PATIENT))
        for number in range(1, cards + 1):
            link.device.burst(0, a_frame(number), link.now)
        turn_over_a_bad_line(link, to_host, to_device)
        link.turns(120)

        assert numbers_read(link) == list(range(1, cards + 1))

    @settings(max_examples=30, deadline=None, suppress_health_check=ONE_LAW_TWO_ENDS)
    @given(st.lists(st.integers(1, 60000), min_size=1, max_size=8), spoils)
    @example([1, 15], [(0.0, "noise"), (0.875, "cut"), (0.0, "noise")])  # the CRC ends in 00, which is cut off
    def test_every_command_arrives_once_and_in_order_over_a_bad_line(
        self, tones: list[int], bad: list[tuple[float, str]]
    ) -> None:
        link = self.a_link()
        for tone in tones:
            link.host.indicate("front", Indication(buzzer_ms=tone))
        for place, how in bad:
            link.turn(to_device=partial(spoiled, place=place, how=how))
        link.turns(80)

        assert link.shown == [Buzz(0, tone) for tone in tones]

    def test_indication_reaches_its_reader(self) -> None:
        link = self.a_link()
        link.host.indicate("back", Indication(Led.AMBER, led_ms=1500, buzzer_ms=80))
        link.turns(4)

        assert link.shown == [SetLed(1, 3, 1500), Buzz(1, 80)]

    def test_more_cards_than_numbers_pass(self) -> None:
        link = self.a_link()
        for number in range(1, 601):
            link.device.burst(0, a_frame(number), link.now)
            link.turn(0.01)
        link.turns(5)

        assert numbers_read(link) == list(range(1, 601))

    def test_card_presented_while_no_host_listens_is_too_old_when_one_comes(self) -> None:
        device = self.a_device(boot=1)
        device.burst(0, a_frame(1), 0.0)
        link = Link(a_host(), device)
        link.now = 10.0
        link.turns(5)

        assert not numbers_read(link)
        assert [fault.kind for fault in of_kind(link.events, ReadFault)] == [FaultKind.STALE]

    def test_a_card_that_is_sent_by_a_time_read_before_it_came_is_new(self) -> None:
        link = self.a_link()

        link.device.burst(0, a_frame(1), link.now + 0.06)
        link.turn()

        assert numbers_read(link) == [1]

    def test_restarted_device_is_told_and_its_cards_arrive(self) -> None:
        link = self.a_link()
        link.device.burst(0, a_frame(1), link.now)
        link.turns(2)
        link.device = self.a_device(boot=2)
        link.turns(30)
        link.device.burst(0, a_frame(2), link.now)
        link.turns(2)

        assert numbers_read(link) == [1, 2]
        assert [type(event) for event in link.events if not isinstance(event, CardRead)] == [
            ReaderOffline,
            ReaderOffline,
            ReaderOnline,
            ReaderOnline,
        ]

    def test_restarted_host_hears_the_device_and_what_is_not_normal(self) -> None:
        link = self.a_link()
        link.device.tamper(1, active=True)
        link.turns(3)
        link = Link(a_host(session=99), link.device)
        link.turns(30)

        assert of_kind(link.events, ReaderTamper)
        assert [event.reader for event in of_kind(link.events, ReaderOnline)] == ["front", "back"]

    def test_command_under_way_at_a_silence_is_shown_once_and_the_next_one_too(self) -> None:
        link = self.a_link()
        link.host.indicate("front", Indication(buzzer_ms=1))
        link.turn()
        for _ in range(100):
            link.turn(to_host=lambda _: b"")
        link.turns(30)
        link.host.indicate("front", Indication(buzzer_ms=2))
        link.turns(10)

        assert link.shown == [Buzz(0, 1), Buzz(0, 2)]

    def test_long_silence_ends_in_one_offline_and_one_online(self) -> None:
        link = self.a_link()
        for _ in range(100):
            link.turn(to_host=lambda _: b"")
        link.turns(30)
        changes = [event for event in link.events if event.reader == "front"]

        assert [type(event) for event in changes] == [ReaderOffline, ReaderOnline]
        assert all(first.at <= second.at for first, second in pairwise(changes))

    def test_full_queue_of_the_device_is_told_when_the_host_is_back(self) -> None:
        link = self.a_link()
        for number in range(1, 12):
            link.device.burst(0, a_frame(number), link.now)
        link.turns(60)

        assert numbers_read(link) == list(range(1, 9))
        (fault,) = of_kind(link.events, ReadFault)
        assert (fault.kind, fault.detail) == (FaultKind.LOST, "3 messages: the queue was full")
