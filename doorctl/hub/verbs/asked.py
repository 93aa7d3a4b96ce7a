"""What every verb gets, what a verb that changes the policy gives back, and the questions that verbs share."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

import msgspec

from doorctl.errors import Refused
from doorctl.hub.card_ring import CardRing
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.history import Operation
from doorctl.hub.own_log import Entry, Personal
from doorctl.keys.card_keys import CardKeys, is_card_text
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import DoorRow, GroupRow, HolderRow, ScheduleRow, ZoneRow
from doorctl.trust.note import AdminKeys
from doorctl.wire.commands import Private, Verb
from doorctl.wire.orders import Deed

Statement = tuple[str, tuple[str | int | bytes, ...]]


@dataclass(frozen=True, slots=True)
class Asked:
    """The site as a verb finds it, who asks, the command's personal part, the time in Unix seconds, and its note."""

    connection: sqlite3.Connection
    admin: AdminKeys
    roll: Roll
    ring: CardRing
    refusals: Mapping[str, int]
    disk: DiskReserve
    private: Private | None
    at: int
    note: bytes = b""

    @property
    def card_keys(self) -> CardKeys:
        """The keys that cards are hashed with now. Raises Refused ``storage-failed``."""
        return self.ring.in_use(self.connection)


@dataclass(frozen=True, slots=True)
class Assignment:
    """What one controller is to do at once."""

    controller: str
    deed: Deed


@dataclass(frozen=True, slots=True)
class Intent:
    """What a command will do: the change to the policy, a sentence without personal data, and the hub's own part.

    ``own`` is written after the change, in the same transaction. What acts now changes nothing: it has ``orders``.
    ``grants`` is how many times it lets somebody in somewhere, ``awaits`` are the zones that ask for a second admin
    first, and ``asked_by`` is the signed command of the admin who asked for what this one approves. ``entries`` go
    into the hub's own log, before ``own`` is written; ``before``, ``after`` and ``personal`` are what its own part
    changes, for the record of the command.
    """

    operations: tuple[Operation, ...]
    text: str
    own: tuple[Statement, ...] = ()
    orders: tuple[Assignment, ...] = ()
    grants: int = 0
    awaits: frozenset[str] = frozenset()
    asked_by: str = ""
    entries: tuple[Entry, ...] = ()
    before: tuple[msgspec.Raw, ...] = ()
    after: tuple[msgspec.Raw, ...] = ()
    personal: tuple[Personal, ...] = ()


IntentOf = Callable[[Verb, Asked], Intent]
"""Checks one command and works out what it will do, like ``table.intent_of``."""


R = TypeVar("R", HolderRow, GroupRow, ZoneRow, DoorRow, ScheduleRow)

UNKNOWN: dict[type[object], tuple[str, str]] = {
    HolderRow: ("unknown-holder", "there is no such person"),
    GroupRow: ("unknown-group", "there is no such group: add it first"),
    ZoneRow: ("unknown-zone", "there is no such zone: add it first"),
    DoorRow: ("unknown-door", "there is no such door"),
    ScheduleRow: ("unknown-schedule", "there is no such schedule: add it first"),
}


def the(asked: Asked, row_type: type[R], id_: str) -> R:
    """Return the row that a command names. Raises Refused when there is none."""
    rows = rows_where(asked.connection, row_type, id=id_)
    if not rows:
        raise Refused(*UNKNOWN[row_type])
    return rows[0]


def card_of(asked: Asked) -> str:
    """Return the text of the card. Raises Refused ``bad-card``."""
    return checked_card(asked.private.card if asked.private else "")


def checked_card(card: str) -> str:
    """Return the text of a card if it is one. Raises Refused ``bad-card``."""
    if not is_card_text(card):
        raise Refused("bad-card", "the command's private part must hold a card such as H10301:123:4567")
    return card


def check_validity(valid_from: int | None, valid_until: int | None, *, at: int) -> None:
    """Refuse a validity that could never admit anybody: ``bad-time``."""
    if valid_until is None:
        return
    if valid_until <= at:
        raise Refused("bad-time", "the end is over already")
    if valid_from is not None and valid_until <= valid_from:
        raise Refused("bad-time", "the end must come after the beginning")
