"""The link's bytes are frozen, and its documentation says what the code does."""

import json
import re
import struct
from pathlib import Path
from typing import Any

import pytest

from firmware_bridge import bridge_messages
from firmware_bridge.bridge_messages import (
    CODES,
    MAX_BURST_BITS,
    BridgeMessage,
    HostMessage,
    burst_of,
    is_sequenced,
    pack,
    unpack,
)
from firmware_bridge.bridge_protocol import LinkTiming
from firmware_bridge.framing import FRAME_LIMIT, PAUSE_SECONDS, FrameDecoder, encode_frame
from firmware_bridge.reader_options import DEFAULT_BAUD, ReaderKind

ROOT = Path(__file__).parents[2]
DOC = (ROOT / "docs" / "serial-protocol.md").read_text()
EXAMPLE = re.compile(r"^[<>] ((?:[0-9A-F]{2} ?)+)$", re.MULTILINE)
ROW = re.compile(r"^\| ([0-9A-F]{2}) \| (\w+) \| (.*?) \| (.*?) \|$", re.MULTILINE)


def frozen() -> list[dict[str, Any]]:
    lines = (ROOT / "tests" / "vectors" / "link_frames.jsonl").read_text().splitlines()
    return [json.loads(line) for line in lines]


def message_of(sample: dict[str, Any]) -> HostMessage | BridgeMessage:
    fields = dict(sample["fields"])
    if "data" in fields:
        fields["data"] = bytes.fromhex(fields["data"])
    message: HostMessage | BridgeMessage = getattr(bridge_messages, sample["message"])(**fields)
    return message


@pytest.mark.parametrize("sample", frozen(), ids=lambda sample: str(sample["note"]))
def test_frozen_frame_is_written_and_read_as_ever(sample: dict[str, Any]) -> None:
    frame = bytes.fromhex(sample["hex"])
    (body,) = FrameDecoder().receive(frame, 0.0)

    assert encode_frame(pack(message_of(sample), sample["sequence"])) == frame
    assert isinstance(body, bytes)
    assert (unpack(body), body[1]) == (message_of(sample), sample["sequence"])


def test_every_message_has_a_frozen_frame() -> None:
    assert {sample["message"] for sample in frozen()} == {kind.__name__ for kind in CODES}


def payload_in_the_doc(kind: type) -> str:
    sizes = {"B": 1, "H": 2, "I": 4}
    code = CODES[kind]
    shape = bridge_messages._SHAPES[code][1].removeprefix(">")
    names = [name for name in kind.__slots__ if name != "data"]  # type: ignore[attr-defined]
    fields = [f"`{name}` {sizes[letter]}" for name, letter in zip(names, shape, strict=True)]
    return ", ".join(fields + (["`data` rest"] if "data" in kind.__slots__ else [])) or "none"  # type: ignore[attr-defined]


def test_every_message_stands_in_the_documentation_with_its_bytes() -> None:
    rows = {(code, name, payload) for code, name, payload, _ in ROW.findall(DOC)}

    assert rows == {(f"{code:02X}", kind.__name__, payload_in_the_doc(kind)) for kind, code in CODES.items()}


def test_every_example_frame_of_the_documentation_is_a_frozen_one() -> None:
    examples = {bytes.fromhex(line).hex() for line in EXAMPLE.findall(DOC)}

    assert len(examples) == 7
    assert examples <= {sample["hex"] for sample in frozen()}


def test_burst_told_byte_by_byte_is_the_example_before_cobs() -> None:
    table = DOC.partition("byte by byte, before COBS")[2]
    body = bytes.fromhex("".join(re.findall(r"^\| `([0-9A-F ]+)` \|", table, re.MULTILINE)))
    example = next(sample for sample in frozen() if sample["note"].startswith("H10301"))

    assert encode_frame(body[:-2]).hex() == example["hex"]


def test_every_wait_and_limit_of_the_documentation_is_the_code_s() -> None:
    timing = LinkTiming()
    waits = dict(re.findall(r"^\| ([a-z][\w ]+?) \| ([0-9.]+) \|$", DOC, re.MULTILINE))

    assert waits == {
        "hello again": f"{timing.hello_seconds:g}",
        "send again": f"{timing.resend_seconds:g}",
        "offline after silence": f"{timing.silence_seconds:g}",
        "a burst is stale after": f"{timing.max_age_seconds:g}",
        "half a frame is dropped after": f"{PAUSE_SECONDS:g}",
    }
    assert f"At most {FRAME_LIMIT} bytes between" in DOC
    assert f"`bits` is 0 to {MAX_BURST_BITS}" in DOC
    assert f"Line: {DEFAULT_BAUD[ReaderKind.BRIDGE]} bit/s" in DOC


def test_longest_message_needs_what_the_documentation_says() -> None:
    frame = encode_frame(pack(burst_of(0, "1" * MAX_BURST_BITS)))

    assert f"needs {len(frame) - 2}" in DOC
    assert len(frame) - 2 <= FRAME_LIMIT


def test_numbered_codes_are_those_from_04_on() -> None:
    assert [code for code in CODES.values() if is_sequenced(code)] == [0x04, 0x05, 0x06, 0x07, 0x84, 0x85, 0x86]


def test_fields_are_big_endian_without_padding() -> None:
    shapes = [shape for _, shape in bridge_messages._SHAPES.values()]

    assert all(shape.startswith(">") for shape in shapes)
    assert struct.calcsize(">BIIB") == 10
