"""SQLite connections as doorctl opens them: who writes, who only reads, and with which pragmas."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

_BUSY_MILLISECONDS = 50
_READER_CACHE_KIB = 1024
_WRITER_CACHE_KIB = 4096


def open_writer(
    path: Path, *, busy_milliseconds: int = _BUSY_MILLISECONDS, cache_kib: int = _WRITER_CACHE_KIB
) -> sqlite3.Connection:
    """Open a database as its one writer: WAL, a flush per commit, explicit transactions, no mmap.

    Checkpoints are the writer's own decision (``wal_autocheckpoint`` is off). Raises sqlite3.Error.
    """
    connection = _connect(path, mode="rwc", busy_milliseconds=busy_milliseconds, cache_kib=cache_kib)
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA wal_autocheckpoint = 0")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def open_reader(path: Path, *, busy_milliseconds: int = _BUSY_MILLISECONDS) -> sqlite3.Connection:
    """Open a database that another process writes; this connection never writes rows. Raises sqlite3.Error."""
    return _connect(path, mode="ro", busy_milliseconds=busy_milliseconds, cache_kib=_READER_CACHE_KIB)


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """Run statements as one transaction: durable at its end, undone by any error. Raises sqlite3.Error."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _connect(path: Path, *, mode: str, busy_milliseconds: int, cache_kib: int) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=busy_milliseconds / 1000,
        check_same_thread=False,
    )
    connection.execute(f"PRAGMA cache_size = -{cache_kib}")
    connection.execute("PRAGMA mmap_size = 0")
    return connection
