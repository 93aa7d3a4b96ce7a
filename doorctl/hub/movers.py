"""Who has moved since all were last told, and where they are by the newest word of the controllers.

A controller is believed about the zones that its own doors lead into and those around them, and about none by a
door that another one says to serve, too: a stolen one moves nobody elsewhere, and nobody whom the policy does not
know. What it says is to come, by a wrong clock, was just now.
"""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from typing import Any

from doorctl.database import run_statements
from doorctl.hub.controllers.roll import Roll
from doorctl.hub.occupancy import zones_within
from doorctl.policy.areas import around_by_zone
from doorctl.wire.whereabouts import Word, Words

_MOVERS = """
CREATE TEMP TABLE IF NOT EXISTS movers (holder TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
"""
_NOTED = """
CREATE TEMP TRIGGER IF NOT EXISTS movers_by_{what} AFTER {what} ON main.whereabouts
BEGIN
    INSERT OR IGNORE INTO movers (holder) VALUES ({which}.holder);
END
"""
_STRANGERS = "DELETE FROM temp.movers WHERE NOT EXISTS (SELECT 1 FROM holders WHERE id = temp.movers.holder)"
_ALL = """
SELECT w.holder, w.controller, w.zone, w.inside, w.at FROM whereabouts AS w
JOIN holders AS h ON h.id = w.holder AND w.zone <> ''
"""
_MOVED = f"{_ALL} JOIN temp.movers AS m ON m.holder = w.holder ORDER BY w.holder, w.at, w.inside DESC"
_INSIDE_FIRST = f"{_ALL} ORDER BY max(w.inside) OVER (PARTITION BY w.holder) DESC, w.holder, w.at, w.inside DESC"
_DOORS = "SELECT id, zone FROM doors"

Told = Iterator[tuple[str, Words]]


class Movers:
    """Looks into site.db, whose one connection writes down who moves, until its transaction is undone, if it is."""

    def __init__(self, connection: sqlite3.Connection, roll: Roll) -> None:
        """Note from now on who moves."""
        self._connection = connection
        self._roll = roll
        run_statements(connection, _MOVERS)
        for what, which in (("INSERT", "new"), ("DELETE", "old")):
            connection.execute(_NOTED.format(what=what, which=which))

    def everybody(self, at: int) -> Told:
        """Tell of all where they are, first of those who are inside somewhere."""
        return self._told(self._connection.execute(_INSIDE_FIRST).fetchall(), at)

    def moved(self, at: int) -> Told:
        """Tell of those who have moved where they are; nothing of who is known nowhere any more."""
        self._connection.execute(_STRANGERS)
        movers = self._connection.execute("SELECT holder FROM temp.movers ORDER BY holder").fetchall()
        known = dict(self._told(self._connection.execute(_MOVED).fetchall(), at)) if movers else {}
        for (holder,) in movers:
            yield holder, known.get(holder, ())

    def told(self, holders: Iterable[str]) -> None:
        """Take it that all have been told of these."""
        self._connection.executemany("DELETE FROM temp.movers WHERE holder = ?", [(each,) for each in holders])

    def _told(self, rows: Iterable[tuple[Any, ...]], at: int) -> Told:
        around = defaultdict[str, tuple[str, ...]](tuple, around_by_zone(zones_within(self._connection)))
        believed = self._believed(around)
        for holder, of_holder in groupby(rows, key=lambda row: row[0]):
            newest = {
                zone: Word(zone, max(0, min(since, at)), bool(inside))
                for _, controller, zone, inside, since in of_holder
                if zone in believed[controller]
            }
            yield holder, tuple(_with_those_around(newest, around))

    def _believed(self, around: Mapping[str, tuple[str, ...]]) -> Mapping[str, set[str]]:
        zone_of: dict[str, str] = dict(self._connection.execute(_DOORS).fetchall())
        doors = {controller: presence.doors for controller, presence in self._roll.presences.items()}
        claims = Counter(door for each in doors.values() for door in each)
        believed = defaultdict[str, set[str]](set)
        for controller, claimed in doors.items():
            for zone in {zone_of[door] for door in claimed if claims[door] == 1 and door in zone_of}:
                believed[controller].update((zone, *around[zone]))
        return believed


def _with_those_around(newest: Mapping[str, Word], around: Mapping[str, Iterable[str]]) -> Iterable[Word]:
    """Say that who has left a zone has left those in it, and who is inside one is inside those around it."""
    words = dict(newest)
    for word in newest.values():
        outer = {zone: newest.get(zone) for zone in around[word.zone]} if word.inside else {}
        left_at = max((each.at for each in outer.values() if each is not None and not each.inside), default=0)
        if left_at > word.at:
            words[word.zone] = Word(word.zone, left_at, inside=False)
        else:
            not_inside = (zone for zone, each in outer.items() if each is None or not each.inside)
            words.update((zone, Word(zone, word.at, inside=True)) for zone in not_inside)
    return words.values()
