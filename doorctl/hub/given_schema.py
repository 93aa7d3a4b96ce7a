"""The memory of given commands in site.db, and the place where some wait for a second admin."""

import sqlite3

from doorctl.database import run_statements

_GIVEN = """
CREATE TABLE given_commands (
    position INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    admin TEXT NOT NULL,
    command TEXT NOT NULL,
    verb TEXT NOT NULL,
    about TEXT NOT NULL,
    verdict TEXT NOT NULL,
    reason TEXT NOT NULL,
    revision INTEGER,
    grants INTEGER NOT NULL,
    UNIQUE (admin, command)
) STRICT;
CREATE INDEX given_commands_by_admin ON given_commands (admin, at);
CREATE INDEX given_commands_by_time ON given_commands (at);
CREATE TABLE waiting_requests (
    id TEXT PRIMARY KEY,
    admin TEXT NOT NULL,
    asked_at INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    zones TEXT NOT NULL,
    note TEXT NOT NULL
) STRICT;
"""


def make_given_tables(connection: sqlite3.Connection) -> None:
    """Create the tables. Raises sqlite3.Error."""
    run_statements(connection, _GIVEN)
