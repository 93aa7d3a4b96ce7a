"""Rosters: for a strict zone, the list of who may enter, signed as a whole by officers.

A strict door opens only for a line of the roster *and* by the ordinary rules. It checks the officers' signatures
itself, against trust, so neither who enrols cards nor the hub can add a line.
"""

import base64
import hashlib
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, ClassVar, Self
from zoneinfo import ZoneInfo

import msgspec

from doorctl.errors import Refused
from doorctl.keys.identity import admin_key_name
from doorctl.policy.rows import Name, ScheduleRow, UnixSeconds
from doorctl.trust.note import Role, Trust
from doorctl.wire.messages import Message, from_text
from doorctl.wire.notes import Verifier, open_note, text_of

MAX_LINES = 500
MAX_SCHEDULES = 64
MAX_STEP = 1000
"""A version may be so much higher than the one before it: nobody can use up the numbers."""
MAX_SIGNED_AHEAD = 100
"""The hub takes so many numbers further: some are signed and never brought."""
MAX_FIRST = 1_000_000
"""The highest version to begin with."""
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


class Roster(Message, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """All who may enter one strict zone; a higher ``version`` replaces it. Signed by one or two officers.

    ``schedules`` are those of its lines as the officers saw them, by the clock of ``timezone``: what the policy says
    of them opens nothing more.
    """

    kind: ClassVar[str] = "roster"
    zone: Name
    version: Annotated[int, msgspec.Meta(ge=1, le=2**53)]
    at: UnixSeconds
    ring: Annotated[int, msgspec.Meta(ge=1, le=64)]
    lines: Annotated[tuple[RosterLine, ...], msgspec.Meta(max_length=MAX_LINES)]
    schedules: Annotated[tuple[ScheduleRow, ...], msgspec.Meta(max_length=MAX_SCHEDULES)] = ()
    timezone: Annotated[str, msgspec.Meta(min_length=1, max_length=64)] = "UTC"


class LineState(StrEnum):
    """What becomes of a line by a new roster."""

    KEPT = "kept"
    NEW = "new"
    GONE = "gone"


def compared(
    before: Collection[RosterLine],
    lines: Collection[RosterLine],
    *,
    by: Callable[[RosterLine], object] = lambda line: line,
) -> list[tuple[LineState, RosterLine]]:
    """Pair each new line, and then each that is gone, with its state; by what ``by`` gives two lines are the same."""
    old, new = ({by(line) for line in each} for each in (before, lines))
    fresh = [(LineState.KEPT if by(line) in old else LineState.NEW, line) for line in lines]
    return [*fresh, *((LineState.GONE, line) for line in before if by(line) not in new)]


@dataclass(frozen=True, slots=True)
class RosterVersion:
    """Which roster of a zone: its version, and the SHA-256 of its text; empty where only the number is known."""

    version: int = 0
    sha256: str = ""

    @classmethod
    def of(cls, roster: Roster, note: bytes) -> Self:
        """Name a roster by the note that it stands in."""
        return cls(roster.version, hashlib.sha256(text_of(note)).hexdigest())


def check_version(found: RosterVersion, *, after: RosterVersion) -> None:
    """Refuse what must not follow the highest version so far: ``old-roster``, ``roster-fork``, ``version-jump``."""
    held, most = after.version, after.version + MAX_STEP if after.version else MAX_FIRST
    if found.version < held:
        raise Refused("old-roster", f"version {found.version}; {held} has counted already")
    if found.version == held and found.sha256 != after.sha256 and after.sha256:
        raise Refused("roster-fork", f"there are two rosters of version {held}, and this is not the one that counted")
    if found.version > most:
        raise Refused("version-jump", f"version {found.version} is too far beyond {held}: at most {most}")


def marked_key(mark: CardMark) -> bytes | None:
    """Return the beginning of the credential keys that have this mark; None of one that no key has."""
    beginning = base64.urlsafe_b64decode(f"{mark}==")
    return beginning if card_mark(beginning) == mark else None


def card_mark(credential: bytes) -> str:
    """Write the part of a credential key that a roster names."""
    return base64.urlsafe_b64encode(credential[:CARD_BYTES]).decode().rstrip("=")


def open_roster(note: bytes, trust: Trust, *, zone: str, signatures: int, suspended: Iterable[str] = ()) -> Roster:
    """Check a roster of this zone against the officers that trust names.

    Raises Refused: ``too-large``, ``too-few-officers``, ``wrong-zone``, ``unknown-timezone``, or as notes and
    messages do.
    """
    if len(note) > MAX_ROSTER_BYTES:
        raise Refused("too-large", f"a roster has at most {MAX_ROSTER_BYTES} bytes")
    out = frozenset(suspended)
    officers = {admin_key_name(each.id): each for each in trust.admins if Role.OFFICER in each.roles}
    verifiers = [Verifier(name, keys.sign) for name, keys in officers.items() if keys.id not in out]
    opened = open_note(note, verifiers)
    keys = {officers[name].sign for name in opened.signers}  # one key under two names is one officer
    if len(keys) < signatures:
        raise Refused("too-few-officers", f"{len(keys)} officer(s) signed; this door asks for {signatures}")
    roster = from_text(opened.text, Roster, site=trust.site)
    if roster.zone != zone:
        raise Refused("wrong-zone", "the roster is of another zone")
    clock_of(roster)
    return roster


def clock_of(roster: Roster) -> ZoneInfo:
    """Return the time zone of a roster's schedules. Raises Refused ``unknown-timezone``."""
    try:
        return ZoneInfo(roster.timezone)
    except (ValueError, LookupError, OSError) as error:
        raise Refused("unknown-timezone", f"nobody knows a time zone {roster.timezone} here") from error
