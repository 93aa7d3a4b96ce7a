"""What a door must remember over a restart, written in the very commit of the record that tells of it."""

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from doorctl import journal
from doorctl.database import UNREADABLE, open_alone, open_reader
from doorctl.wire.roster import RosterVersion

DAY_SECONDS = 86_400
"""No zone remembers wrong PINs for longer."""
MOST_ORDERS = 1000
"""Orders are over within seconds; so many are remembered, for a clock that is set back by years."""


@dataclass(frozen=True, slots=True)
class OrderAnswered:
    """An order was answered and must never be carried out again."""

    id: str
    outcome: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RosterAccepted:
    """A version of a zone's roster counted; none before it may count again, nor another of its number."""

    zone: str
    version: RosterVersion


@dataclass(frozen=True, slots=True)
class ConfigSeen:
    """The process started with a configuration file of this hash."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Erased:
    """Nothing here leads back to this holder any more."""

    holder: str


@dataclass(frozen=True, slots=True)
class WrongPinsKept:
    """By card and by reader: how much of wrong PINs counts, and when the last was (Unix seconds); 0 forgets them."""

    levels: Mapping[str, tuple[float, int]]


Remembered = OrderAnswered | RosterAccepted | ConfigSeen | Erased | WrongPinsKept

_ORDERS, _ROSTERS, _CONFIGS, _ERASED = "state_orders", "state_rosters", "state_configs", "state_erased"
_WRONG_PINS = "state_wrong_pins"
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
_DROP_WRONG_PINS = "DELETE FROM state_wrong_pins WHERE level = 0 OR last < ?"
_FORGET_WRONG_PINS = "DELETE FROM state_wrong_pins"
"""Which of the cards was an erased person's nobody can tell any more."""


@dataclass(frozen=True, slots=True)
class Memory:
    """All of it: each order with its answer and the number of its record, and each zone's highest roster version.

    ``config`` is the hash of the last start's configuration, empty if there is none; ``erased`` are holders.
    ``wrong_pins`` tells by card and by reader how much of them counts, and when the last was.
    """

    orders: Mapping[str, tuple[OrderAnswered, int]] = field(default_factory=dict)
    rosters: Mapping[str, RosterVersion] = field(default_factory=dict)
    config: str = ""
    erased: frozenset[str] = frozenset()
    wrong_pins: Mapping[str, tuple[float, int]] = field(default_factory=dict)


def remember(connection: sqlite3.Connection, what: Remembered, *, record: int) -> None:
    """Write it in the caller's transaction. Raises sqlite3.Error."""
    match what:
        case OrderAnswered(id_, outcome, reason):
            connection.execute(_PUT_ORDER, (id_, outcome, reason, record))
            connection.execute(_DROP_ORDERS, (MOST_ORDERS,))
        case RosterAccepted(zone, version):
            connection.execute(_PUT_ROSTER, (zone, version.version, version.sha256))
        case ConfigSeen(sha256):
            connection.execute(_PUT_CONFIG, (sha256,))
        case Erased(holder):
            connection.execute(_PUT_ERASED, (holder,))
            connection.execute(_FORGET_WRONG_PINS)
        case WrongPinsKept(levels):
            connection.executemany(_PUT_WRONG_PINS, [(whose, *rest) for whose, rest in levels.items()])
            newest = max((last for _, last in levels.values()), default=0)
            connection.execute(_DROP_WRONG_PINS, (newest - DAY_SECONDS,))


def read_memory(path: Path) -> Memory:
    """Read it from an audit.db, as much as can be read; what cannot is an alarm."""
    read: dict[str, list[tuple[Any, ...]]] = {
        table: [] for table in (_ORDERS, _ROSTERS, _CONFIGS, _ERASED, _WRONG_PINS)
    }
    if path.exists():
        try:
            with closing(open_at_rest(path)) as connection:
                for table, rows in read.items():
                    rows.extend(_read(connection, table))
        except (*UNREADABLE, OSError, MemoryError) as error:
            journal.say("memory_unreadable", journal.Level.ALARM, file=path.name, why=error)
    return Memory(
        {id_: (OrderAnswered(id_, outcome, reason), record) for _, id_, outcome, reason, record in read[_ORDERS]},
        _rosters_in(read[_ROSTERS]),
        next((sha256 for _, sha256 in read[_CONFIGS]), ""),
        frozenset(holder for (holder,) in read[_ERASED]),
        {whose: (level, last) for whose, level, last in read[_WRONG_PINS]},
    )


class Rescue:
    """Holds in memory what an audit.db remembers, to be written again into the one that takes its place."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._rosters: dict[str, RosterVersion] = {}
        self._owed = Memory()

    def go_on_from(self, connection: sqlite3.Connection) -> None:
        """An intact log was opened. Raises whatever comes of it where it is not."""
        self._rosters |= _rosters_in(_read(connection, _ROSTERS))

    def begin(self, path: Path) -> None:
        """A damaged log is put aside: keep what can be read of it, and what was known of it before."""
        read = read_memory(path)
        newer = {zone: it for zone, it in read.rosters.items() if it.version >= self._version(zone)}
        self._rosters |= newer
        self._owed = replace(read, rosters=dict(self._rosters))

    def write(self, connection: sqlite3.Connection) -> None:
        """Write it in the caller's transaction. Raises sqlite3.Error."""
        for answer, record in self._owed.orders.values():
            remember(connection, answer, record=record)
        for zone, version in self._owed.rosters.items():
            remember(connection, RosterAccepted(zone, version), record=0)
        if self._owed.config:
            remember(connection, ConfigSeen(self._owed.config), record=0)
        for holder in self._owed.erased:
            remember(connection, Erased(holder), record=0)
        if self._owed.wrong_pins:
            remember(connection, WrongPinsKept(self._owed.wrong_pins), record=0)

    def committed(self, what: Iterable[Remembered]) -> None:
        """That transaction is on disk, and this with it."""
        self._owed = Memory()
        for each in what:
            if isinstance(each, RosterAccepted) and each.version.version >= self._version(each.zone):
                self._rosters[each.zone] = each.version

    def _version(self, zone: str) -> int:
        return self._rosters.get(zone, RosterVersion()).version


def open_at_rest(path: Path) -> sqlite3.Connection:
    """Open an audit.db of ours that nobody writes now; without a log beside it, also on a full disk."""
    log = path.with_name(f"{path.name}-wal")
    return open_reader(path) if log.exists() and log.stat().st_size else open_alone(path)


def _read(connection: sqlite3.Connection, table: str) -> Iterator[tuple[Any, ...]]:
    """Read a table row by row, so that what stands before a damaged page is not lost; one not yet made is empty."""
    if (table,) in connection.execute(_TABLES).fetchall():
        yield from connection.execute(f"SELECT * FROM {table}")  # noqa: S608 - one of five constants


def _rosters_in(rows: Iterable[tuple[Any, ...]]) -> dict[str, RosterVersion]:
    """Read versions; a log that is not opened yet may lack the last column."""
    return {zone: RosterVersion(*rest) for zone, *rest in rows}
