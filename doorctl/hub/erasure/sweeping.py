"""What is left of erased people in the hub's files, removed: old pages of the database, its log, and snapshots.

1. Rows of the policy go with the change, what stands beside it in the same transaction
   (``doorctl.hub.erasure.forgetting``). A hub that was restored gets such a change back without a command: it
   forgets then.
2. SQLite leaves bytes of rows where they stood when it moves others, which ``secure_delete`` does not reach: so the
   database is written anew (VACUUM), and its write-ahead log emptied.
3. Snapshots of before are removed; one that is being made is not taken. So is the plain copy that a killed backup has
   left; one that is being made is waited for.
4. What cannot be done now (a reader, a disk without room) is tried again, ever more rarely, for the hub stands still
   meanwhile; from the third time on that is an alarm. So is the database written anew once for all who wait, and at
   most once a minute. Once all is done, a record says so.
"""

import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from doorctl.core.records import RecordKind
from doorctl.database import empty_wal, transaction
from doorctl.hub.backups.half_done import no_half_backup
from doorctl.hub.card_ring import CardRing
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.erasure.forgetting import forgetting
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.snapshots.shelf import SnapshotShelf
from doorctl.journal import Level, say
from doorctl.policy.apply import position_of

RETRY = timedelta(minutes=1)
LONGEST_WAIT = timedelta(hours=6)
_MOST_DOUBLINGS = 9
ALARMING_TRIES = 3
COPIES = 2
"""VACUUM writes the database twice before it ends: into a temporary file, and into the write-ahead log."""

_FETCHED_BACK = "SELECT holder FROM erasures WHERE holder NOT IN (SELECT holder FROM erased_people)"
_NEWEST = "SELECT coalesce(max(revision), 0) FROM erased_people"
_OWED = "SELECT holder FROM erased_people WHERE swept_at IS NULL ORDER BY holder"
_HELD_BYTES = """
SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size
"""
_PLACE = "SELECT file FROM pragma_database_list WHERE name = 'main'"
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
        disk: DiskReserve,
    ) -> None:
        """Look at the policy with the first turn; ``disk`` is the one that the database is on."""
        self._connection = connection
        self._own = own
        self._site = site
        self._ring = ring
        self._shelf = shelf
        self._disk = disk
        self._looked_at: int | None = None
        self._owed: list[str] = []
        self._newest = 0
        self._is_written_anew = False
        self._tried_at: datetime | None = None
        self._tries = 0

    def tick(self, at: datetime) -> None:
        """Look whether anybody was erased, and do what can be done now; what fails is tried again."""
        try:
            revision = position_of(self._connection).revision
            if revision != self._looked_at:
                self._look(at)
                self._looked_at = revision
            if self._owed and self._is_due(at):
                self._try(at)
        except sqlite3.Error as error:
            self._tell(str(error))

    def _is_due(self, at: datetime) -> bool:
        wait = min(RETRY * 2 ** min(max(self._tries - 1, 0), _MOST_DOUBLINGS), LONGEST_WAIT)
        return self._tried_at is None or not self._tried_at <= at < self._tried_at + wait

    def _try(self, at: datetime) -> None:
        self._tried_at = at
        self._tries += 1
        if why_not := self._sweep(at):
            self._tell(why_not)
        else:
            self._tries = 0

    def _tell(self, why: str) -> None:
        level = Level.WARNING if self._tries < ALARMING_TRIES else Level.ALARM
        say("erasure_waits", level, why=why, tries=self._tries)

    def _look(self, at: datetime) -> None:
        for (holder,) in self._connection.execute(_FETCHED_BACK).fetchall():
            self._forget(holder, int(at.timestamp()))
        owed = [holder for (holder,) in self._connection.execute(_OWED)]
        if owed != self._owed:
            self._owed, self._is_written_anew = owed, False
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

    def _sweep(self, at: datetime) -> str:
        """Do all that is left, and record it; what cannot be done now is returned in words."""
        if not (self._is_written_anew or self._has_room()):
            return "the disk has no room for writing site.db anew"
        if not self._is_written_anew:
            self._connection.execute("VACUUM")
            self._is_written_anew = True
        if empty_wal(self._connection) or not self._has_no_snapshot():
            return "site.db or a snapshot is being read"
        if not no_half_backup(self._state_dir()):
            return "a backup is being made"
        seconds = int(at.timestamp())
        with transaction(self._connection):
            self._connection.executemany(_DONE, [(seconds, holder) for holder in self._owed])
            records = [Entry(RecordKind.ERASURE_DONE, f"holder={holder}") for holder in self._owed]
            self._own.append(*records, at=seconds)
        say("erased", persons=len(self._owed))
        self._owed = []
        return ""

    def _state_dir(self) -> Path:
        (database,) = self._connection.execute(_PLACE).fetchone()
        return Path(database).parent

    def _has_room(self) -> bool:
        (held,) = self._connection.execute(_HELD_BYTES).fetchone()
        return self._disk.has_room_for(COPIES * held)
