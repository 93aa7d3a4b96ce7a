"""What the hub keeps of PINs beside the policy: how long they are, codes for own ones, and what has come by them."""

import sqlite3

_LENGTHS = """
CREATE TABLE pin_lengths (
    holder TEXT PRIMARY KEY REFERENCES pins (holder) ON DELETE CASCADE,
    digits INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
_TABLES = (
    """
CREATE TABLE pin_secrets (
    holder TEXT PRIMARY KEY REFERENCES pin_codes (holder) ON DELETE CASCADE,
    secret BLOB NOT NULL,
    tries INTEGER NOT NULL
) STRICT, WITHOUT ROWID
""",
    """
CREATE TABLE own_pins (
    number INTEGER PRIMARY KEY,
    controller TEXT NOT NULL,
    door TEXT NOT NULL,
    holder TEXT NOT NULL,
    text TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT
""",
)


def make_pin_lengths(connection: sqlite3.Connection) -> None:
    """Make the table of how many digits PINs have. Raises sqlite3.Error."""
    connection.execute(_LENGTHS)


def make_own_pin_tables(connection: sqlite3.Connection) -> None:
    """Make them. Raises sqlite3.Error."""
    for statement in _TABLES:
        connection.execute(statement)
