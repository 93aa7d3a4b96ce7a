"""What a log has lost, by what is known of it from outside: its anchor, and the hub's word."""

import base64
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from doorctl.audit.anchor import LogMark
from doorctl.audit.leaf import TreeMark, read_leaf
from doorctl.audit.state import open_at_rest
from doorctl.database import UNREADABLE
from doorctl.errors import Refused
from doorctl.wire.notes import text_of

_LOOK_SECONDS = 2.0
"""A damaged log is read for so long at most: the door denies meanwhile."""
ASIDE = ".broken-"


class Loss(StrEnum):
    """What is wrong with a log."""

    UNREADABLE = "unreadable"
    MISSING = "missing"
    SHORTER = "shorter"
    OTHER_ROOT = "other-root"
    OLDER_EPOCH = "older-epoch"


@dataclass(frozen=True, slots=True)
class Recovery:
    """Why a new epoch begins, what was known of the one before, and where that is kept (empty: nowhere)."""

    why: Loss
    known: LogMark | None
    kept: str = ""

    def detail(self, log: Path) -> str:
        """Write it as the record tells it, with the number of records that are lost here."""
        return " ".join([f"lost={self._lost(log)}", f"why={self.why}", *([f"kept={self.kept}"] if self.kept else [])])

    def mark_of(self, controller: str) -> TreeMark | None:
        """Write what was known as a record tells it."""
        known = self.known
        return None if known is None else TreeMark(controller, known.epoch, known.size, known.root.hex())

    def _lost(self, log: Path) -> str:
        if self.known is None or self.why is Loss.OTHER_ROOT:
            return "unknown"
        return str(max(0, self.known.size - surviving(log, self.known.epoch)))


def loss_of(connection: sqlite3.Connection, here: LogMark, known: LogMark) -> Loss | None:
    """Say what a log lacks of what is known to have been in it, None if nothing. Raises sqlite3.Error."""
    if known.epoch != here.epoch:
        return Loss.OLDER_EPOCH if known.epoch > here.epoch else None
    if known.size > here.size:
        return Loss.SHORTER
    root = _root_at(connection, here, known.size)
    return Loss.OTHER_ROOT if root is not None and root != known.root else None


def surviving(log: Path, epoch: int) -> int:
    """Return how many records of an epoch can still be read in the logs that were put aside."""
    return max((_readable(aside, epoch) for aside in logs_put_aside(log)), default=0)


def put_aside(log: Path) -> Path:
    """Give a log, with what lies beside it, a name under which it is kept; return that. Raises OSError."""
    kept = log.with_name(f"{log.name}{ASIDE}{time.time_ns()}")
    for suffix in ("-wal", "-shm"):
        sidecar = log.with_name(log.name + suffix)
        if sidecar.exists():
            sidecar.rename(kept.with_name(kept.name + suffix))
    return log.rename(kept)


def logs_put_aside(log: Path) -> Iterator[Path]:
    """Yield the logs that were put aside before this one, the oldest first."""
    beside = sorted(log.parent.glob(f"{log.name}{ASIDE}*"))
    yield from (path for path in beside if not path.name.endswith(("-wal", "-shm", "-journal")))


def _root_at(connection: sqlite3.Connection, here: LogMark, size: int) -> bytes | None:
    """Return the root that a log had at a size, None where it has no checkpoint of that size (any more)."""
    if size == here.size:
        return here.root
    row = connection.execute("SELECT checkpoint FROM records WHERE seq = ?", (size - 1,)).fetchone()
    if row is None or row[0] is None:
        return None
    return base64.b64decode(text_of(row[0]).split(b"\n")[2])


def _readable(path: Path, epoch: int) -> int:
    """Return the number after the last checkpoint before what cannot be read, 0 if it is another epoch's log."""
    with suppress(*UNREADABLE, OSError, Refused), closing(open_at_rest(path)) as connection:
        newest = connection.execute("SELECT max(seq) FROM records").fetchone()
        if connection.execute("SELECT epoch, size FROM log").fetchone() == (epoch, newest[0] + 1):
            return int(newest[0]) + 1
    end = -1
    with suppress(*UNREADABLE, OSError, Refused), closing(open_at_rest(path)) as connection:
        deadline = time.monotonic() + _LOOK_SECONDS
        expected = -1
        for seq, leaf, checkpoint in connection.execute("SELECT seq, leaf, checkpoint FROM records ORDER BY seq"):
            if expected not in (-1, seq) or read_leaf(leaf).epoch != epoch or time.monotonic() > deadline:
                break
            expected = seq + 1
            end = expected if checkpoint is not None else end
    return max(end, 0)
