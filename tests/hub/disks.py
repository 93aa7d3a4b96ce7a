"""The disk of a hub: a test says how much is free, or which tables find no room."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from doorctl.hub.disk_reserve import RESERVE_BYTES, DiskReserve
from tests.hub.builders import ASite

LARGE = 100 * RESERVE_BYTES


@dataclass
class ADisk:
    """A disk of which so much is free."""

    free: int = LARGE
    total: int = LARGE

    def look(self) -> "ADisk":
        return self


def a_disk_of(site: ASite) -> ADisk:
    """Give a site's hub a disk that is empty yet, and start it again."""
    disk = ADisk()
    site.disk = DiskReserve(disk.look)
    site.restart()
    return disk


@contextmanager
def no_room_in(connection: sqlite3.Connection, *tables: str, deed: str = "INSERT") -> Iterator[None]:
    """Let everything that is to change these tables fail, as on a full disk."""
    for table in tables:
        connection.execute(
            f"CREATE TRIGGER full_{table} BEFORE {deed} ON {table} BEGIN SELECT RAISE(ABORT, 'disk full'); END"
        )
    yield
    for table in tables:
        connection.execute(f"DROP TRIGGER full_{table}")
