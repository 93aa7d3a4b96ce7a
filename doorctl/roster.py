"""Rosters: for a strict zone, the list of who may enter, signed as a whole by officers.

A strict door opens only for a line of the roster *and* by the ordinary rules. It checks the officers' signatures
itself, against trust, so neither who enrols cards nor the hub can add a line.
"""

import base64
from collections.abc import Iterable
from typing import Annotated, ClassVar

import msgspec

from doorctl.errors import Refused
from doorctl.keys import admin_key_name
from doorctl.messages import Message, from_text
from doorctl.notes import Verifier, open_note
from doorctl.policy.rows import Name, UnixSeconds
from doorctl.trust_note import Role, Trust

MAX_LINES = 500
MAX_ROSTER_BYTES = 47 * 1024
CARD_BYTES = 16

CardMark = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{22}\Z")]


class RosterLine(msgspec.Struct, frozen=True, array_like=True, forbid_unknown_fields=True):
    """A holder with one card may enter, always or on a schedule, until a time.

    ``card`` is the beginning of the credential key, made with as many keys of the ring as the roster says.
    """

    holder: Name
    card: CardMark
    schedule: Name | None = None
    until: UnixSeconds | None = None


class Roster(Message, frozen=True, forbid_unknown_fields=True):
    """All who may enter one strict zone; a higher ``version`` replaces it. Signed by one or two officers."""

    kind: ClassVar[str] = "roster"
    zone: Name
    version: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    at: UnixSeconds
    ring: Annotated[int, msgspec.Meta(ge=1, le=64)]
    lines: Annotated[tuple[RosterLine, ...], msgspec.Meta(max_length=MAX_LINES)]


def card_mark(credential: bytes) -> str:
    """Write the part of a credential key that a roster names."""
    return base64.urlsafe_b64encode(credential[:CARD_BYTES]).decode().rstrip("=")


def open_roster(note: bytes, trust: Trust, *, zone: str, signatures: int, suspended: Iterable[str] = ()) -> Roster:
    """Check a roster of this zone against the officers that trust names.

    Raises Refused: ``too-large``, ``too-few-officers``, ``wrong-zone``, or as notes and messages do.
    """
    if len(note) > MAX_ROSTER_BYTES:
        raise Refused("too-large", f"a roster has at most {MAX_ROSTER_BYTES} bytes")
    out = frozenset(suspended)
    officers = {admin_key_name(each.id): each for each in trust.admins if Role.OFFICER in each.roles}
    verifiers = [Verifier(name, keys.sign) for name, keys in officers.items() if keys.id not in out]
    opened = open_note(note, verifiers)
    if len(opened.signers) < signatures:
        raise Refused("too-few-officers", f"{len(opened.signers)} officer(s) signed; this door asks for {signatures}")
    roster = from_text(opened.text, Roster, site=trust.site)
    if roster.zone != zone:
        raise Refused("wrong-zone", "the roster is of another zone")
    return roster
