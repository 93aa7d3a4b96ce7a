"""Writing the container of an exported proof: sections, their hashes, and the index that is signed over them."""

import hashlib
import json
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorctl.audit.doorlog import DoorlogWriter
from doorctl.audit.verify_doorlog import Container
from doorctl.wire.notes import open_note
from tests.audit.doorlogs import HUB_KEY, split


def written(sections: dict[str, bytes], **index: object) -> bytes:
    file = BytesIO()
    writer = DoorlogWriter(file, BytesIO())
    for name, data in sections.items():
        writer.add(name, data)
    writer.finish(index, HUB_KEY)
    return file.getvalue()


@given(st.lists(st.binary(max_size=60), max_size=5))
def test_what_is_written_is_read_again_to_the_last_byte(contents: list[bytes]) -> None:
    sections = {f"log/pi-{number}/1/leaves": data for number, data in enumerate(contents)}

    data = written(sections)

    found = split(data)
    found.pop("index")
    assert found == {name: content for name, content in sections.items() if content}
    assert list(Container(BytesIO(data)).sections) == [*found, "index"]


def test_the_index_lists_each_section_and_is_signed_by_the_hub() -> None:
    sections = split(written({"readme.txt": b"hello", "people": b"{}\n"}, site="hq", shape="whole"))

    text = open_note(sections["index"], [HUB_KEY.verifier]).text
    kind, said = text.splitlines()
    listed = [{"name": "readme.txt", "length": 5}, {"name": "people", "length": 3}]
    hashes = [hashlib.sha256(data).hexdigest() for data in (b"hello", b"{}\n")]
    assert kind == b"doorctl/v1/doorlog"
    assert json.loads(said) == {
        "site": "hq",
        "shape": "whole",
        "sections": [{**each, "sha256": found} for each, found in zip(listed, hashes, strict=True)],
    }


def test_a_section_is_written_piece_by_piece_and_nothing_of_a_longer_one_before_is_left() -> None:
    file = BytesIO()
    writer = DoorlogWriter(file, BytesIO())
    writer.add("readme.txt", b"x" * 1000)
    with writer.section("log/pi-1/1/leaves") as section:
        section.write_lines([b"a", b"b"])
        section.write_lines([])
        section.write(b"c\n")
    writer.add_hashes("log/pi-1/1/before", [bytes(32)])
    writer.finish({}, HUB_KEY)

    found = split(file.getvalue())
    assert found["log/pi-1/1/leaves"] == b"a\nb\nc\n"
    assert found["log/pi-1/1/before"] == b"0" * 64 + b"\n"


def test_a_section_that_breaks_off_is_not_in_the_file() -> None:
    file = BytesIO()
    writer = DoorlogWriter(file, BytesIO())

    with pytest.raises(ZeroDivisionError), writer.section("people") as section:
        section.write_lines(b"%d" % (1 // number) for number in (1, 0))

    assert file.getvalue() == b"doorlog/1\n"
