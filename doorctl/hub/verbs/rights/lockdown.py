"""Commands that act at doors: lockdowns, which are policy, and orders to open, which change nothing."""

import sqlite3

from doorctl.core.rules.order_rules import MAX_HOLD_OPEN_SECONDS
from doorctl.errors import Refused
from doorctl.hub.restored.kept_reductions import zones_to_lock_down
from doorctl.hub.verbs.asked import Asked, Assignment, Intent, the
from doorctl.policy.apply import find_row
from doorctl.policy.building import is_among
from doorctl.policy.needs import EVERYWHERE
from doorctl.policy.rows import DoorRow, LockdownRow, ZoneRow
from doorctl.wire.messages import Drop, Put
from doorctl.wire.orders import NO_LONGER, Deed, HoldOpenUntil, OpenNow
from doorctl.wire.rights import HoldOpen, Lockdown, LockdownEnd, OpenDoor


def locked_down(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Name what is locked down: zones, and ``EVERYWHERE`` for every one of them."""
    return tuple(scope for (scope,) in connection.execute("SELECT scope FROM lockdowns ORDER BY scope"))


def lockdown(do: Lockdown, asked: Asked) -> Intent:
    """Lock a zone down, or every zone."""
    if do.zone is not None:
        the(asked, ZoneRow, do.zone)
    row = LockdownRow(scope=do.zone or EVERYWHERE)
    where = do.zone or "every zone"
    if find_row(asked.connection, row) is not None:
        return Intent((), f"{where} is locked down already")
    return Intent((Put(row),), f"{where} is locked down")


def lockdown_end(do: LockdownEnd, asked: Asked) -> Intent:
    """End the lockdown of a zone, or every lockdown there is."""
    scopes = locked_down(asked.connection)
    if do.zone is None:
        text = "no lockdown is left" if scopes else "there is no lockdown"
        return Intent(tuple(Drop(LockdownRow(scope=scope)) for scope in scopes), text)
    the(asked, ZoneRow, do.zone)
    still = "; every zone is still locked down: end that, too" if EVERYWHERE in scopes else ""
    if do.zone not in scopes:
        return Intent((), f"{do.zone} is not locked down by itself{still}")
    return Intent((Drop(LockdownRow(scope=do.zone)),), f"the lockdown of {do.zone} is ended{still}")


def open_door(do: OpenDoor, asked: Asked) -> Intent:
    """Order the controller of a door to release it once."""
    return _to_whom_serves(do.door, OpenNow(do.door), asked)


def hold_open(do: HoldOpen, asked: Asked) -> Intent:
    """Order the controller of a door to keep it released until a time, or whoever may to end that."""
    if do.until == NO_LONGER:
        return _to_all_who_serve(do.door, HoldOpenUntil(do.door, NO_LONGER), asked)
    if not asked.at < do.until <= asked.at + MAX_HOLD_OPEN_SECONDS:
        hours = MAX_HOLD_OPEN_SECONDS // 3600
        raise Refused("bad-time", f"a door is held open until a time to come, within {hours} hours")
    return _to_whom_serves(do.door, HoldOpenUntil(do.door, do.until), asked)


def _to_all_who_serve(door: str, deed: Deed, asked: Asked) -> Intent:
    """Order everybody who says to serve a door to end something: that harms nobody."""
    the(asked, DoorRow, door)
    serving = asked.roll.serving(door)
    if not serving:
        raise Refused("door-not-served", "no controller has said that it serves this door: doorctl status")
    orders = tuple(Assignment(controller, deed) for controller in serving)
    return Intent((), f"ordered {', '.join(serving)[:300]} to do it", orders=orders)


def _to_whom_serves(door: str, deed: Deed, asked: Asked) -> Intent:
    """Order the one controller that serves a door to open it, where no lockdown is only waiting to be carried out."""
    if is_among(the(asked, DoorRow, door).zone, zones_to_lock_down(asked.connection)):
        raise Refused("lockdown", "its zone is locked down as soon as the hub has its newest changes back")
    return to_the_one_who_serves(door, deed, asked)


def to_the_one_who_serves(door: str, deed: Deed, asked: Asked) -> Intent:
    """Order the one controller that serves a door to do something there. Raises Refused where that is not one."""
    wanted = _to_all_who_serve(door, deed, asked)
    serving = [each.controller for each in wanted.orders]
    if len(serving) > 1:
        raise Refused(
            "door-claimed-twice",
            f"{', '.join(serving)[:300]} say that they serve this door: was one stolen, or the door moved? "
            "doorctl trust revoke-key NAME ends the word of the one that does not",
        )
    return wanted
