"""site.db: the one file of the hub, with the policy, its history, the people and every controller's records."""

import sqlite3
from pathlib import Path

from doorctl.database import open_writer
from doorctl.hub import site_schema
from doorctl.policy import schema as policy_schema


def open_site(path: Path, *, site: str) -> sqlite3.Connection:
    """Open or make site.db, readable by its owner alone. Raises sqlite3.Error."""
    path.touch(mode=0o600)
    connection = open_writer(path)
    try:
        policy_schema.migrate(connection, site=site)
        site_schema.migrate(connection)
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def checkpoint(connection: sqlite3.Connection) -> None:
    """Move what is committed from the write-ahead log into the database file."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def close_site(connection: sqlite3.Connection) -> None:
    """Close the database so that one file holds everything."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
