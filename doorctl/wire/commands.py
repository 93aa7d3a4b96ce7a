"""What an admin can ask of the hub: one struct per verb, in a signed command with an id and an expiry.

A command names holders by their opaque ids and cards not at all. What is personal (a name, a handle, a card
number) stands in its ``Private`` part, which travels sealed to the hub beside the note; the command holds
the SHA-256 of exactly those bytes, so neither can be swapped.
"""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.classes import CardClass
from doorctl.core.model import HolidayRule, OnAuditFailure, Status, ZoneKind
from doorctl.policy.rows import (
    FirstUseSeconds,
    HeldOpenSeconds,
    IsoDate,
    Name,
    ReleaseSeconds,
    UnixSeconds,
    Uses,
    WindowRow,
)
from doorctl.wire.alerts import AlertVerb
from doorctl.wire.classes import ClassVerb
from doorctl.wire.door_words import DoorModeVerb
from doorctl.wire.messages import Hex32, Message, Nonce
from doorctl.wire.occupancy_words import OccupancyVerb
from doorctl.wire.privacy import PrivacyVerb
from doorctl.wire.questions import Question
from doorctl.wire.report_words import ReportVerb
from doorctl.wire.rights import RightsVerb
from doorctl.wire.threats import ThreatVerb
from doorctl.wire.training_words import TrainingVerb
from doorctl.wire.verb import VerbStruct
from doorctl.wire.visits import VisitVerb
from doorctl.wire.who_words import Who

COMMAND_SECONDS = 300
"""The longest time from the making of a command to its expiry."""


class PersonAdd(VerbStruct, frozen=True, tag="person-add"):
    """Make a holder; handle and name are private."""

    holder: Name
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class PersonSet(VerbStruct, frozen=True, tag="person-set"):
    """Suspend a holder or make it active again."""

    holder: Name
    status: Status


class PersonEdit(VerbStruct, frozen=True, tag="person-edit"):
    """Say anew how a holder is called (private), whether it counts, from when and until when."""

    holder: Name
    status: Status
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class PersonRemove(VerbStruct, frozen=True, tag="person-remove"):
    """Remove a holder with cards, memberships and grants."""

    holder: Name


class CardAdd(VerbStruct, frozen=True, tag="card-add"):
    """Give a holder a card of a class, which is private; with limits, as ``card-limit`` does."""

    holder: Name
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None
    limits: Name | None = None
    uses: Uses | None = None
    first_use_seconds: FirstUseSeconds | None = None
    card_class: CardClass = CardClass.UNKNOWN


class CardLimit(VerbStruct, frozen=True, tag="card-limit"):
    """Let a card in so often, and for so long from its first use on, counted under a new id; or without limits.

    The card is private.
    """

    limits: Name | None = None
    uses: Uses | None = None
    first_use_seconds: FirstUseSeconds | None = None


class CardSet(VerbStruct, frozen=True, tag="card-set"):
    """Suspend a card, report it lost, or make it active again; the card is private."""

    status: Status


class CardEdit(VerbStruct, frozen=True, tag="card-edit"):
    """Say anew whether a card counts, from when and until when; the card is private."""

    status: Status
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class CardReplace(VerbStruct, frozen=True, tag="card-replace"):
    """Give a holder a new card for a lost one (``cards``; none: the only one that there is); both are private.

    It is of the ``card_class`` of the lost one, if none is said.
    """

    holder: Name
    card_class: CardClass | None = None


class CardRemove(VerbStruct, frozen=True, tag="card-remove"):
    """Forget a card; the card is private."""


class PersonAccess(VerbStruct, frozen=True, tag="person-access"):
    """Release the strike, and let a door stay open, for longer when a holder comes in; None: as long as usual."""

    holder: Name
    release_seconds: ReleaseSeconds | None = None
    held_open_seconds: HeldOpenSeconds | None = None


class PinSet(VerbStruct, frozen=True, tag="pin-set"):
    """Give a holder a PIN (private), and one for duress if there is one; ``alone``: it counts without a card, too."""

    holder: Name
    alone: bool = False


class PinRemove(VerbStruct, frozen=True, tag="pin-remove"):
    """Take a holder's PIN away."""

    holder: Name


class PinCodeSet(VerbStruct, frozen=True, tag="pin-code-set"):
    """Give a holder a code (private, in the place of a PIN) that counts once, to set an own PIN at a reader."""

    holder: Name
    valid_until: UnixSeconds


class ZoneSet(VerbStruct, frozen=True, tag="zone-set"):
    """Make or change a zone."""

    zone: Name
    zone_kind: ZoneKind
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY


class ZoneRemove(VerbStruct, frozen=True, tag="zone-remove"):
    """Remove a zone that has neither doors nor grants nor a rule."""

    zone: Name


class DoorSet(VerbStruct, frozen=True, tag="door-set"):
    """Make a door, or say that it leads into another zone."""

    door: Name
    zone: Name


class DoorRemove(VerbStruct, frozen=True, tag="door-remove"):
    """Remove a door."""

    door: Name


class ScheduleSet(VerbStruct, frozen=True, tag="schedule-set"):
    """Make or change a weekly schedule."""

    schedule: Name
    windows: Annotated[tuple[WindowRow, ...], msgspec.Meta(max_length=64)]
    holidays: HolidayRule = HolidayRule.REPLACE


class ScheduleRemove(VerbStruct, frozen=True, tag="schedule-remove"):
    """Remove a schedule that no grant uses."""

    schedule: Name


class HolidayAdd(VerbStruct, frozen=True, tag="holiday-add"):
    """Make a date a holiday."""

    date: IsoDate


class HolidayRemove(VerbStruct, frozen=True, tag="holiday-remove"):
    """Make a date an ordinary day again."""

    date: IsoDate


class GroupAdd(VerbStruct, frozen=True, tag="group-add"):
    """Make a group."""

    group: Name


class GroupRemove(VerbStruct, frozen=True, tag="group-remove"):
    """Remove a group with its memberships and grants."""

    group: Name


class GroupJoin(VerbStruct, frozen=True, tag="group-join"):
    """Put a holder into a group."""

    group: Name
    holder: Name


class GroupLeave(VerbStruct, frozen=True, tag="group-leave"):
    """Take a holder out of a group."""

    group: Name
    holder: Name


class GrantAdd(VerbStruct, frozen=True, tag="grant"):
    """Let a holder or a group into a zone."""

    grant: Name
    zone: Name
    holder: Name | None = None
    group: Name | None = None
    schedule: Name | None = None
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class Revoke(VerbStruct, frozen=True, tag="revoke"):
    """Take away every grant of a holder or a group in a zone."""

    zone: Name
    holder: Name | None = None
    group: Name | None = None


Verb = (
    PersonAdd
    | PersonSet
    | PersonEdit
    | PersonRemove
    | CardAdd
    | CardLimit
    | CardSet
    | CardEdit
    | CardReplace
    | CardRemove
    | PersonAccess
    | PinSet
    | PinRemove
    | PinCodeSet
    | ZoneSet
    | ZoneRemove
    | DoorSet
    | DoorRemove
    | ScheduleSet
    | ScheduleRemove
    | HolidayAdd
    | HolidayRemove
    | GroupAdd
    | GroupRemove
    | GroupJoin
    | GroupLeave
    | GrantAdd
    | Revoke
    | Question
    | Who
    | RightsVerb
    | DoorModeVerb
    | OccupancyVerb
    | ClassVerb
    | ThreatVerb
    | PrivacyVerb
    | AlertVerb
    | ReportVerb
    | VisitVerb
    | TrainingVerb
)


class Private(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The personal or bulky part of a command, salted so that its hash tells nothing."""

    salt: Nonce
    handle: Annotated[str, msgspec.Meta(max_length=64)] = ""
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    card: Annotated[str, msgspec.Meta(max_length=200)] = ""
    cards: Annotated[tuple[Annotated[str, msgspec.Meta(max_length=200)], ...], msgspec.Meta(max_length=1000)] = ()
    pin: Annotated[str, msgspec.Meta(max_length=8)] = ""
    duress: Annotated[str, msgspec.Meta(max_length=8)] = ""
    note: Annotated[str, msgspec.Meta(max_length=48 * 1024)] = ""
    blob: Annotated[bytes, msgspec.Meta(max_length=64 * 1024)] = b""


class Command(Message, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One request of one admin; signed by the admin's key."""

    kind: ClassVar[str] = "command"
    id: Nonce
    admin: Name
    expires: UnixSeconds
    do: Verb
    private: Hex32 | None = None
