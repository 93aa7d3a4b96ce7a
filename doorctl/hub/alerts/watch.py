"""The watch: judges records as they arrive, raises alerts, and says them.

1. Records are judged in the order in which they were stored, each once: what is remembered of them, the alerts with
   their records in the hub's own log, and how far the watch is, are one transaction.
2. An alert is published after that commit. What was published is noted with the next turn: whoever is killed in
   between publishes the same alert again, under the same id, and raises it once.
3. Of one controller's records so many alerts are raised within an hour; one more says that the rest is passed over.
   A graver one than those is raised all the same, and so is one of ``duress``: nobody hides it among them.
"""

import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

from doorctl.core.suspicion.alerts import Judged, RuleName, Suspicion, is_news, raised_mark
from doorctl.core.suspicion.rules import judge, silences
from doorctl.database import savepoint, transaction
from doorctl.errors import Refused
from doorctl.hub.alerts.input_troubles import note_trouble
from doorctl.hub.alerts.overdue_badges import overdue_badges, told_at_once
from doorctl.hub.alerts.pulse_store import note_band
from doorctl.hub.alerts.seen_records import MOST_AT_ONCE, SeenRecords, as_name
from doorctl.hub.alerts.store import (
    alerts_where,
    clipped,
    forget_marks,
    note_marks,
    note_told,
    passing_over,
    raised_lately,
    raising,
    recall_from,
    rule_book,
    shortened,
    untold,
)
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.disk_reserve import DiskReserve
from doorctl.hub.outgoing import Outgoing, signed
from doorctl.hub.own_log import OwnLog
from doorctl.hub.refusals import Refusals
from doorctl.journal import Level, say
from doorctl.keys.identity import Identity
from doorctl.wire.alerts import Alert, AlertFound
from doorctl.wire.topics import Address, Channel

MOST_AN_HOUR = 60
"""So many alerts one controller can cause within an hour: a stolen one may write what it likes."""
HOUR_SECONDS = 3600
LOOK_SECONDS = 5.0
"""So often the watch looks for controllers that are silent."""
MOST_SAID = 20
"""So many alerts are published in one turn, and when a broker is there again."""

_CURSOR = "SELECT position FROM suspicion_cursor"
_SET_CURSOR = "UPDATE suspicion_cursor SET position = ?"


class Watch:
    """Watches over what a site's controllers tell."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        identity: Identity,
        *,
        own: OwnLog,
        roll: Roll,
        refusals: Refusals,
        disk: DiskReserve,
    ) -> None:
        """Go on from where the database says that the watch was; ``disk`` is the one it is on."""
        self._connection = connection
        self._identity = identity
        self._own = own
        self._roll = roll
        self._refusals = refusals
        self._disk = disk
        self._records = SeenRecords(connection, roll)
        self._recall = recall_from(connection)
        self._just_told: list[AlertFound] = []
        self._since: float | None = None
        self._looked = 0.0

    def turn(self, at: datetime) -> list[Outgoing]:
        """Judge what has arrived, and return what is to be published. Raises sqlite3.Error."""
        seconds = at.timestamp()
        self._note_told()
        self._judge_arrived(seconds)
        if abs(seconds - self._looked) >= LOOK_SECONDS:
            self._looked = seconds
            self._judge_silences(seconds)
            self._judge_disk(int(seconds))
            self._judge_badges(int(seconds))
        self._just_told = untold(self._connection, most=MOST_SAID)
        return self._said(self._just_told)

    def standing(self) -> list[Outgoing]:
        """Return the newest open alerts, for a broker that was away."""
        return self._said(alerts_where(self._connection, "a.acknowledged_at IS NULL", most=MOST_SAID))

    def raise_now(self, suspicion: Suspicion, *, at: int) -> None:
        """Raise an alert that is about no record, if it is news; in the caller's transaction."""
        settings = rule_book(self._connection).of(suspicion.rule)
        if settings.enabled and is_news(suspicion, settings, self._recall):
            self._take(Judged((raised_mark(suspicion),), (replace(suspicion, severity=settings.severity),)), at)

    def tidy(self, at: datetime) -> None:
        """Forget what no rule looks at any more; in the caller's transaction."""
        forget_marks(self._connection, at=int(at.timestamp()))

    def _judge_arrived(self, at: float) -> None:
        (done,) = self._connection.execute(_CURSOR).fetchone()
        if (newest := self._records.newest()) <= done:
            return
        up_to = min(newest, done + MOST_AT_ONCE)
        with transaction(self._connection):
            self._judge_range(done, up_to, at)
            self._connection.execute(_SET_CURSOR, (up_to,))

    def _judge_range(self, done: int, up_to: int, at: float) -> None:
        """Judge the records after one position and up to another; of those that cannot be judged each by itself.

        It is part of the caller's transaction: whoever writes many that cannot be judged causes no commit for each.
        """
        try:
            with savepoint(self._connection):
                self._judge_some(done, up_to, at)
        except sqlite3.Error:
            raise
        # A record of a kind that nobody thought of must not end the hub, or whoever can write it decides when there
        # is one. It alone is passed over, so that it hides no other, and somebody is told.
        except Exception as error:  # noqa: BLE001
            if up_to - done > 1:
                middle = (done + up_to) // 2
                self._judge_range(done, middle, at)
                self._judge_range(middle, up_to, at)
                return
            self._refusals.count(Refused("internal-error"), error=type(error).__name__)

    def _judge_some(self, done: int, up_to: int, at: float) -> None:
        book = rule_book(self._connection)
        for seen in self._records.between(done, up_to, book, now=at):
            judged = judge(seen, book, self._recall)
            self._take(judged, int(at))
            note_trouble(self._connection, seen)
            if judged.band is not None:
                note_band(self._connection, seen, judged.band)

    def _judge_silences(self, at: float) -> None:
        self._since = at if self._since is None else self._since
        presences = self._roll.presences.items()
        heard = {name: float(each.heard_at) for name, each in presences if each.heard_at is not None}
        book = rule_book(self._connection)
        judged = silences(heard, book, self._recall, since=self._since, now=at)
        if judged.suspicions:
            with transaction(self._connection):
                self._take(judged, int(at))

    def _judge_disk(self, at: int) -> None:
        """Say that the disk is short, if it still takes that: what goes on meanwhile must not end by it."""
        if self._disk.is_short:
            severity = rule_book(self._connection).of(RuleName.DISK_SHORT).severity
            told = Suspicion(RuleName.DISK_SHORT, severity, at, "hub", "the hub's disk is nearly full: make room")
            with suppress(sqlite3.Error), transaction(self._connection):
                self.raise_now(told, at=at)

    def _judge_badges(self, at: int) -> None:
        """Say which badges are overdue, each once."""
        settings = rule_book(self._connection).of(RuleName.BADGE_OVERDUE)
        overdue = overdue_badges(self._connection, settings.severity, at=at) if settings.enabled else ()
        found = told_at_once([each for each in overdue if is_news(each, settings, self._recall)])
        if found:
            with transaction(self._connection):
                self._take(Judged(tuple(map(raised_mark, found)), tuple(found)), at)

    def _take(self, judged: Judged, at: int) -> None:
        """Remember and raise; in the caller's transaction."""
        note_marks(self._connection, judged.marks, at=at)
        for suspicion in judged.suspicions:
            self._raise(clipped(suspicion, as_name), at)

    def _raise(self, suspicion: Suspicion, at: int) -> None:
        since = at - HOUR_SECONDS
        lately, is_told = raised_lately(self._connection, suspicion, since=since)
        if suspicion.controller and lately >= MOST_AN_HOUR:
            if is_told:
                return
            suspicion = _too_many(suspicion)
        made = raising(self._connection, suspicion, at=at)
        self._connection.execute(*made.statement)
        self._own.append(made.entry, at=at)
        where = {"controller": suspicion.controller, "door": suspicion.door}
        say("alert", Level.WARNING, rule=suspicion.rule, severity=suspicion.severity, **where)

    def _note_told(self) -> None:
        if self._just_told:
            with transaction(self._connection):
                note_told(self._connection, self._just_told)
            self._just_told = []

    def _said(self, alerts: Iterable[AlertFound]) -> list[Outgoing]:
        site = self._roll.trust.site
        return [Outgoing(Address(Channel.ALERT), signed(self._identity, message_of(it, site))) for it in alerts]


def message_of(alert: AlertFound, site: str) -> Alert:
    """Write an alert as it is published: without a handle, and without what somebody wrote beside it."""
    return Alert(
        site=site,
        id=alert.id,
        rule=alert.rule,
        severity=alert.severity,
        state=alert.state,
        at=max(0, alert.at),
        raised_at=alert.raised_at,
        detail=alert.detail,
        about=shortened(alert.about),
        controller=alert.controller,
        door=alert.door,
        zone=alert.zone,
        records=len(alert.records),
        late=alert.late,
    )


def _too_many(last: Suspicion) -> Suspicion:
    """Say once that more of this severity and below is passed over."""
    rule = passing_over(last.rule)
    of_what = f"{last.severity} ones and below are" if rule is RuleName.FLOOD else "more of them is"
    detail = f"more than {MOST_AN_HOUR} alerts within an hour: {of_what} passed over"
    return Suspicion(rule, last.severity, last.at, last.controller, detail, controller=last.controller)
