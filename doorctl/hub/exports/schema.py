"""The tables about exports in site.db: what was taken out, by whom, and how long each log was then."""

import sqlite3

from doorctl.database import run_statements

_TABLES = """
CREATE TABLE exports (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at INTEGER NOT NULL,
    admin TEXT NOT NULL,
    form TEXT NOT NULL,
    with_names INTEGER NOT NULL,
    last_record INTEGER NOT NULL
) STRICT;
CREATE TABLE export_heads (
    export TEXT NOT NULL REFERENCES exports (id),
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    checkpoint BLOB NOT NULL,
    PRIMARY KEY (export, controller, log_epoch)
) STRICT, WITHOUT ROWID;
"""


def make_export_tables(connection: sqlite3.Connection) -> None:
    """Create the tables. Raises sqlite3.Error."""
    run_statements(connection, _TABLES)
