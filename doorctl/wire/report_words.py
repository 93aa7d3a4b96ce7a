"""What reports and access reviews ask of the hub, and what it finds."""

import zlib
from enum import StrEnum
from typing import Annotated

import msgspec

from doorctl.policy.rows import Name, UnixSeconds
from doorctl.wire.messages import Count, Nonce
from doorctl.wire.verb import VerbStruct


class Tally(StrEnum):
    """What is counted of the records, and by which words: the key of each count, in its order."""

    ENTRIES = "entries"
    """Holder, zone, door, and ``opened`` or ``granted``: what the records say."""
    DENIED = "denied"
    """Holder, door, zone, reason."""
    OUT_OF_HOURS = "out-of-hours"
    """Day, holder, door, zone of what was granted outside a schedule."""
    DOORS = "doors"
    """Day, door, zone, and ``held_open`` or ``forced_open``."""
    BREAK_GLASS = "break-glass"
    """Day, holder, door, zone, reason."""
    DAYS = "days"
    """Day, holder: only where the site allows it."""
    HOURS = "hours"
    """Door, hour of the day, outcome."""
    DAILY = "daily"
    """Day, outcome."""


class SiteSetting(StrEnum):
    """What a site allows or not, by the word of an officer; nothing is allowed before."""

    DAYS_REPORT = "days-report"
    """To report when each person came first and left last on each day: it says how long people work."""


class ReviewOutcome(StrEnum):
    """What a reviewer says of somebody's access."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"


class TalliesOf(VerbStruct, frozen=True, tag="tallies"):
    """Ask to count records after a position; the answer covers a stretch of them, and the next one goes on there.

    ``schedule`` names the hours that out of hours is outside of.
    """

    tallies: Annotated[tuple[Tally, ...], msgspec.Meta(min_length=1, max_length=len(Tally))]
    after: Count = 0
    since: UnixSeconds | None = None
    until: UnixSeconds | None = None
    zone: Name | None = None
    door: Name | None = None
    schedule: Name | None = None


class ReviewsOf(VerbStruct, frozen=True, tag="reviews-of"):
    """Ask for the reviews there are, the newest first; or for the lines of one, by its id or how that begins."""

    review: Annotated[str, msgspec.Meta(max_length=32)] = ""
    after: Count = 0


class SettingSet(VerbStruct, frozen=True, tag="setting-set"):
    """Allow something in this site, or no longer."""

    setting: SiteSetting
    allowed: bool


class ReviewStart(VerbStruct, frozen=True, tag="review-start"):
    """Begin a review: everybody who has a grant in these zones is to be looked at, a group as one."""

    review: Nonce
    zones: Annotated[tuple[Name, ...], msgspec.Meta(min_length=1, max_length=64)]


class ReviewMark(VerbStruct, frozen=True, tag="review-mark"):
    """Say what came of a line of a review; to revoke is a command of its own, which goes before."""

    review: Nonce
    zone: Name
    said: ReviewOutcome
    holder: Name | None = None
    group: Name | None = None


class ReviewFinish(VerbStruct, frozen=True, tag="review-finish"):
    """End a review of which no line is open: from then on it is a record."""

    review: Nonce


Tallied = tuple[Tally, tuple[str, ...], int, int, int]
"""A tally, the words it counts by, how many, and the first and last time in seconds since 1970."""


class TalliesPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Counts of a stretch of records, packed; those of the same words add up. ``after`` asks for what follows."""

    counts: bytes
    after: int
    more: bool


def pack(counts: tuple[Tallied, ...]) -> bytes:
    """Write counts as a page carries them: one JSON list, compressed by zlib."""
    return zlib.compress(msgspec.json.encode(counts))


def unpack(counts: bytes) -> tuple[Tallied, ...]:
    """Read the counts of a page."""
    return msgspec.json.decode(zlib.decompress(counts), type=tuple[Tallied, ...])


class ReviewFound(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A review as it stands: who began it, and how many lines of it have which outcome."""

    review: str
    zones: tuple[str, ...]
    started_at: int
    started_by: str
    finished_at: int | None
    finished_by: str | None
    open: int
    confirmed: int
    revoked: int


class ReviewLine(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody's access as it is reviewed: ``members`` of a group when it was begun; who said what of it, when."""

    zone: str
    holder: str | None
    handle: str | None
    name: str | None
    group: str | None
    members: int
    outcome: ReviewOutcome
    by: str | None
    at: int | None


class ReviewsPage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Reviews, or a review and its lines; ``after`` asks for the next page, None when this is the last."""

    reviews: tuple[ReviewFound, ...]
    lines: tuple[ReviewLine, ...] = ()
    after: int | None = None


ReportVerb = TalliesOf | ReviewsOf | SettingSet | ReviewStart | ReviewMark | ReviewFinish
