"""Logs as the hub holds them, the controllers' and its own: records, openings, trees and checkpoints."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from doorctl.audit.leaf import Opening
from doorctl.audit.proofs import NodeAt, Subtree, tiled
from doorctl.audit.tree import Tree, leaf_hash, tree_from
from doorctl.database import insert_rows


@dataclass(frozen=True, slots=True)
class LogId:
    """One epoch of one log: a controller's, or the hub's own."""

    controller: str
    log_epoch: int


class RecordColumns(Protocol):
    """What of a record stands beside its leaf; kinds and words are texts: those of a newer version are kept, too."""

    @property
    def seq(self) -> int:
        """Its number in the log."""

    @property
    def kind(self) -> str:
        """What it tells."""

    @property
    def door(self) -> str:
        """Which door it is about, if any."""

    @property
    def zone(self) -> str:
        """Which zone it is about, if any."""

    @property
    def outcome(self) -> str | None:
        """What became of a request."""


class HeldOpening(NamedTuple):
    """An opening as it is stored: ``text`` is None where that is the subject itself."""

    seq: int
    part: int
    salt: bytes
    subject: str
    text: str | None = None


_HEAD = "SELECT size, frontier FROM log_heads WHERE controller = ? AND log_epoch = ?"
_NEWEST = """
SELECT log_epoch, size, frontier, checkpoint FROM log_heads WHERE controller = ? ORDER BY log_epoch DESC LIMIT 1
"""
_AROUND = """
SELECT log_epoch, size, frontier, checkpoint FROM (SELECT * FROM log_heads WHERE controller = :controller
AND log_epoch <= :log_epoch ORDER BY log_epoch DESC LIMIT 2) UNION ALL
SELECT log_epoch, size, frontier, checkpoint FROM (SELECT * FROM log_heads WHERE controller = :controller
AND log_epoch > :log_epoch ORDER BY log_epoch LIMIT 1) ORDER BY log_epoch
"""
_SET_HEAD = """
INSERT INTO log_heads (controller, log_epoch, size, frontier, checkpoint) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (controller, log_epoch)
DO UPDATE SET size = excluded.size, frontier = excluded.frontier, checkpoint = excluded.checkpoint
"""
_LEAVES = "SELECT leaf FROM records WHERE controller = ? AND log_epoch = ? AND seq >= ? AND seq < ? ORDER BY seq"
_DROPPED = """
SELECT hashes FROM dropped_hashes WHERE controller = ? AND log_epoch = ? AND tile BETWEEN ? AND ? ORDER BY tile
"""
TILE_LEAVES = 256
"""The hashes of so many leaves that went stand in one row."""
_NODES = (
    "SELECT hash FROM log_nodes WHERE controller = ? AND log_epoch = ? AND level = ? AND place >= ? AND place < ?"
)
_RECORD = "records (controller, log_epoch, seq, leaf, at, kind, door, zone, outcome)"
_OPENING = "openings (controller, log_epoch, seq, part, salt, subject, text)"
_SUBJECT = "openings (controller, log_epoch, part, seq, salt, subject)"
_ADD_NODE = "INSERT INTO log_nodes (controller, log_epoch, level, place, hash) VALUES (?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class Head:
    """How far a log is held, and the checkpoint that vouches for it."""

    log: LogId
    tree: Tree
    checkpoint: bytes


def held_tree(connection: sqlite3.Connection, log: LogId) -> Tree:
    """Return the tree over the records held; an unknown log is empty."""
    row = connection.execute(_HEAD, (log.controller, log.log_epoch)).fetchone()
    return Tree() if row is None else tree_from(*row)


def newest_head(connection: sqlite3.Connection, controller: str) -> Head | None:
    """Return how far the newest epoch of a log is held; None where nothing is."""
    row = connection.execute(_NEWEST, (controller,)).fetchone()
    if row is None:
        return None
    return _head(controller, *row)


def heads_around(connection: sqlite3.Connection, log: LogId) -> list[Head]:
    """Return how far a log epoch is held, with the epoch before it and the one after it, where they are held."""
    around = {"controller": log.controller, "log_epoch": log.log_epoch}
    return [_head(log.controller, *row) for row in connection.execute(_AROUND, around)]


def held_leaves(connection: sqlite3.Connection, log: LogId, *, first: int, count: int) -> list[bytes]:
    """Return leaves that are held already; those that are missing are left out."""
    rows = connection.execute(_LEAVES, (log.controller, log.log_epoch, first, first + count))
    return [bytes(leaf) for (leaf,) in rows]


def leaf_hashes(connection: sqlite3.Connection, log: LogId, *, first: int, count: int) -> list[bytes]:
    """Return the hashes of leaves that are held, or were until retention dropped them."""
    if not count:
        return []
    leaves = held_leaves(connection, log, first=first, count=count)
    gone: list[bytes] = []
    if len(leaves) < count:
        tiles = (first // TILE_LEAVES, (first + count - 1) // TILE_LEAVES)
        dropped = b"".join(row[0] for row in connection.execute(_DROPPED, (log.controller, log.log_epoch, *tiles)))
        begin, end = first % TILE_LEAVES, first % TILE_LEAVES + count - len(leaves)
        gone = [dropped[at : at + 32] for at in range(begin * 32, min(end * 32, len(dropped)), 32)]
    return [*gone, *map(leaf_hash, leaves)]


def nodes_of(connection: sqlite3.Connection, log: LogId) -> NodeAt:
    """Look up the perfect subtrees of a log's tree, for proofs; it raises LookupError where leaves are missing."""

    def read_row(level: int, place: int, count: int) -> Sequence[bytes]:
        if level == 0:
            return leaf_hashes(connection, log, first=place, count=count)
        rows = connection.execute(_NODES, (log.controller, log.log_epoch, level, place, place + count))
        return [bytes(root) for (root,) in rows]

    return tiled(read_row)


def add_records(
    connection: sqlite3.Connection,
    log: LogId,
    leaves: Sequence[bytes],
    columns: Sequence[RecordColumns],
    *,
    times: Sequence[int],
) -> None:
    """Store records, made at these times in seconds since 1970; the caller owns the transaction."""
    rows = [
        (it.seq, leaf, at, it.kind, it.door, it.zone, it.outcome)
        for leaf, it, at in zip(leaves, columns, times, strict=True)
    ]
    insert_rows(connection, _RECORD, (log.controller, log.log_epoch), rows)


def add_openings(connection: sqlite3.Connection, log: LogId, openings: Iterable[HeldOpening]) -> None:
    """Store what opens commitments of records; the caller owns the transaction."""
    insert_rows(connection, _OPENING, (log.controller, log.log_epoch), list(openings))


def add_subjects(connection: sqlite3.Connection, log: LogId, openings: Iterable[Opening]) -> None:
    """Store whom records are about; the caller owns the transaction."""
    rows = [(it.seq, it.salt, it.subject) for it in openings]
    insert_rows(connection, _SUBJECT, (log.controller, log.log_epoch, 0), rows)


def add_nodes(connection: sqlite3.Connection, log: LogId, nodes: Iterable[tuple[Subtree, bytes]]) -> None:
    """Store the subtrees that ``proofs.grow`` tells of; the caller owns the transaction."""
    for subtree, root in nodes:
        connection.execute(_ADD_NODE, (log.controller, log.log_epoch, *subtree, root))


def set_head(connection: sqlite3.Connection, log: LogId, tree: Tree, checkpoint: bytes) -> None:
    """Store how far a log is held, and the checkpoint that vouches for it; the caller owns the transaction."""
    connection.execute(_SET_HEAD, (log.controller, log.log_epoch, tree.size, tree.to_bytes(), checkpoint))


def _head(controller: str, log_epoch: int, size: int, frontier: bytes, checkpoint: bytes) -> Head:
    return Head(LogId(controller, log_epoch), tree_from(size, frontier), bytes(checkpoint))
