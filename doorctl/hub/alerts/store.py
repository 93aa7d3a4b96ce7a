"""What the hub keeps about suspicion: the marks of rules, how they are set, and the alerts that were raised."""

import secrets
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from doorctl.audit.leaf import MAX_DETAIL
from doorctl.core.records import RecordKind
from doorctl.core.suspicion.alerts import (
    DEFAULTS,
    LASTING,
    Distances,
    Mark,
    Recall,
    RuleBook,
    RuleName,
    Settings,
    Severity,
    Suspicion,
    Trace,
)
from doorctl.hub.own_log import Entry
from doorctl.hub.verbs.asked import Statement
from doorctl.wire.alerts import MOST_COUNTED, AlertFound, AlertState, Place, RecordPlace

KEPT_DAYS = 400
"""So long an acknowledged alert is kept."""
MARK_DAYS = 7
RAISED_DAYS = 40
DAY_SECONDS = 86_400

_RECALL = """
SELECT at, position, subject, door, zone, reader, has_good_clock FROM suspicion_marks
WHERE trace = ? AND key = ? AND at >= ? AND at <= ? ORDER BY at, position LIMIT ?
"""
MOST_RECALLED = 4 * MOST_COUNTED
"""A rule looks at so many marks at most. Of more than that in twice a rule's time, enough are within one."""
_NOTE = """
INSERT OR IGNORE INTO suspicion_marks
(trace, key, at, position, subject, door, zone, reader, has_good_clock, noted) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_FORGET_MARKS = """
DELETE FROM suspicion_marks AS old WHERE noted < ? AND noted > 0 AND trace NOT IN ('first', 'raised', 'entered')
"""
_FORGET_RAISED = "DELETE FROM suspicion_marks WHERE noted < ? AND trace = 'raised'"
_FORGET_ENTRIES = """
DELETE FROM suspicion_marks WHERE noted < ? AND trace = 'entered'
AND at < (SELECT max(newer.at) FROM suspicion_marks AS newer
          WHERE newer.trace = 'entered' AND newer.key = suspicion_marks.key)
"""
_RAISE = """
INSERT INTO alerts (id, rule, severity, at, raised_at, detail, about, controller, door, zone, late, records)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_PLACES = "SELECT controller, log_epoch, seq FROM records WHERE position = ?"
_COLUMNS = """
SELECT a.position, a.id, a.rule, a.severity, a.acknowledged_at, a.at, a.raised_at, a.detail, a.about, a.controller,
a.door, a.zone, a.late, p.handle, a.acknowledged_by, a.note, a.records
FROM alerts AS a LEFT JOIN people AS p ON a.about LIKE 'holder:%' AND p.holder = substr(a.about, 8)
"""
_RECENT = """
SELECT count(*), coalesce(max(rule = ? AND records = '[]'), 0) FROM alerts
WHERE controller = ? AND raised_at > ? AND severity IN (SELECT value FROM json_each(?)) AND (rule = ?) = ?
"""
_SET_RULE = "INSERT OR REPLACE INTO alert_rules (rule, settings) VALUES (?, ?)"
_UNSET_RULE = "DELETE FROM alert_rules WHERE rule = ?"
_MOST_OF_A_KEY = len("credential:") + 8
MOST_RECORDS = 20
"""So many of the records that led to an alert are named."""

_RULES = {str(rule): rule for rule in RuleName}
_places = msgspec.json.Decoder(tuple[RecordPlace, ...])


def recall_from(connection: sqlite3.Connection) -> Recall:
    """Find marks again for the rules."""

    def recall(trace: Trace, key: str, since: float, until: float) -> Sequence[Mark]:
        rows = connection.execute(_RECALL, (trace, key, since, until, MOST_RECALLED))
        return [
            Mark(trace, key, at, position, subject, door, zone, reader, bool(good))
            for at, position, subject, door, zone, reader, good in rows
        ]

    return recall


def note_marks(connection: sqlite3.Connection, marks: Iterable[Mark], *, at: int) -> None:
    """Remember marks, in the caller's transaction."""
    connection.executemany(
        _NOTE,
        (
            (it.trace, it.key, it.at, it.position, it.subject, it.door, it.zone, it.reader, it.has_good_clock, at)
            for it in marks
        ),
    )


def forget_marks(connection: sqlite3.Connection, *, at: int) -> None:
    """Forget what no rule looks at any more, and alerts of long ago; in the caller's transaction."""
    assert {Trace.FIRST} == LASTING
    for statement in (_FORGET_MARKS, _FORGET_ENTRIES):
        connection.execute(statement, (at - MARK_DAYS * DAY_SECONDS,))
    connection.execute(_FORGET_RAISED, (at - RAISED_DAYS * DAY_SECONDS,))
    connection.execute("DELETE FROM alerts WHERE acknowledged_at < ?", (at - KEPT_DAYS * DAY_SECONDS,))


def shortened(about: str) -> str:
    """Write so much of an unknown card's key that cards can be told apart, and too little to look a number up."""
    return about[:_MOST_OF_A_KEY] if about.startswith("credential:") else about


def rule_book(connection: sqlite3.Connection) -> RuleBook:
    """Return how the rules are set; one that is set by a newer doorctl in ways we do not know is as usual."""
    settings = dict(DEFAULTS)
    for rule, told in connection.execute("SELECT rule, settings FROM alert_rules"):
        if (name := _RULES.get(rule)) is not None:
            settings[name] = msgspec.json.decode(told, type=Settings)
    places: dict[str, dict[frozenset[str], float]] = {place: {} for place in Place}
    for place, one, other, seconds in connection.execute("SELECT place, one, other, seconds FROM alert_distances"):
        places[place][frozenset({one, other})] = seconds
    return RuleBook(settings, Distances(places[Place.DOOR], places[Place.ZONE]))


def settings_statement(rule: RuleName, settings: Settings) -> tuple[str, tuple[str | bytes, ...]]:
    """Write how a rule is to be set from now on."""
    if settings == DEFAULTS[rule]:
        return _UNSET_RULE, (str(rule),)
    return _SET_RULE, (str(rule), msgspec.json.encode(settings))


@dataclass(frozen=True, slots=True)
class Raising:
    """An alert that is to be raised: what keeps it, and its record in the hub's own log; both in one transaction."""

    statement: Statement
    entry: Entry


def raising(connection: sqlite3.Connection, suspicion: Suspicion, *, at: int) -> Raising:
    """Work out how to raise an alert; nothing is written yet."""
    id_ = secrets.token_hex(6)
    records = [_place_of(connection, position) for position in suspicion.records[-MOST_RECORDS:]]
    places = msgspec.json.encode([place for place in records if place]).decode()
    told = (str(suspicion.rule), str(suspicion.severity), int(suspicion.at), at, suspicion.detail, suspicion.subject)
    where = (suspicion.controller, suspicion.door, suspicion.zone, int(suspicion.is_late))
    late = ", late" if suspicion.is_late else ""
    entry = Entry(
        RecordKind.ALERT_RAISED,
        f"alert {id_}: {suspicion.rule}, {suspicion.severity}{late}: {suspicion.detail}"[:MAX_DETAIL],
        door=suspicion.door,
        zone=suspicion.zone,
        subject=suspicion.subject,
    )
    return Raising((_RAISE, (id_, *told, *where, places)), entry)


def raised_lately(connection: sqlite3.Connection, like: Suspicion, *, since: int) -> tuple[int, bool]:
    """Count the alerts about a controller of this severity and above, and tell whether one says that more are passed.

    Those that were raised after a time count. Those of ``duress`` are counted by themselves: no others hide them.
    """
    severities = msgspec.json.encode(list(Severity)[list(Severity).index(like.severity) :]).decode()
    apart = str(RuleName.DURESS), like.rule is RuleName.DURESS
    values = str(passing_over(like.rule)), like.controller, since, severities, *apart
    count, is_told = connection.execute(_RECENT, values).fetchone()
    return int(count), bool(is_told)


def passing_over(rule: RuleName) -> RuleName:
    """Return by which rule it is said that more alerts of a rule are passed over; it counts with those."""
    return RuleName.DURESS if rule is RuleName.DURESS else RuleName.FLOOD


def count_open(connection: sqlite3.Connection) -> int:
    """Count the alerts that nobody has acknowledged."""
    (count,) = connection.execute("SELECT count(*) FROM alerts WHERE acknowledged_at IS NULL").fetchone()
    return int(count)


def alerts_where(
    connection: sqlite3.Connection, condition: str, values: tuple[str | int, ...] = (), *, most: int = 1000
) -> list[AlertFound]:
    """Return alerts, the newest first; the condition is on ``alerts AS a``, in our own words."""
    rows = connection.execute(f"{_COLUMNS} WHERE {condition} ORDER BY a.position DESC LIMIT ?", (*values, most))
    return [_alert(row) for row in rows]


def untold(connection: sqlite3.Connection, *, most: int) -> list[AlertFound]:
    """Return alerts whose state has not been published."""
    return alerts_where(connection, "NOT a.is_told", most=most)


def note_told(connection: sqlite3.Connection, told: Iterable[AlertFound]) -> None:
    """Remember that alerts were published as they are; in the caller's transaction."""
    connection.executemany(
        "UPDATE alerts SET is_told = 1 WHERE id = ? AND (acknowledged_at IS NULL) = ?",
        [(it.id, it.state == AlertState.OPEN) for it in told],
    )


def clipped(suspicion: Suspicion, clip: Callable[[str], str]) -> Suspicion:
    """Return an alert whose words anybody can show: a controller may write what it likes into a record."""
    return replace(suspicion, detail=suspicion.detail[:200], door=clip(suspicion.door), zone=clip(suspicion.zone))


def _place_of(connection: sqlite3.Connection, position: int) -> RecordPlace | None:
    row = connection.execute(_PLACES, (position,)).fetchone()
    return None if row is None else RecordPlace(*row)


def _alert(row: tuple[object, ...]) -> AlertFound:
    position, id_, rule, severity, acknowledged_at, at, raised_at, *where, late, handle, by, note, records = row
    return msgspec.convert(
        {
            "position": position,
            "id": id_,
            "rule": rule,
            "severity": severity,
            "state": AlertState.OPEN if acknowledged_at is None else AlertState.ACKNOWLEDGED,
            "at": int(at),  # type: ignore[call-overload]
            "raised_at": raised_at,
            **dict(zip(("detail", "about", "controller", "door", "zone"), where, strict=True)),
            "late": bool(late),
            "handle": handle,
            "acknowledged_at": acknowledged_at,
            "acknowledged_by": by,
            "note": note,
            "records": _places.decode(str(records)),
        },
        AlertFound,
    )
