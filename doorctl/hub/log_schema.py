"""The tables about logs in site.db: nodes of their trees, cosignatures, alarms, and the trust notes ever held."""

import sqlite3
from collections.abc import Iterator

from doorctl.audit.proofs import Subtree, grow
from doorctl.audit.tree import Tree
from doorctl.database import run_statements

_LEAVES_AT_ONCE = 4096
_INDEXES = "SELECT sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = 'openings' AND sql IS NOT NULL"
_OPENINGS = """
CREATE TABLE openings_in_parts (
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL DEFAULT 0,
    salt BLOB NOT NULL,
    subject TEXT NOT NULL,
    text TEXT,
    PRIMARY KEY (controller, log_epoch, seq, part)
) STRICT, WITHOUT ROWID;
INSERT INTO openings_in_parts (controller, log_epoch, seq, salt, subject)
SELECT controller, log_epoch, seq, salt, subject FROM openings;
DROP TABLE openings;
ALTER TABLE openings_in_parts RENAME TO openings;
"""
_TABLES = """
CREATE TABLE log_nodes (
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    level INTEGER NOT NULL,
    place INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (controller, log_epoch, level, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE cosignatures (
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    note BLOB NOT NULL,
    at INTEGER NOT NULL,
    hub_epoch INTEGER NOT NULL,
    hub_seq INTEGER NOT NULL,
    recorded_size INTEGER NOT NULL,
    PRIMARY KEY (controller, log_epoch)
) STRICT, WITHOUT ROWID;
CREATE TABLE trust_notes (
    position INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    note BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE log_alarms (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    word TEXT NOT NULL,
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    held_root TEXT NOT NULL,
    told_root TEXT NOT NULL,
    checkpoint BLOB NOT NULL
) STRICT;
"""
_ADD_NODE = "INSERT OR IGNORE INTO log_nodes (controller, log_epoch, level, place, hash) VALUES (?, ?, ?, ?, ?)"


def make_log_tables(connection: sqlite3.Connection) -> None:
    """Give openings their parts, and every log that is held the nodes of its tree. Raises sqlite3.Error."""
    indexes = [sql for (sql,) in connection.execute(_INDEXES)]
    run_statements(connection, _OPENINGS)
    for sql in indexes:
        connection.execute(sql)
    run_statements(connection, _TABLES)
    for controller, log_epoch in connection.execute("SELECT controller, log_epoch FROM log_heads").fetchall():
        for subtree, root in _nodes_of(connection, controller, log_epoch):
            connection.execute(_ADD_NODE, (controller, log_epoch, *subtree, root))


def _nodes_of(connection: sqlite3.Connection, controller: str, log_epoch: int) -> Iterator[tuple[Subtree, bytes]]:
    tree = Tree()
    rows = connection.execute(
        "SELECT leaf FROM records WHERE controller = ? AND log_epoch = ? ORDER BY seq", (controller, log_epoch)
    )
    while leaves := [bytes(leaf) for (leaf,) in rows.fetchmany(_LEAVES_AT_ONCE)]:
        tree, nodes = grow(tree, leaves)
        yield from nodes
