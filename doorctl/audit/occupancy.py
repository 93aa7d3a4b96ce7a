"""Who is inside, as an audit.db remembers it: written in the very commit of each record that moves somebody.

Who is known to be outside stands there, too, in the zone that has no name.
"""

import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec

ALL = "*"
"""Every holder, or every zone."""
OCCUPANCY_TABLES = ("state_occupancy", "state_passback_resets")


class Entered(msgspec.Struct, frozen=True):
    """A holder is inside a zone since then (Unix seconds)."""

    holder: str
    zone: str
    at: int


class Left(msgspec.Struct, frozen=True):
    """A holder is inside a zone no longer, and elsewhere or outside since then (Unix seconds)."""

    holder: str
    zone: str
    at: int


class Forgotten(msgspec.Struct, frozen=True):
    """That a holder, or with ``*`` everybody, is in these zones, or in any, since before then is forgotten.

    What is so since later than ``now``, by a clock that was set back, is forgotten, too. ``reset`` is the policy's
    reset that asks for it, by holder, zone and time; 0 is none of the policy's.
    """

    holder: str
    zones: tuple[str, ...]
    before: int
    now: int
    reset: tuple[str, str, int]


Moved = Entered | Left | Forgotten


@dataclass(frozen=True, slots=True)
class KeptOccupancy:
    """By holder and zone since when they are there, and the number of that record; of resets when, and when done."""

    stays: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    resets: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)


_ENTER = "INSERT OR REPLACE INTO state_occupancy (holder, zone, since, record) VALUES (?, ?, ?, ?)"
_NOT_OUTSIDE = "DELETE FROM state_occupancy WHERE holder = ? AND zone = ''"
_LEAVE = "DELETE FROM state_occupancy WHERE holder = ? AND zone = ?"
_OUTSIDE = (
    "INSERT INTO state_occupancy (holder, zone, since, record) SELECT ?1, '', ?2, ?3 "
    "WHERE NOT EXISTS (SELECT 1 FROM state_occupancy WHERE holder = ?1)"
)
_RESET = (
    "INSERT INTO state_passback_resets (holder, zone, at, done) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (holder, zone) "
    "DO UPDATE SET at = max(at, excluded.at), done = max(excluded.done, iif(done <= ?5, done, 0))"
)


def remember_moved(connection: sqlite3.Connection, what: Moved, *, record: int) -> None:
    """Write it in the caller's transaction. Raises sqlite3.Error."""
    _WRITES[type(what)](connection, what, record)


def kept_in(rows: Mapping[str, Iterable[tuple[Any, ...]]]) -> KeptOccupancy:
    """Make it of the rows of ``OCCUPANCY_TABLES``."""
    stays, resets = (rows[table] for table in OCCUPANCY_TABLES)
    return KeptOccupancy(
        {(holder, zone): (since, record) for holder, zone, since, record in stays},
        {(holder, zone): (at, done) for holder, zone, at, done in resets},
    )


def write_kept(connection: sqlite3.Connection, kept: KeptOccupancy) -> None:
    """Write all of it into another log, whose records are others. Raises sqlite3.Error."""
    connection.executemany(_ENTER, [(*key, since, 0) for key, (since, _) in kept.stays.items()])
    connection.executemany(_RESET, [(*key, *times, 0) for key, times in kept.resets.items()])


def _enter(connection: sqlite3.Connection, what: Entered, record: int) -> None:
    connection.execute(_ENTER, (what.holder, what.zone, what.at, record))
    connection.execute(_NOT_OUTSIDE, (what.holder,))


def _leave(connection: sqlite3.Connection, what: Left, record: int) -> None:
    connection.execute(_LEAVE, (what.holder, what.zone))
    connection.execute(_NOT_OUTSIDE, (what.holder,))
    connection.execute(_OUTSIDE, (what.holder, what.at, record))


def _forget(connection: sqlite3.Connection, what: Forgotten, _: int) -> None:
    for zone in what.zones:
        conditions: dict[str, tuple[str | int, ...]] = {"(since < ? OR since > ?)": (what.before, what.now)}
        if what.holder != ALL:
            conditions["holder = ?"] = (what.holder,)
        if zone != ALL:
            conditions["zone = ?"] = (zone,)
        statement = f"DELETE FROM state_occupancy WHERE {' AND '.join(conditions)}"  # noqa: S608 - our own words
        connection.execute(statement, [value for values in conditions.values() for value in values])
    connection.execute(_RESET, (*what.reset, min(what.before, what.now), what.now))


_WRITES: Mapping[type[Moved], Callable[[sqlite3.Connection, Any, int], None]] = {
    Entered: _enter,
    Left: _leave,
    Forgotten: _forget,
}
