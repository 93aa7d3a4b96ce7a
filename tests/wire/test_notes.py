"""Signed notes: what is accepted, and everything that is not."""

import base64
import binascii

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorctl.errors import Refused
from doorctl.wire.notes import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    OpenedNote,
    Verifier,
    attach,
    attach_data,
    detach,
    detach_data,
    open_note,
    sign_text,
    text_of,
)
from tests.note_samples import GRACE, HUB, ROOT, a_fixed_signer

TEXT = b"doorctl/v1/head\n{}\n"
NOTE = sign_text(TEXT, HUB.signer)
KNOWN = [HUB.signer.verifier]
# The example of Go's golang.org/x/mod/sumdb/note: signed by another implementation.
GO_KEY = Verifier("PeterNeumann", bytes.fromhex("1a5cd907143c384c41e830c5bce12aa8817ec5649aaabf2c31388b35b2d744d6"))
GO_NOTE = (
    "If you think cryptography is the answer to your problem,\n"
    "then you don't know what your problem is.\n"
    "\n"
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
).encode()


def refusal_of(note: bytes) -> str:
    with pytest.raises(Refused) as refused:
        open_note(note, KNOWN)
    return refused.value.refusal


def test_a_note_of_another_implementation_is_accepted() -> None:
    assert GO_KEY.key_hash.hex() == "c74f20a3"
    assert open_note(GO_NOTE, [GO_KEY]).signers == {"PeterNeumann"}


def test_a_note_is_its_text_and_its_signers() -> None:
    opened = open_note(sign_text(TEXT, HUB.signer, ROOT.signer), [*KNOWN, ROOT.signer.verifier])

    assert opened == OpenedNote(TEXT, frozenset({"hub.hq", "root.hq"}))


def test_a_signature_by_an_unknown_key_is_passed_over() -> None:
    assert open_note(sign_text(TEXT, GRACE.signer, HUB.signer), KNOWN).signers == {"hub.hq"}


def test_a_known_name_with_another_key_is_unknown() -> None:
    stranger = a_fixed_signer("stranger")

    assert refusal_of(sign_text(TEXT, type(stranger)("hub.hq", stranger.private_key))) == "unknown-signer"


def test_the_name_belongs_to_the_key() -> None:
    renamed = type(HUB.signer)("hub.lab", HUB.signer.private_key)

    assert refusal_of(sign_text(TEXT, renamed)) == "unknown-signer"


@pytest.mark.parametrize(
    ("note", "word"),
    [
        (b"", "not-a-note"),
        (b"\xff\n\n\xe2\x80\x94 x AAAAAAA=\n", "not-a-note"),
        (TEXT, "not-a-note"),
        (TEXT + b"\n", "not-a-note"),
        (NOTE[:-1], "not-a-note"),
        (NOTE.replace(b"\xe2\x80\x94", b"-"), "not-a-note"),
        (TEXT + "\n— hub.hq\n".encode(), "not-a-note"),
        (TEXT + "\n— hub.hq ?\n".encode(), "not-a-note"),
        (TEXT + "\n— hub.hq AAAA\n".encode(), "not-a-note"),
        (sign_text(TEXT, *[HUB.signer] * (MAX_SIGNATURES + 1)), "not-a-note"),
        (sign_text(b"x" * MAX_NOTE_BYTES, HUB.signer), "too-large"),
        (NOTE.replace(b"head", b"dead"), "bad-signature"),
        (sign_text(TEXT, GRACE.signer), "unknown-signer"),
    ],
)
def test_what_is_no_note_of_ours_is_refused_by_name(note: bytes, word: str) -> None:
    assert refusal_of(note) == word


@settings(max_examples=300, deadline=None)
@given(at=st.integers(0, len(NOTE) - 1), bit=st.integers(0, 7))
def test_no_flipped_bit_passes(at: int, bit: int) -> None:
    damaged = bytearray(NOTE)
    damaged[at] ^= 1 << bit

    assert refusal_of(bytes(damaged)) in {"not-a-note", "bad-signature", "unknown-signer"}


@pytest.mark.parametrize("end", range(0, len(NOTE), 7))
def test_no_cut_note_passes(end: int) -> None:
    assert refusal_of(NOTE[:end]) == "not-a-note"


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_rubbish_is_refused_and_never_a_crash(rubbish: bytes) -> None:
    assert refusal_of(rubbish) in {"not-a-note", "unknown-signer"}


def test_a_text_may_be_read_without_trusting_it() -> None:
    assert text_of(NOTE) == TEXT


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_what_was_attached_is_detached(sealed: bytes) -> None:
    assert detach(attach(NOTE, sealed)) == (NOTE, sealed)


def test_a_note_without_a_sealed_part_has_none() -> None:
    assert detach(attach(NOTE, None)) == (NOTE, None)


def test_a_sealed_part_that_is_not_base64_is_refused() -> None:
    with pytest.raises(Refused, match="not-a-note"):
        detach(NOTE + b"\n+ ???\n")


def test_a_plus_line_in_the_text_is_no_sealed_part() -> None:
    note = sign_text(b"doorctl/v1/head\n+ AAAA\n", HUB.signer)

    assert detach(note) == (note, None)


@settings(max_examples=50, deadline=None)
@given(st.binary(max_size=300))
def test_data_that_was_attached_is_detached_as_it_was(data: bytes) -> None:
    assert detach_data(attach_data(NOTE, data)) == (NOTE, data)


def test_data_may_look_like_another_note_with_data() -> None:
    inner = attach_data(NOTE, b"data")

    assert detach_data(attach_data(NOTE, inner)) == (NOTE, inner)


def test_a_payload_without_data_is_refused() -> None:
    with pytest.raises(Refused, match="not-a-note"):
        detach_data(NOTE)


@given(raw=st.binary(max_size=50), respelled=st.integers(0, 100), letter=st.sampled_from(b"AQgw/+=-_\n z9"))
def test_what_lies_beside_a_note_has_one_spelling(raw: bytes, respelled: int, letter: int) -> None:
    encoded = bytearray(base64.b64encode(raw))
    if respelled < len(encoded):
        encoded[respelled] = letter

    if bytes(encoded) == base64.b64encode(raw) or _is_canonical(bytes(encoded)):
        assert detach(b"note\n+ " + encoded + b"\n")[1] == base64.b64decode(encoded)
    elif b"\n" not in encoded:
        with pytest.raises(Refused):
            detach(b"note\n+ " + encoded + b"\n")


def _is_canonical(encoded: bytes) -> bool:
    try:
        return base64.b64encode(base64.b64decode(encoded, validate=True)) == encoded
    except binascii.Error:
        return False
