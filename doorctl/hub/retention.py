"""The hub's daily pass over all logs: what is past its days by the officers' rules goes.

1. It goes in short steps, one a turn: the openings of a window of records, then a segment of leaves, each in a
   transaction. A pass that a restart or an officer's other rule has cut short begins anew.
2. Of leaves that go the hashes stay, 32 bytes each: every proof of before can still be made, and a batch that comes
   again is still compared.
3. There is no pass while the hub's clock is behind the newest record of its own log. When a controller's record was
   taken in tells the first ``cosigned`` record that covers it; what none covers yet has just come.
4. There is no pass on the day of a restore and the one after it: the rules are those of the backup, and officers may
   have set longer days since.
5. Where somebody is goes with the opening that told it.
6. A signed note for each segment tells what went, when, and by which officers' commands (docs/audit-log.md, 10).
"""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from doorctl.audit.checkpoint import HUB_LOG
from doorctl.audit.proofs import hashes_between
from doorctl.audit.segments import SEGMENT_RECORDS, is_whole
from doorctl.audit.tree import leaf_hash
from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.log_store import TILE_LEAVES, LogId, nodes_of
from doorctl.hub.occupancy import forget_unopened_stays
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.retention_rules import (
    DAY_SECONDS,
    Kept,
    Rule,
    Rules,
    believed_times,
    newest_believed,
    past_openings,
    rules_to_drop,
)
from doorctl.journal import Level, say
from doorctl.wire.notes import Signer, sign_text

RETRY = timedelta(minutes=1)
PAUSE_DAYS = 2
"""After a restore: that day and the next one."""
LONGEST_STEP_SECONDS = 3600
"""A clock that was set by more within two days may be wrong."""

_OF_LOG = "controller = ? AND log_epoch = ?"
_RULES = "SELECT zone, records, openings_days, leaf_days, note FROM retention_rules"
_LOGS = "SELECT controller, log_epoch FROM log_heads ORDER BY controller, log_epoch"
_LEFT = f'SELECT coalesce(max("end"), 0), coalesce(max(newest), 0) FROM dropped_notes WHERE {_OF_LOG}'  # noqa: S608
_SIZE = f"SELECT size FROM log_heads WHERE {_OF_LOG}"  # noqa: S608
_WINDOW = """
SELECT seq, kind, zone, at, CASE controller WHEN :hub THEN at ELSE coalesce((
    SELECT arrivals.at FROM arrivals WHERE arrivals.controller = records.controller
    AND arrivals.log_epoch = records.log_epoch AND arrivals.size > records.seq ORDER BY arrivals.size LIMIT 1
), :now) END
FROM records WHERE controller = :controller AND log_epoch = :log_epoch AND seq >= :first AND seq < :end ORDER BY seq
"""
_RESTORED = """
SELECT max(at) FROM log_heads JOIN records USING (controller, log_epoch) WHERE controller = ? AND seq < 3 AND kind = ?
"""
_STEPPED = """
SELECT coalesce(sum(CAST(json_extract(CAST(leaf AS TEXT), '$.detail') AS REAL)), 0) FROM records
WHERE controller = ? AND kind = 'clock_step' AND at > ? AND at <= ?
"""
_LEAVES = f"SELECT leaf FROM records WHERE {_OF_LOG} AND seq >= ? AND seq < ? ORDER BY seq"  # noqa: S608
_DROP_OPENINGS = f"DELETE FROM openings WHERE {_OF_LOG} AND seq = ?"  # noqa: S608
_DROP = tuple(f"DELETE FROM {table} WHERE {_OF_LOG} AND seq >= ? AND seq < ?" for table in ("openings", "records"))  # noqa: S608
_DROP_ARRIVALS = f"DELETE FROM arrivals WHERE {_OF_LOG} AND size > ? AND size <= ?"  # noqa: S608
_ADD_NOTE = """
INSERT INTO dropped_notes (controller, log_epoch, first, "end", newest, note) VALUES (?, ?, ?, ?, ?, ?)
"""
_ADD_HASHES = "INSERT INTO dropped_hashes (controller, log_epoch, tile, hashes) VALUES (?, ?, ?, ?)"
_DAY = "SELECT day FROM retention_passes"
_SET_DAY = "INSERT OR REPLACE INTO retention_passes (id, day) VALUES (1, ?)"


class _Dropped(msgspec.Struct, frozen=True):
    """What a retention note says of a segment; times in seconds since 1970, hashes in hex."""

    site: str
    log: str
    epoch: int
    first: int
    end: int
    frontier: tuple[str, ...]
    newest: int
    at: int
    rules: tuple[str, ...]


def rules_of(connection: sqlite3.Connection) -> Rules:
    """Return the rules that the officers have set."""
    rows = connection.execute(_RULES)
    return {(zone, records): Rule(openings, leaves, note) for zone, records, openings, leaves, note in rows}


@dataclass(slots=True)
class _Pass:
    """One pass, with what it has dropped so far."""

    rules: Rules
    now: int
    openings: int = 0
    leaves: int = 0


class Retention:
    """Drops once a day what is past its days, a step in each turn; used by the hub's one thread."""

    def __init__(self, connection: sqlite3.Connection, own: OwnLog, *, site: str, signer: Signer) -> None:
        """Sign notes in the hub's name."""
        self._connection = connection
        self._own = own
        self._site = site
        self._signer = signer
        self._steps: Iterator[None] = iter(())
        self._day: int | None = None
        self._failed_at: datetime | None = None

    def tick(self, at: datetime) -> None:
        """Do one step of today's pass; one that fails begins anew a minute later."""
        day = int(at.timestamp()) // DAY_SECONDS
        if self._failed_at is not None and self._failed_at <= at < self._failed_at + RETRY:
            return
        if day != self._day:
            self._steps = self._pass(day, int(at.timestamp()))
            self._day = day
        try:
            next(self._steps, None)
            self._failed_at = None
        except sqlite3.Error as error:
            say("retention_waits", Level.WARNING, why=error)
            self._day, self._failed_at = None, at

    def doubts_clock(self, now: int) -> bool:
        """Tell whether the clock was set by long within two days: what goes by a wrong one never comes back.

        Raises sqlite3.Error.
        """
        since = now - PAUSE_DAYS * DAY_SECONDS
        (seconds,) = self._connection.execute(_STEPPED, (HUB_LOG, since, now)).fetchone()
        return bool(abs(seconds) > LONGEST_STEP_SECONDS)

    def _pass(self, day: int, now: int) -> Iterator[None]:
        done = _Pass(rules_of(self._connection), now)
        if not done.rules or self._connection.execute(_DAY).fetchone() == (day,):
            return
        if self._is_behind(now) or self._was_restored(day):
            return
        if self.doubts_clock(now):
            say("retention_waits", Level.ALARM, why="the hub's clock was set: look whether it is right")
            return
        for _ in self._steps_of(done):
            yield
            if rules_of(self._connection) != done.rules:
                self._day = None
                break
        with transaction(self._connection):
            if self._day is not None:
                self._connection.execute(_SET_DAY, (day,))
            if done.openings or done.leaves:
                detail = f"openings of {done.openings} records and {done.leaves} whole records"
                self._own.append(Entry(RecordKind.RETENTION_APPLIED, detail), at=now)
                say("retention_applied", openings=done.openings, records=done.leaves)

    def _steps_of(self, done: _Pass) -> Iterator[None]:
        for log in [LogId(*row) for row in self._connection.execute(_LOGS)]:
            yield from self._drop_openings(log, done)
            yield from self._drop_leaves(log, done)
            with transaction(self._connection):
                forget_unopened_stays(self._connection, log.controller)

    def _is_behind(self, now: int) -> bool:
        newest = self._own.newest_at
        is_behind = newest is not None and newest > now
        if is_behind:
            say("retention_waits", Level.ALARM, why="the clock is behind the hub's own records", newest=newest)
        return is_behind

    def _was_restored(self, day: int) -> bool:
        """Tell whether the hub was put back from a backup today or yesterday; a new epoch of its log begins so."""
        (at,) = self._connection.execute(_RESTORED, (HUB_LOG, RecordKind.RESTORED)).fetchone()
        is_new = at is not None and day - at // DAY_SECONDS < PAUSE_DAYS
        if is_new:
            say("retention_waits", Level.WARNING, why="the hub was restored: its rules are those of the backup")
        return is_new

    def _drop_openings(self, log: LogId, done: _Pass) -> Iterator[None]:
        first, before = self._left(log)
        while records := self._window(log, first, done.now):
            past = past_openings(records, done.rules, before=before, now=done.now)
            with transaction(self._connection):
                for seq in past:
                    gone = self._connection.execute(_DROP_OPENINGS, (log.controller, log.log_epoch, seq)).rowcount
                    done.openings += gone > 0
            first, before = first + SEGMENT_RECORDS, newest_believed(records, before=before, now=done.now)
            yield

    def _drop_leaves(self, log: LogId, done: _Pass) -> Iterator[None]:
        while True:
            first, before = self._left(log)
            (size,) = self._connection.execute(_SIZE, (log.controller, log.log_epoch)).fetchone()
            segment = self._window(log, first, done.now)
            if not is_whole(first, size) or len(segment) < SEGMENT_RECORDS:
                return
            rules = rules_to_drop(segment, done.rules, before=before, now=done.now)
            if rules is None:
                return
            newest = max(believed_times(segment, before=before, now=done.now))
            self._drop_segment(log, first, newest, rules, done.now)
            done.leaves += SEGMENT_RECORDS
            yield

    def _drop_segment(self, log: LogId, first: int, newest: int, rules: Sequence[Rule], now: int) -> None:
        end = first + SEGMENT_RECORDS
        place, segment = (log.controller, log.log_epoch), (log.controller, log.log_epoch, first, end)
        note = self._note(log, first, newest, rules, now)
        hashes = [leaf_hash(bytes(leaf)) for (leaf,) in self._connection.execute(_LEAVES, segment)]
        tiles = ((*place, (first + at) // TILE_LEAVES, b"".join(hashes[at : at + TILE_LEAVES])) for at in _TILES)
        with transaction(self._connection):
            self._connection.executemany(_ADD_HASHES, tiles)
            self._connection.execute(_ADD_NOTE, (*segment, newest, note))
            for statement in (*_DROP, _DROP_ARRIVALS):
                self._connection.execute(statement, segment)

    def _note(self, log: LogId, first: int, newest: int, rules: Sequence[Rule], now: int) -> bytes:
        end = first + SEGMENT_RECORDS
        said = _Dropped(
            site=self._site,
            log=log.controller,
            epoch=log.log_epoch,
            first=first,
            end=end,
            frontier=tuple(root.hex() for root in hashes_between(0, end, nodes_of(self._connection, log))),
            newest=newest,
            at=now,
            rules=tuple(rule.note for rule in rules),
        )
        return sign_text(b"doorctl/v1/dropped\n" + msgspec.json.encode(said) + b"\n", self._signer)

    def _left(self, log: LogId) -> tuple[int, int]:
        """Return the number of the first record that is kept, and the time of the newest one before it."""
        left: tuple[int, int] = self._connection.execute(_LEFT, (log.controller, log.log_epoch)).fetchone()
        return left

    def _window(self, log: LogId, first: int, now: int) -> list[Kept]:
        asked = {"hub": HUB_LOG, "now": now, "controller": log.controller, "log_epoch": log.log_epoch}
        window = {**asked, "first": first, "end": first + SEGMENT_RECORDS}
        return [Kept(*row) for row in self._connection.execute(_WINDOW, window)]


_TILES = range(0, SEGMENT_RECORDS, TILE_LEAVES)


def dropped_notes(connection: sqlite3.Connection, log: LogId, *, before: int) -> list[bytes]:
    """Return the notes of what went before a record, the oldest first."""
    found = connection.execute(
        f'SELECT note FROM dropped_notes WHERE {_OF_LOG} AND "end" <= ? ORDER BY first',  # noqa: S608
        (log.controller, log.log_epoch, before),
    )
    return [bytes(note) for (note,) in found]
