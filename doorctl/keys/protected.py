"""Private keys under a passphrase: PKCS #8, encrypted with what scrypt makes of the passphrase.

PKCS #8 alone, as OpenSSL writes it, asks for 2048 rounds of PBKDF2: hundreds of guesses a second on one core. With
scrypt (RFC 7914) each guess takes 64 MiB and a fifth of a second. The first line of the file says so, with the salt;
a file without it is read by its passphrase as it is.
"""

import os

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

_BEGIN = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
_STRETCHED = b"doorctl-scrypt-65536-8-1 "
_SALT_BYTES = 16


def protect(key: Ed25519PrivateKey | X25519PrivateKey, passphrase: bytes) -> bytes:
    """Write a private key for whoever knows the passphrase."""
    salt = os.urandom(_SALT_BYTES)
    how = BestAvailableEncryption(_stretch(passphrase, salt))
    return _STRETCHED + salt.hex().encode() + b"\n" + key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, how)


def is_protected(data: bytes) -> bool:
    """Tell whether a key file asks for a passphrase."""
    return data.startswith((_STRETCHED, _BEGIN))


def open_protected(data: bytes, passphrase: bytes) -> object:
    """Return the private key in a protected file. Raises ValueError."""
    if not data.startswith(_STRETCHED):
        return load_pem_private_key(data, passphrase)
    line, _, pem = data.partition(b"\n")
    salt = bytes.fromhex(line.removeprefix(_STRETCHED).decode())
    return load_pem_private_key(pem, _stretch(passphrase, salt))


def _stretch(passphrase: bytes, salt: bytes) -> bytes:
    return Scrypt(salt, 32, n=65536, r=8, p=1).derive(passphrase).hex().encode()
