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


_ARRIVALS = """
CREATE TABLE arrivals (
    controller TEXT NOT NULL,
    log_epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (controller, log_epoch, size)
) STRICT, WITHOUT ROWID
"""
_FILL = """
INSERT INTO arrivals
SELECT
    json_extract(CAST(leaf AS TEXT), '$.tree.log'),
    json_extract(CAST(leaf AS TEXT), '$.tree.epoch'),
    json_extract(CAST(leaf AS TEXT), '$.tree.size'),
    max(at)
FROM records WHERE controller = 'hub' AND kind = 'cosigned' GROUP BY 1, 2, 3
"""
_NOTE = """
CREATE TRIGGER arrivals_as_cosigned AFTER INSERT ON records WHEN new.controller = 'hub' AND new.kind = 'cosigned'
BEGIN
    INSERT INTO arrivals VALUES (
        json_extract(CAST(new.leaf AS TEXT), '$.tree.log'),
        json_extract(CAST(new.leaf AS TEXT), '$.tree.epoch'),
        json_extract(CAST(new.leaf AS TEXT), '$.tree.size'),
        new.at
    ) ON CONFLICT DO UPDATE SET at = max(at, excluded.at);
END
"""


_STEPS = "CREATE INDEX records_of_clock_steps ON records (controller, at) WHERE kind = 'clock_step'"


def index_clock_steps(connection: sqlite3.Connection) -> None:
    """Let it be found at once whether the clock was set of late. Raises sqlite3.Error."""
    connection.execute(_STEPS)


def make_arrivals(connection: sqlite3.Connection) -> None:
    """Remember when each batch was taken in, as the hub's ``cosigned`` records say; those may go before the others.

    Raises sqlite3.Error.
    """
    for statement in (_ARRIVALS, _FILL, _NOTE):
        connection.execute(statement)
