"""Alarms about controllers' logs: another history, a gap that stays, fewer records than were signed for, no leaf."""

import sqlite3
from dataclasses import dataclass

from doorctl.audit.leaf import TreeMark
from doorctl.core.records import RecordKind
from doorctl.errors import Refused
from doorctl.hub.log_store import LogId
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.journal import Level, say
from doorctl.wire.results import LogAlarm

AGAIN_SECONDS = 86_400
"""What goes on is recorded once a day of each controller, in whatever epochs: no liar shall fill the hub's log."""
SHOWN_SECONDS = 30 * 86_400
KEPT_SECONDS = 366 * 86_400
"""What a controller signed against itself is kept so long; the hub's log names it for ever."""
_COLUMNS = "at, word, controller, log_epoch, seq, held_root, told_root"
_FIND = "SELECT 1 FROM log_alarms WHERE word = ? AND controller = ? AND at > ? AND at <= ?"
_FORGET = "DELETE FROM log_alarms WHERE at < ?"
_ADD = f"INSERT INTO log_alarms ({_COLUMNS}, checkpoint) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_NEWEST = f"SELECT {_COLUMNS} FROM log_alarms WHERE at > ? ORDER BY position DESC LIMIT ?"  # noqa: S608


@dataclass(frozen=True, slots=True)
class Told:
    """What a controller signed: how many records it says it has, under which root, and the checkpoint itself."""

    size: int
    root: bytes
    note: bytes


class Conflict(Refused):
    """What a controller sends does not agree with what is held: from which record on, and both roots."""

    def __init__(
        self, word: str, detail: str, *, seq: int, held_root: bytes, told: Told, told_root: bytes = b""
    ) -> None:
        """Keep what proves it; ``told_root`` where the contradiction is not the checkpoint's own root."""
        super().__init__(word, detail)
        self.seq = seq
        self.held_root = held_root
        self.told = told
        self.told_root = told_root or told.root


def raise_alarm(connection: sqlite3.Connection, own: OwnLog, log: LogId, conflict: Conflict, *, at: int) -> None:
    """Keep an alarm, record it in the hub's own log and say it, once a day; in the caller's transaction."""
    word, told = conflict.refusal, conflict.told
    if connection.execute(_FIND, (word, log.controller, at - AGAIN_SECONDS, at)).fetchone():
        return
    connection.execute(_FORGET, (at - KEPT_SECONDS,))
    held_root, told_root = conflict.held_root.hex(), conflict.told_root.hex()
    connection.execute(_ADD, (at, word, log.controller, log.log_epoch, conflict.seq, held_root, told_root, told.note))
    detail = f"{word} at record {conflict.seq}: the hub holds root {held_root}, the controller tells {told_root}"
    mark = TreeMark(log.controller, log.log_epoch, told.size, told.root.hex())
    own.append(Entry(RecordKind.LOG_ALARM, detail, tree=mark), at=at)
    roots = {"held_root": held_root, "told_root": told_root}
    say("log_alarm", Level.ALARM, what=word, controller=log.controller, record=conflict.seq, **roots)


def newest_alarms(connection: sqlite3.Connection, *, at: int, most: int = 100) -> tuple[LogAlarm, ...]:
    """Return the alarms of the last month, the newest first."""
    return tuple(LogAlarm(*row) for row in connection.execute(_NEWEST, (at - SHOWN_SECONDS, most)))
