"""The audit log on disk: records appended in groups, one durable commit each, with tree, root and checkpoint.

1. One commit holds the leaves, their openings, the tree's frontier and root, and a signed checkpoint (ADR-0002).
2. A commit that fails leaves the log as it was. Its handle is never used again; the next append opens a new one
   and says in the log that records were lost. The failed handle is closed after the new one is open: were it the
   last, SQLite would flush through it once more, and a later reader would find the commit that was called failed.
3. What may pass (a full disk, a lock) is tried again with the next append. Whatever else is wrong with the file
   means that it is no log, or a damaged one: it is kept aside, and a new log epoch begins with ``log_recovered``.
   What the door must remember is written into it again.
4. So it is with a log that lacks what its anchor, or the hub by its signed word, knows to have been in it.
5. A log that is full takes no record, until what the hub holds has made room (``quota``).
"""

import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from doorctl import journal
from doorctl.audit.anchor import AnchorWriter, LogMark, anchor_beside
from doorctl.audit.checkpoint import Checkpoint, checkpoint_text, origin_of, sign_checkpoint
from doorctl.audit.erasure import Steps, erase_openings, erase_put_aside
from doorctl.audit.known import Known
from doorctl.audit.leaf import Draft, Leaf, Statement, leaf_bytes, new_opening, place
from doorctl.audit.log_tables import PUT_LOG, needs_tables, objects_of
from doorctl.audit.log_time import at_the_time_of, new_epoch
from doorctl.audit.losses import Loss, Recovery, put_aside
from doorctl.audit.quota import Quota
from doorctl.audit.rescue import Rescue
from doorctl.audit.room import Room
from doorctl.audit.state import remember
from doorctl.audit.table_maker import require_tables
from doorctl.audit.tree import Tree, tree_from
from doorctl.audit.wal import begin_wal
from doorctl.core.records import RecordKind
from doorctl.database import UNREADABLE, is_passing, open_writer
from doorctl.errors import AuditUnavailable
from doorctl.wire.notes import Signer

GROUP_RECORDS = 64
"""At most so many records go into one commit, so that a commit fits into one upload."""
_CACHE_KIB = 256
"""A log grows at its end: little of it is ever read again, and a door has 40 MB to live in."""
_RecordRow = tuple[int, bytes, bytes | None]
_OpeningRow = tuple[int, bytes, str]


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Whose log it is: its place, the boot it runs in, and the key that signs its checkpoints."""

    site: str
    controller: str
    boot: str
    signer: Signer


class AuditLog:
    """The one writer of an audit.db; used from one thread."""

    def __init__(
        self,
        path: Path,
        identity: LogIdentity,
        *,
        draft: Callable[[RecordKind, str], Draft],
        quota: Quota | None = None,
    ) -> None:
        """Write to this file; ``draft`` makes the records that the log writes about itself."""
        self._path = path
        self._identity = identity
        self._draft = draft
        self._connection: sqlite3.Connection | None = None
        self._failed: sqlite3.Connection | None = None
        self.epoch = 0  # any thread may ask
        self._tree = Tree()
        self._lost = 0
        self._is_damaged: Loss | None = None
        self._kept_aside = ""
        self._why: Loss | None = None
        self._rescue = Rescue()
        self._known = Known(AnchorWriter(anchor_beside(path)))
        self._room = Room(path, quota or Quota())

    @property
    def size(self) -> int:
        """How many records the log has had in this epoch."""
        return self._tree.size

    @property
    def has_room_for_floods(self) -> bool:
        """Whether records that anybody could cause may be written, too. Any thread may ask."""
        return self._room.for_floods

    @property
    def is_disk_almost_full(self) -> bool:
        """Whether strict doors deny, for what is done there might not be recorded. Any thread may ask."""
        return self._room.is_almost_gone

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Write records in one durable commit; return their numbers. Raises AuditUnavailable, nothing written."""
        is_fresh = self._connection is None
        try:
            own = self._open() if is_fresh else self._loss()
            if own or drafts:
                self._make_room()
            numbers = self._commit([*(at_the_time_of(drafts, each) for each in own), *drafts])
        except AuditUnavailable:
            self._lost += len(drafts)
            raise
        except (*UNREADABLE, OSError, MemoryError) as error:
            self._lost += len(drafts)
            # A handle that is not fresh may itself be what is wrong.
            is_damage = is_fresh and isinstance(error, sqlite3.Error) and not is_passing(error, self._path)
            self._is_damaged = Loss.UNREADABLE if is_damage else None
            self._give_up()
            raise AuditUnavailable(f"the record could not be written to {self._path}: {error}") from error
        self._lost, self._kept_aside, self._why = 0, "", None
        return numbers[len(own) :]

    def hub_holds(self, held: LogMark) -> None:
        """The hub holds so much of this log, by its signed word; begin a new epoch at once if that is not here.

        Raises AuditUnavailable when that cannot be written now; the next append does it.
        """
        self._known.take(held)
        if self._connection is None:
            return
        with suppress(*UNREADABLE):
            self._is_damaged = self._known.loss(self._connection, self._here())
        if self._is_damaged is not None:
            self._give_up()
            self.append(())

    def retire(self, at: datetime) -> None:
        """Look at the room; let go of openings and a segment that the hub holds and that were kept long enough."""
        if self._connection is not None:
            try:
                self._room.measure(self._connection)
                self._let_go_of_one(at)
            except (*UNREADABLE, OSError):
                self._give_up()

    def erase(self, holder: str) -> Steps:
        """Wipe what leads from a record to a holder, step by step. Raises AuditUnavailable, to be tried again."""
        try:
            self.append(())
            handle = self._connection
            assert handle is not None
            for pause in erase_openings(handle, holder):
                yield pause
                if handle is not self._connection:  # it has failed meanwhile, and is never used again
                    raise AuditUnavailable(f"a person could not be erased from {self._path}: it was opened anew")
            yield from erase_put_aside(self._path, holder)
        except (*UNREADABLE, OSError) as error:
            self._give_up()
            raise AuditUnavailable(f"a person could not be erased from {self._path}: {error}") from error

    def checkpoint_pages(self, *, hurried: bool = False) -> None:
        """Copy committed pages into the database file, so that the write-ahead log starts over; may take long.

        The first commit of a new write-ahead log flushes twice: one that changes nothing bears that, not a swipe's;
        but when it is ``hurried`` somebody waits already, and would wait for both.
        """
        if self._connection is not None:
            try:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                self._room.measure(self._connection)
                if not hurried:
                    begin_wal(self._connection)
            except (*UNREADABLE, OSError):
                self._give_up()

    def close(self) -> None:
        """Let go of the file, its anchor written."""
        self._let_go()
        self._known.close()

    def _let_go(self) -> None:
        with suppress(*UNREADABLE):
            if self._failed is not None:
                self._connection = self._connect()
        for connection in (self._failed, self._connection):
            if connection is not None:
                _abandon(connection)
        self._failed = self._connection = None

    def _give_up(self) -> None:
        """Keep a failed handle until the next one is open."""
        if self._connection is not None:
            self._failed, self._connection = self._connection, None

    def _connect(self) -> sqlite3.Connection:
        """Open a handle that holds its place in the file, then close the one that failed."""
        connection = open_writer(self._path, cache_kib=_CACHE_KIB)
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except UNREADABLE:
            connection.close()
            raise
        if self._failed is not None:
            _abandon(self._failed)
            self._failed = None
        return connection

    def _open(self) -> list[Draft]:
        """Open the file and find where the log stands; return what the log has to say about itself."""
        if self._is_damaged or not self._can_resume():
            self._put_aside()
            self._resume()
        if self._tree.size:
            return self._loss()
        known = self._known.newest()
        if self._why is None and known is None:
            return [self._draft(RecordKind.LOG_OPENED, ""), *self._loss()]
        recovery = Recovery(self._why or Loss.MISSING, known, self._kept_aside)
        return [self._recovered(recovery), *self._loss()]

    def _recovered(self, recovery: Recovery) -> Draft:
        draft = self._draft(RecordKind.LOG_RECOVERED, recovery.detail(self._path))
        journal.say("log_recovered", journal.Level.ALARM, detail=draft.statement.detail)
        tree = recovery.mark_of(self._identity.controller)
        return msgspec.structs.replace(draft, statement=msgspec.structs.replace(draft.statement, tree=tree))

    def _can_resume(self) -> bool:
        """Go on with the log in the file; False when it is no log, or a damaged one, or lacks what is known."""
        try:
            self._resume()
            if self._tree.size and self._connection is not None:
                self._is_damaged = self._known.loss(self._connection, self._here())
        except UNREADABLE as error:
            if is_passing(error, self._path):
                raise
            self._is_damaged = Loss.UNREADABLE
        return self._is_damaged is None

    def _resume(self) -> None:
        self._connection = self._connect()
        if needs_tables(self._connection):
            is_new = not objects_of(self._connection)
            self._let_go()
            require_tables(self._path, is_new=is_new)
            self._connection = self._connect()
        row = self._connection.execute("SELECT epoch, size, frontier, root, checkpoint FROM log").fetchone()
        if row is None:
            self._begin_epoch()
            return
        epoch, size, frontier, root, checkpoint = row
        tree = tree_from(size, frontier)
        (last,) = self._connection.execute("SELECT max(seq) FROM records").fetchone()
        told = checkpoint_text(Checkpoint(self._origin(epoch), size, tree.root))
        if tree.root != root or last != size - 1 or not checkpoint.startswith(told):
            raise ValueError("frontier, root, checkpoint and records do not belong together")
        self.epoch, self._tree = epoch, tree
        for each in (self._rescue, self._known, self._room):
            each.go_on_from(self._connection)

    def _begin_epoch(self) -> None:
        known = self._known.newest()
        self.epoch = max(new_epoch(time.time()), self.epoch + 1, known.epoch + 1 if known else 0)
        self._tree = Tree()
        self._room.begin()

    def _here(self) -> LogMark:
        return LogMark(self.epoch, self._tree.size, self._tree.root)

    def _loss(self) -> list[Draft]:
        if not self._lost:
            return []
        return [self._draft(RecordKind.AUDIT_FAILED, f"{self._lost} records could not be written")]

    def _make_room(self) -> None:
        """Let go of what the hub holds while the log is full. Raises AuditUnavailable if that is not enough."""
        while self._room.is_full(self._tree.size):
            if not self._let_go_of_one(None):
                raise AuditUnavailable(f"{self._path} is full of records that the hub lacks")

    def _let_go_of_one(self, at: datetime | None) -> bool:
        assert self._connection is not None
        held = self._known.held_of(self.epoch)
        return self._room.retire(self._connection, size=self._tree.size, held=held, at=at)

    def _put_aside(self) -> None:
        self._let_go()
        self._rescue.begin(self._path)
        kept = put_aside(self._path)
        self._kept_aside, self._why, self._is_damaged = kept.name, self._is_damaged, None

    def _commit(self, drafts: Sequence[Draft]) -> list[int]:
        connection = self._connection
        assert connection is not None
        if not drafts:
            return []
        tree, records, openings = self._grow(drafts)
        root = tree.root
        floods = self._room.floods_with([draft.statement for draft in drafts])
        checkpoint = sign_checkpoint(Checkpoint(self._origin(self.epoch), tree.size, root), self._identity.signer)
        records[-1] = (*records[-1][:2], checkpoint)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO records (seq, leaf, checkpoint) VALUES (?, ?, ?)", records)
        connection.executemany("INSERT INTO openings (seq, salt, subject) VALUES (?, ?, ?)", openings)
        connection.execute(PUT_LOG, (self.epoch, tree.size, tree.to_bytes(), root, checkpoint, floods))
        self._remember(connection, drafts)
        connection.execute("COMMIT")
        self._tree = tree
        self._rescue.committed([each for draft in drafts for each in draft.remembered])
        self._room.committed(floods)
        self._known.committed(LogMark(self.epoch, tree.size, root))
        return [seq for seq, _, _ in records]

    def _remember(self, connection: sqlite3.Connection, drafts: Sequence[Draft]) -> None:
        self._rescue.write(connection)
        self._known.write(connection)
        for number, draft in enumerate(drafts, self._tree.size):
            for each in draft.remembered:
                remember(connection, each, record=number)

    def _grow(self, drafts: Sequence[Draft]) -> tuple[Tree, list[_RecordRow], list[_OpeningRow]]:
        tree, records, openings = self._tree, list[_RecordRow](), list[_OpeningRow]()
        for draft in drafts:
            commitment = ""
            if draft.subject:
                opening = new_opening(tree.size, draft.subject)
                openings.append((opening.seq, opening.salt, opening.subject))
                commitment = opening.commitment
            statement = draft.statement
            if draft.places_back:
                statement = msgspec.structs.replace(statement, of=tree.size - draft.places_back)
            data = leaf_bytes(self._leaf(statement, tree.size, commitment))
            records.append((tree.size, data, None))
            tree = tree.append(data)
        return tree, records, openings

    def _leaf(self, statement: Statement, seq: int, commitment: str) -> Leaf:
        log, boot = self._identity.controller, self._identity.boot
        return place(statement, log=log, epoch=self.epoch, seq=seq, boot=boot, subject=commitment)

    def _origin(self, epoch: int) -> str:
        return origin_of(self._identity.site, self._identity.controller, epoch)


def _abandon(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # what it held and could not write was never acknowledged
        connection.close()
