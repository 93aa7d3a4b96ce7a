"""What is left of erased people in the hub's files, removed: old pages of the database, its log, and snapshots.

1. Rows of the policy go with the change, what stands beside it in the same transaction (``doorctl.hub.erasure``). A
   hub that was restored gets such a change back without a command: it forgets then.
2. SQLite leaves bytes of rows where they stood when it moves others, which ``secure_delete`` does not reach: so the
   database is written anew (VACUUM), and its write-ahead log emptied.
3. Snapshots of before are removed; one that is being made is not taken.
4. What cannot be done now (a reader, a full disk) is tried again. Once all is done, a record says so.
"""

import sqlite3
from datetime import datetime, timedelta

from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.card_ring import CardRing
from doorctl.hub.erasure import forgetting
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.snapshots import SnapshotShelf
from doorctl.journal import Level, say
from doorctl.policy.apply import position_of

RETRY = timedelta(minutes=1)

_FETCHED_BACK = "SELECT holder FROM erasures WHERE holder NOT IN (SELECT holder FROM erased_people)"
_NEWEST = "SELECT coalesce(max(revision), 0) FROM erased_people"
_OWED = "SELECT holder FROM erased_people WHERE swept_at IS NULL ORDER BY holder"
_DONE = "UPDATE erased_people SET swept_at = ? WHERE holder = ?"


class Erasing:
    """Sees to it, whenever the hub has time; used by its one thread."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        own: OwnLog,
        *,
        site: str,
        ring: CardRing,
        shelf: SnapshotShelf | None,
    ) -> None:
        """Look at the policy with the first turn."""
        self._connection = connection
        self._own = own
        self._site = site
        self._ring = ring
        self._shelf = shelf
        self._looked_at: int | None = None
        self._owed: list[str] = []
        self._newest = 0
        self._is_written_anew = False
        self._next_try: datetime | None = None

    def tick(self, at: datetime) -> None:
        """Look whether anybody was erased, and do what can be done now; what fails is tried again."""
        try:
            revision = position_of(self._connection).revision
            if revision != self._looked_at:
                self._look(at)
                self._looked_at = revision
            if self._owed and self._is_due(at):
                self._next_try = at
                self._sweep(at)
        except sqlite3.Error as error:
            say("erasure_waits", Level.WARNING, why=error)

    def _is_due(self, at: datetime) -> bool:
        return self._next_try is None or not self._next_try <= at < self._next_try + RETRY

    def _look(self, at: datetime) -> None:
        for (holder,) in self._connection.execute(_FETCHED_BACK).fetchall():
            self._forget(holder, int(at.timestamp()))
        owed = [holder for (holder,) in self._connection.execute(_OWED)]
        if owed != self._owed:
            self._owed, self._is_written_anew, self._next_try = owed, False, None
        (self._newest,) = self._connection.execute(_NEWEST).fetchone()
        self._has_no_snapshot()

    def _has_no_snapshot(self) -> bool:
        """Remove snapshots of before; False: not all of them could be."""
        return self._shelf is None or self._shelf.forget_before(self._newest)

    def _forget(self, holder: str, at: int) -> None:
        ring = self._ring.keys.ring
        with transaction(self._connection):
            for statement, values in list(forgetting(self._connection, holder, ring=ring, site=self._site, at=at)):
                self._connection.execute(statement, values)

    def _sweep(self, at: datetime) -> None:
        if not self._is_written_anew:
            self._connection.execute("VACUUM")
            self._is_written_anew = True
        if not (_empty_wal(self._connection) and self._has_no_snapshot()):
            return
        seconds = int(at.timestamp())
        with transaction(self._connection):
            self._connection.executemany(_DONE, [(seconds, holder) for holder in self._owed])
            records = [Entry(RecordKind.ERASURE_DONE, f"holder={holder}") for holder in self._owed]
            self._own.append(*records, at=seconds)
        say("erased", persons=len(self._owed))
        self._owed = []


def _empty_wal(connection: sqlite3.Connection) -> bool:
    """Copy all pages back and cut the write-ahead log to nothing; False if a reader is in the way."""
    busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    return not busy
