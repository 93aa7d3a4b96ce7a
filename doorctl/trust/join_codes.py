"""Codes by which the public halves of new keys travel to whoever holds the site root, for a person to copy.

A controller's is ``doorctl-join:v2:<controller>:<ack>:<log>:<box>:<tls>:<checksum>``; without a TLS key it has one
part less, and ``v1``, which never had one, is still read. An admin's is
``doorctl-admin:v1:<admin>:<sign>:<box>:<tls>:<checksum>``, where the TLS key may be missing, too. Keys are base64url.
"""

import hashlib
from dataclasses import dataclass

from doorctl.errors import KeyFileError, Refused
from doorctl.keys.identity import decode_public, encode_public
from doorctl.trust.note import AdminKeys, ControllerKeys
from doorctl.wire.topics import is_name

_CHECKSUM_DIGITS = 8
_CONTROLLER = "doorctl-join:v2"
_ADMIN = "doorctl-admin:v1"
_KEYS_OF = {"doorctl-join:v1": (3,), _CONTROLLER: (3, 4), _ADMIN: (2, 3)}
"""How many keys a code of each kind may have."""


@dataclass(frozen=True, slots=True)
class AdminCode:
    """What an admin's code tells: the keys for trust, and the TLS key, for which a certificate is made."""

    keys: AdminKeys
    tls: bytes | None = None


def join_code(keys: ControllerKeys) -> str:
    """Write the join code of a controller."""
    return _write(_CONTROLLER, keys.id, (keys.ack, keys.log, keys.box, keys.tls))


def parse_join_code(code: str) -> ControllerKeys:
    """Read the join code of a controller. Raises Refused ``bad-join-code``."""
    name, (ack, log, box, *tls) = _read(code, "doorctl-join", "doorctl join")
    return ControllerKeys(id=name, ack=ack, log=log, box=box, tls=tls[0] if tls else None)


def admin_code(admin: AdminCode) -> str:
    """Write the code of an admin; it carries no roles: whoever signs trust gives them."""
    return _write(_ADMIN, admin.keys.id, (admin.keys.sign, admin.keys.box, admin.tls))


def parse_admin_code(code: str) -> AdminCode:
    """Read the code of an admin, who has no role yet. Raises Refused ``bad-join-code``."""
    name, (sign, box, *tls) = _read(code, "doorctl-admin", "doorctl admin join")
    return AdminCode(AdminKeys(id=name, sign=sign, box=box, roles=()), tls[0] if tls else None)


def _write(prefix: str, name: str, keys: tuple[bytes | None, ...]) -> str:
    body = ":".join([prefix, name, *(encode_public(key) for key in keys if key is not None)])
    return f"{body}:{_checksum(body)}"


def _read(code: str, kind: str, command: str) -> tuple[str, list[bytes]]:
    body, _, checksum = code.strip().rpartition(":")
    prefix, version, name, *encoded = [*body.split(":"), "", "", ""]
    encoded = encoded[:-3]
    counts = _KEYS_OF.get(f"{prefix}:{version}", ())
    if prefix != kind or len(encoded) not in counts or not is_name(name):
        raise Refused("bad-join-code", f"this is no code that `{command}` printed; copy all of it, from {kind}: on")
    if checksum != _checksum(body):
        raise Refused("bad-join-code", "a character is wrong or missing; copy the code again")
    try:
        return name, [decode_public(text) for text in encoded]
    except KeyFileError as error:
        raise Refused("bad-join-code", str(error)) from error


def _checksum(body: str) -> str:
    return hashlib.sha256(body.encode()).hexdigest()[:_CHECKSUM_DIGITS]
