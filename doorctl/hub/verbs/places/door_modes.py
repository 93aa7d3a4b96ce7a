"""Commands about the modes of doors: those by the clock, and one that an admin commands instead."""

from msgspec.structs import replace

from doorctl.core.modes import COMMANDED, Mode
from doorctl.errors import Refused
from doorctl.hub.two_admins.door_asks import (
    keeps_shut_for_less,
    may_open_more,
    modes_of,
    override_of,
    possible,
    refuse_opening,
)
from doorctl.hub.two_admins.zone_asks import rule_of
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.apply import rows_where
from doorctl.policy.rows import DoorModeRow, DoorOverrideRow, DoorRow, GroupRow, Row, ScheduleRow
from doorctl.wire.door_words import DoorModeSet, DoorOverrideEnd, DoorOverrideSet
from doorctl.wire.messages import Drop, Put


def door_mode_set(do: DoorModeSet, asked: Asked) -> Intent:
    """Put a door's modes in the place of those before; one that is opened by cards alone has no row."""
    door = the(asked, DoorRow, do.door)
    for time in do.times:
        the(asked, ScheduleRow, time.schedule)
    if do.office_group is not None:
        the(asked, GroupRow, do.office_group)
    wanted, before = _row(do, door.zone), modes_of(asked.connection, do.door)
    if rule_of(asked.connection, door.zone).strict:
        refuse_opening(possible(wanted), do.door)
    if wanted == before:
        return Intent((), f"{do.door} is in these modes already")
    operation = Drop(before) if wanted == DoorModeRow(door=do.door, zone=door.zone) else Put(wanted)
    by_the_clock = ", or by the clock " + ", ".join(f"{time.schedule}={time.mode}" for time in wanted.times)
    text = f"{do.door} is {wanted.mode}{by_the_clock if wanted.times else ''}"
    return Intent((operation,), text, grants=int(may_open_more(do, asked.connection)))


def door_override_set(do: DoorOverrideSet, asked: Asked) -> Intent:
    """Put a door into a mode at once, until a time or until that is ended."""
    door = the(asked, DoorRow, do.door)
    if do.mode not in COMMANDED:
        raise Refused("bad-mode", f"{do.mode} begins by the clock or by a holder: command {_either()}")
    if do.valid_until is not None and do.valid_until <= asked.at:
        raise Refused("bad-time", "the end is over already")
    if rule_of(asked.connection, door.zone).strict:
        refuse_opening(frozenset({do.mode}), do.door)
    wanted = DoorOverrideRow(door=do.door, zone=door.zone, mode=do.mode, valid_until=do.valid_until)
    before = override_of(asked.connection, do.door)
    if wanted == before:
        return Intent((), f"{do.door} is {do.mode} by command already")
    if wanted.mode is Mode.LOCKED and before is not None:
        _refuse_shorter(wanted, before, possible(modes_of(asked.connection, do.door)))
    text = f"{do.door} is {do.mode}{'' if do.valid_until is None else ' until that time'}"
    return Intent((Put(wanted),), text, grants=int(may_open_more(do, asked.connection)))


def door_override_end(do: DoorOverrideEnd, asked: Asked) -> Intent:
    """Let a door be in the mode that it has by the clock."""
    the(asked, DoorRow, do.door)
    before = override_of(asked.connection, do.door)
    if before is None:
        return Intent((), f"{do.door} is in its usual modes already")
    text = f"{do.door} is in its usual modes again"
    return Intent((Drop(before),), text, grants=int(may_open_more(do, asked.connection)))


def modes_led_into(door: str, zone: str, asked: Asked) -> list[Row]:
    """Return what is said of a door's modes, as it is when the door leads into a zone."""
    return [replace(row, zone=zone) for row in modes_said(door, asked)]


def modes_said(door: str, asked: Asked) -> list[DoorModeRow | DoorOverrideRow]:
    """Return the rows of a door's modes."""
    connection = asked.connection
    return [*rows_where(connection, DoorModeRow, door=door), *rows_where(connection, DoorOverrideRow, door=door)]


def _row(do: DoorModeSet, zone: str) -> DoorModeRow:
    try:
        return DoorModeRow(door=do.door, zone=zone, mode=do.mode, times=do.times, office_group=do.office_group)
    except ValueError as error:
        raise Refused("bad-mode", str(error)) from error


def _refuse_shorter(wanted: DoorOverrideRow, before: DoorOverrideRow, modes: frozenset[Mode]) -> None:
    """Refuse to end sooner what keeps a door shut already: nobody would look for that behind a command to lock."""
    if keeps_shut_for_less(wanted.valid_until, before, modes):
        raise Refused(
            "bad-time",
            f"{wanted.door} is {before.mode} by command for longer: lock it for as long or without an end, "
            f"or `doorctl door mode {wanted.door} --usual` ends that",
        )


def _either() -> str:
    return ", ".join(sorted(COMMANDED))
