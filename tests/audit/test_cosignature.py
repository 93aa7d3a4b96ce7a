"""Cosignatures against the C2SP specification's own example, and against whoever would forge one."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from doorctl.audit.cosignature import Cosignature, cosign, cosigned_text, cosigner_key_hash, open_cosignature
from doorctl.errors import Refused
from doorctl.wire.notes import Signer, Verifier, signature_line, signatures_of, text_of

# C2SP, tlog-cosignature.md: the example of a checkpoint, and of what is signed. The keys are not published.
SPEC_CHECKPOINT = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==
""".encode()  # noqa: E501
SPEC_SIGNED = b"""\
cosignature/v1
time 1679315147
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=
"""
# The checkpoint that C2SP's witnesses are tested with (uptime.geomys.org/witness), and the log's public key.
PUBLIC_CHECKPOINT = """\
geomys.org/witness/test-log
1
BCml5C32yqMcl0gjTrcSOeNVx59oPnSdytBzDGBO5k0=

— geomys.org/witness/test-log wHh/9BPsoBNr2x0Ol3qPBYasIN0HI2ZiBg5ac0v3LQq/7F+YO7U4oWbDeJn1VaWVrlbSEM30Gr7WWYQjj2SBxRoJ/Ao=
""".encode()  # noqa: E501
PUBLIC_KEY = base64.b64decode("AeMb5VOzy60PTGdGmLPxOKGAa0jNyDGsgv2rnprGju1t")[1:]

HUB = Signer("hub.hq", Ed25519PrivateKey.from_private_bytes(bytes(32)))
LOG = Signer("log.pi-1", Ed25519PrivateKey.from_private_bytes(bytes([1] * 32)))
CHECKPOINT = sign_checkpoint(Checkpoint("doorctl/hq/pi-1/1", 5, bytes(32)), LOG)
AT = 1_790_000_000


def test_a_cosignature_is_framed_and_signed_as_the_example_of_the_specification() -> None:
    text, signatures = signatures_of(SPEC_CHECKPOINT)
    name, key_hash, stamped = signatures[1]

    assert cosigned_text(text, int.from_bytes(stamped[:8], "big")) == SPEC_SIGNED
    assert len(stamped) == 8 + 64
    assert signature_line(name, key_hash, stamped) == SPEC_CHECKPOINT.splitlines(keepends=True)[-1]


def test_a_checkpoint_of_a_public_log_opens_with_its_public_key() -> None:
    origin = "geomys.org/witness/test-log"

    opened = open_checkpoint(PUBLIC_CHECKPOINT, Verifier(origin, PUBLIC_KEY), origin=origin)

    assert (opened.size, opened.root.hex()[:8]) == (1, "0429a5e4")


def test_a_cosigned_checkpoint_tells_who_and_when_and_is_still_the_logs() -> None:
    cosigned = cosign(CHECKPOINT, HUB, at=AT)

    assert open_cosignature(cosigned, HUB.verifier) == Cosignature("hub.hq", AT)
    assert open_checkpoint(cosigned, LOG.verifier, origin="doorctl/hq/pi-1/1").size == 5


def test_of_two_cosignatures_the_newer_counts() -> None:
    cosigned = cosign(cosign(CHECKPOINT, HUB, at=AT + 60), HUB, at=AT)

    assert open_cosignature(cosigned, HUB.verifier).at == AT + 60


def test_a_cosigner_has_another_key_hash_than_a_signer() -> None:
    assert cosigner_key_hash(HUB.verifier) != HUB.verifier.key_hash


def an_ordinary_signature() -> bytes:
    return CHECKPOINT + signature_line("hub.hq", HUB.verifier.key_hash, HUB.private_key.sign(text_of(CHECKPOINT)))


def a_signature_without_its_time() -> bytes:
    signature = HUB.private_key.sign(text_of(CHECKPOINT))
    return CHECKPOINT + signature_line("hub.hq", cosigner_key_hash(HUB.verifier), bytes(8) + signature)


def another_time() -> bytes:
    own, cosigned = cosign(CHECKPOINT, HUB, at=AT).rsplit(b"\n", 2)[0], cosign(CHECKPOINT, HUB, at=AT)
    stamped = signatures_of(cosigned)[1][1][2]
    later = (AT + 1).to_bytes(8, "big") + stamped[8:]
    return own + b"\n" + signature_line("hub.hq", cosigner_key_hash(HUB.verifier), later)


def a_time_beyond_all() -> bytes:
    return cosign(CHECKPOINT, HUB, at=2**63)


def another_size() -> bytes:
    return cosign(CHECKPOINT, HUB, at=AT).replace(b"\n5\n", b"\n4\n")


@pytest.mark.parametrize(
    ("note", "refusal"),
    [
        (CHECKPOINT, "not-cosigned"),
        (an_ordinary_signature(), "not-cosigned"),
        (a_signature_without_its_time(), "bad-signature"),
        (another_time(), "bad-signature"),
        (a_time_beyond_all(), "bad-signature"),
        (another_size(), "bad-signature"),
        (cosign(CHECKPOINT, HUB, at=AT)[:-1] + b" \n", "not-a-note"),
    ],
    ids=["none", "ordinary", "no time", "another time", "time beyond all", "another size", "respelled"],
)
def test_what_is_no_cosignature_is_refused_by_name(note: bytes, refusal: str) -> None:
    with pytest.raises(Refused) as caught:
        open_cosignature(note, HUB.verifier)

    assert caught.value.refusal == refusal
