"""The tables of audit.db, made and migrated by sqlite-utils before the door opens the log.

``python -m doorctl.audit.schema FILE`` runs in a process of its own, so that the door never loads sqlite-utils.
"""

import sys
from pathlib import Path

from sqlite_utils import Database, Migrations

from doorctl.audit.log import SCHEMA
from doorctl.database import open_writer

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
    for statement in _TABLES.split(";"):
        if statement.strip():
            database.execute(statement)


def migrate(path: Path) -> None:
    """Make or bring up to date an audit log's tables. Raises sqlite3.Error."""
    connection = open_writer(path, busy_milliseconds=5000)
    try:
        _audit.apply(Database(connection))
    finally:
        connection.close()


if __name__ == "__main__":
    migrate(Path(sys.argv[1]))
