"""A checkpoint has one spelling: what the hub takes in, every verifier reads."""

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from doorctl.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from doorctl.errors import Refused
from doorctl.wire.notes import Signer, sign_text

ORIGIN = "doorctl/hq/pi-1/7"
ROOT = bytes(range(32))
SPELLED = base64.b64encode(ROOT).decode()
KEY = Signer("log.pi-1", Ed25519PrivateKey.from_private_bytes(bytes(32)))


def signed(size: str, root: str = SPELLED, *, behind: str = "") -> bytes:
    return sign_text(f"{ORIGIN}\n{size}\n{root}\n{behind}".encode(), KEY)


def test_a_checkpoint_is_read_as_it_was_signed() -> None:
    checkpoint = Checkpoint(ORIGIN, 5, ROOT)

    assert open_checkpoint(sign_checkpoint(checkpoint, KEY), KEY.verifier, origin=ORIGIN) == checkpoint


@pytest.mark.parametrize(
    "note",
    [
        signed("05"),
        signed("+5"),
        signed("1_0"),
        signed(" 5"),
        signed("\u0665"),
        signed("5", SPELLED[:-2] + "9="),
        signed("5", behind="more\n"),
    ],
    ids=["leading zero", "sign", "underscore", "blank", "other digits", "loose bits", "another line"],
)
def test_no_checkpoint_has_a_second_spelling(note: bytes) -> None:
    with pytest.raises(Refused) as refused:
        open_checkpoint(note, KEY.verifier, origin=ORIGIN)

    assert refused.value.refusal == "malformed"
