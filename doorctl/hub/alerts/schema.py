"""The tables about suspicion in site.db: what rules remember, how they are set, what was raised and is to be sent."""

import sqlite3

from doorctl.database import run_statements

_TABLES = """
CREATE TABLE suspicion_cursor (id INTEGER PRIMARY KEY CHECK (id = 1), position INTEGER NOT NULL) STRICT;
INSERT INTO suspicion_cursor SELECT 1, coalesce(max(position), 0) FROM records;
CREATE TABLE suspicion_marks (
    trace TEXT NOT NULL,
    key TEXT NOT NULL,
    at REAL NOT NULL,
    position INTEGER NOT NULL,
    subject TEXT NOT NULL,
    door TEXT NOT NULL,
    zone TEXT NOT NULL,
    reader TEXT NOT NULL,
    has_good_clock INTEGER NOT NULL,
    noted INTEGER NOT NULL,
    PRIMARY KEY (trace, key, at, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX suspicion_marks_by_subject ON suspicion_marks (subject) WHERE subject <> '';
CREATE INDEX suspicion_marks_by_age ON suspicion_marks (noted);
CREATE TABLE alert_rules (rule TEXT PRIMARY KEY, settings BLOB NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE alert_distances (
    place TEXT NOT NULL,
    one TEXT NOT NULL,
    other TEXT NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (place, one, other)
) STRICT, WITHOUT ROWID;
CREATE TABLE alerts (
    position INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    rule TEXT NOT NULL,
    severity TEXT NOT NULL,
    at REAL NOT NULL,
    raised_at INTEGER NOT NULL,
    detail TEXT NOT NULL,
    about TEXT NOT NULL,
    controller TEXT NOT NULL,
    door TEXT NOT NULL,
    zone TEXT NOT NULL,
    late INTEGER NOT NULL,
    records TEXT NOT NULL,
    acknowledged_at INTEGER,
    acknowledged_by TEXT,
    note TEXT NOT NULL DEFAULT '',
    is_told INTEGER NOT NULL DEFAULT 0,
    is_queued INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX alerts_open ON alerts (position) WHERE acknowledged_at IS NULL;
CREATE INDEX alerts_untold ON alerts (position) WHERE NOT is_told;
CREATE INDEX alerts_unqueued ON alerts (position) WHERE NOT is_queued;
CREATE INDEX alerts_by_controller ON alerts (controller, raised_at);
CREATE INDEX alerts_by_subject ON alerts (about) WHERE about <> '';
CREATE TABLE alert_outbox (
    position INTEGER PRIMARY KEY,
    way TEXT NOT NULL,
    alert TEXT NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    next_at INTEGER NOT NULL,
    UNIQUE (way, alert)
) STRICT;
INSERT OR IGNORE INTO suspicion_marks
SELECT 'first', o.subject || '|' || r.zone, min(r.at), min(r.position), o.subject, '', r.zone, '', 0, 0
FROM records AS r JOIN openings AS o USING (controller, log_epoch, seq)
WHERE r.kind = 'decision' AND r.outcome = 'granted' AND o.part = 0 GROUP BY o.subject, r.zone;
INSERT OR IGNORE INTO suspicion_marks
SELECT 'entered', zone, max(at), max(position), '', '', zone, '', 0, 0
FROM records WHERE kind = 'decision' AND outcome = 'granted' GROUP BY zone;
"""
_PULSE_BANDS = """
CREATE TABLE pulse_bands (
    controller TEXT NOT NULL,
    reader TEXT NOT NULL,
    door TEXT NOT NULL,
    reads INTEGER NOT NULL,
    width_min INTEGER NOT NULL,
    width_max INTEGER NOT NULL,
    interval_min INTEGER NOT NULL,
    interval_max INTEGER NOT NULL,
    PRIMARY KEY (controller, reader)
) STRICT, WITHOUT ROWID;
"""
_INPUT_TROUBLES = """
CREATE TABLE input_troubles (
    controller TEXT NOT NULL,
    door TEXT NOT NULL,
    what TEXT NOT NULL,
    trouble TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (controller, door, what)
) STRICT, WITHOUT ROWID;
"""
_FORGET = """
CREATE TRIGGER suspicion_of_nobody AFTER DELETE ON openings
WHEN old.subject NOT IN (SELECT subject FROM openings WHERE subject = old.subject)
BEGIN
    DELETE FROM suspicion_marks WHERE subject = old.subject AND subject <> '';
    UPDATE alerts SET about = '', note = '' WHERE about = old.subject AND about <> '';
END
"""
"""Whoever no record leads to any more, no alert leads to either: erasure and retention need not know of alerts."""


_LEFT_BEHIND = """
DROP TRIGGER IF EXISTS suspicion_of_nobody;
DELETE FROM suspicion_marks WHERE subject <> '' AND subject NOT IN (SELECT subject FROM openings);
UPDATE alerts SET about = '', note = '' WHERE about <> '' AND about NOT IN (SELECT subject FROM openings);
"""


def make_alert_tables(connection: sqlite3.Connection) -> None:
    """Make them; what is held already was there before anybody looked, and raises nothing. Raises sqlite3.Error."""
    run_statements(connection, _TABLES)
    connection.execute(_FORGET)


def make_pulse_bands(connection: sqlite3.Connection) -> None:
    """Make the table of what is learned of readers' pulses. Raises sqlite3.Error."""
    run_statements(connection, _PULSE_BANDS)


def make_input_troubles(connection: sqlite3.Connection) -> None:
    """Make the table of inputs that are in trouble now. Raises sqlite3.Error."""
    run_statements(connection, _INPUT_TROUBLES)


def forget_whom_no_record_leads_to(connection: sqlite3.Connection) -> None:
    """Have alerts and marks forget whomever no opening of any part leads to, now and from now on.

    Raises sqlite3.Error.
    """
    run_statements(connection, _LEFT_BEHIND)
    connection.execute(_FORGET)
