"""The tables about what a site allows in reports, and about access reviews, in site.db."""

import sqlite3

from doorctl.database import run_statements

_TABLES = """
CREATE TABLE site_settings (setting TEXT PRIMARY KEY, allowed INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE reviews (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    zones TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    started_by TEXT NOT NULL,
    finished_at INTEGER,
    finished_by TEXT
) STRICT;
CREATE TABLE review_lines (
    position INTEGER PRIMARY KEY,
    review TEXT NOT NULL REFERENCES reviews (id),
    zone TEXT NOT NULL,
    holder TEXT NOT NULL,
    "group" TEXT NOT NULL,
    salt BLOB NOT NULL,
    commitment TEXT NOT NULL,
    members INTEGER NOT NULL,
    said TEXT NOT NULL DEFAULT 'open',
    said_by TEXT,
    said_at INTEGER
) STRICT;
CREATE INDEX review_lines_by_review ON review_lines (review, zone, holder, "group");
CREATE INDEX review_lines_by_holder ON review_lines (holder);
"""
_ERASED = """
CREATE TRIGGER review_lines_of_the_erased AFTER INSERT ON erased_people
BEGIN
    UPDATE review_lines SET holder = '', salt = x'' WHERE holder = new.holder;
END
"""


def make_report_tables(connection: sqlite3.Connection) -> None:
    """Create the tables; nothing is allowed yet. Raises sqlite3.Error."""
    run_statements(connection, _TABLES)
    connection.execute(_ERASED)
