"""Identities: the two private keys of whoever signs and opens what was sealed to them, and what such keys are called.

An identity is two private keys: Ed25519 to sign and X25519 to open what was sealed to it (HPKE, RFC 9180).
Private keys are PEM files (PKCS #8) for their owner alone, protected by a passphrase where a person keeps them.
"""

import base64
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from doorctl.errors import KeyFileError
from doorctl.keys.files import read_private, write_private
from doorctl.keys.passphrase import Passphrases
from doorctl.keys.protected import is_protected, open_protected, protect
from doorctl.places import KeyFile
from doorctl.wire.notes import Signer


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody with a name who signs notes and opens what was sealed to them."""

    signer: Signer
    box: X25519PrivateKey

    @property
    def box_public(self) -> bytes:
        """What others seal to."""
        return self.box.public_key().public_bytes_raw()

    @property
    def sign_public(self) -> bytes:
        """What others verify with."""
        return self.signer.verifier.public_key


def hub_key_name(site: str) -> str:
    """Name the hub's key in the signatures of its notes."""
    return f"hub.{site}"


def root_key_name(site: str) -> str:
    """Name a key of the site root, which signs trust; each of the two has this name."""
    return f"root.{site}"


def admin_key_name(admin: str) -> str:
    """Name an admin's key in the signatures of their commands."""
    return f"admin.{admin}"


def ack_key_name(controller: str) -> str:
    """Name the keeper's key of a controller, which signs asks, acks and log batches."""
    return f"ack.{controller}"


def log_key_name(controller: str) -> str:
    """Name the key with which a controller's door signs the checkpoints of its log."""
    return f"log.{controller}"


def new_signing_key(path: Path, passphrase: bytes | None = None) -> Ed25519PrivateKey:
    """Make an Ed25519 key file. Raises FileExistsError: nothing is ever overwritten."""
    key = Ed25519PrivateKey.generate()
    write_private(path, _private_pem(key, passphrase))
    return key


def new_box_key(path: Path, passphrase: bytes | None = None) -> X25519PrivateKey:
    """Make an X25519 key file. Raises FileExistsError."""
    key = X25519PrivateKey.generate()
    write_private(path, _private_pem(key, passphrase))
    return key


def new_identity(folder: Path, *, name: str = "", passphrase: bytes | None = None) -> Identity:
    """Make the two key files of an identity, ``sign.pem`` and ``box.pem``. Raises FileExistsError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    signer = Signer(name, new_signing_key(folder / KeyFile.SIGN, passphrase))
    return Identity(signer, new_box_key(folder / KeyFile.BOX, passphrase))


def load_signer(path: Path, name: str, passphrases: Passphrases | None = None) -> Signer:
    """Load an Ed25519 key file. Raises KeyFileError."""
    key = _load_private_key(path, passphrases or Passphrases())
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{path} is not an Ed25519 key")
    return Signer(name, key)


def load_box(path: Path, passphrases: Passphrases | None = None) -> X25519PrivateKey:
    """Load an X25519 key file. Raises KeyFileError."""
    key = _load_private_key(path, passphrases or Passphrases())
    if not isinstance(key, X25519PrivateKey):
        raise KeyFileError(f"{path} is not an X25519 key")
    return key


def load_identity(folder: Path, name: str, passphrases: Passphrases | None = None) -> Identity:
    """Load the two key files of an identity; a passphrase that both have is asked for once. Raises KeyFileError."""
    passphrases = passphrases or Passphrases()
    return Identity(
        load_signer(folder / KeyFile.SIGN, name, passphrases), load_box(folder / KeyFile.BOX, passphrases)
    )


def encode_public(key: bytes) -> str:
    """Write a public key for a configuration file or a join code."""
    return base64.urlsafe_b64encode(key).decode().rstrip("=")


def decode_public(text: str) -> bytes:
    """Read a public key of 32 bytes. Raises KeyFileError."""
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        raise KeyFileError("a public key is 43 characters of base64url") from error
    if len(key) != 32:
        raise KeyFileError("a public key has 32 bytes")
    return key


def _private_pem(key: Ed25519PrivateKey | X25519PrivateKey, passphrase: bytes | None = None) -> bytes:
    """Write a private key as PEM, protected by a passphrase if there is one."""
    if passphrase:
        return protect(key, passphrase)
    pkcs8, in_the_open = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, in_the_open)


def _load_private_key(path: Path, passphrases: Passphrases) -> object:
    """Load a private key of any kind, asking for its passphrase if it has one. Raises KeyFileError."""
    pem = read_private(path)
    if not is_protected(pem):
        return _key_in(pem, path)
    for passphrase in passphrases.for_file(path):
        try:
            return _key_in(pem, path, passphrase)
        except KeyFileError:
            continue
    raise AssertionError("passphrases end with an error")


def _key_in(pem: bytes, path: Path, passphrase: bytes | None = None) -> object:
    try:
        return load_pem_private_key(pem, password=None) if passphrase is None else open_protected(pem, passphrase)
    except (ValueError, TypeError) as error:
        raise KeyFileError(f"{path} is not a private key in PEM form") from error
