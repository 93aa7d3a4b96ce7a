"""The tables of audit.db, made and migrated by sqlite-utils before the door opens the log.

``python -m doorctl.audit.schema FILE`` runs in a process of its own, so that the door never loads sqlite-utils.
"""

import sys
from contextlib import closing
from pathlib import Path

from sqlite_utils import Database, Migrations

from doorctl.audit.log_tables import (
    ESCORT_SCHEMA,
    FIRE_SCHEMA,
    KEYED_SCHEMA,
    MODES_SCHEMA,
    OCCUPANCY_SCHEMA,
    PIN_SCHEMA,
    QUOTA_SCHEMA,
    ROSTER_SCHEMA,
    SCHEMA,
    STATE_SCHEMA,
    USES_SCHEMA,
    needs_tables,
)
from doorctl.audit.table_maker import NO_LOG_EXIT
from doorctl.database import UNREADABLE, is_passing, open_writer, run_statements

TRY_LATER_EXIT = 75
_audit = Migrations("audit")

_TABLES = """
CREATE TABLE log (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    frontier BLOB NOT NULL,
    root BLOB NOT NULL,
    checkpoint BLOB NOT NULL
) STRICT;
CREATE TABLE records (seq INTEGER PRIMARY KEY, leaf BLOB NOT NULL, checkpoint BLOB) STRICT;
CREATE TABLE openings (seq INTEGER PRIMARY KEY, salt BLOB NOT NULL, subject TEXT NOT NULL) STRICT;
"""


@_audit(name=SCHEMA)
def _log_records_and_openings(database: Database) -> None:
    run_statements(database.conn, _TABLES)


_STATE_TABLES = """
CREATE TABLE state_orders (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    outcome TEXT NOT NULL,
    reason TEXT NOT NULL,
    record INTEGER NOT NULL
) STRICT;
CREATE TABLE state_rosters (zone TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT;
"""


@_audit(name=STATE_SCHEMA)
def _orders_and_rosters(database: Database) -> None:
    run_statements(database.conn, _STATE_TABLES)


@_audit(name=ROSTER_SCHEMA)
def _texts_of_rosters(database: Database) -> None:
    run_statements(database.conn, "ALTER TABLE state_rosters ADD COLUMN sha256 TEXT NOT NULL DEFAULT '';")


_QUOTA = """
ALTER TABLE log ADD COLUMN first INTEGER NOT NULL DEFAULT 0;
ALTER TABLE log ADD COLUMN before BLOB NOT NULL DEFAULT x'';
ALTER TABLE log ADD COLUMN floods INTEGER NOT NULL DEFAULT 0;
CREATE TABLE state_configs (id INTEGER PRIMARY KEY CHECK (id = 1), sha256 TEXT NOT NULL) STRICT;
CREATE TABLE state_erased (holder TEXT PRIMARY KEY) STRICT;
CREATE TABLE state_hub (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    epoch INTEGER NOT NULL,
    size INTEGER NOT NULL,
    root BLOB NOT NULL
) STRICT;
"""


@_audit(name=QUOTA_SCHEMA)
def _what_was_dropped_and_what_else_is_remembered(database: Database) -> None:
    run_statements(database.conn, _QUOTA)


_WRONG_PINS = """
CREATE TABLE state_wrong_pins (
    whose TEXT PRIMARY KEY,
    level REAL NOT NULL,
    last INTEGER NOT NULL
) STRICT;
"""


@_audit(name=PIN_SCHEMA)
def _wrong_pins(database: Database) -> None:
    run_statements(database.conn, _WRONG_PINS)


_USES = """
CREATE TABLE state_uses (
    limits TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    uses INTEGER NOT NULL,
    first INTEGER NOT NULL
) STRICT;
"""


@_audit(name=USES_SCHEMA)
def _uses_of_cards(database: Database) -> None:
    run_statements(database.conn, _USES)


_ESCORTS = """
CREATE TABLE state_escorts (
    escort TEXT NOT NULL,
    visitor TEXT NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (escort, visitor)
) STRICT, WITHOUT ROWID;
"""


@_audit(name=ESCORT_SCHEMA)
def _escorts(database: Database) -> None:
    run_statements(database.conn, _ESCORTS)


_MODES = """
CREATE TABLE state_modes (
    door TEXT PRIMARY KEY,
    mode TEXT NOT NULL,
    by TEXT NOT NULL,
    unlocked INTEGER NOT NULL,
    until INTEGER,
    holder TEXT NOT NULL,
    credential TEXT NOT NULL,
    ring_keys INTEGER NOT NULL,
    record INTEGER NOT NULL
) STRICT;
"""


@_audit(name=MODES_SCHEMA)
def _modes_of_doors(database: Database) -> None:
    run_statements(database.conn, _MODES)


OCCUPANCY_SQL = """
CREATE TABLE state_occupancy (
    holder TEXT NOT NULL,
    zone TEXT NOT NULL,
    since INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (holder, zone)
) STRICT, WITHOUT ROWID;
CREATE TABLE state_passback_resets (
    holder TEXT NOT NULL,
    zone TEXT NOT NULL,
    at INTEGER NOT NULL,
    done INTEGER NOT NULL,
    PRIMARY KEY (holder, zone)
) STRICT, WITHOUT ROWID;
"""


@_audit(name=OCCUPANCY_SCHEMA)
def _who_is_inside(database: Database) -> None:
    run_statements(database.conn, OCCUPANCY_SQL)


_FIRE = """
CREATE TABLE state_fire (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    burning INTEGER NOT NULL
) STRICT;
"""


@_audit(name=FIRE_SCHEMA)
def _fire(database: Database) -> None:
    run_statements(database.conn, _FIRE)


_KEYED = """
CREATE TABLE keyed_wrong_pins (
    whose TEXT PRIMARY KEY,
    level REAL NOT NULL,
    last INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO keyed_wrong_pins (whose, level, last) SELECT whose, level, last FROM state_wrong_pins;
DROP TABLE state_wrong_pins;
ALTER TABLE keyed_wrong_pins RENAME TO state_wrong_pins;
CREATE TABLE keyed_uses (
    limits TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    uses INTEGER NOT NULL,
    first INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO keyed_uses (limits, holder, uses, first) SELECT limits, holder, uses, first FROM state_uses;
DROP TABLE state_uses;
ALTER TABLE keyed_uses RENAME TO state_uses;
"""
"""A row stands with its key, once: each that is remembered with a card takes one page of the commit, not two."""


@_audit(name=KEYED_SCHEMA)
def _wrong_pins_and_uses_by_their_keys(database: Database) -> None:
    run_statements(database.conn, _KEYED)


def migrate(path: Path) -> None:
    """Make an audit log's tables in a new file, or those it lacks; one that holds something else is not touched.

    Raises sqlite3.Error, and ValueError when the file holds something that is no log.
    """
    with closing(open_writer(path, busy_milliseconds=5000)) as connection:
        if needs_tables(connection):
            _audit.apply(Database(connection))


def run(path: Path) -> int:
    """Migrate a file; return the exit code, which tells a file that is no log from one that may do later."""
    try:
        migrate(path)
    except UNREADABLE as error:
        sys.stderr.write(f"{path}: {error}\n")
        return TRY_LATER_EXIT if is_passing(error, path) else NO_LOG_EXIT
    return 0


if __name__ == "__main__":
    sys.exit(run(Path(sys.argv[1])))
