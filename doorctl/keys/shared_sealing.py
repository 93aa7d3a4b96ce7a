"""Sealing to all controllers of a site at once, by a key of the ring of card keys: no broker holds that."""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from doorctl.errors import Refused

_KEY_BYTES, _NONCE_BYTES = 32, 12


def seal_to_all(plain: bytes, *, ring_key: bytes, about: str) -> bytes:
    """Seal bytes to all who hold this key of the ring; ``about`` tells what they are for."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + _cipher(ring_key, about).encrypt(nonce, plain, None)


def open_from_all(sealed: bytes, *, ring_key: bytes, about: str) -> bytes:
    """Open what was sealed so; it tells nothing of who sealed it. Raises Refused ``bad-seal``."""
    try:
        return _cipher(ring_key, about).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as error:
        raise Refused("bad-seal", "the sealed part is not for this site, or was changed") from error


def _cipher(ring_key: bytes, about: str) -> ChaCha20Poly1305:
    """Derive a key of its own for each purpose: none is ever that of a card."""
    info = f"doorctl/v1/{about}".encode()
    return ChaCha20Poly1305(HKDF(SHA256(), _KEY_BYTES, salt=None, info=info).derive(ring_key))
