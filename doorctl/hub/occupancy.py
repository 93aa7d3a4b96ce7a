"""Who is inside by the records that controllers upload, each controller's count by itself.

It is written in the transaction that takes the records in. What a controller forgets by a reset is forgotten here,
too. Who is known to be outside is in the zone without a name alone, as there; of an erased person nothing is kept,
and nothing without the opening of its record.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from doorctl.audit.leaf import Opening
from doorctl.core.areas import Inside, forgotten_with
from doorctl.core.model import Zone
from doorctl.core.records import RecordKind
from doorctl.database import run_statements
from doorctl.policy.areas import around_by_zone, around_of

KEPT_SECONDS = 31 * 86_400
"""So long it is remembered where somebody was last."""
_TABLES = """
CREATE TABLE whereabouts (
    controller TEXT NOT NULL,
    holder TEXT NOT NULL,
    zone TEXT NOT NULL,
    inside INTEGER NOT NULL,
    at INTEGER NOT NULL,
    record INTEGER NOT NULL,
    PRIMARY KEY (controller, holder, zone)
) STRICT, WITHOUT ROWID;
CREATE INDEX whereabouts_by_holder ON whereabouts (holder);
"""
_RESETS_TABLE = """
CREATE TABLE IF NOT EXISTS whereabouts_resets (
    controller TEXT NOT NULL,
    zone TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (controller, zone)
) STRICT, WITHOUT ROWID;
"""
_ERASED = """
CREATE TRIGGER whereabouts_of_the_erased AFTER INSERT ON erased_people
BEGIN
    DELETE FROM whereabouts WHERE holder = new.holder;
END
"""
_MOVE = """
INSERT OR REPLACE INTO whereabouts (controller, holder, zone, inside, at, record)
SELECT :controller, :holder, :zone, :inside, :at, :record
WHERE NOT EXISTS (SELECT 1 FROM erased_people WHERE holder = :holder)
"""
_NOT_OUTSIDE = "DELETE FROM whereabouts WHERE controller = :controller AND holder = :holder AND zone = ''"
_OUTSIDE = """
INSERT INTO whereabouts (controller, holder, zone, inside, at, record)
SELECT controller, holder, '', 1, at, record FROM whereabouts
WHERE controller = :controller AND holder = :holder AND zone = :zone
AND NOT EXISTS (SELECT 1 FROM whereabouts WHERE controller = :controller AND holder = :holder AND inside)
"""
_FORGET = """
DELETE FROM whereabouts WHERE controller = :controller AND (at < :before OR at > :at)
AND (:holder = '' OR holder = :holder)
AND (:everywhere OR zone IN (SELECT value FROM json_each(:zones)))
"""
_RESET_AT = """
INSERT INTO whereabouts_resets (controller, zone, at) VALUES (:controller, :zone, min(:before, :at))
ON CONFLICT (controller, zone) DO UPDATE SET at = max(excluded.at, iif(at <= :at, at, 0))
"""
_OLD = "DELETE FROM whereabouts WHERE at < ?"
_UNOPENED = """
DELETE FROM whereabouts WHERE controller = ? AND NOT EXISTS (
    SELECT 1 FROM openings AS o WHERE o.controller = whereabouts.controller AND o.seq = whereabouts.record
    AND o.subject = 'holder:' || whereabouts.holder
)
"""
_KNOWN = "SELECT DISTINCT w.holder FROM whereabouts AS w JOIN holders AS h ON h.id = w.holder"
_ALL = """
SELECT holder, zone, inside, at, controller, record FROM whereabouts WHERE zone <> '' ORDER BY at, inside DESC
"""
_PLACES = "SELECT controller, at FROM whereabouts WHERE holder = ? AND inside"
_RESETS = "SELECT controller, zone, at FROM whereabouts_resets"
_MOVED = "SELECT holder, inside, at FROM whereabouts WHERE zone = ?"
_HOLDER = "holder:"
_RESET = RecordKind.OCCUPANCY_RESET
_INSIDE: Mapping[str, int] = {RecordKind.ENTERED: 1, RecordKind.LEFT: 0}
MOVING = frozenset(kind.value for kind in (RecordKind.ENTERED, RecordKind.LEFT, _RESET))
"""The kinds of records that tell of movements."""


class MovementColumns(Protocol):
    """What of a record tells who moved where."""

    @property
    def seq(self) -> int:
        """Its number in the log."""

    @property
    def kind(self) -> str:
        """What it tells."""

    @property
    def zone(self) -> str:
        """Which zone it is about."""

    @property
    def subject(self) -> str:
        """The commitment to whom it is about; empty, if about nobody in particular."""

    @property
    def before(self) -> int | None:
        """Of a reset: since before when somebody is there who is forgotten; None is whenever."""


@dataclass(frozen=True, slots=True)
class Stay:
    """Somebody is inside a zone since a time, as the record of a controller says."""

    holder: str
    zone: str
    at: int
    controller: str
    record: int


def make_whereabouts(connection: sqlite3.Connection) -> None:
    """Make the table. Raises sqlite3.Error."""
    run_statements(connection, _TABLES)
    connection.execute(_ERASED)


def make_whereabouts_resets(connection: sqlite3.Connection) -> None:
    """Make the table of when it was forgotten where people are, unless it is there. Raises sqlite3.Error."""
    run_statements(connection, _RESETS_TABLE)


def note_movements(
    connection: sqlite3.Connection,
    controller: str,
    columns: Sequence[MovementColumns],
    openings: Iterable[Opening],
    *,
    times: Sequence[int],
) -> None:
    """Follow the movements among records that are taken in; in the caller's transaction."""
    moves = [(it, at) for it, at in zip(columns, times, strict=True) if it.kind in MOVING]
    subjects = {it.seq: it.subject for it in openings}
    for it, at in moves:
        subject = subjects.get(it.seq, "")
        holder = subject.removeprefix(_HOLDER) if subject.startswith(_HOLDER) else ""
        if it.kind == _RESET and it.subject and not holder:
            continue  # about somebody, not everybody: whose opening is gone
        whose: dict[str, str | int] = {"controller": controller, "holder": holder, "zone": it.zone, "at": at}
        if it.kind == _RESET:
            _forget(connection, whose | {"before": at + 1 if it.before is None else it.before})
        elif holder:
            _move(connection, whose | {"inside": _INSIDE[it.kind], "record": it.seq})


def zones_within(connection: sqlite3.Connection) -> dict[str, str | None]:
    """Return in which zone each lies of which something is asked, if in one. Raises sqlite3.Error."""
    return dict(connection.execute("SELECT zone, within FROM zone_occupancies").fetchall())


def forget_old_stays(connection: sqlite3.Connection, at: int) -> None:
    """Forget what was long ago; in the caller's transaction."""
    connection.execute(_OLD, (at - KEPT_SECONDS,))


def forget_unopened_stays(connection: sqlite3.Connection, controller: str) -> None:
    """Forget what only records of a controller told whose openings have gone; in the caller's transaction."""
    connection.execute(_UNOPENED, (controller,))


def stays(connection: sqlite3.Connection) -> list[Stay]:
    """Return who of the policy is inside now, by the newest word of any controller.

    They come zone by zone, the longest there first. Who has left a zone later is in none that lies in it.
    """
    known = {holder for (holder,) in connection.execute(_KNOWN)}
    return [stay for stay in _stays(connection) if stay.holder in known]


def count_at(connection: sqlite3.Connection, zone: str, at: float) -> int | None:
    """Return how many counted as inside a zone at a moment just now, by any controller's word.

    None where nobody has moved since all were forgotten: then it is not known.
    """
    moved = connection.execute(_MOVED, (zone,)).fetchall()
    if not moved:
        return None
    inside = {stay.holder for stay in _stays(connection) if stay.zone == zone and stay.at <= at}
    return len(inside | {holder for holder, is_inside, since in moved if not is_inside and since > at})


def inside_by(connection: sqlite3.Connection, zone: Zone, holder: str, *, by: Collection[str]) -> Inside:
    """Return who is inside as these controllers know it when a holder asks at a door into this zone.

    They count also whom the policy has no more.
    """
    places = connection.execute(_PLACES, (holder,)).fetchall()
    found = _stays(connection, by=by)
    others = Counter(stay.zone for stay in found if stay.holder != holder)
    chain = (zone.id, *zone.asked_inside.around)
    known_from = _known_from(connection, chain)
    return Inside(
        place_known=any(controller in by and at >= known_from[controller] for controller, at in places),
        zones={stay.zone: datetime.fromtimestamp(stay.at, UTC) for stay in found if stay.holder == holder},
        others={each: others[each] for each in chain},
        staying=others[zone.id],
    )


def _stays(connection: sqlite3.Connection, *, by: Collection[str] | None = None) -> list[Stay]:
    """Return who is inside, also whom the policy has no more; ``by`` names the controllers whose word counts."""
    newest: dict[tuple[str, str], tuple[int, Stay]] = {}
    for holder, zone, inside, at, controller, record in connection.execute(_ALL):
        if by is None or controller in by:
            newest[holder, zone] = (inside, Stay(holder, zone, at, controller, record))
    within = zones_within(connection)
    found = [stay for inside, stay in newest.values() if inside and not _left_around(stay, newest, within)]
    return sorted(found, key=lambda stay: (stay.zone, stay.at, stay.holder))


def _left_around(
    stay: Stay, newest: Mapping[tuple[str, str], tuple[int, Stay]], within: Mapping[str, str | None]
) -> bool:
    around = (newest.get((stay.holder, outer)) for outer in around_of(stay.zone, within.get))
    return any(each is not None and not each[0] and each[1].at > stay.at for each in around)


def _known_from(connection: sqlite3.Connection, chain: Collection[str]) -> Mapping[str, int]:
    """Return by controller when one of these zones, or all, was last forgotten."""
    known_from: Counter[str] = Counter()
    for controller, zone, at in connection.execute(_RESETS):
        if not zone or zone in chain:
            known_from[controller] = max(known_from[controller], at)
    return known_from


def _move(connection: sqlite3.Connection, move: Mapping[str, str | int]) -> None:
    """Follow a movement; who is in no zone any more is known to be outside."""
    connection.execute(_MOVE, move)
    connection.execute(_NOT_OUTSIDE, move)
    connection.execute(_OUTSIDE, move)


def _forget(connection: sqlite3.Connection, reset: dict[str, str | int]) -> None:
    """Forget by a reset; of one person also that they are outside."""
    zone, is_one = str(reset["zone"]), bool(reset["holder"])
    around = around_by_zone(zones_within(connection))
    zones = (*forgotten_with(zone, around, of_one=is_one), *([""] if is_one else []))
    connection.execute(_FORGET, reset | {"everywhere": not zone, "zones": json.dumps(zones)})
    if not is_one:
        connection.execute(_RESET_AT, reset)
