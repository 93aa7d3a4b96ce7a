"""Logs that the door has put aside, with records that the hub lacks: uploaded before what came after them.

1. What counts of one is what is contiguous from its first record and leads to checkpoints of its own: it is read
   once, a little at a time, and never past what does not fit.
2. A log whose upload gets no further for ``PATIENCE_SECONDS`` waits for the next connection, and holds up no other.
3. The files stay: how long they are kept is not the upload's business.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from doorctl.audit.checkpoint import Checkpoint, checkpoint_text, origin_of
from doorctl.audit.leaf import read_leaf
from doorctl.audit.losses import logs_put_aside
from doorctl.audit.tree import Tree, tree_from
from doorctl.database import UNREADABLE, is_passing, open_reader
from doorctl.errors import Refused
from doorctl.journal import Level, say
from doorctl.keeper.acknowledged import Acknowledged
from doorctl.keeper.log_reader import Batch, LogReader, LogState
from doorctl.places import StateFile

PATIENCE_SECONDS = 120.0
RECORDS_PER_STEP = 256
"""Some milliseconds of a keeper's turn on a small computer."""

_FIRST = "SELECT leaf FROM records ORDER BY seq LIMIT 1"
_BEFORE = "SELECT first, before FROM log"
_NEXT = "SELECT seq, leaf, checkpoint FROM records WHERE seq >= ? ORDER BY seq LIMIT ?"


class AsideLog:
    """One log that nobody writes any more; ``is_checked`` when it is known how far it can be believed."""

    def __init__(self, path: Path, epoch: int, *, site: str, log: str) -> None:
        """Read this file, which is of this epoch."""
        self.path = path
        self.epoch = epoch
        self.is_checked = False
        self._reader = LogReader(path)
        self._origin = origin_of(site, log, epoch)
        self._tree: Tree | None = None
        self._first = self._good = 0

    def state(self, now: float) -> LogState | None:
        """Look at some more records; return how many are known to lead to a checkpoint."""
        connection = self._reader.opened(now)
        if connection is None:
            return None
        if not self.is_checked:
            try:
                self._check_more(connection)
            except UNREADABLE as error:
                self.is_checked = not is_passing(error, self.path)
        return LogState(self.epoch, self._good, self._first)

    def batch(self, first: int, *, below: int) -> Batch | None:
        """Return records from this one on."""
        return self._reader.batch(first, below=below)

    def checkpoint_of(self, seq: int) -> bytes | None:
        """Return the checkpoint that was signed with this record, None if there is none."""
        return self._reader.checkpoint_of(seq)

    def close(self) -> None:
        """Let go of the file."""
        self._reader.close()

    def _check_more(self, connection: sqlite3.Connection) -> None:
        if self._tree is None:
            self._tree = _before(connection)
            self._first = self._good = self._tree.size
        begun_at = self._tree.size
        for seq, leaf, checkpoint in connection.execute(_NEXT, (begun_at, RECORDS_PER_STEP)):
            if seq != self._tree.size or not isinstance(leaf, bytes) or not self._take(leaf, checkpoint):
                self.is_checked = True
                return
        self.is_checked = self._tree.size == begun_at

    def _take(self, leaf: bytes, checkpoint: object) -> bool:
        """Append a record; answer whether its checkpoint, if it has one, is that of all up to it."""
        assert self._tree is not None
        self._tree = tree = self._tree.append(leaf)
        if checkpoint is None:
            return True
        told = checkpoint_text(Checkpoint(self._origin, tree.size, tree.root))
        is_ours = isinstance(checkpoint, bytes) and checkpoint.startswith(told)
        self._good = tree.size if is_ours else self._good
        return is_ours


class AsideLogs:
    """Those of a controller; ``now_due`` is the one to upload, the oldest epoch first."""

    def __init__(self, folder: Path, acknowledged: Acknowledged, *, site: str, log: str) -> None:
        """Look for them later."""
        self._folder = folder
        self._acknowledged = acknowledged
        self._site = site
        self._log = log
        self._waiting: list[AsideLog] = []
        self._patient_until: float | None = None

    @property
    def now_due(self) -> AsideLog | None:
        """The log whose turn it is."""
        return self._waiting[0] if self._waiting else None

    def look(self) -> None:
        """Find what was put aside and is not finished."""
        self.close()
        found = ((path, self._epoch_of(path)) for path in self._paths())
        self._waiting = sorted(
            (
                AsideLog(path, epoch, site=self._site, log=self._log)
                for path, epoch in found
                if epoch and not self._acknowledged.is_finished(epoch)
            ),
            key=lambda each: each.epoch,
        )

    def progressed(self, now: float) -> None:
        """The hub holds more of it than it did."""
        self._patient_until = now + PATIENCE_SECONDS

    def review(self, now: float) -> None:
        """Go on to the next when the hub has all of this one, or takes no more of it."""
        log = self.now_due
        if log is None:
            return
        if self._patient_until is None or not log.is_checked:
            self._patient_until = now + PATIENCE_SECONDS
        state = log.state(now)
        if log.is_checked and state is not None and self._acknowledged.of(log.epoch).size >= state.size:
            say("aside_log_uploaded", file=log.path.name, epoch=log.epoch)
            self._acknowledged.finish(log.epoch)
            self._next()
        elif now >= self._patient_until:
            say("aside_log_waits", Level.WARNING, file=log.path.name, epoch=log.epoch)
            self._next()

    def close(self) -> None:
        """Let go of the files."""
        while self._waiting:
            self._next()

    def _next(self) -> None:
        self._waiting.pop(0).close()
        self._patient_until = None

    def _paths(self) -> list[Path]:
        try:
            return list(logs_put_aside(self._folder / StateFile.AUDIT_LOG))
        except OSError:
            return []

    def _epoch_of(self, path: Path) -> int:
        """Return the epoch of a log by its first record; 0 where that cannot be read."""
        try:
            with closing(open_reader(path)) as connection:
                (leaf,) = connection.execute(_FIRST).fetchone()
            said = read_leaf(leaf)
        except (*UNREADABLE, OSError, Refused):
            return 0
        return said.epoch if said.controller == self._log else 0


def _before(connection: sqlite3.Connection) -> Tree:
    """Return what stood before the first record that is there: nothing, or what was dropped when the log was full."""
    with suppress(*UNREADABLE):  # a log of an older doorctl has no such columns
        return tree_from(*connection.execute(_BEFORE).fetchone())
    return Tree()
