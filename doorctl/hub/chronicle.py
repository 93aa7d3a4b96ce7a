"""What the hub records of its own life: starts and stops, its clock, configuration, trust, backups, a restore."""

import sqlite3
from datetime import date, datetime
from pathlib import Path

from doorctl.core.records import RecordKind
from doorctl.database import transaction
from doorctl.hub.anchors.heads import OVERDUE_SECONDS, last_taken, sendings_told
from doorctl.hub.backups.records import record_backups, record_restore
from doorctl.hub.own_log import Entry, OwnLog
from doorctl.hub.trust_history import hold_trust
from doorctl.journal import Level, say
from doorctl.trust.verify import SignedTrust

LONG_SECONDS = 7 * 86_400
"""A hub that recorded nothing for so long was off, or its clock was set ahead meanwhile."""


class Chronicle:
    """Writes it down, each in a transaction of its own."""

    def __init__(self, connection: sqlite3.Connection, own: OwnLog) -> None:
        """Write into the hub's own log."""
        self._connection = connection
        self._own = own
        self._told_late_on: date | None = None

    def begin(self, trust: SignedTrust, at: datetime, *, config: str, state_dir: Path) -> None:
        """Record that the hub starts, by the configuration of this hash; before anything else is recorded.

        Raises sqlite3.Error, and SiteUnavailable where the folder was restored and that cannot be recorded.
        """
        record_restore(self._connection, self._own, state_dir, at)
        newest = self._own.newest_at
        with transaction(self._connection):
            self._own.boot(config=config, at=at.timestamp())
            if newest is not None and at.timestamp() - newest > LONG_SECONDS:
                self._write_step(at.timestamp() - newest, "at most, since the record before this start", at)
            hold_trust(self._connection, self._own, trust, at=at.timestamp())

    def clock_stepped(self, seconds: float, at: datetime) -> None:
        """Record by how much the clock was set while the hub ran: retention waits after a long step."""
        say("clock_step", Level.WARNING, seconds=f"{seconds:.0f}")
        try:
            with transaction(self._connection):
                self._write_step(seconds, "", at)
        except sqlite3.Error as error:
            say("word_not_recorded", Level.ALARM, why=error)

    def take_trust(self, trust: SignedTrust, at: datetime) -> None:
        """Keep and record other trust. Raises sqlite3.Error."""
        with transaction(self._connection):
            hold_trust(self._connection, self._own, trust, at=at.timestamp())

    def look(self, state_dir: Path, at: datetime) -> None:
        """Record what was left word of since; what cannot be now is tried again."""
        try:
            record_backups(self._connection, self._own, state_dir, at)
            self._record_anchors(state_dir, at)
        except (sqlite3.Error, OSError) as error:
            say("word_not_recorded", Level.ALARM, why=error)

    def _record_anchors(self, state_dir: Path, at: datetime) -> None:
        for path, sent in sendings_told(state_dir):
            with transaction(self._connection):
                self._own.append(Entry(RecordKind.ANCHORED, sent.detail), at=at.timestamp())
            path.unlink(missing_ok=True)
        late = [place for place, taken in last_taken(state_dir).items() if at.timestamp() - taken > OVERDUE_SECONDS]
        if late and self._told_late_on != at.date():
            self._told_late_on = at.date()
            say("anchor_overdue", Level.ALARM, places=" ".join(late))

    def end(self, at: datetime) -> None:
        """Record that the hub stops in good order. Raises sqlite3.Error."""
        with transaction(self._connection):
            self._own.append(Entry(RecordKind.STOP), at=at.timestamp())

    def _write_step(self, seconds: float, more: str, at: datetime) -> None:
        entry = Entry(RecordKind.CLOCK_STEP, f"{seconds:+.0f} seconds {more}".rstrip())
        self._own.append(entry, at=at.timestamp())
