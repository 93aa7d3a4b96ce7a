"""Whether the hub has confirmed a policy that was begun from nothing: until then it is no policy for a door.

What is played into an empty policy may be last week's, with the newest revokes left out; only an answer to the
keeper's own question tells. The mark is the file's ``user_version``, so it changes in one step with the rows. It is
cleared once and never set again: whoever has lost the hub goes on with a policy that was confirmed.
"""

import sqlite3

_CONFIRMED = 0
_AWAITED = 1


def await_confirmation(connection: sqlite3.Connection) -> None:
    """Mark a policy as one that doors must not answer by yet. Raises sqlite3.Error."""
    connection.execute(f"PRAGMA user_version = {_AWAITED}")


def confirm(connection: sqlite3.Connection) -> None:
    """Let doors answer by it from now on. Raises sqlite3.Error."""
    connection.execute(f"PRAGMA user_version = {_CONFIRMED}")


def awaits_confirmation(connection: sqlite3.Connection) -> bool:
    """Tell whether doors must not answer by it yet. Raises sqlite3.Error."""
    (mark,) = connection.execute("PRAGMA user_version").fetchone()
    return bool(mark != _CONFIRMED)
