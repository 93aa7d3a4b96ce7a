"""Whatever somebody can sign, the verifier ends with a verdict."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorctl.audit.verify_doorlog import Marks, main, verify
from tests.audit.doorlogs import (
    KEY_OPTION,
    NOW,
    PINNED,
    Packing,
    Sections,
    a_site,
    changed,
    indexed,
    judge,
    pack,
)
from tests.audit.dropped_logs import dropped_note

LONG = b'{"seq":' + b"9" * 5000

JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 2**70) | st.text(max_size=3) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["log", "site", "name"]), inner, max_size=2)
    ),
    max_leaves=4,
)
PARTS = ["before", "after", "openings", "dropped", "proofs", "checkpoint", "leaves"]
FIELDS = st.sampled_from(["site", "id", "made_at", "admin", "filter", "shape", "logs", "silent", "sections"])


@pytest.mark.parametrize("made_at", [2**53, 2**45, 10**12])
def test_a_time_beyond_all_calendars_is_in_the_future(tmp_path: Path, made_at: int) -> None:
    assert judge(indexed(made_at=made_at), tmp_path).step == "freshness"


def test_text_that_is_no_unicode_is_refused(tmp_path: Path) -> None:
    def spoil(sections: Sections, _index: dict[str, Any]) -> None:
        text = b'{"seq":1,"part":0,"salt":"%b","text":"\\ud800"}\n' % (b"00" * 16)
        sections["log/pi-1/1/openings"] = text

    assert judge(pack(a_site(), Packing(spoil=spoil)), tmp_path).step == "container"


def in_capitals(openings: bytes) -> bytes:
    return re.sub(rb'(?<="salt":")[0-9a-f]+', lambda salt: salt[0].upper(), openings, count=1)


def of_another_part(openings: bytes) -> bytes:
    return openings.replace(b'"part":0', b'"part":1', 1)


@pytest.mark.parametrize("respelled", [in_capitals, of_another_part])
def test_an_opening_has_one_spelling_and_one_part(tmp_path: Path, respelled: Callable[[bytes], bytes]) -> None:
    assert judge(changed("log/pi-1/1/openings", respelled), tmp_path).step == "openings"


@pytest.mark.parametrize("section", ["leaves", "openings"])
def test_a_control_character_is_no_text_whoever_has_signed_it(tmp_path: Path, section: str) -> None:
    def spoil(sections: Sections, _index: dict[str, Any]) -> None:
        sections["log/pi-1/1/openings"] = sections["log/pi-1/1/openings"].replace(b"\\u0001", b"\x01")

    site = a_site()
    log = site["pi-1"]
    log.write(subject="holder:\x01" if section == "openings" else "", detail="lie")
    log.leaves[-1] = log.leaves[-1].replace(b"lie", b"\x01" if section == "leaves" else b"truth")
    site.upload(log)

    assert "is not strict JSON" in judge(pack(site, Packing(spoil=spoil)), tmp_path).failure


@pytest.mark.parametrize(
    ("section", "old", "new", "step"),
    [
        ("leaves", b'"seq":3', LONG[1:], "records"),
        ("openings", b'{"seq":1', LONG, "container"),
        ("openings", b'"part":0', b'"part":' + b"9" * 5000, "container"),
    ],
)
def test_a_number_of_thousands_of_digits_is_refused(
    tmp_path: Path, section: str, old: bytes, new: bytes, step: str
) -> None:
    verdict = judge(changed(f"log/pi-1/1/{section}", lambda data: data.replace(old, new, 1)), tmp_path)

    assert (verdict.whole, verdict.step) == (False, step)
    assert "breaks" not in verdict.failure


def test_what_nobody_foresaw_ends_in_a_verdict_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "x.doorlog"
    path.write_bytes(pack(a_site()))

    verdict = verify(path, PINNED, at=NOW, tell=lambda count: [][count])

    assert (verdict.whole, "IndexError" in verdict.failure) == (False, True)


def test_the_command_ends_with_not_whole_for_a_number_of_thousands_of_digits(tmp_path: Path) -> None:
    path = tmp_path / "x.doorlog"
    path.write_bytes(changed("log/pi-1/1/leaves", lambda data: data.replace(b'"seq":3', LONG[1:], 1)))

    assert main([str(path), *KEY_OPTION]) == 1


def test_a_hub_of_more_epochs_than_two_bytes_count_is_judged() -> None:
    marks = Marks()
    for epoch in range(2**16 + 1):
        marks.add(1, bytes(32), f"hub/{epoch}", 0)

    assert marks.who(2**16) == "record 0 of hub/65536"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(FIELDS, JUNK)
def test_no_index_that_a_hub_can_sign_breaks_the_verifier(tmp_path: Path, name: str, junk: object) -> None:
    asked = {"shape": "range", "filter": {"since": junk, "until": junk}}

    for verdict in (judge(indexed(**{name: junk}), tmp_path), judge(indexed(**asked), tmp_path)):
        assert verdict.whole or verdict.failure


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(PARTS), st.binary(max_size=60))
def test_no_section_that_a_hub_can_sign_breaks_the_verifier(tmp_path: Path, part: str, junk: bytes) -> None:
    verdict = judge(changed(f"log/pi-1/1/{part}", lambda _: junk), tmp_path)

    assert verdict.failure or junk == b""


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["kind", "tree", "personal", "subject", "at", "v", "seq", "boot"]), JUNK)
def test_no_record_that_a_controller_can_sign_breaks_the_verifier(tmp_path: Path, name: str, junk: object) -> None:
    site = a_site()
    for log in (site["hub"], site["pi-1"]):
        log.write("cosigned")
        log.leaves[-1] = json.dumps(json.loads(log.leaves[-1]) | {name: junk}).encode()

    verdict = judge(pack(site), tmp_path)

    assert verdict.whole or verdict.failure


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(["first", "end", "frontier", "newest", "at", "rules", "log", "epoch", "site"]), JUNK)
def test_no_retention_note_that_a_hub_can_sign_breaks_the_verifier(tmp_path: Path, name: str, junk: object) -> None:
    site = a_site()
    said: dict[str, Any] = {name: junk}
    note = dropped_note(site["pi-1"], 0, 5, **said)

    verdict = judge(pack(site, Packing(stretches={("pi-1", 1): (5, 13)}, dropped={"pi-1": [note]})), tmp_path)

    assert verdict.whole or verdict.failure
