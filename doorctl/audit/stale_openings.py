"""What opens a door's records goes from where it stands when it was kept long enough, however quiet the door is.

1. Only that of records which the hub holds. The leaves stay until their segment goes.
2. A record's time is the newest that was told in its log so far, as at the hub: a clock that fell back makes nothing
   older. A time beyond the log's own clock is not believed.
3. It goes in short steps while no record waits; then the write-ahead log is emptied, and an hour is rested, so that a
   memory card is written to no more often than that.
"""

import sqlite3
from datetime import UTC, datetime, timedelta

from doorctl.audit.erasure import wipe_openings
from doorctl.audit.leaf import read_leaf
from doorctl.audit.quota import Quota
from doorctl.audit.wal import begin_wal
from doorctl.database import empty_wal, transaction
from doorctl.errors import Refused

STEP_RECORDS = 256
REST = timedelta(hours=1)
_READ = "SELECT seq, leaf FROM records WHERE seq >= ? AND seq < ? ORDER BY seq LIMIT ?"


class StaleOpenings:
    """How far a log's openings are wiped; used from the log's thread."""

    def __init__(self, quota: Quota) -> None:
        """Begin with the log's first record."""
        self._quota = quota
        self.begin()

    def begin(self) -> None:
        """A log or an epoch begins: look at it from its beginning on, and at once."""
        self._end = 0
        self._newest: datetime | None = None
        self._rested_from: datetime | None = None
        self._has_wiped = True  # perhaps by a door that ended before it could empty the write-ahead log

    def wipe(self, connection: sqlite3.Connection, *, held: int, at: datetime) -> None:
        """Wipe the next few that were kept long enough, of the ``held`` records that the hub has.

        Raises sqlite3.Error, nothing wiped.
        """
        if self._rested_from is not None and self._rested_from <= at < self._rested_from + REST:
            return
        rows = connection.execute(_READ, (self._end, held, STEP_RECORDS)).fetchall()
        end = self._end_of_past(rows, at)
        if end > self._end:
            with transaction(connection):
                self._has_wiped = wipe_openings(connection, self._end, end) or self._has_wiped
            self._end = end
        elif self._is_off_the_disk(connection):
            self._rested_from = at

    def _end_of_past(self, rows: list[tuple[int, bytes]], at: datetime) -> int:
        """Return the number behind the last that is past; keep the newest time up to there."""
        end, newest = self._end, self._newest
        for seq, leaf in rows:
            newest = max((time for time in (newest, _time_of(leaf)) if time is not None and time <= at), default=None)
            if newest is None:
                continue
            if not self._quota.is_past(newest, at=at):
                break
            end, self._newest = seq + 1, newest
        return end

    def _is_off_the_disk(self, connection: sqlite3.Connection) -> bool:
        """Empty the write-ahead log, which holds what was wiped; a reader in the way is waited for."""
        if self._has_wiped:
            if empty_wal(connection):
                return False
            begin_wal(connection)
            self._has_wiped = False
        return True


def _time_of(leaf: bytes) -> datetime | None:
    try:
        return datetime.fromisoformat(read_leaf(leaf).at).astimezone(UTC)
    except (Refused, ValueError):
        return None
