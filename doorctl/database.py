"""SQLite connections as doorctl opens them: who writes, who only reads, with which pragmas, and which errors pass."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import chain
from pathlib import Path
from urllib.parse import quote

_BUSY_MILLISECONDS = 50
_READER_CACHE_KIB = 256
_WRITER_CACHE_KIB = 4096

_ROWS_AT_ONCE = (64, 32, 16, 8, 4, 2, 1)
"""So few statements are needed for any number of rows, and so few different ones that all stay prepared."""
SqlValue = str | int | float | bytes | None

_SIDECARS = ("-wal", "-shm", "-journal")

UNREADABLE = (sqlite3.Error, ValueError, TypeError, AttributeError, LookupError, ArithmeticError)
"""What comes of a damaged file: SQLite's own errors, those of its quoting what is not UTF-8, those of odd rows."""
_PASSING = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_READONLY,
    }
)


def open_writer(
    path: Path, *, busy_milliseconds: int = _BUSY_MILLISECONDS, cache_kib: int = _WRITER_CACHE_KIB
) -> sqlite3.Connection:
    """Open a database as its one writer: WAL, a flush per commit, explicit transactions, no mmap.

    Checkpoints are the writer's own decision (``wal_autocheckpoint`` is off). Raises sqlite3.Error.
    """
    return _connect(
        path,
        mode="rwc",
        busy_milliseconds=busy_milliseconds,
        pragmas=(
            f"cache_size = -{cache_kib}",
            "mmap_size = 0",
            "journal_mode = WAL",
            "synchronous = FULL",
            "foreign_keys = ON",
            "secure_delete = ON",
            "wal_autocheckpoint = 0",
        ),
    )


def open_reader(path: Path, *, busy_milliseconds: int = _BUSY_MILLISECONDS) -> sqlite3.Connection:
    """Open a database that another process writes; this connection never writes rows. Raises sqlite3.Error."""
    return _connect(
        path,
        mode="ro",
        busy_milliseconds=busy_milliseconds,
        pragmas=(f"cache_size = -{_READER_CACHE_KIB}", "mmap_size = 0"),
    )


def open_alone(path: Path) -> sqlite3.Connection:
    """Open a database that has no write-ahead log, to be read at once; needs no room for a file beside it.

    Raises sqlite3.Error.
    """
    return _connect(path, mode="ro&immutable=1", busy_milliseconds=0, pragmas=("mmap_size = 0",))


def open_unfinished(path: Path, *, cache_kib: int) -> sqlite3.Connection:
    """Open a database that nobody reads yet: undone by a crash of ours, not safe from a power cut, never flushed.

    Temporary data is kept in memory, references are not checked. Raises sqlite3.Error.
    """
    return _connect(
        path,
        mode="rwc",
        busy_milliseconds=_BUSY_MILLISECONDS,
        pragmas=(
            f"cache_size = -{cache_kib}",
            "mmap_size = 0",
            "locking_mode = EXCLUSIVE",
            "journal_mode = TRUNCATE",
            "synchronous = OFF",
            "foreign_keys = OFF",
            "temp_store = MEMORY",
        ),
    )


def is_passing(error: BaseException, path: Path) -> bool:
    """Answer whether disk, memory or another process stood in the way, so that the same file may do later.

    Everything else that comes of a file says that it is damaged, or never was what it should be.
    """
    code = getattr(error, "sqlite_errorcode", None)  # the sqlite3 module's own errors have none
    if code == sqlite3.SQLITE_READONLY:
        return not os.access(path, os.W_OK)  # a damaged header forbids to write what we may write
    return isinstance(error, OSError | MemoryError) or (code is not None and code & 0xFF in _PASSING)


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


@contextmanager
def savepoint(connection: sqlite3.Connection) -> Iterator[None]:
    """Run statements within the caller's transaction, undone alone by any error. Raises sqlite3.Error."""
    connection.execute("SAVEPOINT part")
    try:
        yield
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK TO part")
            connection.execute("RELEASE part")
        raise
    connection.execute("RELEASE part")


def insert_rows(
    connection: sqlite3.Connection, into: str, shared: Sequence[SqlValue], rows: Sequence[Sequence[SqlValue]]
) -> None:
    """Insert rows into ``table (column, …)``, the first columns ``shared`` by all; in the caller's transaction.

    Many rows go in by one statement, which takes 60 % of the time of ``executemany``: SQLite finds its place in the
    table and in its indexes once for all of them, and what they share is bound once. What a statement that fails has
    written is undone by the caller's transaction, as all else (``OR FAIL``). Raises sqlite3.Error.
    """
    first = 0
    for count in _ROWS_AT_ONCE:
        while len(rows) - first >= count:
            some = rows[first : first + count]
            statement = _insert_statement(into, shared=len(shared), own=len(some[0]), count=count)
            connection.execute(statement, [*shared, *chain.from_iterable(some)])
            first += count


@cache
def _insert_statement(into: str, *, shared: int, own: int, count: int) -> str:
    """Write the statement for so many rows once: so it is also found prepared without being read again."""
    marks = [*(f"?{number}" for number in range(1, shared + 1)), *("?" * own)]
    values = ", ".join([f"({', '.join(marks)})"] * count)
    return f"INSERT OR FAIL INTO {into} VALUES {values}"  # noqa: S608 (nothing in it is anybody's text)


def empty_wal(connection: sqlite3.Connection) -> bool:
    """Copy all pages back and cut the write-ahead log to nothing; True if a reader is in the way.

    Raises sqlite3.Error.
    """
    ((is_busy, *_),) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return bool(is_busy)


def run_statements(connection: sqlite3.Connection, statements: str) -> None:
    """Run statements that end in semicolons within the caller's transaction. Raises sqlite3.Error."""
    for statement in statements.split(";"):
        if statement.strip():
            connection.execute(statement)


def remove_database(path: Path) -> None:
    """Remove a database with what lies beside it. Raises OSError."""
    path.unlink(missing_ok=True)
    remove_sidecars(path)


def remove_sidecars(path: Path) -> None:
    """Remove what would be taken for a part of the database that has this name. Raises OSError."""
    for sidecar in _SIDECARS:
        path.with_name(path.name + sidecar).unlink(missing_ok=True)


def _connect(path: Path, *, mode: str, busy_milliseconds: int, pragmas: Sequence[str]) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode={mode}",
        uri=True,
        isolation_level=None,
        timeout=busy_milliseconds / 1000,
        check_same_thread=False,
    )
    try:
        for pragma in pragmas:
            connection.execute(f"PRAGMA {pragma}")
    except UNREADABLE:
        connection.close()
        raise
    return connection
