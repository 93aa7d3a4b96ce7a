"""The deltas that a keeper has applied, as the hub signed them: for a hub that has lost its newest changes.

They lie in a database of their own, which outlives the policy. It is written without a flush of the disk, for nothing
rests on the newest of them: what a power cut takes, other controllers have. Whatever it holds besides is the chain
after some revisions, a second witness of our history beside policy.db: one that contradicts counts, one that is
missing says nothing.
"""

import math
import sqlite3
from collections.abc import Callable, Set
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar

from doorctl.database import (
    UNREADABLE,
    empty_wal,
    is_passing,
    open_writer,
    remove_database,
    run_statements,
    transaction,
)
from doorctl.journal import Level, say
from doorctl.keeper.told_of import tells_of
from doorctl.policy.apply import Position
from doorctl.wire.messages import Delta

IDLE_SECONDS = 2.0

_TABLES = """
CREATE TABLE IF NOT EXISTS ends (
    epoch INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    chain BLOB NOT NULL,
    note BLOB,
    PRIMARY KEY (epoch, revision)
) STRICT;
CREATE TABLE IF NOT EXISTS forgotten (holder TEXT PRIMARY KEY) STRICT;
"""
_KEEP = """
INSERT INTO ends (epoch, revision, chain, note) VALUES (?, ?, ?, ?)
ON CONFLICT DO UPDATE SET chain = excluded.chain, note = coalesce(excluded.note, note)
"""
_CHAIN = "SELECT chain FROM ends WHERE epoch = ? AND revision = ?"
_NEWEST = "SELECT epoch, revision FROM ends ORDER BY epoch DESC, revision DESC LIMIT 1"
_AFTER = """
SELECT revision, note FROM ends WHERE epoch = ? AND revision > ? AND note IS NOT NULL ORDER BY revision LIMIT ?
"""
_NOTES = "SELECT epoch, revision, note FROM ends WHERE note IS NOT NULL"
_FORGET = "UPDATE ends SET note = NULL WHERE epoch = ? AND revision = ?"
_PRUNE = """
DELETE FROM ends WHERE (epoch, revision) <= (
    SELECT epoch, revision FROM (
        SELECT epoch, revision,
               sum(coalesce(length(note), 0)) OVER newest_first AS bytes,
               first_value(revision) OVER newest_first AS newest,
               first_value(epoch) OVER newest_first AS newest_epoch
        FROM ends WINDOW newest_first AS (ORDER BY epoch DESC, revision DESC)
    ) WHERE bytes > ? OR revision <= newest - ? OR epoch < newest_epoch
    ORDER BY epoch DESC, revision DESC LIMIT 1
)
"""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """How much is kept."""

    revisions: int = 2000
    note_bytes: int = 16 * 1024 * 1024


LIMITS = Limits()


class KeptNotes:
    """A bounded shelf of delta notes, the newest; losing it costs nothing but a help to others."""

    def __init__(self, path: Path, limits: Limits = LIMITS) -> None:
        """Open the shelf; one that is damaged is begun anew, one that cannot be opened now is tried again."""
        self._path = path
        self._limits = limits
        self._connection: sqlite3.Connection | None = None
        self._tidy_at = math.inf
        self._try("open", lambda _: None, otherwise=None)

    def keep(self, note: bytes, delta: Delta, now: float) -> None:
        """Keep a delta that was applied."""
        self._write(delta.epoch, delta.last, bytes.fromhex(delta.chain), note)
        self._tidy_at = min(self._tidy_at, now + IDLE_SECONDS)

    def begin_with(self, position: Position) -> None:
        """Keep the chain of the position that a keeper starts from, where a power cut has taken it."""
        if position.revision and self.chain_at(position.epoch, position.revision) is None:
            self.witness(position)

    def witness(self, position: Position) -> None:
        """Keep the chain of a position that came with no delta."""
        self._write(position.epoch, position.revision, position.chain, None)

    def chain_at(self, epoch: int, revision: int) -> bytes | None:
        """Return the chain after a revision, None where it is not known."""
        rows: list[tuple[bytes]] = self._try(
            "read", lambda shelf: shelf.execute(_CHAIN, (epoch, revision)).fetchall(), otherwise=[]
        )
        return bytes(rows[0][0]) if rows else None

    def beyond(self, position: Position) -> tuple[int, int] | None:
        """Return epoch and revision of where we were once, if that is further than this."""
        rows: list[tuple[int, int]] = self._try("read", lambda shelf: shelf.execute(_NEWEST).fetchall(), otherwise=[])
        return rows[0] if rows > [(position.epoch, position.revision)] else None

    def after(self, epoch: int, revision: int, *, most: int) -> list[tuple[int, bytes]]:
        """Return the notes that end after a revision, the oldest first, each with the revision it ends at."""
        rows: list[tuple[int, bytes]] = self._try(
            "read", lambda shelf: shelf.execute(_AFTER, (epoch, revision, most)).fetchall(), otherwise=[]
        )
        return rows

    def not_forgotten(self, holders: Set[str]) -> frozenset[str]:
        """Return those of these erased holders of whom notes may still tell."""
        if not holders:
            return frozenset()
        rows: list[tuple[str]] = self._try(
            "read", lambda shelf: shelf.execute("SELECT holder FROM forgotten").fetchall(), otherwise=[]
        )
        return frozenset(holders) - {holder for (holder,) in rows}

    def forget(self, holders: Set[str]) -> bool:
        """Throw away the notes that tell of these holders' cards; the chains stay. False: to be tried again."""
        return self._try("forget", partial(_forget, holders=holders), otherwise=False)

    def has_forgotten(self, holders: Set[str]) -> None:
        """Remember that nothing is left of these holders."""
        named = [(holder,) for holder in sorted(holders)]
        self._try(
            "remember",
            lambda shelf: shelf.executemany("INSERT OR IGNORE INTO forgotten (holder) VALUES (?)", named),
            otherwise=None,
        )

    def tick(self, now: float) -> None:
        """Throw away what is too old or too much, a moment after the last note."""
        if now >= self._tidy_at:
            self._tidy_at = math.inf
            self._try("tidy", partial(_tidy, limits=self._limits), otherwise=None)

    def close(self) -> None:
        """Let go of the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _write(self, epoch: int, revision: int, chain: bytes, note: bytes | None) -> None:
        self._try("keep", lambda shelf: shelf.execute(_KEEP, (epoch, revision, chain, note)), otherwise=None)

    def _try(self, what: str, work: Callable[[sqlite3.Connection], T], *, otherwise: T) -> T:
        """Do some work on the shelf. What is damaged is thrown away, what may pass is left for the next time."""
        try:
            if self._connection is None:
                self._connection = _open(self._path)
            return work(self._connection)
        except (*UNREADABLE, OSError) as error:
            self.close()
            say("kept_notes_unavailable", Level.WARNING, what=what, why=error)
            if not is_passing(error, self._path):
                remove_database(self._path)
            return otherwise


def _open(path: Path) -> sqlite3.Connection:
    connection = open_writer(path)
    try:
        connection.execute("PRAGMA synchronous = NORMAL")
        run_statements(connection, _TABLES)
    except UNREADABLE:
        connection.close()
        raise
    return connection


def _tidy(shelf: sqlite3.Connection, *, limits: Limits) -> None:
    with transaction(shelf):
        shelf.execute(_PRUNE, (limits.note_bytes, limits.revisions))
    shelf.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def _forget(shelf: sqlite3.Connection, *, holders: Set[str]) -> bool:
    with transaction(shelf):
        told = [(epoch, revision) for epoch, revision, note in shelf.execute(_NOTES) if tells_of(note, holders)]
        shelf.executemany(_FORGET, told)
    return not empty_wal(shelf)
