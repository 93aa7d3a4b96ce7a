"""What a door must remember over a restart, written in the very commit of the record that tells of it."""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from doorctl.database import UNREADABLE, open_reader
from doorctl.roster import RosterVersion

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


Remembered = OrderAnswered | RosterAccepted

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


@dataclass(frozen=True, slots=True)
class Memory:
    """All of it: each order with its answer and the number of its record, and each zone's highest roster version."""

    orders: Mapping[str, tuple[OrderAnswered, int]] = field(default_factory=dict)
    rosters: Mapping[str, RosterVersion] = field(default_factory=dict)


def remember(connection: sqlite3.Connection, what: Remembered, *, record: int) -> None:
    """Write it in the caller's transaction. Raises sqlite3.Error."""
    match what:
        case OrderAnswered(id_, outcome, reason):
            connection.execute(_PUT_ORDER, (id_, outcome, reason, record))
            connection.execute(_DROP_ORDERS, (MOST_ORDERS,))
        case RosterAccepted(zone, version):
            connection.execute(_PUT_ROSTER, (zone, version.version, version.sha256))


def read_memory(path: Path) -> Memory:
    """Read it from an audit.db; empty while there is none, or none that can be read."""
    try:
        with closing(open_reader(path)) as connection:
            return Memory(
                {
                    id_: (OrderAnswered(id_, outcome, reason), record)
                    for id_, outcome, reason, record in connection.execute(
                        "SELECT id, outcome, reason, record FROM state_orders"
                    )
                },
                # All columns: a log that is not opened yet may lack the last one.
                {zone: RosterVersion(*rest) for zone, *rest in connection.execute("SELECT * FROM state_rosters")},
            )
    except (*UNREADABLE, MemoryError):
        return Memory()
