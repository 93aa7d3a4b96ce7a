"""The controllers' logs as the hub holds them: records, openings and, per log epoch, the tree's frontier."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from doorctl.audit.leaf import Opening
from doorctl.audit.tree import Tree, tree_from
from doorctl.errors import Refused
from doorctl.wire.messages import decode_strictly


@dataclass(frozen=True, slots=True)
class LogId:
    """One epoch of one controller's log."""

    controller: str
    log_epoch: int


class RecordColumns(msgspec.Struct, frozen=True):
    """What the hub reads in a leaf; kinds and words are texts, so that records of a newer version are kept too."""

    controller: str
    epoch: int
    seq: int
    at: str
    kind: str
    door: str = ""
    zone: str = ""
    outcome: str | None = None
    subject: str = ""

    @property
    def seconds(self) -> int:
        """The time in Unix seconds. Raises ValueError for what is not an aware ISO 8601 time."""
        at = datetime.fromisoformat(self.at)
        if at.utcoffset() is None:
            raise ValueError("a time without a zone")
        return int(at.timestamp())


_columns = msgspec.json.Decoder(RecordColumns)

_HEAD = "SELECT size, frontier FROM log_heads WHERE controller = ? AND log_epoch = ?"
_SET_HEAD = """
INSERT INTO log_heads (controller, log_epoch, size, frontier, checkpoint) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (controller, log_epoch)
DO UPDATE SET size = excluded.size, frontier = excluded.frontier, checkpoint = excluded.checkpoint
"""
_LEAVES = "SELECT leaf FROM records WHERE controller = ? AND log_epoch = ? AND seq >= ? ORDER BY seq LIMIT ?"
_ADD_RECORD = """
INSERT INTO records (controller, log_epoch, seq, leaf, at, kind, door, zone, outcome)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_ADD_OPENING = "INSERT INTO openings (controller, log_epoch, seq, salt, subject) VALUES (?, ?, ?, ?, ?)"


def held_tree(connection: sqlite3.Connection, log: LogId) -> Tree:
    """Return the tree over the records held; an unknown log is empty."""
    row = connection.execute(_HEAD, (log.controller, log.log_epoch)).fetchone()
    return Tree() if row is None else tree_from(*row)


def held_leaves(connection: sqlite3.Connection, log: LogId, *, first: int, count: int) -> list[bytes]:
    """Return leaves that are held already."""
    rows = connection.execute(_LEAVES, (log.controller, log.log_epoch, first, count))
    return [bytes(leaf) for (leaf,) in rows]


def read_columns(leaf: bytes, log: LogId, *, seq: int) -> RecordColumns:
    """Read a leaf that must be this record of this log. Raises Refused: ``malformed``, ``wrong-log``."""
    columns = decode_strictly(_columns, leaf)
    try:
        columns.seconds  # noqa: B018 - refuses what is not a time
    except (ValueError, OverflowError) as error:
        raise Refused("malformed", "a record without a time") from error
    if (columns.controller, columns.epoch, columns.seq) != (log.controller, log.log_epoch, seq):
        raise Refused("wrong-log", "the record belongs to another place or another log")
    return columns


def add_records(
    connection: sqlite3.Connection, log: LogId, leaves: Sequence[bytes], columns: Sequence[RecordColumns]
) -> None:
    """Store records; the caller owns the transaction."""
    connection.executemany(
        _ADD_RECORD,
        (
            (log.controller, log.log_epoch, it.seq, leaf, it.seconds, it.kind, it.door, it.zone, it.outcome)
            for leaf, it in zip(leaves, columns, strict=True)
        ),
    )


def add_openings(connection: sqlite3.Connection, log: LogId, openings: Sequence[Opening]) -> None:
    """Store whom records are about; the caller owns the transaction."""
    connection.executemany(
        _ADD_OPENING, ((log.controller, log.log_epoch, it.seq, it.salt, it.subject) for it in openings)
    )


def set_head(connection: sqlite3.Connection, log: LogId, tree: Tree, checkpoint: bytes) -> None:
    """Store how far a log is held, and the checkpoint that vouches for it; the caller owns the transaction."""
    connection.execute(_SET_HEAD, (log.controller, log.log_epoch, tree.size, tree.to_bytes(), checkpoint))
