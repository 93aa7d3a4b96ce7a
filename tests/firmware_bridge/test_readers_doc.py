"""docs/readers.md names every kind, format, fault and sample protocol that the code knows, and nothing wrong."""

import json
import re
from pathlib import Path

import msgspec

from doorctl.door.config.tables import LineTable, ReaderTable
from firmware_bridge.card_text import canonical_card
from firmware_bridge.reader_config import DEFAULT_FRAMES
from firmware_bridge.reader_events import FaultKind
from firmware_bridge.reader_options import DEFAULT_BAUD, NumberForm, ReaderKind, Terminator
from firmware_bridge.text_frames import SHORT_PAUSE_SECONDS
from firmware_bridge.text_readers import CONFIRM_SECONDS, REPEAT_SECONDS
from firmware_bridge.wiegand import RAW_BITS
from firmware_bridge.wiegand_formats import FORMATS
from tests.firmware_bridge.test_text_readers import KIND_OF

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "readers.md").read_text()


def section(title: str) -> str:
    return DOC.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_kind_stands_with_its_baud_and_frames() -> None:
    rows = re.findall(r"^\| `(\w+)` \| .* \| (\d+) \| (\d?) ?\|$", section("Kinds"), re.MULTILINE)

    assert rows == [(str(kind), str(DEFAULT_BAUD[kind]), str(DEFAULT_FRAMES.get(kind, ""))) for kind in ReaderKind]


def test_every_key_of_a_line_and_its_readers_stands() -> None:
    keys = {field.name for table in (LineTable, ReaderTable) for field in msgspec.structs.fields(table)}

    assert {key for key in keys - {"reader"} if f"`{key}`" not in section("Kinds")} == set()
    assert "`path`" not in section("Kinds")


def test_every_format_stands_with_its_length_in_table_order() -> None:
    told = re.findall(
        r"([\w, \n]+?) \((\d+)(?: bits)?\)", section("The 43 Wiegand formats").partition("By length:")[2]
    )
    names = [(name, int(bits)) for group, bits in told for name in re.findall(r"\w+", group)]

    assert names[: len(FORMATS)] == [(layout.format, layout.bits) for layout in FORMATS]


def test_formats_that_are_disputed_or_unprotected_are_named() -> None:
    text = section("The 43 Wiegand formats").replace("\n", " ")
    disputed = re.findall(r"\w+", text.partition("**Disputed**: ")[2].partition(".")[0])
    bare = re.findall(r"\w+", text.partition("**No parity at all**: ")[2].partition(".")[0])

    assert disputed == [layout.format for layout in FORMATS if layout.disputed]
    assert bare == [layout.format for layout in FORMATS if not layout.parity and not layout.last_byte_is_xor]


def test_every_fault_stands_once() -> None:
    rows = re.findall(r"^\| `([a-z-]+)` \|", section("What is not a card"), re.MULTILINE)

    assert sorted(rows) == sorted(FaultKind)


def test_every_card_text_of_the_documentation_is_one() -> None:
    texts = re.findall(r"^\| `([^`]+)` \|", section("A card has one text form"), re.MULTILINE)

    assert len(texts) == 8
    assert [canonical_card(text) for text in texts] == texts


def test_every_choice_of_a_line_reader_stands() -> None:
    for choice in [*NumberForm, *Terminator]:
        assert f"`{choice}`" in section("Kinds")


def test_numbers_of_the_documentation_are_the_code_s() -> None:
    assert f"{CONFIRM_SECONDS:g} s are asked for" in DOC
    assert f"`repeat_seconds` ({REPEAT_SECONDS:g})" in DOC
    assert f"({RAW_BITS.start} to {RAW_BITS.stop - 1} bits)" in DOC
    assert f"Only pauses ({SHORT_PAUSE_SECONDS * 1000:g} ms)" in DOC


def test_every_sample_protocol_is_supported_or_listed() -> None:
    lines = (ROOT / "tests" / "vectors" / "serial_frames.jsonl").read_text().splitlines()
    protocols = {json.loads(line)["protocol"] for line in lines}

    assert {name for name in protocols - set(KIND_OF) if f"`{name}`" not in DOC} == set()
