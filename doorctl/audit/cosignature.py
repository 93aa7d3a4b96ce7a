"""Cosignatures: the hub's word that at a time it held every record under a checkpoint.

C2SP tlog-cosignature, ``cosignature/v1`` with Ed25519: one more signature line under the checkpoint, of another type
than an ordinary signature, so that neither can stand for the other.
"""

import hashlib
from dataclasses import dataclass

from doorctl.errors import Refused
from doorctl.wire.notes import Signer, Verifier, signature_line, signatures_of, text_of

_COSIGNATURE = b"\x04"
_TIME_BYTES = 8
_MOST_SECONDS = 2**63


@dataclass(frozen=True, slots=True)
class Cosignature:
    """Who cosigned, and when, in seconds since 1970."""

    name: str
    at: int


def cosign(checkpoint: bytes, signer: Signer, *, at: int) -> bytes:
    """Return the checkpoint with our cosignature as one more line; ``at`` in seconds since 1970.

    The caller has checked that it holds what the checkpoint speaks of. Raises Refused ``not-a-note``.
    """
    signature = signer.private_key.sign(cosigned_text(text_of(checkpoint), at))
    stamped = at.to_bytes(_TIME_BYTES, "big") + signature
    return checkpoint + signature_line(signer.name, cosigner_key_hash(signer.verifier), stamped)


def open_cosignature(checkpoint: bytes, verifier: Verifier) -> Cosignature:
    """Check a checkpoint's newest cosignature by this key; the log's own signature is checked elsewhere.

    Raises Refused: ``not-cosigned``, ``bad-signature`` (one by this key does not fit), or as ``open_note``.
    """
    text, signatures = signatures_of(checkpoint)
    own = (verifier.name, cosigner_key_hash(verifier))
    times = [_time_of(text, stamped, verifier) for name, key_hash, stamped in signatures if (name, key_hash) == own]
    if not times:
        raise Refused("not-cosigned", f"{verifier.name} has not cosigned the checkpoint")
    return Cosignature(verifier.name, max(times))


def cosigned_text(text: bytes, at: int) -> bytes:
    """Return what is signed: two lines of our own, then the checkpoint's text."""
    return f"cosignature/v1\ntime {at}\n".encode() + text


def cosigner_key_hash(verifier: Verifier) -> bytes:
    """Return the four bytes by which this key is known as a cosigner."""
    return hashlib.sha256(verifier.name.encode() + b"\n" + _COSIGNATURE + verifier.public_key).digest()[:4]


def _time_of(text: bytes, stamped: bytes, verifier: Verifier) -> int:
    at = int.from_bytes(stamped[:_TIME_BYTES], "big")
    if at >= _MOST_SECONDS or not verifier.verify(cosigned_text(text, at), stamped[_TIME_BYTES:]):
        raise Refused("bad-signature", f"the cosignature of {verifier.name} does not fit the checkpoint")
    return at
