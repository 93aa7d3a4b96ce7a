"""The audit log on disk: records appended in groups, one durable commit each, with tree, root and checkpoint.

1. One commit holds the leaves, their openings, the tree's frontier and root, and a signed checkpoint (ADR-0002).
2. A commit that fails leaves the log as it was. Its handle is never used again; the next append opens a new one
   and says in the log that records were lost. The failed handle is closed after the new one is open: were it the
   last, SQLite would flush through it once more, and a later reader would find the commit that was called failed.
3. What may pass (a full disk, a lock) is tried again with the next append. Whatever else is wrong with the file
   means that it is no log, or a damaged one: it is kept aside, and a new log epoch begins with ``log_recovered``.
   What the door must remember is written into it again.
"""

import os
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from doorctl.audit.checkpoint import Checkpoint, checkpoint_text, origin_of, sign_checkpoint
from doorctl.audit.leaf import Draft, Leaf, Statement, leaf_bytes, new_opening, place, read_leaf
from doorctl.audit.state import Rescue, remember
from doorctl.audit.table_maker import NO_LOG_EXIT, make_tables
from doorctl.audit.tree import Tree, tree_from
from doorctl.core.records import RecordKind
from doorctl.database import UNREADABLE, is_passing, open_reader, open_writer, transaction
from doorctl.errors import AuditUnavailable, Refused
from doorctl.wire.notes import Signer

SCHEMA = "m001_records_and_openings"
STATE_SCHEMA = "m002_orders_and_rosters"
ROSTER_SCHEMA = "m003_texts_of_rosters"
GROUP_RECORDS = 64
"""At most so many records go into one commit, so that a commit fits into one upload."""
_CACHE_KIB = 512
"""A log grows at its end: little of it is ever read again, and a door has 40 MB to live in."""
_MIGRATIONS_TABLE = "_sqlite_migrations"
_SECONDS_BITS, _RANDOM_BITS = 33, 20


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Whose log it is: its place, the boot it runs in, and the key that signs its checkpoints."""

    site: str
    controller: str
    boot: str
    signer: Signer


class AuditLog:
    """The one writer of an audit.db; used from one thread."""

    def __init__(self, path: Path, identity: LogIdentity, *, draft: Callable[[RecordKind, str], Draft]) -> None:
        """Write to this file; ``draft`` makes the records that the log writes about itself."""
        self._path = path
        self._identity = identity
        self._draft = draft
        self._connection: sqlite3.Connection | None = None
        self._failed: sqlite3.Connection | None = None
        self._epoch = 0
        self._tree = Tree()
        self._lost = 0
        self._is_damaged = False
        self._kept_aside = ""
        self._rescue = Rescue()

    @property
    def size(self) -> int:
        """How many records the log holds."""
        return self._tree.size

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Write records in one durable commit; return their numbers. Raises AuditUnavailable, nothing written."""
        is_fresh = self._connection is None
        try:
            own = [_at_the_time_of(drafts[0], each) for each in self._open()] if is_fresh else []
            numbers = self._commit([*own, *drafts])
        except (*UNREADABLE, OSError, MemoryError) as error:
            self._lost += len(drafts)
            # A handle that is not fresh may itself be what is wrong.
            self._is_damaged = is_fresh and isinstance(error, sqlite3.Error) and not is_passing(error, self._path)
            self._give_up()
            raise AuditUnavailable(f"the record could not be written to {self._path}: {error}") from error
        self._lost, self._kept_aside = 0, ""
        return numbers[len(own) :]

    def checkpoint_pages(self) -> None:
        """Copy committed pages into the database file, so that the write-ahead log starts over; may take long.

        The first commit of a new write-ahead log flushes twice: one that changes nothing bears that, not a swipe's.
        """
        if self._connection is not None:
            try:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                self._commit_nothing(self._connection)
            except UNREADABLE:
                self._give_up()

    def _commit_nothing(self, connection: sqlite3.Connection) -> None:
        """Commit a page that says what it said before; SQLite passes over an update that changes nothing."""
        with transaction(connection):
            for step in (1, -1):
                connection.execute("UPDATE log SET size = size + ?", (step,))

    def close(self) -> None:
        """Let go of the file."""
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
        if self._kept_aside:
            recovered = self._draft(RecordKind.LOG_RECOVERED, f"unreadable, kept as {self._kept_aside}")
            return [*self._loss(), recovered]
        return [self._draft(RecordKind.LOG_OPENED, ""), *self._loss()]

    def _can_resume(self) -> bool:
        """Go on with the log in the file; False when it is no log, or a damaged one."""
        try:
            self._resume()
        except UNREADABLE as error:
            if is_passing(error, self._path):
                raise
            return False
        return True

    def _resume(self) -> None:
        self._connection = self._connect()
        if needs_tables(self._connection):
            is_new = not _objects(self._connection)
            self.close()
            self._make_tables(is_new=is_new)
            self._connection = self._connect()
        row = self._connection.execute("SELECT epoch, size, frontier, root, checkpoint FROM log").fetchone()
        if row is None:
            self._epoch, self._tree = max(new_epoch(time.time()), self._epoch + 1), Tree()
            return
        epoch, size, frontier, root, checkpoint = row
        tree = tree_from(size, frontier)
        (last,) = self._connection.execute("SELECT max(seq) FROM records").fetchone()
        told = checkpoint_text(Checkpoint(self._origin(epoch), size, tree.root))
        if tree.root != root or last != size - 1 or not checkpoint.startswith(told):
            raise ValueError("frontier, root, checkpoint and records do not belong together")
        self._epoch, self._tree = epoch, tree
        self._rescue.go_on_from(self._connection)

    def _loss(self) -> list[Draft]:
        if not self._lost:
            return []
        return [self._draft(RecordKind.AUDIT_FAILED, f"{self._lost} records could not be written")]

    def _make_tables(self, *, is_new: bool) -> None:
        exit_code = make_tables(self._path)
        if exit_code == NO_LOG_EXIT and not is_new:
            raise ValueError("no log can be made of it")
        if exit_code:
            raise OSError(f"its tables could not be made (exit code {exit_code})")

    def _put_aside(self) -> None:
        self.close()
        self._rescue.begin(self._path)
        kept = self._path.with_name(f"{self._path.name}.broken-{time.time_ns()}")
        for suffix in ("-wal", "-shm"):
            sidecar = self._path.with_name(self._path.name + suffix)
            if sidecar.exists():
                sidecar.rename(kept.with_name(kept.name + suffix))
        self._path.rename(kept)
        self._kept_aside, self._is_damaged = kept.name, False

    def _commit(self, drafts: Sequence[Draft]) -> list[int]:
        connection = self._connection
        assert connection is not None
        tree, records, openings = self._grow(drafts)
        root = tree.root
        checkpoint = self._checkpoint_of(tree.size, root)
        records[-1] = (*records[-1][:2], checkpoint)
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany("INSERT INTO records (seq, leaf, checkpoint) VALUES (?, ?, ?)", records)
        connection.executemany("INSERT INTO openings (seq, salt, subject) VALUES (?, ?, ?)", openings)
        connection.execute(
            "INSERT INTO log (id, epoch, size, frontier, root, checkpoint) VALUES (1, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET epoch = excluded.epoch, size = excluded.size, "
            "frontier = excluded.frontier, root = excluded.root, checkpoint = excluded.checkpoint",
            (self._epoch, tree.size, tree.to_bytes(), root, checkpoint),
        )
        self._remember(connection, drafts)
        connection.execute("COMMIT")
        self._rescue.committed(draft.remembered for draft in drafts)
        self._tree = tree
        return [seq for seq, _, _ in records]

    def _remember(self, connection: sqlite3.Connection, drafts: Sequence[Draft]) -> None:
        self._rescue.write(connection)
        for number, draft in enumerate(drafts, self._tree.size):
            if draft.remembered is not None:
                remember(connection, draft.remembered, record=number)

    def _grow(
        self, drafts: Sequence[Draft]
    ) -> tuple[Tree, list[tuple[int, bytes, bytes | None]], list[tuple[int, bytes, str]]]:
        tree = self._tree
        records: list[tuple[int, bytes, bytes | None]] = []
        openings: list[tuple[int, bytes, str]] = []
        for draft in drafts:
            commitment = ""
            if draft.subject:
                opening = new_opening(tree.size, draft.subject)
                openings.append((opening.seq, opening.salt, opening.subject))
                commitment = opening.commitment
            data = leaf_bytes(self._leaf(draft.statement, tree.size, commitment))
            records.append((tree.size, data, None))
            tree = tree.append(data)
        return tree, records, openings

    def _leaf(self, statement: Statement, seq: int, commitment: str) -> Leaf:
        log, boot = self._identity.controller, self._identity.boot
        return place(statement, log=log, epoch=self._epoch, seq=seq, boot=boot, subject=commitment)

    def _checkpoint_of(self, size: int, root: bytes) -> bytes:
        return sign_checkpoint(Checkpoint(self._origin(self._epoch), size, root), self._identity.signer)

    def _origin(self, epoch: int) -> str:
        return origin_of(self._identity.site, self._identity.controller, epoch)


def _at_the_time_of(first: Draft, own: Draft) -> Draft:
    """Date what the log says of itself by the record that made it open, which stands behind it."""
    said = first.statement
    return Draft(msgspec.structs.replace(own.statement, at=said.at, mono_ms=said.mono_ms), own.subject)


def new_epoch(at: float) -> int:
    """Number a log epoch that begins at this time: its seconds since 1970, then random bits, below 2**53.

    Epochs rise with the clock; two that a clock without a battery lets begin in the same second differ all the same.
    """
    return (int(at) % (1 << _SECONDS_BITS)) << _RANDOM_BITS | int.from_bytes(os.urandom(3)) >> 24 - _RANDOM_BITS


def needs_tables(connection: sqlite3.Connection) -> bool:
    """Answer whether a database is new, or a log that lacks the newer tables, so that they are to be made in it.

    Raises ValueError when it holds something that is no log: nobody may write to that.
    """
    if _objects(connection) <= {_MIGRATIONS_TABLE}:
        return True
    names = connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = 'audit'")
    applied = {name for (name,) in names}
    if SCHEMA not in applied:
        raise ValueError("the database holds something that is no log")
    return not {STATE_SCHEMA, ROSTER_SCHEMA} <= applied


def _objects(connection: sqlite3.Connection) -> set[str]:
    """Return the tables and views of a database, also by their indexes."""
    return {name for (name,) in connection.execute("SELECT tbl_name FROM sqlite_schema")}


def _abandon(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # what it held and could not write was never acknowledged
        connection.close()


def newest_record_time(path: Path) -> datetime | None:
    """Return the time of the newest record in an audit.db, None when there is none to be read."""
    try:
        with closing(open_reader(path)) as connection:
            row = connection.execute("SELECT leaf FROM records ORDER BY seq DESC LIMIT 1").fetchone()
        at = datetime.fromisoformat(read_leaf(row[0]).at)
    except (*UNREADABLE, MemoryError, Refused):
        return None
    return at if at.tzinfo is not None else None
