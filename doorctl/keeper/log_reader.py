"""audit.db as the keeper reads it: how long the log is, and batches of records that end at a checkpoint.

The door writes the file and may replace it at any time; whatever goes wrong means "not now".
"""

import sqlite3
from collections.abc import Iterable
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from doorctl.audit.leaf import Opening
from doorctl.database import UNREADABLE, open_reader

BATCH_BYTES = 56 * 1024
MOST_RECORDS = 512
RETRY_SECONDS = 1.0

_STATE = "SELECT * FROM log"
_RECORDS = """
SELECT r.seq, r.leaf, r.checkpoint, o.salt, o.subject
FROM records AS r LEFT JOIN openings AS o ON o.seq = r.seq AND o.subject NOT GLOB 'wiped:*'
WHERE r.seq >= ? AND r.seq < ? ORDER BY r.seq LIMIT ?
"""
_OPENING_FRAME_BYTES = 80


@dataclass(frozen=True, slots=True)
class LogState:
    """Which log epoch it is, how many records it has, and which is the first that is still there."""

    epoch: int
    size: int
    first: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records; the checkpoint is the one signed with the last of them."""

    first: int
    leaves: tuple[str, ...]
    checkpoint: str
    openings: tuple[Opening, ...]

    @property
    def end(self) -> int:
        """The number after the last record."""
        return self.first + len(self.leaves)


class LogReader:
    """Reads the log of the door; None whenever it cannot be read."""

    def __init__(self, path: Path) -> None:
        """Read this file, now or when it is there."""
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._inode = 0
        self._data_version = -1
        self._state: LogState | None = None
        self._not_before = 0.0

    def state(self, now: float) -> LogState | None:
        """Return how long the log is; costs microseconds while nothing has changed."""
        if now < self._not_before:
            return None
        try:
            return self._read_state()
        except (*UNREADABLE, OSError):
            self.close()
            self._not_before = now + RETRY_SECONDS
            return None

    def opened(self, now: float) -> sqlite3.Connection | None:
        """Return the file to be read, None while it cannot be opened. What it raises then is the caller's."""
        if now < self._not_before:
            return None
        try:
            return self._open()
        except (*UNREADABLE, OSError):
            self.close()
            self._not_before = now + RETRY_SECONDS
            return None

    def batch(self, first: int, *, below: int) -> Batch | None:
        """Return records from this one on, as many commits as fit into ``BATCH_BYTES``, at least one."""
        if self._connection is None:
            return None
        try:
            with closing(self._connection.execute(_RECORDS, (first, below, MOST_RECORDS))) as rows:
                return _batch(first, rows)
        except UNREADABLE:
            self.close()
            return None

    def checkpoint_of(self, seq: int) -> bytes | None:
        """Return the checkpoint that was signed with this record, None if there is none."""
        if self._connection is not None:
            with suppress(*UNREADABLE):
                row = self._connection.execute("SELECT checkpoint FROM records WHERE seq = ?", (seq,)).fetchone()
                return row[0] if row is not None and isinstance(row[0], bytes) else None
        return None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
        self._connection, self._state, self._data_version = None, None, -1

    def _open(self) -> sqlite3.Connection:
        inode = self._path.stat().st_ino
        if self._connection is None or inode != self._inode:
            self.close()
            self._connection, self._inode = open_reader(self._path), inode
        return self._connection

    def _read_state(self) -> LogState | None:
        connection = self._open()
        version = connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._data_version:
            found = connection.execute(_STATE)
            row = found.fetchone()
            told = dict(zip((column for column, *_ in found.description), row, strict=True)) if row else {}
            self._state = LogState(told["epoch"], told["size"], told.get("first", 0)) if told else None
            self._data_version = version
        return self._state


def _batch(first: int, rows: Iterable[tuple[int, bytes, bytes | None, bytes | None, str | None]]) -> Batch | None:
    leaves: list[str] = []
    openings: list[Opening] = []
    best: Batch | None = None
    size = 0
    for seq, leaf, checkpoint, salt, subject in rows:
        if seq != first + len(leaves):
            break
        if not isinstance(leaf, bytes) or not isinstance(checkpoint, bytes | None):
            raise TypeError("what is stored is no record")
        leaves.append(leaf.decode())
        size += _json_bytes(leaf)
        if isinstance(salt, bytes) and isinstance(subject, str):
            openings.append(Opening(seq, salt, subject))
            size += (_OPENING_FRAME_BYTES + len(subject)) * 4 // 3
        if best is not None and size > BATCH_BYTES:
            break
        if checkpoint is not None:
            best = Batch(first, tuple(leaves), checkpoint.decode(), tuple(openings))
    return best


def _json_bytes(leaf: bytes) -> int:
    """Return how long a leaf is as a JSON string: quotes and backslashes count twice."""
    return len(leaf) + leaf.count(b'"') + leaf.count(b"\\") + 3
