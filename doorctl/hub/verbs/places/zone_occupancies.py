"""The commands that say what a zone asks of who is inside, and that have it forgotten who is."""

import sqlite3

from doorctl.core.areas import Passback
from doorctl.errors import Refused
from doorctl.hub.occupancy import zones_within
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.areas import around_of
from doorctl.policy.needs import EVERYWHERE
from doorctl.policy.rows import HolderRow, PassbackResetRow, ZoneOccupancyRow, ZoneRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.occupancy_words import PassbackReset, ZoneOccupancySet


def occupancy_by(do: ZoneOccupancySet) -> ZoneOccupancyRow:
    """Return the row that the command would put."""
    return ZoneOccupancyRow(**{name: getattr(do, name) for name in ZoneOccupancyRow.__struct_fields__})


def occupancy_of(connection: sqlite3.Connection, zone: str) -> ZoneOccupancyRow:
    """Return what a zone asks of who is inside; without a row nothing."""
    return find_row(connection, ZoneOccupancyRow(zone=zone)) or ZoneOccupancyRow(zone=zone)


def zone_occupancy_set(do: ZoneOccupancySet, asked: Asked) -> Intent:
    """Put what a zone asks of who is inside in the place of what was; one that asks nothing has no row."""
    the(asked, ZoneRow, do.zone)
    _check_nesting(do, asked)
    if do.most is not None and do.most < do.least:
        raise Refused("bad-occupancy", f"it would hold {do.most} at most and {do.least} at least: nobody could enter")
    before, wanted = occupancy_of(asked.connection, do.zone), occupancy_by(do)
    if wanted == before:
        return Intent((), f"{do.zone} asks for that already")
    operation = Drop(before) if wanted == ZoneOccupancyRow(zone=do.zone) else Put(wanted)
    return Intent((operation,), _asks(wanted))


def passback_reset(do: PassbackReset, asked: Asked) -> Intent:
    """Have every controller forget once where somebody is, or everybody."""
    if do.holder is not None:
        the(asked, HolderRow, do.holder)
    if do.zone is not None:
        the(asked, ZoneRow, do.zone)
    row = PassbackResetRow(holder=do.holder or EVERYWHERE, zone=do.zone or EVERYWHERE, at=asked.at)
    if find_row(asked.connection, row) == row:
        return Intent((), "that was forgotten in this very second")
    whom = "where everybody is" if do.holder is None else "where the person is"
    return Intent((Put(row),), f"{whom} is forgotten{'' if do.zone is None else f', in {do.zone}'}", grants=1)


def refuse_around_others(zone: str, asked: Asked) -> None:
    """Refuse to take a zone away that others lie in, or that asks of who is inside: ``zone-in-use``."""
    if inner := rows_where(asked.connection, ZoneOccupancyRow, within=zone):
        raise Refused(
            "zone-in-use", f"{inner[0].zone} lies in it: `doorctl zone occupancy {inner[0].zone} --within none` first"
        )
    if occupancy_of(asked.connection, zone) != ZoneOccupancyRow(zone=zone):
        raise Refused(
            "zone-in-use",
            "officers have said what it asks of who is inside: one ends that first, "
            f"`doorctl zone occupancy {zone} --none`",
        )


def _check_nesting(do: ZoneOccupancySet, asked: Asked) -> None:
    if do.within is None:
        return
    the(asked, ZoneRow, do.within)
    within = zones_within(asked.connection) | {do.zone: do.within}
    try:
        tuple(around_of(do.zone, within.get))
    except ValueError as error:
        raise Refused("zone-in-itself", f"{do.within} lies in {do.zone}, or is it: no zone lies in itself") from error


def _asks(row: ZoneOccupancyRow) -> str:
    soon = f" ({row.passback_seconds} s)" if row.passback is Passback.TIMED else ""
    said = [f"passback {row.passback}{soon}"]
    if row.within is not None:
        said.insert(0, f"lies in {row.within}")
    if row.most is not None:
        said.append(f"at most {row.most}")
    if row.least > 1:
        said.append(f"at least {row.least}")
    if row.reset_at is not None:
        said.append(f"forgotten each day at {row.reset_at}")
    return f"{row.zone}: {', '.join(said)}"
