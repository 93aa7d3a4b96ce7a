"""The room that a log has left, and its oldest segments, which make room when they may go (``quota``)."""

import os
import sqlite3
from datetime import datetime
from pathlib import Path

from doorctl import journal
from doorctl.audit.erasure import drop_openings
from doorctl.audit.leaf import Leaf, Statement, read_leaf
from doorctl.audit.quota import (
    ALMOST_FULL_PERCENT,
    SHORT_PERCENT,
    Quota,
    floods_in,
    has_room_for_floods,
)
from doorctl.audit.segments import SEGMENT_RECORDS, is_whole, without_segment
from doorctl.audit.stale_openings import StaleOpenings
from doorctl.audit.tree import Tree, tree_from
from doorctl.database import transaction
from doorctl.errors import Refused

_SIZES = ("page_count", "freelist_count", "page_size")


class Room:
    """Where the log begins, how many floods are in it, and how much fits; used from the log's thread."""

    def __init__(self, path: Path, quota: Quota) -> None:
        """Begin empty."""
        self._path = path
        self._quota = quota
        self._stale = StaleOpenings(quota)
        self._before = Tree()
        self._floods = 0
        self._most = quota.records
        self._used_percent = 0

    @property
    def first(self) -> int:
        """The number of the oldest record that is kept."""
        return self._before.size

    @property
    def for_floods(self) -> bool:
        """Whether one more record that anybody could cause may be written. Any thread may ask."""
        return self._used_percent < SHORT_PERCENT and has_room_for_floods(self._floods, self._most)

    @property
    def is_almost_gone(self) -> bool:
        """Whether the file system is so full that strict doors deny. Any thread may ask."""
        return self._used_percent >= ALMOST_FULL_PERCENT

    def is_full(self, size: int) -> bool:
        """Answer whether a log of this size takes no more."""
        return size - self.first >= self._most

    def begin(self) -> None:
        """A new epoch begins."""
        self._before, self._floods = Tree(), 0
        self._stale.begin()

    def go_on_from(self, connection: sqlite3.Connection) -> None:
        """A log was opened. Raises sqlite3.Error, and ValueError for a frontier that is none."""
        first, before, self._floods = connection.execute("SELECT first, before, floods FROM log").fetchone()
        self._before = tree_from(first, before)
        self.measure(connection)

    def measure(self, connection: sqlite3.Connection) -> None:
        """Look how full the disk is, and how many records fit on it. Raises sqlite3.Error and OSError."""
        pages, free, page_bytes = (connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _SIZES)
        (held,) = connection.execute("SELECT coalesce(max(seq) + 1, 0) FROM records").fetchone()
        disk = os.statvfs(self._path.parent)
        used = (pages - free) * page_bytes
        self._most = self._quota.most_records(
            max(0, held - self.first), used_bytes=used, disk_bytes=disk.f_blocks * disk.f_frsize
        )
        self._note_used(100 - 100 * disk.f_bavail // max(1, disk.f_blocks))

    def _note_used(self, percent: int) -> None:
        if percent >= SHORT_PERCENT > self._used_percent:
            journal.say("disk_nearly_full", journal.Level.ALARM, used=f"{percent}%")
        self._used_percent = percent

    def floods_with(self, statements: list[Statement]) -> int:
        """Return how many floods the log has with these records."""
        return self._floods + floods_in(statements)

    def committed(self, floods: int) -> None:
        """Those records are on disk."""
        self._floods = floods

    def retire(self, connection: sqlite3.Connection, *, size: int, held: int, at: datetime | None) -> bool:
        """Let the oldest segment go if it may: ``held`` records are at the hub; without ``at``, however new it is.

        With ``at`` openings that were kept long enough go before it. Raises sqlite3.Error, and ValueError for records
        that cannot be read, with no segment gone.
        """
        if at is not None:
            self._stale.wipe(connection, held=held, at=at)
        end = self.first + SEGMENT_RECORDS
        if not is_whole(self.first, size) or end > held:
            return False
        if at is not None and not self._is_past(connection, end - 1, at):
            return False
        self._drop(connection, end)
        self.measure(connection)
        return True

    def _is_past(self, connection: sqlite3.Connection, newest: int, at: datetime) -> bool:
        row = connection.execute("SELECT leaf FROM records WHERE seq = ?", (newest,)).fetchone()
        return row is not None and self._quota.is_past(datetime.fromisoformat(_leaf(row[0]).at), at=at)

    def _drop(self, connection: sqlite3.Connection, end: int) -> None:
        rows = connection.execute("SELECT leaf FROM records WHERE seq < ? ORDER BY seq", (end,)).fetchall()
        before = without_segment(self._before, [leaf for (leaf,) in rows])
        floods = max(0, self._floods - floods_in([_leaf(leaf) for (leaf,) in rows]))
        with transaction(connection):
            drop_openings(connection, end)
            connection.execute("DELETE FROM records WHERE seq < ?", (end,))
            connection.execute("UPDATE log SET first = ?, before = ?, floods = ?", (end, before.to_bytes(), floods))
        self._before, self._floods = before, floods


def _leaf(data: bytes) -> Leaf:
    try:
        return read_leaf(data)
    except Refused as refusal:
        raise ValueError("a record cannot be read") from refusal
