"""The bytes of a leaf."""

import hmac

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from doorctl.audit.leaf import (
    Opening,
    PulseMark,
    Statement,
    TreeMark,
    commitments,
    hmac_sha256,
    leaf_bytes,
    place,
    read_leaf,
)
from doorctl.clock import ClockQuality
from doorctl.core.records import RecordKind

BOOTED = Statement(kind=RecordKind.BOOT, at="2026-11-22T08:00:00.000Z", clock=ClockQuality.SYNCHRONIZED, mono_ms=5)


def test_a_leaf_begins_with_its_place_and_leaves_out_what_is_empty() -> None:
    leaf = place(BOOTED, log="pi-1", epoch=7, seq=3, boot="b1")

    assert leaf_bytes(leaf) == (
        b'{"v":1,"controller":"pi-1","epoch":7,"seq":3,"boot":"b1",'
        b'"kind":"boot","at":"2026-11-22T08:00:00.000Z","clock":"synchronized","mono_ms":5}'
    )


def test_pulses_that_were_measured_stand_in_a_leaf() -> None:
    decided = replace(BOOTED, kind=RecordKind.DECISION, of=2, pulse=PulseMark((48, 52), (1990, 2010)), detail="x")
    leaf = place(decided, log="pi-1", epoch=7, seq=3, boot="b1")

    told = b',"of":2,"pulse":{"width":[48,52],"interval":[1990,2010]},"detail":"x"}'
    assert leaf_bytes(leaf).endswith(told)
    assert read_leaf(leaf_bytes(leaf)) == leaf


def test_the_hub_s_log_as_it_was_seen_stands_in_a_leaf_with_its_signature_or_without() -> None:
    seen = TreeMark("hub", 2, 9, "ab" * 32, "A" * 91 + "=")
    signed = place(replace(BOOTED, kind=RecordKind.HUB_ROOT, tree=seen), log="pi-1", epoch=7, seq=3, boot="b1")
    bare = replace(signed, tree=replace(seen, signature=""))

    told = b',"tree":{"log":"hub","epoch":2,"size":9,"root":"' + b"ab" * 32
    assert leaf_bytes(signed).endswith(told + b'","signature":"' + b"A" * 91 + b'="}}')
    assert leaf_bytes(bare).endswith(told + b'"}}')
    assert [read_leaf(leaf_bytes(leaf)) for leaf in (signed, bare)] == [signed, bare]


def test_a_leaf_is_read_whatever_the_order_of_its_fields() -> None:
    leaf = place(BOOTED, log="pi-1", epoch=7, seq=3, boot="b1")
    said, where = (
        b'"kind":"boot","at":"2026-11-22T08:00:00.000Z","clock":"synchronized","mono_ms":5',
        leaf_bytes(leaf)[1:56],
    )

    assert read_leaf(b"{" + said + b"," + where + b"}") == leaf


@given(key=st.binary(max_size=130), text=st.binary(max_size=100))
def test_a_commitment_is_hmac_sha256(key: bytes, text: bytes) -> None:
    assert hmac_sha256(key, text) == hmac.digest(key, text, "sha256")


@given(st.lists(st.tuples(st.binary(min_size=16, max_size=16), st.text(max_size=100))))
def test_commitments_are_those_of_each_opening(opened: list[tuple[bytes, str]]) -> None:
    openings = [Opening(seq, salt, subject) for seq, (salt, subject) in enumerate(opened)]

    assert commitments(openings) == [hmac.digest(salt, text.encode(), "sha256").hex() for salt, text in opened]
