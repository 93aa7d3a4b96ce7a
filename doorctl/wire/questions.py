"""What an admin can ask of the hub without changing anything: one struct per question."""

from typing import Annotated

import msgspec

from doorctl.core.areas import Way
from doorctl.core.classes import ReaderClass
from doorctl.core.reasons import Outcome, Reason
from doorctl.core.records import RecordKind
from doorctl.policy.rows import IsoDate, Name, ThreatLevel, UnixSeconds
from doorctl.wire.messages import Count
from doorctl.wire.verb import VerbStruct

MAX_PAGE_ROWS = 200
MOST_OTHERS = 8
MAX_ENDING_SECONDS = 3650 * 86_400


class Lookup(VerbStruct, frozen=True, omit_defaults=True, tag="lookup"):
    """Ask for the holder behind a handle (private) or the group of that name.

    ``standing`` asks for the holder's status and validity, too.
    """

    standing: bool = False


class ListRows(VerbStruct, frozen=True, tag="list"):
    """Ask for a page of people, cards, groups, zones, doors, schedules, holidays or grants.

    With ``ending``, of people, cards, grants or trainings only those that end within so many seconds from now.
    """

    what: Annotated[str, msgspec.Meta(max_length=16)]
    after: Annotated[str, msgspec.Meta(max_length=128)] = ""
    ending: Annotated[int, msgspec.Meta(ge=1, le=MAX_ENDING_SECONDS)] | None = None


class StatusOf(VerbStruct, frozen=True, tag="status"):
    """Ask how the hub and every controller are."""


class Why(VerbStruct, frozen=True, tag="why"):
    """Ask what a door would decide for a card, or for a person's best (private), at a time, and for every reason.

    ``with_pin`` supposes that the holder's PIN is entered, too: no digits travel, so nobody can try PINs by asking.
    ``threat`` supposes another threat level than there is, ``others`` that these holders have asked just before, one
    after the other, and the rest what the hub is not told of the reader and of other doors.
    """

    door: Name
    at: UnixSeconds | None = None
    with_pin: bool = False
    threat: ThreatLevel | None = None
    others: Annotated[tuple[Name, ...], msgspec.Meta(max_length=MOST_OTHERS)] = ()
    way: Way = Way.IN
    egress_is_wired: bool = False
    reader_class: ReaderClass | None = None
    interlocked: bool = False


class Records(VerbStruct, frozen=True, tag="records"):
    """Ask for a page of audit records in the order of their arrival, after a position, with or without names."""

    after: Count = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_ROWS)] = MAX_PAGE_ROWS
    since: UnixSeconds | None = None
    until: UnixSeconds | None = None
    zone: Name | None = None
    door: Name | None = None
    holder: Name | None = None
    outcome: Outcome | None = None
    reason: Reason | None = None
    kind: RecordKind | None = None
    names: bool = False


class Approvals(VerbStruct, frozen=True, omit_defaults=True, tag="approvals"):
    """Ask which commands wait for a second admin; ``after`` is how many were told already.

    ``request`` asks for those whose id begins so; if none does, the refusal tells what became of it.
    """

    after: Count = 0
    request: Annotated[str, msgspec.Meta(max_length=32)] = ""


class DigestOf(VerbStruct, frozen=True, omit_defaults=True, tag="digest"):
    """Ask what was done in one's own name on a day, by the site's wall clock.

    Officers and auditors may ask for what everyone did. ``after`` asks for the page after a position; ``since`` asks
    for no commands, but on how many days after that one there were any of one's own, up to the day.
    """

    day: IsoDate
    refused: bool = False
    everyone: bool = False
    after: Count = 0
    since: IsoDate | None = None


class CredentialKeys(VerbStruct, frozen=True, omit_defaults=True, tag="credential-keys"):
    """Ask for the credential keys of some cards (private), in their order; with ``holders`` for whose they are."""

    holders: bool = False


class RosterOf(VerbStruct, frozen=True, omit_defaults=True, tag="roster-of"):
    """Ask for the roster that is in force in a strict zone, and for one that the rules as they stand would make.

    ``after`` is how many lines were told already; ``signed`` asks for the note in force instead of lines.
    """

    zone: Name
    after: Count = 0
    signed: bool = False


class SitePage(VerbStruct, frozen=True, tag="site-page"):
    """Ask for a large page of a list, compressed: how a whole site is read."""

    what: Annotated[str, msgspec.Meta(max_length=16)]
    after: Annotated[str, msgspec.Meta(max_length=128)] = ""


Question = Lookup | ListRows | StatusOf | Why | Records | Approvals | DigestOf | CredentialKeys | RosterOf | SitePage
