"""Sealing: bytes that the holder of one X25519 key alone can open (HPKE, RFC 9180)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from doorctl.errors import Refused

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


def seal(plain: bytes, *, to: bytes, about: str) -> bytes:
    """Seal bytes to the holder of an X25519 key; ``about`` binds what they are for. Raises Refused ``bad-seal``."""
    try:
        return _SUITE.encrypt(plain, X25519PublicKey.from_public_bytes(to), about.encode())
    except ValueError as error:
        raise Refused("bad-seal", "not an X25519 public key") from error


def open_sealed(sealed: bytes, *, box: X25519PrivateKey, about: str) -> bytes:
    """Open what was sealed to us for this purpose. Raises Refused ``bad-seal``."""
    try:
        return _SUITE.decrypt(sealed, box, about.encode())
    except (InvalidTag, ValueError) as error:
        raise Refused("bad-seal", "the sealed part is not for us, or was changed") from error
