"""A plain copy of site.db beside a running hub, by SQLite's backup API, and the checks that it must pass."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from doorctl.backup.log_roots import check_logs
from doorctl.database import UNREADABLE, open_reader, open_unfinished, open_writer
from doorctl.errors import Refused, SiteUnavailable

Advance = Callable[[int], None]
"""Is told of each step how many bytes it was."""

_PAGES_A_STEP = 256
_BUSY_MILLISECONDS = 5000
_CACHE_KIB = 4096


def copy_site(database: Path, copy: Path, *, advance: Advance = lambda _bytes: None) -> int:
    """Copy a database as of one moment, and check the copy; return how many records it holds.

    ``copy`` is a new file in a folder of its own, for what SQLite makes beside it. Raises SiteUnavailable where it
    cannot be read, Refused ``no-room``, and as ``check_site`` does.
    """
    try:
        with closing(open_reader(database, busy_milliseconds=_BUSY_MILLISECONDS)) as source:
            source.execute("BEGIN")  # what other connections commit meanwhile begins nothing anew
            page_bytes = int(source.execute("PRAGMA page_size").fetchone()[0])
            with closing(open_unfinished(copy, cache_kib=_CACHE_KIB)) as target:
                _copy(source, target, page_bytes, advance)
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise Refused("no-room", f"{copy.parent} has no room for a copy of {database.name}") from error
        raise SiteUnavailable(f"{database} cannot be copied ({error})") from error
    return check_site(copy)


def check_site(database: Path) -> int:
    """Check a database that nobody else uses, and make one file of it; return how many records it holds.

    Raises Refused ``site-damaged`` and ``log-damaged``.
    """
    try:
        with closing(open_writer(database)) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            (found,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if found != "ok":
                raise Refused("site-damaged", f"{database.name} is damaged: {found}")
            return check_logs(connection)
    except UNREADABLE as error:
        raise Refused("site-damaged", f"{database.name} cannot be read: {error}") from error


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, page_bytes: int, advance: Advance) -> None:
    done = 0

    def tell(_status: int, remaining: int, total: int) -> None:
        nonlocal done
        advance((total - remaining - done) * page_bytes)
        done = total - remaining

    source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # takes the moment
    source.backup(target, pages=_PAGES_A_STEP, progress=tell)
