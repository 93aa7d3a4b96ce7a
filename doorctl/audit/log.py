"""The audit log on disk: records appended in groups, one durable commit each, with tree, root and checkpoint.

1. One commit holds the leaves, their openings, the tree's frontier and root, and a signed checkpoint (ADR-0002).
2. A commit that fails leaves the log as it was. Its handle is never used again; the next append opens a new one
   and says in the log that records were lost. The failed handle is closed after the new one is open: were it the
   last, SQLite would flush through it once more, and a later reader would find the commit that was called failed.
3. A file that is no database is kept aside, and a new log epoch begins with ``log_recovered``.
"""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from doorctl.audit.checkpoint import Checkpoint, origin_of, sign_checkpoint
from doorctl.audit.leaf import LEAF_VERSION, Draft, Leaf, Statement, leaf_bytes, new_opening, read_leaf
from doorctl.audit.tree import Tree, tree_from
from doorctl.core.records import RecordKind
from doorctl.database import open_reader, open_writer, transaction
from doorctl.errors import AuditUnavailable, Refused
from doorctl.notes import Signer

SCHEMA = "m001_records_and_openings"
GROUP_RECORDS = 64
"""At most so many records go into one commit, so that a commit fits into one upload."""
_MIGRATION_SECONDS = 60
_CACHE_KIB = 512
"""A log grows at its end: little of it is ever read again, and a door has 40 MB to live in."""
_RUINED = {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}


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

    @property
    def size(self) -> int:
        """How many records the log holds."""
        return self._tree.size

    def append(self, drafts: Sequence[Draft]) -> list[int]:
        """Write records in one durable commit; return their numbers. Raises AuditUnavailable, nothing written."""
        try:
            own = self._open() if self._connection is None else []
            numbers = self._commit([*own, *drafts])
        except (sqlite3.Error, OSError, subprocess.SubprocessError, ValueError) as error:
            self._lost += len(drafts)
            self._give_up()
            raise AuditUnavailable(f"the record could not be written to {self._path}: {error}") from error
        self._lost = 0
        return numbers[len(own) :]

    def checkpoint_pages(self) -> None:
        """Copy committed pages into the database file, so that the write-ahead log starts over; may take long.

        The first commit of a new write-ahead log flushes twice: one that changes nothing bears that, not a swipe's.
        """
        if self._connection is not None:
            try:
                self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                self._commit_nothing(self._connection)
            except sqlite3.Error:
                self._give_up()

    def _commit_nothing(self, connection: sqlite3.Connection) -> None:
        """Commit a page that says what it said before; SQLite passes over an update that changes nothing."""
        with transaction(connection):
            for step in (1, -1):
                connection.execute("UPDATE log SET size = size + ?", (step,))

    def close(self) -> None:
        """Let go of the file."""
        with suppress(sqlite3.Error):
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
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        if self._failed is not None:
            _abandon(self._failed)
            self._failed = None
        return connection

    def _open(self) -> list[Draft]:
        """Open the file and find where the log stands; return what the log has to say about itself."""
        try:
            return self._resume()
        except sqlite3.DatabaseError as error:
            if error.sqlite_errorcode & 0xFF not in _RUINED:
                raise
        except ValueError:
            pass  # the rows are not a log
        kept = self._put_aside()
        self._resume()
        return [*self._loss(), self._draft(RecordKind.LOG_RECOVERED, f"unreadable, kept as {kept}")]

    def _resume(self) -> list[Draft]:
        self._connection = self._connect()
        if not _has_schema(self._connection):
            self.close()
            self._migrate()
            self._connection = self._connect()
        row = self._connection.execute("SELECT epoch, size, frontier, root FROM log").fetchone()
        if row is None:
            self._epoch, self._tree = max(int(time.time()), self._epoch + 1), Tree()
            return [self._draft(RecordKind.LOG_OPENED, ""), *self._loss()]
        epoch, size, frontier, root = row
        tree = tree_from(size, frontier)
        (last,) = self._connection.execute("SELECT max(seq) FROM records").fetchone()
        if tree.root != root or last != size - 1:
            raise ValueError("frontier, root and records do not belong together")
        self._epoch, self._tree = epoch, tree
        return self._loss()

    def _loss(self) -> list[Draft]:
        if not self._lost:
            return []
        return [self._draft(RecordKind.AUDIT_FAILED, f"{self._lost} records could not be written")]

    def _migrate(self) -> None:
        subprocess.run(
            [sys.executable, "-m", "doorctl.audit.schema", str(self._path)],
            check=True,
            timeout=_MIGRATION_SECONDS,
            stdin=subprocess.DEVNULL,
        )

    def _put_aside(self) -> str:
        self.close()
        kept = self._path.with_name(f"{self._path.name}.broken-{time.time_ns()}")
        for suffix in ("-wal", "-shm"):
            sidecar = self._path.with_name(self._path.name + suffix)
            if sidecar.exists():
                sidecar.rename(kept.with_name(kept.name + suffix))
        self._path.rename(kept)
        return kept.name

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
        connection.execute("COMMIT")
        self._tree = tree
        return [seq for seq, _, _ in records]

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
        return Leaf(
            **msgspec.structs.asdict(statement),
            v=LEAF_VERSION,
            controller=self._identity.controller,
            epoch=self._epoch,
            seq=seq,
            boot=self._identity.boot,
            subject=commitment,
        )

    def _checkpoint_of(self, size: int, root: bytes) -> bytes:
        origin = origin_of(self._identity.site, self._identity.controller, self._epoch)
        return sign_checkpoint(Checkpoint(origin, size, root), self._identity.signer)


def _abandon(connection: sqlite3.Connection) -> None:
    with suppress(sqlite3.Error):  # what it held and could not write was never acknowledged
        connection.close()


def _has_schema(connection: sqlite3.Connection) -> bool:
    try:
        row = connection.execute(
            "SELECT 1 FROM _sqlite_migrations WHERE migration_set = 'audit' AND name = ?", (SCHEMA,)
        ).fetchone()
    except sqlite3.OperationalError:
        return False
    return row is not None


def newest_record_time(path: Path) -> datetime | None:
    """Return the time of the newest record in an audit.db, None when there is none to be read."""
    try:
        connection = open_reader(path)
    except sqlite3.Error:
        return None
    try:
        row = connection.execute("SELECT leaf FROM records ORDER BY seq DESC LIMIT 1").fetchone()
        return None if row is None else datetime.fromisoformat(read_leaf(row[0]).at)
    except (sqlite3.Error, Refused, ValueError):
        return None
    finally:
        connection.close()
