"""Every byte of a filtered export counts: of one door, and of one person with openings and the name."""

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from doorctl.audit.verify_doorlog import Verdict
from tests.audit.doorlogs import ALog, ASite, Packing, Sections, judge, pack, seal, split

PROVEN = ("checkpoint", "leaves", "proofs", "openings")
"""The sections of a log that rest on more than the hub's word."""


def a_tiny_site() -> ASite:
    """Two controllers with two doors and two people."""
    site = ASite([ALog("hub"), ALog("pi-1"), ALog("pi-2")])
    for log in site.logs[1:]:
        log.write(subject="holder:1", door="front", outcome="granted")
        log.write(subject="holder:2", door="back", outcome="denied")
        site.upload(log)
    return site


def of_one_door() -> bytes:
    return pack(
        a_tiny_site(), Packing(shape="filtered", asked={"door": "front"}, numbers={"pi-1": (0,), "pi-2": (0,)})
    )


def of_one_person() -> bytes:
    people = b'{"holder":"2","handle":"ada","name":"Ada"}\n'
    numbers = {"pi-1": (1,), "pi-2": (1,)}
    return pack(a_tiny_site(), Packing(shape="filtered", asked={"holder": "2"}, numbers=numbers, people=people))


EXPORTS: Mapping[str, Callable[[], bytes]] = {"one door": of_one_door, "one person": of_one_person}


def flipped(data: bytes, position: int, mask: int) -> bytes:
    return data[:position] + bytes([data[position] ^ mask]) + data[position + 1 :]


def is_named(verdict: Verdict) -> bool:
    """Answer whether it says not whole, at which step and why, and proves nothing."""
    return bool(not verdict.whole and verdict.step and verdict.failure and not verdict.proven)


def unseen(data: bytes, mask: int, folder: Path, *, every: int) -> list[int]:
    """Flip each so-manieth byte; return those that the verdict does not name."""
    positions = range(0, len(data), every)
    return [position for position in positions if not is_named(judge(flipped(data, position, mask), folder))]


@pytest.mark.parametrize("name", EXPORTS)
def test_without_a_flip_it_is_whole(tmp_path: Path, name: str) -> None:
    verdict = judge(EXPORTS[name](), tmp_path)

    assert (verdict.whole, verdict.failure, verdict.records) == (True, "", 2)


@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("mask", [1, 0x20])
def test_no_flipped_byte_goes_unseen(tmp_path: Path, name: str, mask: int) -> None:
    assert unseen(EXPORTS[name](), mask, tmp_path, every=17) == []


@pytest.mark.long
@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("mask", [1, 0x20, 0x80, 0xFF])
def test_no_flipped_byte_of_all_goes_unseen(tmp_path: Path, name: str, mask: int) -> None:
    assert unseen(EXPORTS[name](), mask, tmp_path, every=1) == []


def is_default(section: bytes, position: int) -> bool:
    """Answer whether it lies in the name of a field that may as well be missing: an opening is of part 0 then."""
    return any(match.start() <= position < match.end() for match in re.finditer(b'part(?=":0)', section))


def sealed_unseen(data: bytes, mask: int, folder: Path, *, every: int) -> list[tuple[str, int]]:
    """Flip bytes of what is proven, and have the hub sign the file anew; return what the verdict does not name."""
    sections = split(data)
    index = json.loads(sections.pop("index").split(b"\n")[1])
    proven = {name: section for name, section in sections.items() if name.rpartition("/")[2] in PROVEN}

    def is_seen(name: str, position: int) -> bool:
        spoilt: Sections = sections | {name: flipped(sections[name], position, mask)}
        return is_named(judge(seal(spoilt, index), folder))

    places = [
        (name, position)
        for name, section in proven.items()
        for position in range(len(section))
        if not is_default(section, position)
    ]
    return [place for place in places[::every] if not is_seen(*place)]


@pytest.mark.parametrize("name", EXPORTS)
def test_a_byte_of_a_record_that_the_hub_flips_and_signs_is_seen(tmp_path: Path, name: str) -> None:
    assert sealed_unseen(EXPORTS[name](), 1, tmp_path, every=17) == []


@pytest.mark.long
@pytest.mark.parametrize("name", EXPORTS)
@pytest.mark.parametrize("mask", [1, 0x20, 0x80, 0xFF])
def test_no_byte_of_all_records_that_the_hub_flips_and_signs_goes_unseen(
    tmp_path: Path, name: str, mask: int
) -> None:
    assert sealed_unseen(EXPORTS[name](), mask, tmp_path, every=1) == []
