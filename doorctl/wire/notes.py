"""Signed notes: one format for everything that is signed.

C2SP signed-note with Ed25519 signatures (signature type 0x01): a text that ends in a newline, a blank line,
then one line per signature. Our text is two lines, the type and one line of JSON.
What must not stand in a signed text (names, card numbers) travels beside the note, sealed to one reader.
"""

import base64
import binascii
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from doorctl.errors import Refused

MAX_NOTE_BYTES = 60 * 1024
MAX_PAYLOAD_BYTES = 128 * 1024
"""A note with the sealed part beside it; what is larger is refused before anything is parsed."""
MAX_SIGNATURES = 8

_SIGNATURE_PREFIX = "— "
_ED25519 = b"\x01"
_SEALED_PREFIX = b"\n+ "
_DATA_PREFIX = b"\n* "


@dataclass(frozen=True, slots=True)
class Verifier:
    """A named public key that may have signed a note."""

    name: str
    public_key: bytes
    key_hash: bytes = field(init=False)
    """The first four bytes that tell keys of one name apart (C2SP signed-note)."""

    def __post_init__(self) -> None:
        """Find the key hash."""
        digest = hashlib.sha256(self.name.encode() + b"\n" + _ED25519 + self.public_key).digest()
        object.__setattr__(self, "key_hash", digest[:4])

    def verify(self, text: bytes, signature: bytes) -> bool:
        """Tell whether this key made the signature over exactly these bytes."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, text)
        except (InvalidSignature, ValueError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class Signer:
    """A named private key that signs notes."""

    name: str
    private_key: Ed25519PrivateKey
    verifier: Verifier = field(init=False)
    """The public half, found once: a door signs at every swipe."""

    def __post_init__(self) -> None:
        """Find the public half."""
        public_key = self.private_key.public_key().public_bytes_raw()
        object.__setattr__(self, "verifier", Verifier(self.name, public_key))


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note whose signatures by known keys were checked."""

    text: bytes
    signers: frozenset[str]


def sign_text(text: bytes, *signers: Signer) -> bytes:
    """Return the note: the text, a blank line, one line per signer."""
    lines = [text, b"\n"]
    for signer in signers:
        lines.append(signature_line(signer.name, signer.verifier.key_hash, signer.private_key.sign(text)))
    return b"".join(lines)


def open_note(note: bytes, verifiers: Iterable[Verifier]) -> OpenedNote:
    """Check a note against the known keys; at least one must have signed.

    Raises Refused: ``too-large``, ``not-a-note``, ``bad-signature`` (a known key's does not fit) or
    ``unknown-signer``. Signatures by unknown keys are passed over, as C2SP asks.
    """
    text, signatures = signatures_of(note)
    known = {(verifier.name, verifier.key_hash): verifier for verifier in verifiers}
    signers = set()
    for name, key_hash, signature in signatures:
        verifier = known.get((name, key_hash))
        if verifier is None:
            continue
        if not verifier.verify(text, signature):
            raise Refused("bad-signature", f"the signature of {name} does not fit the note")
        signers.add(name)
    if not signers:
        raise Refused("unknown-signer", "no key we trust has signed this note")
    return OpenedNote(text, frozenset(signers))


def signatures_of(note: bytes) -> tuple[bytes, list[tuple[str, bytes, bytes]]]:
    """Return the text, and each signature's name, key hash and bytes, unchecked. Raises Refused as ``open_note``."""
    text, lines = _split(note)
    return text, [_signature(line) for line in lines]


def signature_line(name: str, key_hash: bytes, signature: bytes) -> bytes:
    """Write one signature as a line of a note."""
    return f"{_SIGNATURE_PREFIX}{name} {base64.b64encode(key_hash + signature).decode()}\n".encode()


def text_of(note: bytes) -> bytes:
    """Return the signed text without checking who signed it; never act on it."""
    return _split(note)[0]


def _split(note: bytes) -> tuple[bytes, list[str]]:
    if len(note) > MAX_NOTE_BYTES:
        raise Refused("too-large", f"{len(note)} bytes; a note has at most {MAX_NOTE_BYTES}")
    try:
        note.decode()
    except UnicodeDecodeError as error:
        raise Refused("not-a-note", "not UTF-8") from error
    text, separator, signatures = note.rpartition(b"\n\n")
    if not separator or not signatures.endswith(b"\n"):
        raise Refused("not-a-note", "no signature block")
    lines = signatures.decode().removesuffix("\n").split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise Refused("not-a-note", "too many signatures")
    return text + b"\n", lines


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, _, encoded = line.removeprefix(_SIGNATURE_PREFIX).partition(" ")
    if not line.startswith(_SIGNATURE_PREFIX) or not name or not encoded:
        raise Refused("not-a-note", "a signature line is malformed")
    raw = _from_base64(encoded.encode())
    if len(raw) < 5:
        raise Refused("not-a-note", "a signature is too short")
    return name, raw[:4], raw[4:]


def attach(note: bytes, sealed: bytes | None) -> bytes:
    """Put a sealed part beside a note: one more line, outside everything that is signed."""
    return note if sealed is None else note + _SEALED_PREFIX + base64.b64encode(sealed) + b"\n"


def detach(payload: bytes) -> tuple[bytes, bytes | None]:
    """Part a payload into the note and the sealed part beside it, if there is one."""
    note, separator, encoded = payload.rpartition(_SEALED_PREFIX)
    if not separator or b"\n" in encoded.removesuffix(b"\n"):
        return payload, None
    return note, _from_base64(encoded.removesuffix(b"\n"))


def attach_data(note: bytes, data: bytes) -> bytes:
    """Put data beside a note, as it is; the note must name its hash, for nothing signed covers it."""
    return note + _DATA_PREFIX + data


def detach_data(payload: bytes) -> tuple[bytes, bytes]:
    """Part a payload into the note and the data beside it. Raises Refused ``not-a-note`` where there is none.

    The first prefix parts them: no line of a note of ours begins so, while data may hold anything.
    """
    note, separator, data = payload.partition(_DATA_PREFIX)
    if not separator:
        raise Refused("not-a-note", "nothing lies beside the note")
    return note, data


def _from_base64(encoded: bytes) -> bytes:
    """Decode the one spelling that base64 has for these bytes, so that nobody can respell a note."""
    try:
        raw = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise Refused("not-a-note", "not base64") from error
    # Of what passed this strict decoder, only bits behind the last byte can be other than they should be.
    if base64.b64encode(raw[len(raw) - (len(raw) % 3 or 3) :]) != encoded[-4:]:
        raise Refused("not-a-note", "not the base64 that encodes these bytes")
    return raw
