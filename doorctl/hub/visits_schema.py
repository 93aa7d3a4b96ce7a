"""What site.db holds of visits beside the policy: the pool of badges, whose the keys of hosts are, and delegates.

The pool has each badge that was ever handed out to a visitor, and who has it now until when.
"""

import sqlite3

from doorctl.database import run_statements

_BADGES = """
CREATE TABLE badges (
    "key" BLOB PRIMARY KEY,
    holder TEXT,
    host TEXT,
    since INTEGER,
    due_at INTEGER
) STRICT, WITHOUT ROWID;
"""
_HOST_KEYS = """
CREATE TABLE host_keys (
    admin TEXT PRIMARY KEY,
    sign BLOB NOT NULL,
    holder TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID
"""
_DELEGATES = """
CREATE TABLE delegates (
    sponsor TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE,
    holder TEXT NOT NULL REFERENCES holders (id) ON DELETE CASCADE,
    until INTEGER NOT NULL,
    PRIMARY KEY (sponsor, holder)
) STRICT, WITHOUT ROWID
"""
FORGET_HOSTS = ("DELETE FROM host_keys", "DELETE FROM delegates")
"""After a restore: who was a host or a delegate in the copy may be none by now."""
_IN_PLACE_OF = """
INSERT INTO badges ("key", holder, host, since, due_at)
SELECT ?, holder, host, since, due_at FROM badges WHERE "key" = ? ON CONFLICT DO UPDATE
SET holder = excluded.holder, host = excluded.host, since = excluded.since, due_at = excluded.due_at
"""
WRITE_OFF = 'DELETE FROM badges WHERE "key" = ?'
"""Takes a badge out of the pool."""
_ERASED = """
CREATE TRIGGER badges_of_the_erased AFTER INSERT ON erased_people
BEGIN
    UPDATE badges SET holder = NULL WHERE holder = new.holder;
    UPDATE badges SET host = NULL WHERE host = new.holder;
END
"""


def make_badge_tables(connection: sqlite3.Connection) -> None:
    """Create the table; whoever is erased stands in it no longer. Raises sqlite3.Error."""
    run_statements(connection, _BADGES)
    connection.execute(_ERASED)


def make_host_keys(connection: sqlite3.Connection) -> None:
    """Create the table of whose each host's key is; it goes with its person. Raises sqlite3.Error."""
    connection.execute(_HOST_KEYS)


def make_delegates(connection: sqlite3.Connection) -> None:
    """Create the table of who invites in whose name until when; it goes with either. Raises sqlite3.Error."""
    connection.execute(_DELEGATES)


def forget_delegates(connection: sqlite3.Connection, *, at: int) -> None:
    """Forget those whose time is over; in the caller's transaction."""
    connection.execute("DELETE FROM delegates WHERE until <= ?", (at,))


def badge_in_place_of(lost: bytes, *, new: bytes) -> tuple[tuple[str, tuple[bytes, ...]], ...]:
    """Return what puts a card in the place of a badge that leaves the pool; what is no badge changes nothing."""
    return (_IN_PLACE_OF, (new, lost)), (WRITE_OFF, (lost,))
