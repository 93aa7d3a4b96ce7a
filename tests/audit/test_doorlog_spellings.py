"""What two programs could read in two ways is read in one: the spellings of an exported proof."""

import base64
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.audit.doorlogs import NOW, ALog, ASite, Packing, Sections, a_site, changed, judge, pack
from tests.audit.dropped_logs import SEGMENT, an_old_site, dropped_note, without

OPENINGS, AFTER, TRUST = "log/pi-1/1/openings", "log/pi-1/1/after", "trust/1"
FIRST_SECOND = NOW - 3600


def first_line(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """Spell the first line of a section in another way."""

    def respell(section: bytes) -> bytes:
        line, _, rest = section.partition(b"\n")
        return change(line) + b"\n" + rest

    return respell


def in_loose_base64(note: bytes) -> bytes:
    """Set bits of a signature's last character that stand for nothing."""
    before, last, end = note[:-3], note[-3:-2], note[-2:]
    assert end == b"=\n"
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    other = alphabet[alphabet.index(last) + 1 :][:1]
    assert base64.b64decode(before[-91:] + last + b"=") == base64.b64decode(before[-91:] + other + b"=")
    return before + other + end


RESPELLED: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "opening in UTF-16": (OPENINGS, first_line(lambda line: line.decode().encode("utf-16-le")), "not strict JSON"),
    "opening behind a mark": (OPENINGS, first_line(lambda line: b"\xef\xbb\xbf" + line), "not strict JSON"),
    "half a character": (OPENINGS, first_line(lambda line: line.replace(b"holder", b"\xed\xa0\x80")), "strict JSON"),
    "line that is no hash": (AFTER, lambda _: b"nothing\n", "are not hashes"),
    "hash in capitals": (AFTER, lambda _: b"AB" * 32 + b"\n", "are not hashes"),
    "loose bits in a signature": (TRUST, in_loose_base64, "strict base64"),
}  # fmt: skip


@pytest.mark.parametrize("name", RESPELLED)
def test_another_spelling_of_the_same_is_refused(tmp_path: Path, name: str) -> None:
    section, respell, says = RESPELLED[name]

    verdict = judge(changed(section, respell), tmp_path)

    assert (verdict.whole, verdict.step) == (False, "container")
    assert says in verdict.failure


def a_range(*, change: Callable[[bytes], bytes] = bytes, since: object = FIRST_SECOND + 4) -> bytes:
    """Export records 3 to 8, of which the first and the last are there for their times alone; change those two."""
    site = ASite([ALog("hub"), ALog("pi-1"), ALog("pi-2")])
    for log in site.logs[1:]:
        for _ in range(13):
            log.write()
    for seq in (3, 8):
        site["pi-1"].leaves[seq] = change(site["pi-1"].leaves[seq])
    for log in site.logs[1:]:
        site.upload(log)
    asked = {"since": since, "until": FIRST_SECOND + 8}
    stretches = {("pi-1", 1): (3, 9), ("pi-2", 1): (3, 9)}
    return pack(site, Packing(shape="range", asked=asked, stretches=stretches))


def test_a_range_that_ends_at_times_of_ours_is_whole(tmp_path: Path) -> None:
    assert judge(a_range(), tmp_path).failure == ""


@pytest.mark.parametrize(
    ("pattern", "spelled"),
    [
        (rb"(\d{4})-(\d\d)-(\d\d)T", rb"\1\2\3T"),
        (rb"(\d\d)T(\d\d)", rb"\1 \2"),
        (rb"Z\"", rb'"'),
        (rb"Z\"", rb'+02:00"'),
        (rb"\.000Z", rb",000Z"),
        (rb'"at":"[^"]*"', rb'"at":"2026-W39-1"'),
    ],
)
def test_a_time_in_another_spelling_ends_no_range(tmp_path: Path, pattern: bytes, spelled: bytes) -> None:
    verdict = judge(a_range(change=lambda leaf: re.sub(pattern, spelled, leaf)), tmp_path)

    assert (verdict.whole, verdict.step, "has no time" in verdict.failure) == (False, "records", True)


@pytest.mark.parametrize("since", [True, 1.5, -1, 2**53 + 1, 2**70, "5", [], {}])
def test_a_range_is_asked_for_by_whole_numbers_alone(tmp_path: Path, since: object) -> None:
    assert judge(a_range(since=since), tmp_path).step == "container"


@pytest.mark.parametrize("clock", [b"{}", b"[]", b"1", b"null"])
def test_a_clock_that_is_no_word_was_not_set(tmp_path: Path, clock: bytes) -> None:
    verdict = judge(a_range(change=lambda leaf: leaf.replace(b'"synchronized"', clock)), tmp_path)

    assert (verdict.whole, verdict.failure) == (True, "")
    assert sum("its clock was not set" in line for line in verdict.not_proven) == 2


@pytest.mark.parametrize("what", ["verb", "verdict"])
@pytest.mark.parametrize("odd", [{}, [], None])
def test_an_odd_command_of_the_hub_sets_no_retention_rule(tmp_path: Path, what: str, odd: object) -> None:
    site = an_old_site()
    site["hub"].write("command", act={"verb": "retention-remove", "verdict": "refused", "command": "x", what: odd})
    note = dropped_note(site["pi-1"], 0, SEGMENT)

    assert judge(without(site, note, missing=SEGMENT), tmp_path).failure == ""


def test_a_section_that_is_read_as_a_whole_has_a_bound(tmp_path: Path) -> None:
    def spoil(sections: Sections, _index: dict[str, Any]) -> None:
        sections["trust/1"] = bytes((1 << 26) + 1)

    verdict = judge(pack(a_site(), Packing(spoil=spoil)), tmp_path)

    assert (verdict.step, "too large" in verdict.failure) == ("container", True)
