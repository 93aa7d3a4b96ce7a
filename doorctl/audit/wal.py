"""The write-ahead log of audit.db, begun anew while nobody waits."""

import sqlite3

from doorctl.database import transaction


def begin_wal(connection: sqlite3.Connection) -> None:
    """Commit a page that says what it said before; SQLite passes over an update that changes nothing.

    The first commit of a new write-ahead log flushes twice: this one bears that, not a swipe's. Raises sqlite3.Error.
    """
    with transaction(connection):
        for step in (1, -1):
            connection.execute("UPDATE log SET size = size + ?", (step,))
