"""Who may command: a payload from an admin's topic becomes a command only if every check agrees."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from doorctl.errors import Refused
from doorctl.keys.identity import admin_key_name
from doorctl.keys.sealing import open_sealed
from doorctl.trust.note import AdminKeys
from doorctl.wire.commands import COMMAND_SECONDS, Command, Private
from doorctl.wire.messages import decode_strictly, from_text
from doorctl.wire.notes import Verifier, detach, open_note

MAX_COMMAND_BYTES = 16 * 1024
CLOCK_TOLERANCE_SECONDS = 60
"""How far an admin's clock may run ahead of the hub's."""

_private = msgspec.json.Decoder(Private)


@dataclass(frozen=True, slots=True)
class SignedCommand:
    """A command that its admin has really signed; whether it is fresh and new is still open."""

    command: Command
    note: bytes
    sealed: bytes | None
    admin: AdminKeys


def authenticate(payload: bytes, *, topic_admin: str, admins: Iterable[AdminKeys], site: str) -> SignedCommand:
    """Check who signed, and that nobody added to the note, for it will stand in a change for ever.

    Raises Refused: ``unknown-admin``, ``wrong-topic``, ``extra-signature``, or as notes and messages do.
    """
    note, sealed = detach(payload)
    if len(note) > MAX_COMMAND_BYTES:
        raise Refused("too-large", f"a command has at most {MAX_COMMAND_BYTES} bytes")
    admin = next((keys for keys in admins if keys.id == topic_admin), None)
    if admin is None:
        raise Refused("unknown-admin", "trust names no such admin")
    opened = open_note(note, [Verifier(admin_key_name(admin.id), admin.sign)])
    if note.count(b"\n", len(opened.text)) != 2:
        raise Refused("extra-signature", "a command has the one signature of its admin")
    command = from_text(opened.text, Command, site=site)
    if command.admin != admin.id:
        raise Refused("wrong-topic", "the command names another admin than its topic")
    return SignedCommand(command, note, sealed, admin)


def check_expiry(command: Command, *, at: int, newest_forgotten: int) -> None:
    """Refuse what is too old to count, and what would count for too long: ``expired``, ``expires-too-late``."""
    if command.expires <= max(at, newest_forgotten):
        raise Refused("expired", "the command came too late; compare the clocks of admin and hub, then repeat it")
    if command.expires > at + COMMAND_SECONDS + CLOCK_TOLERANCE_SECONDS:
        raise Refused("expires-too-late", f"a command expires within {COMMAND_SECONDS} seconds; check the clocks")


def open_private(signed: SignedCommand, box: X25519PrivateKey) -> Private | None:
    """Open the personal part. Raises Refused: ``wrong-private`` when it is not the one that was signed for."""
    if (signed.sealed is None) != (signed.command.private is None):
        raise Refused("wrong-private", "the command and its private part do not belong together")
    if signed.sealed is None:
        return None
    private = open_sealed(signed.sealed, box=box, about=f"command:{signed.command.id}")
    if hashlib.sha256(private).hexdigest() != signed.command.private:
        raise Refused("wrong-private", "the command was signed for another private part")
    return decode_strictly(_private, private)
