"""A person's openings are wiped from a door's log, so that nothing in it leads back to them; the leaves stay.

1. It goes in short steps, between the commits of others: slices of the log, one durable change each. At the end the
   write-ahead log is emptied.
2. Openings are wiped where they stand, by as many other bytes; their rows stay until their segment goes. To delete
   rows would make SQLite move their neighbours to other pages, and leave bytes of them behind where they stood, which
   ``secure_delete`` does not reach. For the same reason the rows of a segment go only ``MARGIN_ROWS`` later.
3. An own PIN that was set at a reader stands behind the holder in its opening, and goes with it.
4. Openings of unknown cards (``credential:``) are wiped, too: which of them were of this person can no longer be told
   here. The hub tells it of those that it has.
5. What the ``state_*`` tables remember of them goes before the write-ahead log is emptied, also in logs put aside.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from doorctl import journal
from doorctl.audit.losses import logs_put_aside
from doorctl.audit.state import forget_holder
from doorctl.database import UNREADABLE, empty_wal, is_passing, open_writer, remove_database, transaction

SLICE_RECORDS = 4096
RETRY_SECONDS = 1.0
_CHUNK_BYTES = 1 << 20
MARGIN_ROWS = 1024
"""Wiped rows between those that are deleted and those that are not: many pages, of which SQLite moves three."""
WIPED = "wiped:"
_WIPE = (
    "UPDATE openings SET salt = zeroblob(length(salt)), "  # noqa: S608 - a constant
    f"subject = substr('{WIPED}' || hex(zeroblob(128)), 1, length(subject)) "
)
_THEIRS = (
    "WHERE seq >= ? AND seq < ? AND (subject = ? OR subject >= ? AND subject < ?"
    " OR subject >= 'credential:' AND subject < 'credential;')"
)
_FIND = f"SELECT 1 FROM openings {_THEIRS} LIMIT 1"  # noqa: S608 - a constant

Steps = Iterator[float]
"""Work in steps; each yields the seconds that the next may wait."""


def erase_openings(connection: sqlite3.Connection, holder: str) -> Steps:
    """Wipe a holder's openings, those of unknown cards and what is remembered of them, on disk when it ends.

    Raises sqlite3.Error.
    """
    subject = f"holder:{holder}"
    (start,) = connection.execute("SELECT coalesce(min(seq), 0) FROM openings").fetchone()
    while start <= (newest := _newest(connection)):
        end = min(start + SLICE_RECORDS, newest + 1)
        theirs = (start, end, subject, f"{subject}:", f"{subject};")
        if connection.execute(_FIND, theirs).fetchone():
            with transaction(connection):
                connection.execute(_WIPE + _THEIRS, theirs)
        yield 0.0
        start = end
    with transaction(connection):
        forget_holder(connection, holder)
    while empty_wal(connection):
        yield RETRY_SECONDS


def erase_put_aside(log: Path, holder: str) -> Steps:
    """Wipe them in the logs that were put aside; one in which that cannot be done is removed. Raises OSError."""
    for path in list(logs_put_aside(log)):
        try:
            with closing(open_writer(path)) as connection:
                yield from erase_openings(connection, holder)
        except UNREADABLE as error:
            if is_passing(error, path):
                raise
        yield 0.0
        if any(_holds(part, f"holder:{holder}".encode()) for part in (path, path.with_name(f"{path.name}-wal"))):
            remove_database(path)
            journal.say("put_aside_log_removed", journal.Level.WARNING, file=path.name, why="a person was erased")
        yield 0.0


def wipe_openings(connection: sqlite3.Connection, first: int, end: int) -> bool:
    """Wipe all openings from ``first`` to before ``end``, in the caller's transaction; True if there were any."""
    wiped = connection.execute(f"{_WIPE} WHERE seq >= ? AND seq < ? AND subject NOT GLOB '{WIPED}*'", (first, end))
    return wiped.rowcount > 0


def drop_openings(connection: sqlite3.Connection, end: int) -> None:
    """Wipe all openings before ``end``, and delete what was wiped before, in the caller's transaction."""
    wipe_openings(connection, 0, end)
    connection.execute(
        "DELETE FROM openings WHERE seq < coalesce("
        "(SELECT seq FROM openings WHERE seq < ? ORDER BY seq DESC LIMIT 1 OFFSET ?), 0)",
        (end, MARGIN_ROWS),
    )


def _newest(connection: sqlite3.Connection) -> int:
    (seq,) = connection.execute("SELECT coalesce(max(seq), -1) FROM openings").fetchone()
    return int(seq)


def _holds(path: Path, text: bytes) -> bool:
    """Look for bytes in a file, wherever they stand. Raises OSError."""
    if not path.exists():
        return False
    rest = b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            if text in rest + chunk:
                return True
            rest = chunk[-len(text) :]
    return False
