"""A real pty between a simulated reader and a line: swipes, unplugging, full output, garbage, no waiting."""

import os
import select
import tty
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from firmware_bridge.reader_events import (
    CardRead,
    FaultKind,
    LinesChanged,
    ReaderEvent,
    ReaderOffline,
    ReaderOnline,
    ReadFault,
)
from firmware_bridge.reader_line import OUTPUT_LIMIT, ReaderLine, open_line
from firmware_bridge.reader_options import LineOptions, NumberForm, ReaderKind, ReaderOptions, ReaderSpec
from firmware_bridge.reader_protocol import Indication, Led
from firmware_bridge.serial_port import LONGEST_WAIT_SECONDS, PortLost, SerialPort
from firmware_bridge.simulated_devices import UnknownReader
from firmware_bridge.simulated_reader import PathTaken, SimulatedReader
from firmware_bridge.supervised_line import AlarmWhen, LineState, SupervisedInput, read_resistors
from firmware_bridge.text_frames import frame_format
from firmware_bridge.text_readers import TextReaderProtocol
from firmware_bridge.wiegand import CardDoesNotFit, UnknownFormat
from tests.firmware_bridge.bridge_link import of_kind

ADA = "H10301:123:4567"
TAG = "em4100:3C00CE754C"
LINE = LineOptions(NumberForm.DECIMAL, prefix="<", suffix=">", card_prefix="badge")
WIEGAND = {0: ReaderOptions("front"), 1: ReaderOptions("back", ("H10302", "H10301", "raw"))}


def a_spec(folder: Path, kind: ReaderKind = ReaderKind.BRIDGE) -> ReaderSpec:
    wiegand = WIEGAND if kind is ReaderKind.BRIDGE else {}
    return ReaderSpec("front", kind, str(folder / "tty"), wiegand=wiegand, line=LINE)


CARRIED_SECONDS = 0.005
"""From one end of a pty to the other a worker of the kernel carries the bytes, which has other things to do, too."""


class Bench:
    """A simulated reader and a line, driven in simulated time over a real pty."""

    def __init__(self, spec: ReaderSpec) -> None:
        self.reader = SimulatedReader(spec)
        self.line = open_line(spec)
        self.now = 0.0

    def turns(self, count: int = 8, seconds: float = 0.02) -> list[ReaderEvent]:
        events: list[ReaderEvent] = []
        for _ in range(count):
            self.now += seconds
            self.reader.serve(self.now)
            events += self._receive()
            events += self.line.tick(self.now)
        return events

    def _receive(self) -> list[ReaderEvent]:
        descriptor = self.line.fileno()
        if descriptor is None or not select.select([descriptor], [], [], CARRIED_SECONDS)[0]:
            return []
        return self.line.receive(self.now)


@pytest.fixture
def bench(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = Bench(a_spec(tmp_path, getattr(request, "param", ReaderKind.BRIDGE)))
    bench.turns(4)
    yield bench
    bench.line.close()
    bench.reader.unplug()


def cards(events: list[ReaderEvent]) -> list[tuple[str, str]]:
    return [(read.reader, read.card) for read in of_kind(events, CardRead)]


@pytest.mark.parametrize(
    ("bench", "card"),
    [
        (ReaderKind.BRIDGE, ADA),
        (ReaderKind.RDM6300, TAG),
        (ReaderKind.SUM14, TAG),
        (ReaderKind.ID12, TAG),
        (ReaderKind.EM18, TAG),
        (ReaderKind.R7941E, TAG),
        (ReaderKind.R7941E, "uid:6B3D12D6"),
        (ReaderKind.PARALLAX, TAG),
        (ReaderKind.LINE, "badge:0004711"),
    ],
    indirect=["bench"],
)
def test_swipe_at_every_kind_of_reader_is_one_card(bench: Bench, card: str) -> None:
    bench.reader.swipe("front", card)

    assert cards(bench.turns()) == [("front", card)]


@pytest.mark.parametrize("bench", [ReaderKind.RDM6300], indirect=True)
def test_card_held_at_a_streaming_reader_is_one_card(bench: Bench) -> None:
    bench.reader.swipe("front", TAG, copies=60)

    assert cards(bench.turns(200)) == [("front", TAG)]


def test_swipes_at_two_readers_of_one_bridge_are_told_apart(bench: Bench) -> None:
    bench.reader.swipe("front", ADA)
    bench.reader.swipe("back", "H10302::123456789")
    bench.reader.swipe("back", "raw:38:FFFFFFFF00")

    assert cards(bench.turns()) == [
        ("front", ADA),
        ("back", "H10302::123456789"),
        ("back", "raw:38:FFFFFFFF00"),
    ]


def test_indication_is_seen_at_the_simulated_reader(bench: Bench) -> None:
    bench.line.indicate("back", Indication(Led.GREEN, led_ms=3000, buzzer_ms=100))
    bench.turns()

    assert list(bench.reader.indications) == [
        ("back", Indication(Led.GREEN, led_ms=3000)),
        ("back", Indication(buzzer_ms=100)),
    ]


def test_lines_to_a_bridge_whose_port_never_appears_are_silent_after_a_while(tmp_path: Path) -> None:
    wired = SupervisedInput("front.contact", read_resistors("2k2/4k7", "4k7"), AlarmWhen.OPEN)
    line = open_line(replace(a_spec(tmp_path), inputs={0: wired}))

    events = [event for second in range(100, 110) for event in line.tick(float(second))]

    (changed,) = of_kind(events, LinesChanged)
    assert (changed.at, [it.state for it in changed.changes]) == (106.0, [LineState.SILENT])


def test_unplugged_bridge_is_offline_once_and_online_again_when_plugged(bench: Bench) -> None:
    bench.reader.unplug()
    gone = bench.turns(100)
    bench.reader.replug()
    back = bench.turns(300)
    bench.reader.swipe("front", ADA)

    assert [(type(event), event.reader) for event in gone] == [(ReaderOffline, "front"), (ReaderOffline, "back")]
    assert [(type(event), event.reader) for event in back] == [(ReaderOnline, "front"), (ReaderOnline, "back")]
    assert cards(bench.turns()) == [("front", ADA)]


@pytest.mark.parametrize("bench", [ReaderKind.RDM6300], indirect=True)
def test_unplugged_text_reader_is_offline_once_and_online_again_when_plugged(bench: Bench) -> None:
    bench.reader.unplug()
    gone = bench.turns(100)
    bench.reader.replug()
    back = bench.turns(300)

    assert [type(event) for event in gone] == [ReaderOffline]
    assert [type(event) for event in back] == [ReaderOnline]


def test_reader_that_was_never_there_is_offline_once(tmp_path: Path) -> None:
    line = open_line(a_spec(tmp_path, ReaderKind.RDM6300))
    events = [event for tenth in range(300) for event in line.tick(tenth / 10)]

    assert events == [ReaderOffline("front", 0.0, f"{tmp_path}/tty cannot be opened: No such file or directory")]


def test_port_is_opened_again_with_growing_pauses(tmp_path: Path) -> None:
    port = SerialPort(str(tmp_path / "absent"), 9600)
    tries = []
    for tick in range(4000):
        port.trouble = ""
        port.open(tick / 128)
        if port.trouble:
            tries.append(tick / 128)
    pauses = [later - earlier for earlier, later in pairwise(tries)]

    assert pauses[:6] == pytest.approx([0.1, 0.2, 0.4, 0.8, 1.6, 3.2], abs=1 / 128)
    assert set(pauses[6:]) == {LONGEST_WAIT_SECONDS}


def test_file_that_is_no_terminal_is_named_trouble(tmp_path: Path) -> None:
    (tmp_path / "tty").write_text("not a terminal")
    port = SerialPort(str(tmp_path / "tty"), 9600)

    assert not port.open(0.0)
    assert "cannot be opened" in port.trouble


def test_second_opener_is_refused(bench: Bench, tmp_path: Path) -> None:
    second = SerialPort(str(tmp_path / "tty"), 115200)

    assert not second.open(0.0)


def test_closed_port_has_no_descriptor_and_reading_it_is_port_lost(tmp_path: Path) -> None:
    port = SerialPort(str(tmp_path / "absent"), 9600)

    assert port.fileno() is None
    with pytest.raises(PortLost):
        port.read()


def test_read_without_data_is_empty_and_not_a_loss(bench: Bench) -> None:
    assert bench.line.receive(bench.now) == []
    assert bench.line.fileno() is not None


class Chatterbox(TextReaderProtocol):
    """A reader protocol that sends a kilobyte at each turn."""

    def data_to_send(self) -> bytes:
        return b"x" * 1024


def test_writing_to_a_device_that_does_not_read_never_waits_and_is_bounded(tmp_path: Path) -> None:
    reader = SimulatedReader(a_spec(tmp_path, ReaderKind.RDM6300))
    protocol = Chatterbox("front", frame_format(ReaderKind.RDM6300, LINE))
    line = ReaderLine("front", SerialPort(str(tmp_path / "tty"), 9600), protocol)
    events = [event for turn in range(200) for event in line.tick(turn / 100)]
    line.close()
    reader.unplug()

    assert [type(event) for event in events] == [ReaderOnline]
    assert line.counters["dropped-output-bytes"] > 100_000
    assert len(line._output) <= OUTPUT_LIMIT  # had it waited for the device, it would wait still


@pytest.mark.parametrize("bench", [kind for kind in ReaderKind if kind is not ReaderKind.OSDP], indirect=True)
def test_quarter_megabyte_of_garbage_makes_no_card_and_the_line_lives_on(bench: Bench) -> None:
    garbage = bytes((n * n * 7 + n // 3) % 256 for n in range(4096))
    found: list[ReaderEvent] = []
    for _ in range(64):
        bench.reader.send_raw(garbage)
        found += bench.turns(4)

    assert cards(found) == []
    assert {kind: count for kind, count in bench.line.counters.items() if kind in set(FaultKind)} == Counter(
        fault.kind for fault in of_kind(found, ReadFault)
    )
    assert found
    assert bench.line.fileno() is not None


def test_512_bits_are_too_long_and_the_next_card_reads(bench: Bench) -> None:
    bench.reader.swipe("front", "10" * 256)
    bench.reader.swipe("front", ADA)
    events = bench.turns()

    assert [fault.kind for fault in of_kind(events, ReadFault)] == [FaultKind.TOO_LONG]
    assert cards(events) == [("front", ADA)]


def test_frame_of_ten_thousand_bytes_is_one_fault(bench: Bench) -> None:
    bench.reader.send_raw(b"\0" + b"\x55" * 10_000 + b"\0")

    assert [fault.kind for fault in of_kind(bench.turns(), ReadFault)] == [FaultKind.TOO_LONG]


@pytest.mark.parametrize(
    ("reader", "card", "error"),
    [
        ("side", ADA, UnknownReader),
        ("front", "H10301:1:65536", CardDoesNotFit),
        ("front", "H99999:1:1", UnknownFormat),
        ("front", "raw:37:00", CardDoesNotFit),
    ],
)
def test_swipe_that_cannot_be_is_refused_at_once(
    bench: Bench, reader: str, card: str, error: type[Exception]
) -> None:
    with pytest.raises(error):
        bench.reader.swipe(reader, card)


@pytest.mark.parametrize(
    ("kind", "card"),
    [
        (ReaderKind.RDM6300, "uid:6B3D12D6"),
        (ReaderKind.R7941E, "H10301:1:2"),
        (ReaderKind.LINE, "badge:x"),
        (ReaderKind.LINE, "line:4711"),
    ],
)
def test_card_that_a_text_reader_cannot_send_is_refused(tmp_path: Path, kind: ReaderKind, card: str) -> None:
    reader = SimulatedReader(a_spec(tmp_path, kind))
    try:
        with pytest.raises(CardDoesNotFit):
            reader.swipe("front", card)
    finally:
        reader.unplug()


def test_simulated_reader_never_replaces_a_file_that_is_no_link(tmp_path: Path) -> None:
    (tmp_path / "tty").write_text("a real device would stand here")

    with pytest.raises(PathTaken):
        SimulatedReader(a_spec(tmp_path))


def test_simulated_reader_replaces_the_link_of_an_earlier_one_and_takes_its_own_away(tmp_path: Path) -> None:
    link = tmp_path / "tty"
    link.symlink_to("/dev/pts/does-not-exist")
    reader = SimulatedReader(a_spec(tmp_path))
    replaced = link.exists()
    reader.unplug()

    assert replaced
    assert not link.is_symlink()


def test_line_works_on_a_plain_pty_with_the_frame_written_by_hand(tmp_path: Path) -> None:
    near, far = os.openpty()
    tty.setraw(far)
    line: ReaderLine = open_line(replace(a_spec(tmp_path, ReaderKind.RDM6300), path=os.ttyname(far)))
    online = line.tick(1.0)
    os.write(near, bytes.fromhex("0233433030434537353443434203") * 2)
    assert select.select([far], [], [], 60)[0]
    read = line.receive(1.5)
    os.close(far)
    os.close(near)
    gone = line.receive(2.0)

    assert online == [ReaderOnline("front", 1.0)]
    assert read == [CardRead("front", TAG, 1.5)]
    assert [type(event) for event in gone] == [ReaderOffline]
