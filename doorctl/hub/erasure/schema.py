"""The memory of who was erased, in site.db, and what keeps their openings from coming back."""

import sqlite3

_ERASED = """
CREATE TABLE erased_people (
    holder TEXT PRIMARY KEY,
    at INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    swept_at INTEGER
) STRICT, WITHOUT ROWID
"""
_CONFIRMATIONS = "CREATE INDEX records_of_erasures ON records (controller, at) WHERE kind = 'erasure_done'"
_NO_OPENINGS_OF_THE_ERASED = """
CREATE TRIGGER openings_of_the_erased BEFORE INSERT ON openings
WHEN new.subject GLOB 'holder:*' AND substr(new.subject, 8) IN (SELECT holder FROM erasures)
BEGIN
    SELECT RAISE(IGNORE);
END
"""
_NO_OLD_CARDS = """
CREATE TRIGGER openings_of_old_cards BEFORE INSERT ON openings
WHEN new.subject GLOB 'credential:*' AND (SELECT max(at) FROM erased_people) >= (
    SELECT at FROM records
    WHERE controller = new.controller AND log_epoch = new.log_epoch AND seq = new.seq
)
BEGIN
    SELECT RAISE(IGNORE);
END
"""


def make_erasure_tables(connection: sqlite3.Connection) -> None:
    """Make them; a trigger holds for whoever writes an opening. Raises sqlite3.Error."""
    for statement in (_ERASED, _CONFIRMATIONS, _NO_OPENINGS_OF_THE_ERASED, _NO_OLD_CARDS):
        connection.execute(statement)
