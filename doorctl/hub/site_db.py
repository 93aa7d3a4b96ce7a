"""site.db: the one file of the hub, with the policy, its history, the people and every controller's records."""

import sqlite3
from pathlib import Path

from doorctl.database import open_writer
from doorctl.errors import SiteUnavailable
from doorctl.hub import site_schema
from doorctl.hub.card_uses import teach_uses
from doorctl.policy import schema as policy_schema

_START_MILLISECONDS = 5000
"""So long the start waits for a lock: a backup, or whoever puts in order what a killed hub left."""
_BUSY_MILLISECONDS = 1000


def open_site(path: Path, *, site: str) -> sqlite3.Connection:
    """Open or make site.db, readable by its owner alone. Raises SiteUnavailable."""
    try:
        path.touch(mode=0o600)
        connection = open_writer(path, busy_milliseconds=_START_MILLISECONDS)
        try:
            policy_schema.migrate(connection, site=site)
            site_schema.migrate(connection)
            teach_uses(connection)
            connection.execute(f"PRAGMA busy_timeout = {_BUSY_MILLISECONDS}")
        except sqlite3.Error:
            connection.close()
            raise
    except (sqlite3.Error, OSError) as error:
        raise SiteUnavailable(
            f"{path} cannot be opened ({error}): restore it from a backup if that stays so"
        ) from error
    return connection


def checkpoint(connection: sqlite3.Connection) -> None:
    """Move what is committed from the write-ahead log into the database file."""
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")


def close_site(connection: sqlite3.Connection) -> None:
    """Close the database so that one file holds everything."""
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
