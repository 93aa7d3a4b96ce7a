"""Trust: who may be hub, admin and controller, as the site root signed it; and the codes by which controllers join.

A join code carries the public halves of the keys born on a controller, for a person to take to whoever holds
the root: ``doorctl-join:v1:<controller>:<ack>:<log>:<box>:<checksum>``.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from doorctl.durable import replace_file
from doorctl.errors import KeyFileError, Refused
from doorctl.keys import decode_public, encode_public, root_key_name
from doorctl.messages import from_text, to_text
from doorctl.notes import Signer, Verifier, open_note, sign_text
from doorctl.topics import is_name
from doorctl.trust_note import ControllerKeys, Trust

_JOIN_PREFIX = "doorctl-join:v1"
_CHECKSUM_DIGITS = 8


@dataclass(frozen=True, slots=True)
class SignedTrust:
    """Trust as the site root signed it, and what it says."""

    note: bytes
    trust: Trust

    @property
    def hub_verifier(self) -> Verifier:
        """The key that this trust allows to be the hub."""
        return Verifier(self.trust.hub.name, self.trust.hub.sign)


def sign_trust(trust: Trust, *roots: Signer) -> SignedTrust:
    """Sign trust with one or more keys of the site root."""
    return SignedTrust(sign_text(to_text(trust), *roots), trust)


def open_trust(note: bytes, *, site: str, root_keys: Iterable[bytes]) -> SignedTrust:
    """Check trust against the pinned keys of the site root; any one of them suffices. Raises Refused."""
    verifiers = [Verifier(root_key_name(site), key) for key in root_keys]
    return SignedTrust(note, from_text(open_note(note, verifiers).text, Trust, site=site))


def load_trust(path: Path, *, site: str, root_keys: Iterable[bytes]) -> SignedTrust:
    """Load and check a stored note. Raises KeyFileError when it cannot be read, Refused when it is not trust."""
    try:
        note = path.read_bytes()
    except OSError as error:
        raise KeyFileError(f"cannot read {path}: {error.strerror}") from error
    return open_trust(note, site=site, root_keys=root_keys)


def store_trust(path: Path, signed: SignedTrust) -> None:
    """Put trust in the place of the one before it, in one durable step. Raises OSError."""
    replace_file(path, signed.note)


def add_controller(trust: Trust, code: str) -> Trust:
    """Return the next version of trust with the controller of a join code; its keys replace any it had.

    Raises Refused ``bad-join-code``.
    """
    keys = parse_join_code(code)
    others = (known for known in trust.controllers if known.id != keys.id)
    return msgspec.structs.replace(trust, version=trust.version + 1, controllers=(*others, keys))


def join_code(keys: ControllerKeys) -> str:
    """Write the join code of a controller."""
    public = ":".join(encode_public(key) for key in (keys.ack, keys.log, keys.box))
    body = f"{_JOIN_PREFIX}:{keys.id}:{public}"
    return f"{body}:{_checksum(body)}"


def parse_join_code(code: str) -> ControllerKeys:
    """Read a join code. Raises Refused ``bad-join-code``."""
    body, _, checksum = code.strip().rpartition(":")
    name, *encoded = body.removeprefix(f"{_JOIN_PREFIX}:").split(":")
    if not body.startswith(f"{_JOIN_PREFIX}:") or len(encoded) != 3 or not is_name(name):
        raise Refused("bad-join-code", f"a join code begins with {_JOIN_PREFIX} and has seven parts; copy all of it")
    if checksum != _checksum(body):
        raise Refused("bad-join-code", "a character is wrong or missing; copy the code again")
    try:
        ack, log, box = (decode_public(text) for text in encoded)
    except KeyFileError as error:
        raise Refused("bad-join-code", str(error)) from error
    return ControllerKeys(id=name, ack=ack, log=log, box=box)


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:_CHECKSUM_DIGITS]
