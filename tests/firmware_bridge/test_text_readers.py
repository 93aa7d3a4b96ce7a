"""Text readers: real frames read, noise with a right checksum does not, a held card is one read."""

import json
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge.reader_config import make_protocol
from firmware_bridge.reader_events import (
    CardRead,
    FaultKind,
    ReaderEvent,
    ReaderOffline,
    ReaderOnline,
    ReadFault,
)
from firmware_bridge.reader_options import HAS_READERS, LineOptions, NumberForm, ReaderKind, ReaderSpec, Terminator
from firmware_bridge.reader_protocol import Indication, Led, ReaderProtocol
from tests.firmware_bridge.bridge_link import of_kind

FRAMES = Path(__file__).parents[1] / "vectors" / "serial_frames.jsonl"
ADA = bytes.fromhex("0233433030434537353443434203")
ADA_CARD = "em4100:3C00CE754C"
GRACE = bytes.fromhex("0231463030363434424236383603")
FIVE_HOURS = 5 * 3600.0
# What a sample is called there and which kind of ours reads it; the others are listed in docs/readers.md.
KIND_OF = {
    "rdm6300": ReaderKind.RDM6300,
    "id12": ReaderKind.ID12,
    "7941e": ReaderKind.R7941E,
    "sum14": ReaderKind.SUM14,
}
LINE_PROTOCOLS = {"wie232a", "twn3_standard"}


def samples(names: set[str]) -> list[dict[str, Any]]:
    every = [json.loads(line) for line in FRAMES.read_text().splitlines()]
    return [sample for sample in every if sample["protocol"] in names]


def a_reader(
    kind: ReaderKind = ReaderKind.RDM6300,
    *,
    frames: int | None = None,
    repeat_seconds: float | None = None,
    line: LineOptions | None = None,
) -> ReaderProtocol:
    spec = ReaderSpec(
        "side",
        kind,
        "/dev/null",
        frames=frames,
        repeat_seconds=repeat_seconds,
        line=line or LineOptions(),
    )
    return make_protocol(spec)


def cards(events: list[ReaderEvent]) -> list[str]:
    return [read.card for read in of_kind(events, CardRead)]


def faults(events: list[ReaderEvent]) -> list[FaultKind]:
    return [fault.kind for fault in of_kind(events, ReadFault)]


@pytest.mark.parametrize("sample", samples(set(KIND_OF)), ids=lambda sample: str(sample["hex"]))
def test_recorded_frame_reads_as_recorded(sample: dict[str, Any]) -> None:
    frame = bytes.fromhex(sample["hex"])
    events = a_reader(KIND_OF[sample["protocol"]]).receive(frame + frame, 1.0)

    number = sample.get("tag40") or sample.get("id")
    if not sample["valid"]:
        assert faults(events) == [FaultKind.BAD_CHECKSUM] * 2
    elif number == "0000000000":
        assert faults(events) == [FaultKind.GHOST] * 2
    else:
        assert events == [CardRead("side", f"em4100:{number}", 1.0)]


@pytest.mark.parametrize("sample", [s for s in samples({"rdm6300"}) if s.get("ghost")], ids=lambda s: s["hex"])
def test_recorded_ghost_frame_alone_is_never_a_card(sample: dict[str, Any]) -> None:
    reader = a_reader()
    events = reader.receive(bytes.fromhex(sample["hex"]), 1.0) + reader.tick(2.0)

    assert cards(events) == []
    assert faults(events) == [FaultKind.GHOST]


@pytest.mark.parametrize(
    ("kind", "frame", "card"),
    [
        (ReaderKind.EM18, b"4500C5D1E9B8", "em4100:4500C5D1E9"),
        (ReaderKind.R7941E, bytes.fromhex("020A022E00B6D7B5F203"), "em4100:2E00B6D7B5"),
        (ReaderKind.R7941E, bytes.fromhex("0209016B3D12D69A03"), "uid:6B3D12D6"),
        (ReaderKind.PARALLAX, b"\n3C00CE754C\r", ADA_CARD),
        (ReaderKind.RDM6300, ADA, ADA_CARD),
        (ReaderKind.SUM14, bytes.fromhex("0232453030414630454339423403"), "em4100:2E00AF0EC9"),
        (ReaderKind.ID12, bytes.fromhex("023343303043453735344343420d0a03"), ADA_CARD),
    ],
)
@pytest.mark.parametrize("size", [1, 7, 100])
def test_two_frames_are_one_read_however_they_are_cut(kind: ReaderKind, frame: bytes, card: str, size: int) -> None:
    reader = a_reader(kind)
    pieces = [(frame * 2)[start : start + size] for start in range(0, 2 * len(frame), size)]

    assert [event for piece in pieces for event in reader.receive(piece, 1.0)] == [CardRead("side", card, 1.0)]


@pytest.mark.parametrize(
    ("kind", "frame"),
    [
        (ReaderKind.RDM6300, ADA),
        (ReaderKind.ID12, bytes.fromhex("023343303043453735344343420d0a03")),
        (ReaderKind.R7941E, bytes.fromhex("020A022E00B6D7B5F203")),
    ],
)
def test_frames_amid_rubbish_are_read_and_the_rubbish_is_a_fault(kind: ReaderKind, frame: bytes) -> None:
    rubbish = b"\x3f\xcc\xcc\x02\xe6\x02\x03"
    events = a_reader(kind).receive(rubbish + frame + rubbish + frame + rubbish, 1.0)

    assert len(cards(events)) == 1
    assert set(faults(events)) == {FaultKind.BAD_FRAME}


@pytest.mark.parametrize(
    ("frame", "kind"),
    [
        ("020A022E00B6D7B5F303", FaultKind.BAD_CHECKSUM),
        ("020A0200000000000803", FaultKind.GHOST),
        ("020A022E00B6D7B5F204", FaultKind.BAD_FRAME),
        ("020A092E00B6D7B5F903", FaultKind.BAD_FRAME),
        ("0209022E00B6D7B503", FaultKind.BAD_FRAME),
    ],
)
def test_binary_frame_that_is_no_card_has_a_name(frame: str, kind: FaultKind) -> None:
    reader = a_reader(ReaderKind.R7941E, frames=1)
    events = reader.receive(bytes.fromhex(frame), 1.0) + reader.tick(2.0)

    assert cards(events) == []
    assert faults(events) == [kind]


def test_reader_that_sends_once_is_read_at_its_one_frame() -> None:
    frame = bytes.fromhex("023343303043453735344343420d0a03")

    assert a_reader(ReaderKind.ID12).receive(frame, 1.0) == [CardRead("side", ADA_CARD, 1.0)]


def test_one_frame_of_a_streaming_reader_is_a_ghost_after_a_while() -> None:
    reader = a_reader()

    assert reader.receive(ADA, 1.0) + reader.tick(1.5) == []
    assert faults(reader.tick(1.6)) == [FaultKind.GHOST]


def test_equal_frames_too_far_apart_are_two_ghosts() -> None:
    reader = a_reader()
    events = reader.receive(ADA, 1.0) + reader.receive(ADA, 2.0) + reader.tick(3.0)

    assert cards(events) == []
    assert faults(events) == [FaultKind.GHOST, FaultKind.GHOST]


def test_ghost_between_the_frames_of_a_card_costs_nothing_but_a_fault() -> None:
    events = a_reader().receive(GRACE + ADA + ADA, 1.0)

    assert cards(events) == [ADA_CARD]
    assert faults(events) == [FaultKind.GHOST]


def test_held_card_is_one_read_and_is_read_again_after_it_was_away() -> None:
    reader = a_reader(repeat_seconds=2.0)
    held = [event for turn in range(200) for event in reader.receive(ADA, 1.0 + turn * 0.05)]
    again = reader.receive(ADA, 13.1) + reader.receive(ADA, 13.15)

    assert cards(held) == [ADA_CARD]
    assert faults(held) == []
    assert cards(again) == [ADA_CARD]


def test_other_card_is_read_at_once_while_the_first_is_quiet() -> None:
    reader = a_reader()

    assert len(cards(reader.receive(ADA + ADA + GRACE + GRACE, 1.0))) == 2


def test_half_a_frame_five_hours_old_is_dropped_and_named() -> None:
    reader = a_reader()
    reader.receive(ADA[:7], 1.0)
    events = reader.receive(ADA[7:] + ADA + ADA, 1.0 + FIVE_HOURS)

    assert cards(events) == [ADA_CARD]
    assert FaultKind.INCOMPLETE in faults(events)


def test_half_frames_of_two_cards_never_make_one() -> None:
    reader = a_reader(frames=1)
    reader.receive(ADA[:7], 1.0)

    assert cards(reader.receive(GRACE[7:], 9.0)) == []


@pytest.mark.parametrize("kind", [kind for kind in ReaderKind if kind not in HAS_READERS])
def test_ten_thousand_bytes_of_rubbish_are_few_faults_and_a_card_reads_after_a_pause(kind: ReaderKind) -> None:
    reader = a_reader(kind)
    events = reader.receive(b"\x9aU\x02" * 3333, 1.0) + reader.tick(2.0)

    assert cards(events) == []
    assert 1 <= len(events) <= 4
    assert reader.counters["dropped-bytes"] == 9999


@pytest.mark.parametrize("kind", [kind for kind in ReaderKind if kind not in HAS_READERS])
def test_random_looking_bytes_never_make_a_card(kind: ReaderKind) -> None:
    reader = a_reader(kind)
    noise = bytes((n * n * 7 + n // 3) % 256 for n in range(5000))
    events = [event for n in range(50) for event in reader.receive(noise[n * 100 : n * 100 + 100], n / 100)]

    assert cards(events) == []
    assert faults(events)


@pytest.mark.parametrize("lost", range(1, 12))
def test_em18_frames_whose_start_was_lost_are_not_another_card(lost: int) -> None:
    reader = a_reader(ReaderKind.EM18)
    frame = b"4500C5D1E9B8"
    shifted = reader.receive((frame * 3)[lost:], 1.0)
    after_pause = reader.receive(frame, 2.0) + reader.receive(frame, 2.05)

    assert cards(shifted) == []
    assert cards(after_pause) == ["em4100:4500C5D1E9"]


def test_em18_that_streams_is_read_right_though_its_first_digits_were_lost() -> None:
    reader = a_reader(ReaderKind.EM18)
    frame = b"4500C5D1E9B8"
    first = reader.receive(frame[5:], 1.0)
    rest = [event for turn in range(1, 5) for event in reader.receive(frame, 1.0 + turn * 0.05)]

    assert cards(first + rest) == ["em4100:4500C5D1E9"]


def test_hundred_bad_frames_a_second_for_a_minute_are_counted() -> None:
    reader = a_reader()
    bad = ADA.replace(b"CB", b"00")
    for n in range(6000):
        reader.receive(bad, n / 100)

    assert reader.counters["bad-checksum"] == 6000


def test_unplugged_reader_is_offline_once_and_online_when_opened() -> None:
    reader = a_reader()
    events = reader.opened(1.0) + reader.closed(2.0, "gone") + reader.closed(3.0, "gone") + reader.opened(4.0)

    assert events == [
        ReaderOnline("side", 1.0),
        ReaderOffline("side", 2.0, "gone"),
        ReaderOnline("side", 4.0),
    ]


def test_half_a_card_before_the_cable_was_pulled_is_forgotten() -> None:
    reader = a_reader()
    reader.receive(ADA + ADA[:7], 1.0)
    reader.closed(1.01, "gone")
    reader.opened(1.02)

    assert cards(reader.receive(ADA[7:] + ADA, 1.03)) == []


def test_text_reader_has_nothing_to_say() -> None:
    reader = a_reader()
    reader.indicate("side", Indication(Led.GREEN))

    assert reader.data_to_send() == b""


@pytest.mark.parametrize("sample", samples(LINE_PROTOCOLS), ids=lambda sample: str(sample["hex"]))
def test_recorded_lines_read_as_a_line_reader_sees_them(sample: dict[str, Any]) -> None:
    events = a_reader(ReaderKind.LINE).receive(bytes.fromhex(sample["hex"]), 1.0)

    if sample["valid"]:
        assert cards(events) == ["line:7B11D7"]
    else:
        assert faults(events) == [FaultKind.NOT_A_CARD]


NEDAP = LineOptions(NumberForm.HEX, Terminator.CRLF, prefix="U", skip=10, card_prefix="nedap")


@pytest.mark.parametrize(
    ("options", "line", "card"),
    [
        (LineOptions(), b"7b11d7\r", "line:7B11D7"),
        (LineOptions(), b"7B11D7\r\n", "line:7B11D7"),
        (LineOptions(NumberForm.DECIMAL, Terminator.CRLF), b"0000123478\r\n", "line:0000123478"),
        (LineOptions(NumberForm.TEXT, Terminator.LF, card_prefix="badge"), b"A-17.b_3\n", "badge:A-17.b_3"),
        (LineOptions(NumberForm.DECIMAL, prefix="<", suffix=">"), b"<4711>\r", "line:4711"),
        (NEDAP, b"U0000000333100EB79A2B\r\n", "nedap:100EB79A2B"),
    ],
)
def test_line_is_taken_apart_as_configured(options: LineOptions, line: bytes, card: str) -> None:
    reader = a_reader(ReaderKind.LINE, line=options, repeat_seconds=0)
    whole = reader.receive(line, 1.0)
    in_pieces = [event for byte in line for event in reader.receive(bytes([byte]), 1.01)]

    assert cards(whole) == cards(in_pieces) == [card]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        (b"ELA GM4.02\r", FaultKind.NOT_A_CARD),
        (b"12\r", FaultKind.NOT_A_CARD),
        (b"00000000\r", FaultKind.GHOST),
        (b"\xb1\xb2\xb3\xb4\r", FaultKind.NOT_TEXT),
        (b"12\x0034\r", FaultKind.NOT_TEXT),
        (b"1234:5678\r", FaultKind.NOT_A_CARD),
        (b"A" * 100 + b"\r", FaultKind.NOT_A_CARD),
        (b"A" * 200 + b"\r", FaultKind.TOO_LONG),
    ],
)
def test_line_that_is_no_card_has_a_name(line: bytes, kind: FaultKind) -> None:
    assert faults(a_reader(ReaderKind.LINE).receive(line, 1.0)) == [kind]


def test_end_of_an_endless_line_is_not_a_card() -> None:
    reader = a_reader(ReaderKind.LINE)
    events = [event for _ in range(100) for event in reader.receive(b"A" * 100, 1.0)]
    dropped_so_far = reader.counters["dropped-bytes"]
    events += reader.receive(b"1234ABCD\r", 1.0) + reader.tick(2.0)

    assert dropped_so_far > 4096
    assert cards(events) == []
    assert cards(reader.receive(b"1234ABCD\r", 3.0)) == ["line:1234ABCD"]


def test_lone_line_feed_after_a_pause_is_no_fault() -> None:
    reader = a_reader(ReaderKind.LINE)
    reader.receive(b"7B11D7\r\n", 1.0)

    assert reader.tick(9.0) == []
