"""The modes of doors as a policy holds them; what cannot be read, or is about another zone, locks the door."""

import sqlite3
from collections.abc import Iterable, Mapping, Set
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import msgspec

from doorctl.core.model import Door
from doorctl.core.modes import BY_CARD, NOT_UNDERSTOOD, DoorModes, Override
from doorctl.policy.row_lists import mode_times_of
from doorctl.policy.rows import DoorModeRow, DoorOverrideRow

R = TypeVar("R", DoorModeRow, DoorOverrideRow)

_MODES = "SELECT door, zone, mode, times, office_group FROM door_modes"
_OVERRIDES = "SELECT door, zone, mode, valid_until FROM door_overrides"


def with_modes(connection: sqlite3.Connection, tables: Set[str], doors: Mapping[str, str]) -> dict[str, Door]:
    """Return doors, given with their zones, with their modes, in the caller's transaction. Raises sqlite3.Error."""
    modes = _by_door(DoorModeRow, connection.execute(_MODES)) if "door_modes" in tables else {}
    overrides = _by_door(DoorOverrideRow, connection.execute(_OVERRIDES)) if "door_overrides" in tables else {}
    return {id_: Door(id_, zone, _modes_of(id_, zone, modes, overrides)) for id_, zone in doors.items()}


def _modes_of(
    door: str,
    zone: str,
    modes: Mapping[str, DoorModeRow | None],
    overrides: Mapping[str, DoorOverrideRow | None],
) -> DoorModes:
    if door not in modes and door not in overrides:
        return BY_CARD
    row, override = modes.get(door, DoorModeRow(door, zone)), overrides.get(door)
    if row is None or row.zone != zone or (door in overrides and (override is None or override.zone != zone)):
        return NOT_UNDERSTOOD
    times = tuple((time.schedule, time.mode) for time in row.times)
    return DoorModes(row.mode, times, row.office_group, None if override is None else _override(override))


def _override(row: DoorOverrideRow) -> Override:
    return Override(row.mode, None if row.valid_until is None else datetime.fromtimestamp(row.valid_until, UTC))


def _by_door(row_type: type[R], rows: Iterable[tuple[Any, ...]]) -> dict[str, R | None]:
    """Make rows, by door; None of one that holds a word we do not know."""
    found: dict[str, R | None] = {}
    for values in rows:
        found[values[0]] = None
        with suppress(ValueError, msgspec.MsgspecError):
            found[values[0]] = _row(row_type, values)
    return found


def _row(row_type: type[R], values: tuple[Any, ...]) -> R:
    fields = dict(zip(row_type.__struct_fields__, values, strict=True))
    times = {"times": mode_times_of(fields["times"])} if "times" in fields else {}
    return msgspec.convert(fields | times | {"type": row_type.__struct_config__.tag}, row_type)
