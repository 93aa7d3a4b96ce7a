"""The tables about retention in site.db: the officers' rules, and what is kept of leaves that went."""

import sqlite3

from doorctl.database import run_statements

_TABLES = """
CREATE TABLE retention_rules (
    zone TEXT NOT NULL,
    records TEXT NOT NULL,
    openings_days INTEGER,
    leaf_days INTEGER,
    at INTEGER NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (zone, records)
) STRICT, WITHOUT ROWID;
CREATE TABLE retention_passes (id INTEGER PRIMARY KEY CHECK (id = 1), day INTEGER NOT NULL) STRICT;
CREATE TABLE dropped_notes (
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    first INTEGER NOT NULL,
    "end" INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    note BLOB NOT NULL,
    PRIMARY KEY (controller, log_epoch, first)
) STRICT, WITHOUT ROWID;
CREATE TABLE dropped_hashes (
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    tile INTEGER NOT NULL,
    hashes BLOB NOT NULL,
    PRIMARY KEY (controller, log_epoch, tile)
) STRICT;
"""


def make_retention_tables(connection: sqlite3.Connection) -> None:
    """Make them; there is no rule yet, so everything is kept. Raises sqlite3.Error."""
    run_statements(connection, _TABLES)
