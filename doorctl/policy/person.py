"""What the policy says of one person and a card of theirs: one statement for all that is asked about them."""

import sqlite3
from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any, NamedTuple

from doorctl.core.classes import CARD_CLASSES, CardClass
from doorctl.core.model import CardLimits, Credential, HeldPin, Holder, HolderTimes, Status
from doorctl.core.rules.threat import HIGHEST_CLEARANCE, LOWEST_CLEARANCE

_WHOSE = ('c."key", c.holder, c.status, c.valid_from, c.valid_until', "h.id, h.status, h.valid_from, h.valid_until")
_BY_CARD = 'credentials AS c LEFT JOIN holders AS h ON h.id = c.holder{joins} WHERE c."key" = :whose'
_BY_HOLDER = "holders AS h LEFT JOIN credentials AS c ON FALSE{joins} WHERE h.id = :whose"
_JOINED: Mapping[str, tuple[str, str]] = {
    "pin": ('p."key", p.duress, p.ring_keys', "pins AS p ON p.holder = h.id"),
    "limits": ("l.id, l.uses, l.first_use_seconds", 'credential_limits AS l ON l."key" = c."key"'),
    "times": ("t.holder, t.release_seconds, t.held_open_seconds", "holder_times AS t ON t.holder = h.id"),
    "card_class": ("k.card_class", 'credential_classes AS k ON k."key" = c."key" AND k.holder = c.holder'),
    "clearance": ("a.clearance", "clearances AS a ON a.holder = h.id"),
    "visitor": (
        "v.holder, v.escort, v.escort_group, v.sponsor, s.zones, i.id, i.status, i.valid_from, i.valid_until",
        "visitors AS v ON v.holder = h.id LEFT JOIN sponsors AS s ON s.holder = v.sponsor"
        " AND NOT EXISTS (SELECT 1 FROM visitors WHERE holder = s.holder) LEFT JOIN holders AS i ON i.id = s.holder",
    ),
}
"""By what may be asked about somebody: the columns that tell it, and where they stand. A visitor sponsors nobody."""
_MEMBER = 'EXISTS (SELECT 1 FROM members WHERE holder = h.id AND "group" = :{})'
_GROUPS = ("break_glass", "leads", "toggles")
"""What may be asked, too: whether they are of the group that may do so."""
_STATUSES = frozenset(Status)


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
    break_glass: bool = False
    leads: bool = False
    toggles: bool = False


NOBODY = Person()


class PersonQuery:
    """What a door asks about whoever comes, at one revision: one statement, made once."""

    def __init__(self, asked: Set[str], groups: Mapping[str, str | None]) -> None:
        """Ask this, and who is of these ``groups``, by what that lets them do; None is no group."""
        asked = asked | {what for what, group in groups.items() if group is not None}
        self._groups = groups
        self._by_card, self._by_holder = (_statement(whose, asked) for whose in (_BY_CARD, _BY_HOLDER))

    def with_card(self, connection: sqlite3.Connection, key: bytes | None) -> Person:
        """Return whose a card is. Raises sqlite3.Error, and what damaged rows make of it."""
        return _person(connection.execute(self._by_card, {"whose": key, **self._groups}).fetchone())

    def by_id(self, connection: sqlite3.Connection, holder: str) -> Person:
        """Return what is known of a holder, without a card. Raises as ``with_card``."""
        return _person(connection.execute(self._by_holder, {"whose": holder, **self._groups}).fetchone())


def time_in(seconds: int | None) -> datetime | None:
    """Read a time."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _statement(whose: str, asked: Set[str]) -> str:
    """Write the statement; what is not asked is NULL in it."""
    columns = [*_WHOSE]
    joins = ""
    for each, (told, table) in _JOINED.items():
        columns.append(told if each in asked else ", ".join(["NULL"] * (told.count(",") + 1)))
        joins += f" LEFT JOIN {table}" if each in asked else ""
    columns.extend(_MEMBER.format(group) if group in asked else "NULL" for group in _GROUPS)
    return f"SELECT {', '.join(columns)} FROM {whose.format(joins=joins)}"  # noqa: S608 - our own words


def _person(row: tuple[Any, ...] | None) -> Person:
    if row is None:
        return NOBODY
    card_class, clearance, visitor = row[18:21]
    return Person(
        credential=None if row[0] is None else _credential_in(row[:5]),
        holder=None if row[5] is None else _holder_in(row[5:9]),
        pin=None if row[9] is None else HeldPin(*row[9:12]),
        limits=None if row[12] is None else CardLimits(*row[12:15]),
        times=None if row[15] is None else HolderTimes(*row[16:18]),
        card_class=CARD_CLASSES.get(card_class, CardClass.UNKNOWN),
        clearance=LOWEST_CLEARANCE if clearance is None or clearance > HIGHEST_CLEARANCE else clearance,
        visiting=None if visitor is None else _visiting_in(row[21:29]),
        break_glass=bool(row[29]),
        leads=bool(row[30]),
        toggles=bool(row[31]),
    )


def _credential_in(columns: Sequence[Any]) -> Credential:
    key, holder, status, valid_from, valid_until = columns
    return Credential(key, holder, _status(status), time_in(valid_from), time_in(valid_until))


def _visiting_in(columns: Sequence[Any]) -> Visiting:
    escort, group, sponsor, zones, *sponsored_by = columns
    return Visiting(escort, group, sponsor, zones, None if sponsored_by[0] is None else _holder_in(sponsored_by))


def _holder_in(columns: Sequence[Any]) -> Holder:
    id_, status, valid_from, valid_until = columns
    return Holder(id_, _status(status), time_in(valid_from), time_in(valid_until))


def _status(word: str) -> Status:
    return Status(word) if word in _STATUSES else Status.SUSPENDED
