"""What an admin can ask of the hub: one struct per verb, in a signed command with an id and an expiry.

A command names holders by their opaque ids and cards not at all. What is personal (a name, a handle, a card
number) stands in its ``Private`` part, which travels sealed to the hub beside the note; the command holds
the SHA-256 of exactly those bytes, so neither can be swapped.
"""

from typing import Annotated, ClassVar

import msgspec

from doorctl.core.model import HolidayRule, OnAuditFailure, Status, ZoneKind
from doorctl.core.reasons import Outcome
from doorctl.messages import Count, Hex32, Message, Nonce
from doorctl.policy.rows import IsoDate, Name, UnixSeconds, WindowRow

COMMAND_SECONDS = 300
"""The longest time from the making of a command to its expiry."""
MAX_PAGE_ROWS = 200


class _Verb(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="verb"):
    pass


class PersonAdd(_Verb, frozen=True, tag="person-add"):
    """Make a holder; handle and name are private."""

    holder: Name
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class PersonSet(_Verb, frozen=True, tag="person-set"):
    """Suspend a holder or make it active again."""

    holder: Name
    status: Status


class PersonRemove(_Verb, frozen=True, tag="person-remove"):
    """Remove a holder with cards, memberships and grants."""

    holder: Name


class CardAdd(_Verb, frozen=True, tag="card-add"):
    """Give a holder a card; the card is private."""

    holder: Name
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class CardSet(_Verb, frozen=True, tag="card-set"):
    """Suspend a card, report it lost, or make it active again; the card is private."""

    status: Status


class CardRemove(_Verb, frozen=True, tag="card-remove"):
    """Forget a card; the card is private."""


class ZoneSet(_Verb, frozen=True, tag="zone-set"):
    """Make or change a zone."""

    zone: Name
    zone_kind: ZoneKind
    on_audit_failure: OnAuditFailure = OnAuditFailure.DENY


class ZoneRemove(_Verb, frozen=True, tag="zone-remove"):
    """Remove a zone that has neither doors nor grants."""

    zone: Name


class DoorSet(_Verb, frozen=True, tag="door-set"):
    """Make a door, or say that it leads into another zone."""

    door: Name
    zone: Name


class DoorRemove(_Verb, frozen=True, tag="door-remove"):
    """Remove a door."""

    door: Name


class ScheduleSet(_Verb, frozen=True, tag="schedule-set"):
    """Make or change a weekly schedule."""

    schedule: Name
    windows: Annotated[tuple[WindowRow, ...], msgspec.Meta(max_length=64)]
    holidays: HolidayRule = HolidayRule.REPLACE


class ScheduleRemove(_Verb, frozen=True, tag="schedule-remove"):
    """Remove a schedule that no grant uses."""

    schedule: Name


class HolidayAdd(_Verb, frozen=True, tag="holiday-add"):
    """Make a date a holiday."""

    date: IsoDate


class HolidayRemove(_Verb, frozen=True, tag="holiday-remove"):
    """Make a date an ordinary day again."""

    date: IsoDate


class GroupAdd(_Verb, frozen=True, tag="group-add"):
    """Make a group."""

    group: Name


class GroupRemove(_Verb, frozen=True, tag="group-remove"):
    """Remove a group with its memberships and grants."""

    group: Name


class GroupJoin(_Verb, frozen=True, tag="group-join"):
    """Put a holder into a group."""

    group: Name
    holder: Name


class GroupLeave(_Verb, frozen=True, tag="group-leave"):
    """Take a holder out of a group."""

    group: Name
    holder: Name


class GrantAdd(_Verb, frozen=True, tag="grant"):
    """Let a holder or a group into a zone."""

    grant: Name
    zone: Name
    holder: Name | None = None
    group: Name | None = None
    schedule: Name | None = None
    valid_from: UnixSeconds | None = None
    valid_until: UnixSeconds | None = None


class Revoke(_Verb, frozen=True, tag="revoke"):
    """Take away every grant of a holder or a group in a zone."""

    zone: Name
    holder: Name | None = None
    group: Name | None = None


class Lookup(_Verb, frozen=True, tag="lookup"):
    """Ask for the holder behind a handle (private) or the group of that name."""


class ListRows(_Verb, frozen=True, tag="list"):
    """Ask for a page of people, cards, groups, zones, doors, schedules, holidays or grants."""

    what: Annotated[str, msgspec.Meta(max_length=16)]
    after: Annotated[str, msgspec.Meta(max_length=128)] = ""


class StatusOf(_Verb, frozen=True, tag="status"):
    """Ask how the hub and every controller are."""


class Why(_Verb, frozen=True, tag="why"):
    """Ask what a door would decide for a card (private) at a time, and for every reason."""

    door: Name
    at: UnixSeconds | None = None


class Records(_Verb, frozen=True, tag="records"):
    """Ask for a page of audit records in the order of their arrival, after a position."""

    after: Count = 0
    limit: Annotated[int, msgspec.Meta(ge=1, le=MAX_PAGE_ROWS)] = MAX_PAGE_ROWS
    since: UnixSeconds | None = None
    until: UnixSeconds | None = None
    zone: Name | None = None
    door: Name | None = None
    holder: Name | None = None
    outcome: Outcome | None = None


Verb = (
    PersonAdd
    | PersonSet
    | PersonRemove
    | CardAdd
    | CardSet
    | CardRemove
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
    | Lookup
    | ListRows
    | StatusOf
    | Why
    | Records
)


class Private(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The personal part of a command, salted so that its hash tells nothing."""

    salt: Nonce
    handle: Annotated[str, msgspec.Meta(max_length=64)] = ""
    name: Annotated[str, msgspec.Meta(max_length=200)] = ""
    card: Annotated[str, msgspec.Meta(max_length=200)] = ""


class Command(Message, frozen=True, forbid_unknown_fields=True):
    """One request of one admin; signed by the admin's key."""

    kind: ClassVar[str] = "command"
    id: Nonce
    admin: Name
    expires: UnixSeconds
    do: Verb
    private: Hex32 | None = None
