"""Which tables an audit.db has, by the names of its migrations; whether it lacks some, or is no log."""

import sqlite3

SCHEMA = "m001_records_and_openings"
STATE_SCHEMA = "m002_orders_and_rosters"
ROSTER_SCHEMA = "m003_texts_of_rosters"
QUOTA_SCHEMA = "m004_what_was_dropped_and_what_else_is_remembered"
PIN_SCHEMA = "m005_wrong_pins"
USES_SCHEMA = "m006_uses"
ESCORT_SCHEMA = "m007_escorts"
MODES_SCHEMA = "m008_modes_of_doors"
OCCUPANCY_SCHEMA = "m009_occupancy"
FIRE_SCHEMA = "m010_fire"
KEYED_SCHEMA = "m011_wrong_pins_and_uses_by_their_keys"
_LATER = frozenset(
    {
        *(STATE_SCHEMA, ROSTER_SCHEMA, QUOTA_SCHEMA, PIN_SCHEMA),
        *(USES_SCHEMA, ESCORT_SCHEMA, MODES_SCHEMA, OCCUPANCY_SCHEMA, FIRE_SCHEMA, KEYED_SCHEMA),
    }
)
PUT_LOG = """
INSERT INTO log (id, epoch, size, frontier, root, checkpoint, floods) VALUES (1, ?, ?, ?, ?, ?, ?)
ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, size = excluded.size, frontier = excluded.frontier,
root = excluded.root, checkpoint = excluded.checkpoint, floods = excluded.floods
"""
_MIGRATIONS_TABLE = "_sqlite_migrations"


def needs_tables(connection: sqlite3.Connection) -> bool:
    """Answer whether a database is new, or a log that lacks the newer tables, so that they are to be made in it.

    Raises ValueError when it holds something that is no log: nobody may write to that.
    """
    if objects_of(connection) <= {_MIGRATIONS_TABLE}:
        return True
    names = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'audit'")
    applied = {name for (name,) in names}
    if SCHEMA not in applied:
        raise ValueError("the database holds something that is no log")
    return not applied >= _LATER


def objects_of(connection: sqlite3.Connection) -> set[str]:
    """Return the tables and views of a database, also by their indexes."""
    return {name for (name,) in connection.execute("SELECT tbl_name FROM sqlite_schema")}
