"""The modes of a door as they stand at the hub, whether others may open it more, and that strict zones stay shut."""

import sqlite3

from doorctl.core.modes import OPENING, Mode
from doorctl.errors import Refused
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import DoorModeRow, DoorOverrideRow, DoorRow
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet

_DOORS = "SELECT id FROM doors WHERE zone = ? ORDER BY id"


def zone_of(connection: sqlite3.Connection, door: str) -> str:
    """Return the zone that a door leads into; none for one that there is not."""
    return next((row.zone for row in rows_where(connection, DoorRow, id=door)), "")


def modes_of(connection: sqlite3.Connection, door: str) -> DoorModeRow:
    """Return the modes of a door; without a row, it is opened by cards."""
    usual = DoorModeRow(door=door, zone=zone_of(connection, door))
    return find_row(connection, usual) or usual


def override_of(connection: sqlite3.Connection, door: str) -> DoorOverrideRow | None:
    """Return what an admin has commanded, be it over."""
    return next(iter(rows_where(connection, DoorOverrideRow, door=door)), None)


def possible(row: DoorModeRow) -> frozenset[Mode]:
    """Return all modes of a door, at one time or another."""
    return frozenset({row.mode, *(time.mode for time in row.times)})


def keeps_shut_for_less(until: int | None, override: DoorOverrideRow, modes: frozenset[Mode]) -> bool:
    """Tell whether a command until a time, or None for ever, ends sooner what keeps a door with these modes shut."""
    keeps_shut = override.mode is Mode.LOCKED or (override.mode not in OPENING and bool(modes & OPENING))
    is_sooner = until is not None and (override.valid_until is None or override.valid_until > until)
    return keeps_shut and is_sooner


def may_open_more(do: DoorModeSet | DoorOverrideSet | DoorOverrideEnd, connection: sqlite3.Connection) -> bool:
    """Tell whether a door may let in more by it than before: by staying unlocked, or by being kept shut no longer."""
    modes, override = possible(modes_of(connection, do.door)), override_of(connection, do.door)
    was_locked = Mode.LOCKED in modes or (override is not None and override.mode is Mode.LOCKED)
    match do:
        case DoorOverrideSet(mode=Mode.LOCKED):
            return False
        case DoorOverrideSet(mode=mode, valid_until=until):
            return (
                mode in OPENING
                or was_locked
                or (override is not None and keeps_shut_for_less(until, override, modes))
            )
        case DoorOverrideEnd():
            return bool(modes & OPENING) or was_locked
        case DoorModeSet(mode=mode, times=times):
            after = frozenset({mode, *(time.mode for time in times)})
            return bool(after & OPENING) or (was_locked and after != {Mode.LOCKED})


def check_stays_shut(connection: sqlite3.Connection, door: str) -> None:
    """Refuse that a door which may stay unlocked leads into a strict zone: ``strict-zone``."""
    override = override_of(connection, door)
    commanded = set() if override is None else {override.mode}
    refuse_opening(possible(modes_of(connection, door)) | commanded, door)


def check_doors_stay_shut(connection: sqlite3.Connection, zone: str) -> None:
    """Refuse that a zone becomes strict with a door that may stay unlocked: ``strict-zone``."""
    for (door,) in connection.execute(_DOORS, (zone,)).fetchall():
        check_stays_shut(connection, door)


def refuse_opening(modes: frozenset[Mode], door: str) -> None:
    """Refuse modes by which a door into a strict zone would stay unlocked: ``strict-zone``."""
    if opening := sorted(modes & OPENING):
        raise Refused("strict-zone", f"a door into a strict zone never stays unlocked: {door} cannot be {opening[0]}")
