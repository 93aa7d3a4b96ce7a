"""What is still to be sent of alerts: a queue in the database, bounded, tried again ever more rarely.

Critical ones go first, else the oldest. An alert is put into the queue of each way in the transaction that notes that
it was, and leaves it when it was taken: whoever is killed in between sends it once more, under the same id.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from doorctl.core.suspicion.alerts import RuleName, Severity, Suspicion
from doorctl.database import transaction
from doorctl.hub.alerts.store import alerts_where, rule_book
from doorctl.hub.alerts.watch import Watch, message_of
from doorctl.journal import Level, is_worth_saying, say
from doorctl.wire.alerts import Alert

MOST_WAITING = 1000
"""So many alerts wait for one way; the oldest are given up for newer ones, critical ones last."""
LONGEST_PAUSE = 3600
_FIRST_PAUSE = 5
_UNQUEUED = "SELECT id, severity FROM alerts WHERE NOT is_queued ORDER BY position LIMIT 200"
_QUEUE = "INSERT OR IGNORE INTO alert_outbox (way, alert, next_at) VALUES (?, ?, ?)"
_TRIM = """
DELETE FROM alert_outbox WHERE position IN (
    SELECT o.position FROM alert_outbox AS o LEFT JOIN alerts AS a ON a.id = o.alert WHERE o.way = ?
    ORDER BY coalesce(a.severity, '') = 'critical' DESC, o.position DESC LIMIT -1 OFFSET ?
)
"""
_NEXT = """
SELECT o.position, o.alert, o.tries FROM alert_outbox AS o LEFT JOIN alerts AS a ON a.id = o.alert
WHERE o.way = ? AND o.next_at <= ? ORDER BY coalesce(a.severity, '') = 'critical' DESC, o.position LIMIT 1
"""
_DELAY = "UPDATE alert_outbox SET tries = tries + 1, next_at = ? WHERE position = ?"
_GIVE_UP = "DELETE FROM alert_outbox WHERE way NOT IN (SELECT value FROM json_each(?))"


@dataclass(frozen=True, slots=True)
class Letter:
    """One alert for one way, and how many times it was tried already."""

    position: int
    way: str
    alert: Alert
    tries: int


class Outbox:
    """Keeps what is to be sent."""

    def __init__(
        self, connection: sqlite3.Connection, watch: Watch, *, site: str, ways: Sequence[str], least: Severity
    ) -> None:
        """Send alerts of at least this severity on these ways."""
        self._connection = connection
        self._watch = watch
        self._site = site
        self._ways = tuple(ways)
        self._severities = frozenset(list(Severity)[list(Severity).index(least) :])
        self._failed = 0

    def fill(self, at: datetime) -> None:
        """Put new alerts into the queue of each way; that a way is tried out goes on all. Raises sqlite3.Error."""
        new = self._connection.execute(_UNQUEUED).fetchall()
        if not new:
            return
        with transaction(self._connection):
            for id_, severity in new:
                ways = self._ways if severity in self._severities or self._is_test(id_) else ()
                for way in ways:
                    self._connection.execute(_QUEUE, (way, id_, int(at.timestamp())))
                self._connection.execute("UPDATE alerts SET is_queued = 1 WHERE id = ?", (id_,))
            self._connection.execute(_GIVE_UP, (msgspec.json.encode(self._ways).decode(),))
            for way in self._ways:
                self._connection.execute(_TRIM, (way, MOST_WAITING))

    def next(self, way: str, at: datetime) -> Letter | None:
        """Return what is to be sent on a way now; of each way one at a time. Raises sqlite3.Error."""
        row = self._connection.execute(_NEXT, (way, int(at.timestamp()))).fetchone()
        if row is None:
            return None
        position, id_, tries = row
        found = alerts_where(self._connection, "a.id = ?", (id_,))
        if not found:
            self._forget(position)
            return None
        return Letter(position, way, message_of(found[0], self._site), tries)

    def sent(self, letter: Letter) -> None:
        """Note that an alert was taken. Raises sqlite3.Error."""
        self._forget(letter.position)

    def failed(self, letter: Letter, why: str, at: datetime) -> None:
        """Note that an alert was not taken; after so many tries that is an alert. Raises sqlite3.Error."""
        self._failed += 1
        if is_worth_saying(self._failed):
            say("alert_not_sent", Level.WARNING, way=letter.way, why=why, count=self._failed)
        seconds, tries = int(at.timestamp()), letter.tries + 1
        pause = min(LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(tries, 12))
        with transaction(self._connection):
            self._connection.execute(_DELAY, (seconds + pause, letter.position))
            settings = rule_book(self._connection).of(RuleName.SENDER)
            if tries >= settings.count:
                detail = f"nothing goes by {letter.way} after {tries} tries"
                told = Suspicion(RuleName.SENDER, settings.severity, seconds, letter.way, detail)
                self._watch.raise_now(told, at=seconds)

    def _is_test(self, id_: str) -> bool:
        row = self._connection.execute("SELECT rule FROM alerts WHERE id = ?", (id_,)).fetchone()
        return row is not None and row[0] == RuleName.TEST

    def _forget(self, position: int) -> None:
        with transaction(self._connection):
            self._connection.execute("DELETE FROM alert_outbox WHERE position = ?", (position,))
