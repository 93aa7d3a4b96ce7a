"""What the hub keeps of readers' pulses: the band of each reader, as it was learned from its good reads."""

import sqlite3

from doorctl.core.suspicion.alerts import Seen
from doorctl.core.suspicion.pulse_bands import Band, Pulses
from doorctl.hub.verbs.asked import Statement

MOST_READERS = 1000
"""Of so many readers of one controller bands are learned: it may write what it likes."""
_BAND = """
SELECT reads, width_min, width_max, interval_min, interval_max FROM pulse_bands WHERE controller = ? AND reader = ?
"""
_IS_FULL = "SELECT count(*) >= ? FROM pulse_bands WHERE controller = ?"
_NOTE = """
INSERT OR REPLACE INTO pulse_bands
(controller, reader, door, reads, width_min, width_max, interval_min, interval_max) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
"""
_FORGET = "DELETE FROM pulse_bands WHERE controller = ? AND door = ?"


def band_of(connection: sqlite3.Connection, controller: str, reader: str) -> Band | None:
    """Return what has been learned of a reader; None where nothing has."""
    row = connection.execute(_BAND, (controller, reader)).fetchone()
    if row is None:
        return None
    reads, width_min, width_max, interval_min, interval_max = row
    return Band(reads, Pulses((width_min, width_max), (interval_min, interval_max)))


def note_band(connection: sqlite3.Connection, seen: Seen, band: Band) -> None:
    """Remember what a record has taught of its reader; in the caller's transaction."""
    if seen.band is None and connection.execute(_IS_FULL, (MOST_READERS, seen.controller)).fetchone()[0]:
        return
    place = seen.controller, seen.reader, seen.door
    connection.execute(_NOTE, (*place, band.reads, *band.pulses.width, *band.pulses.interval))


def forgetting(controller: str, door: str) -> Statement:
    """Write that what was learned of a door's readers is to be forgotten, so that it is learned anew."""
    return _FORGET, (controller, door)
