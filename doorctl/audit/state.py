"""What a door must remember over a restart, written in the very commit of the record that tells of it."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from doorctl import journal
from doorctl.audit.occupancy import (
    OCCUPANCY_TABLES,
    KeptOccupancy,
    Moved,
    kept_in,
    remember_moved,
)
from doorctl.database import UNREADABLE, open_alone, open_reader
from doorctl.wire.roster import RosterVersion

DAY_SECONDS = 86_400
"""No zone remembers wrong PINs for longer."""
MOST_ORDERS = 1000
"""Orders are over within seconds; so many are remembered, for a clock that is set back by years."""


class OrderAnswered(msgspec.Struct, frozen=True):
    """An order was answered and must never be carried out again."""

    id: str
    outcome: str
    reason: str = ""


class RosterAccepted(msgspec.Struct, frozen=True):
    """A version of a zone's roster counted; none before it may count again, nor another of its number."""

    zone: str
    version: RosterVersion


class ConfigSeen(msgspec.Struct, frozen=True):
    """The process started with a configuration file of this hash."""

    sha256: str


class Erased(msgspec.Struct, frozen=True):
    """Nothing here leads back to this holder any more."""

    holder: str


class WrongPinsKept(msgspec.Struct, frozen=True):
    """By card and by reader: how much of wrong PINs counts, and when the last was (Unix seconds); 0 forgets them."""

    levels: Mapping[str, tuple[float, int]]


class UseKept(msgspec.Struct, frozen=True):
    """A card with these limits, this holder's, let in once more, or by ``change`` -1 once less; at Unix seconds."""

    limits: str
    holder: str
    change: int
    at: int


@dataclass(frozen=True, slots=True)
class UsedTimes:
    """How often a card of this holder let in, and when first (Unix seconds)."""

    holder: str
    count: int
    first: int


class Brought(msgspec.Struct, frozen=True):
    """An escort, a holder, brought a visitor, another one, last at this time (Unix seconds).

    ``drops``: who was brought a day before is forgotten with it, by whomever.
    """

    escort: str
    visitor: str
    at: int
    drops: bool = False


class ModeKept(msgspec.Struct, frozen=True):
    """A door came into a mode, by a word that tells why; ``unlocked`` by it, its strike stays released.

    Where a ``holder`` has unlocked it, it was with the card of this credential key (hex; none for a PIN alone), made
    with so many keys of the ring, and lasts until a time (Unix seconds) if there is one.
    """

    door: str
    mode: str
    by: str
    unlocked: bool = False
    until: int | None = None
    holder: str = ""
    credential: str = ""
    ring_keys: int = 1


class FireKept(msgspec.Struct, frozen=True):
    """Whether it burns, by the controller's fire input."""

    burning: bool


Remembered = (
    OrderAnswered
    | RosterAccepted
    | ConfigSeen
    | Erased
    | WrongPinsKept
    | UseKept
    | Brought
    | ModeKept
    | Moved
    | FireKept
)

_ORDERS, ROSTERS, _CONFIGS, _ERASED = "state_orders", "state_rosters", "state_configs", "state_erased"
_WRONG_PINS, _USES, _ESCORTS, _MODES = "state_wrong_pins", "state_uses", "state_escorts", "state_modes"
_FIRE = "state_fire"
_TABLES = "SELECT name FROM sqlite_schema WHERE type = 'table'"
_PUT_ORDER = (
    "INSERT INTO state_orders (id, outcome, reason, record) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE "
    "SET outcome = excluded.outcome, reason = excluded.reason WHERE outcome = 'done'"
)
"""What was to be done may be refused after all, before the strike moves; nothing that was refused is done."""
_DROP_ORDERS = "DELETE FROM state_orders WHERE number <= (SELECT max(number) FROM state_orders) - ?"
_PUT_ROSTER = (
    "INSERT INTO state_rosters (zone, version, sha256) VALUES (?, ?, ?) ON CONFLICT (zone) DO UPDATE "
    "SET version = excluded.version, sha256 = excluded.sha256 WHERE excluded.version >= version"
)
_PUT_CONFIG = (
    "INSERT INTO state_configs (id, sha256) VALUES (1, ?) ON CONFLICT (id) DO UPDATE SET sha256 = excluded.sha256"
)
_PUT_ERASED = "INSERT OR IGNORE INTO state_erased (holder) VALUES (?)"
_PUT_WRONG_PINS = "INSERT OR REPLACE INTO state_wrong_pins (whose, level, last) VALUES (?, ?, ?)"
_FORGET_WRONG_PINS = "DELETE FROM state_wrong_pins WHERE whose = ?"
_DROP_WRONG_PINS = "DELETE FROM state_wrong_pins WHERE last < ?"
_PUT_ESCORT = "INSERT OR REPLACE INTO state_escorts (escort, visitor, last) VALUES (?, ?, ?)"
_DROP_ESCORTS = "DELETE FROM state_escorts WHERE last < ?"
_PUT_USE = (
    "INSERT INTO state_uses (limits, holder, uses, first) VALUES (?, ?, ?, ?) ON CONFLICT (limits) DO UPDATE "
    "SET uses = uses + excluded.uses"
)
"""A sum of what was committed: of two uses that wait one may fail."""
_DROP_USES = "DELETE FROM state_uses WHERE limits = ? AND uses <= 0"
_PUT_MODE = (
    "INSERT OR REPLACE INTO state_modes (door, mode, by, unlocked, until, holder, credential, ring_keys, record) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_PUT_FIRE = "INSERT OR REPLACE INTO state_fire (id, burning) VALUES (1, ?)"
_FORGET: Mapping[str, str] = {
    _WRONG_PINS: "?1 = ?1",
    _USES: "holder = ?1",
    _ESCORTS: "?1 IN (escort, visitor)",
    _MODES: "holder = ?1",
    **dict.fromkeys(OCCUPANCY_TABLES, "holder = ?1"),
}
"""What goes with an erased person, by table. Which of the wrong PINs were by their cards nobody can tell any more."""


@dataclass(frozen=True, slots=True)
class Memory:
    """All of it: each order with its answer and the number of its record, and each zone's highest roster version.

    ``config`` is the hash of the last start's configuration, empty if there is none; ``erased`` are holders.
    ``wrong_pins`` tells by card and by reader how much of them counts, and when the last was; ``uses`` by the id of
    limits how often their card let in, ``brought`` when an escort brought a visitor last; ``modes`` by door the last
    change of its mode, and the number of its record; ``occupancy`` who is inside. ``burning``: it burned when the log
    was written to last.
    """

    orders: Mapping[str, tuple[OrderAnswered, int]] = field(default_factory=dict)
    rosters: Mapping[str, RosterVersion] = field(default_factory=dict)
    config: str = ""
    erased: frozenset[str] = frozenset()
    wrong_pins: Mapping[str, tuple[float, int]] = field(default_factory=dict)
    uses: Mapping[str, UsedTimes] = field(default_factory=dict)
    brought: Mapping[tuple[str, str], int] = field(default_factory=dict)
    modes: Mapping[str, tuple[ModeKept, int]] = field(default_factory=dict)
    occupancy: KeptOccupancy = field(default_factory=KeptOccupancy)
    burning: bool = False


def remember(connection: sqlite3.Connection, what: Remembered, *, record: int) -> None:
    """Write it in the caller's transaction. Raises sqlite3.Error."""
    match what:  # what may come with each card first
        case UseKept(limits, holder, change, at):
            connection.execute(_PUT_USE, (limits, holder, change, at))
            if change < 0:
                connection.execute(_DROP_USES, (limits,))
        case WrongPinsKept(levels):
            _remember_wrong_pins(connection, levels)
        case Brought(escort, visitor, at, drops):
            connection.execute(_PUT_ESCORT, (escort, visitor, at))
            if drops:
                connection.execute(_DROP_ESCORTS, (at - DAY_SECONDS,))
        case OrderAnswered(id_, outcome, reason):
            connection.execute(_PUT_ORDER, (id_, outcome, reason, record))
            connection.execute(_DROP_ORDERS, (MOST_ORDERS,))
        case RosterAccepted(zone, version):
            connection.execute(_PUT_ROSTER, (zone, version.version, version.sha256))
        case ConfigSeen(sha256):
            connection.execute(_PUT_CONFIG, (sha256,))
        case Erased(holder):
            connection.execute(_PUT_ERASED, (holder,))
            forget_holder(connection, holder)
        case ModeKept():
            connection.execute(_PUT_MODE, (*msgspec.structs.astuple(what), record))
        case FireKept(burning):
            connection.execute(_PUT_FIRE, (burning,))
        case _:
            remember_moved(connection, what, record=record)


def _remember_wrong_pins(connection: sqlite3.Connection, levels: Mapping[str, tuple[float, int]]) -> None:
    """Write how much counts, and with it drop what is a day older; what only forgets some drops no other."""
    newest = 0
    for whose, (level, last) in levels.items():
        if level:
            connection.execute(_PUT_WRONG_PINS, (whose, level, last))
            newest = max(newest, last)
        else:
            connection.execute(_FORGET_WRONG_PINS, (whose,))
    if newest:
        connection.execute(_DROP_WRONG_PINS, (newest - DAY_SECONDS,))


def forget_holder(connection: sqlite3.Connection, holder: str) -> None:
    """Forget what leads to a holder, in the caller's transaction; an older log lacks tables. Raises sqlite3.Error."""
    there = {table for (table,) in connection.execute(_TABLES)}
    for table, condition in _FORGET.items():
        if table in there:
            connection.execute(f"DELETE FROM {table} WHERE {condition}", (holder,))  # noqa: S608 - our own words


def read_memory(path: Path) -> Memory:
    """Read it from an audit.db, as much as can be read; what cannot is an alarm."""
    read: dict[str, list[tuple[Any, ...]]] = {
        table: []
        for table in (
            *(_ORDERS, ROSTERS, _CONFIGS, _ERASED, _WRONG_PINS, _USES, _ESCORTS, _MODES, _FIRE),
            *OCCUPANCY_TABLES,
        )
    }
    if path.exists():
        try:
            with closing(open_at_rest(path)) as connection:
                for table, rows in read.items():
                    rows.extend(rows_of(connection, table))
        except (*UNREADABLE, OSError, MemoryError) as error:
            journal.say("memory_unreadable", journal.Level.ALARM, file=path.name, why=error)
    return Memory(
        {id_: (OrderAnswered(id_, outcome, reason), record) for _, id_, outcome, reason, record in read[_ORDERS]},
        rosters_in(read[ROSTERS]),
        next((sha256 for _, sha256 in read[_CONFIGS]), ""),
        frozenset(holder for (holder,) in read[_ERASED]),
        {whose: (level, last) for whose, level, last in read[_WRONG_PINS]},
        {limits: UsedTimes(*rest) for limits, *rest in read[_USES]},
        {(escort, visitor): last for escort, visitor, last in read[_ESCORTS]},
        dict(map(_mode_in, read[_MODES])),
        kept_in(read),
        any(burning for _, burning in read[_FIRE]),
    )


def open_at_rest(path: Path) -> sqlite3.Connection:
    """Open an audit.db of ours that nobody writes now; without a log beside it, also on a full disk."""
    log = path.with_name(f"{path.name}-wal")
    return open_reader(path) if log.exists() and log.stat().st_size else open_alone(path)


def rows_of(connection: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    """Read a table row by row, so that what stands before a damaged page is not lost; one not yet made is empty."""
    if (table,) in connection.execute(_TABLES).fetchall():
        yield from connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - one of our constants


def rosters_in(rows: Iterable[tuple[Any, ...]]) -> dict[str, RosterVersion]:
    """Read versions; a log that is not opened yet may lack the last column."""
    return {zone: RosterVersion(*rest) for zone, *rest in rows}


def _mode_in(row: tuple[Any, ...]) -> tuple[str, tuple[ModeKept, int]]:
    door, mode, by, unlocked, *rest, record = row
    return door, (ModeKept(door, mode, by, bool(unlocked), *rest), record)
