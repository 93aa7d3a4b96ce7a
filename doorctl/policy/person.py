"""What the policy says of one person and a card of theirs: one statement for all that is asked about them."""

import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence, Set
from datetime import UTC, date, datetime
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

from doorctl.core.classes import CARD_CLASSES, CardClass
from doorctl.core.model import CardLimits, Credential, HeldPin, Holder, HolderTimes, Status
from doorctl.core.rules.threat import HIGHEST_CLEARANCE, LOWEST_CLEARANCE

_BY_CARD = 'credentials AS c LEFT JOIN holders AS h ON h.id = c.holder{joins} WHERE c."key" = :whose'
_BY_HOLDER = "holders AS h LEFT JOIN credentials AS c ON FALSE{joins} WHERE h.id = :whose"
_STATUSES: Mapping[str, Status] = {status.value: status for status in Status}
_NEVER_TRAINED: Mapping[str, date] = {}
_days_of = msgspec.json.Decoder(dict[str, date]).decode


class Visiting(NamedTuple):
    """Who may bring a visitor, one or a group; and in whose name they are here, who may invite to ``zones``."""

    escort: str | None
    escort_group: str | None
    sponsor: str | None
    zones: str | None
    sponsored_by: Holder | None


class Person(NamedTuple):
    """What is known of somebody; of a visitor what they are here for."""

    credential: Credential | None = None
    holder: Holder | None = None
    pin: HeldPin | None = None
    limits: CardLimits | None = None
    times: HolderTimes | None = None
    card_class: CardClass = CardClass.UNKNOWN
    clearance: int = LOWEST_CLEARANCE
    visiting: Visiting | None = None
    trained: Mapping[str, date] = _NEVER_TRAINED
    break_glass: bool = False
    leads: bool = False
    toggles: bool = False


NOBODY = Person()


class _Part(NamedTuple):
    """Something that is told of somebody: by which columns, and how these are read, one by itself or several in turn.

    NULL in the first is nothing.
    """

    columns: tuple[str, ...]
    read: Callable[[Any], Any]
    table: str = ""


class PersonQuery:
    """What a door asks about whoever comes, at one revision: one statement, made once."""

    def __init__(self, asked: Set[str], groups: Mapping[str, str | None]) -> None:
        """Ask this, and who is of these ``groups``, by what that lets them do; None is no group."""
        asked = asked | {what for what, group in groups.items() if group is not None}
        parts = {what: part for what, part in _PARTS.items() if what in asked or what in _ALWAYS}
        self._groups = groups
        self._by_card, self._by_holder = (_statement(whose, parts.values()) for whose in (_BY_CARD, _BY_HOLDER))
        ends = accumulate(len(part.columns) for part in parts.values())
        self._told = [
            (what, end - len(part.columns), _place(part, end), part.read)
            for (what, part), end in zip(parts.items(), ends, strict=True)
        ]

    def with_card(self, connection: sqlite3.Connection, key: bytes | None) -> Person:
        """Return whose a card is. Raises sqlite3.Error, and what damaged rows make of it."""
        return self._person(connection.execute(self._by_card, {"whose": key, **self._groups}).fetchone())

    def by_id(self, connection: sqlite3.Connection, holder: str) -> Person:
        """Return what is known of a holder, without a card. Raises as ``with_card``."""
        return self._person(connection.execute(self._by_holder, {"whose": holder, **self._groups}).fetchone())

    def _person(self, row: tuple[Any, ...] | None) -> Person:
        if row is None:
            return NOBODY
        told = {what: read(row[place]) for what, first, place, read in self._told if row[first] is not None}
        return Person(**told)


def time_in(seconds: int | None) -> datetime | None:
    """Read a time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _place(part: _Part, end: int) -> int | slice:
    """Tell where in a row the columns of a part are that end there."""
    return end - 1 if len(part.columns) == 1 else slice(end - len(part.columns), end)


def _statement(whose: str, parts: Collection[_Part]) -> str:
    columns = ", ".join(column for part in parts for column in part.columns)
    joins = "".join(f" LEFT JOIN {part.table}" for part in parts if part.table)
    return f"SELECT {columns} FROM {whose.format(joins=joins)}"  # noqa: S608 - our own words


def _credential_in(columns: Sequence[Any]) -> Credential:
    key, holder, status, valid_from, valid_until = columns
    return Credential(key, holder, _status(status), time_in(valid_from), time_in(valid_until))


def _holder_in(columns: Sequence[Any]) -> Holder:
    id_, status, valid_from, valid_until = columns
    return Holder(id_, _status(status), time_in(valid_from), time_in(valid_until))


def _status(word: str) -> Status:
    return _STATUSES.get(word, Status.SUSPENDED)


def _times_in(columns: Sequence[Any]) -> HolderTimes:
    _, release_seconds, held_open_seconds = columns
    return HolderTimes(release_seconds, held_open_seconds)


def _card_class_in(card_class: str) -> CardClass:
    return CARD_CLASSES.get(card_class, CardClass.UNKNOWN)


def _clearance_in(clearance: int) -> int:
    return LOWEST_CLEARANCE if clearance > HIGHEST_CLEARANCE else clearance


def _visiting_in(columns: Sequence[Any]) -> Visiting:
    _, escort, group, sponsor, zones, *sponsored_by = columns
    return Visiting(escort, group, sponsor, zones, None if sponsored_by[0] is None else _holder_in(sponsored_by))


_MEMBER = 'EXISTS (SELECT 1 FROM members WHERE holder = h.id AND "group" = :{})'
_SPONSOR = ("i.id", "i.status", "i.valid_from", "i.valid_until")
_PARTS: Mapping[str, _Part] = {
    "credential": _Part(('c."key"', "c.holder", "c.status", "c.valid_from", "c.valid_until"), _credential_in),
    "holder": _Part(("h.id", "h.status", "h.valid_from", "h.valid_until"), _holder_in),
    "pin": _Part(('p."key"', "p.duress", "p.ring_keys"), HeldPin._make, "pins AS p ON p.holder = h.id"),
    "limits": _Part(
        ("l.id", "l.uses", "l.first_use_seconds"),
        lambda it: CardLimits(*it),
        'credential_limits AS l ON l."key" = c."key"',
    ),
    "times": _Part(
        ("t.holder", "t.release_seconds", "t.held_open_seconds"), _times_in, "holder_times AS t ON t.holder = h.id"
    ),
    "card_class": _Part(
        ("k.card_class",), _card_class_in, 'credential_classes AS k ON k."key" = c."key" AND k.holder = c.holder'
    ),
    "clearance": _Part(("a.clearance",), _clearance_in, "clearances AS a ON a.holder = h.id"),
    "visiting": _Part(
        ("v.holder", "v.escort", "v.escort_group", "v.sponsor", "s.zones", *_SPONSOR),
        _visiting_in,
        "visitors AS v ON v.holder = h.id LEFT JOIN sponsors AS s ON s.holder = v.sponsor"
        " AND NOT EXISTS (SELECT 1 FROM visitors WHERE holder = s.holder) LEFT JOIN holders AS i ON i.id = s.holder",
    ),
    "trained": _Part(("(SELECT json_group_object(course, day) FROM trainings WHERE holder = h.id)",), _days_of),
    **{group: _Part((_MEMBER.format(group),), bool) for group in ("break_glass", "leads", "toggles")},
}
"""By what is told of a ``Person``. A visitor sponsors nobody."""
_ALWAYS = frozenset({"credential", "holder"})
