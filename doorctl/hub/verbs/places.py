"""Commands about places: zones and the doors into them."""

from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.hub.verbs.asked import Asked, Plan, the
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import DoorRow, GrantRow, LockdownRow, RosterRow, Row, ZoneRow, ZoneRuleRow
from doorctl.wire.commands import DoorRemove, DoorSet, ZoneRemove, ZoneSet
from doorctl.wire.messages import Drop, Put


def zone_set(do: ZoneSet, asked: Asked) -> Plan:
    """Make a zone, or change what it is."""
    wanted = ZoneRow(id=do.zone, kind=do.zone_kind, on_audit_failure=do.on_audit_failure)
    present = find_row(asked.connection, wanted)
    if present is None:
        return Plan((Put(wanted),), f"zone {do.zone} added")
    changed = replace(present, kind=do.zone_kind, on_audit_failure=do.on_audit_failure)
    if changed == present:
        return Plan((), f"zone {do.zone} is so already")
    return Plan((Put(changed),), f"zone {do.zone} changed")


def zone_remove(do: ZoneRemove, asked: Asked) -> Plan:
    """Remove a zone that nothing leads into and nobody may enter."""
    row = the(asked, ZoneRow, do.zone)
    doors = rows_where(asked.connection, DoorRow, zone=do.zone)
    if doors:
        raise Refused(
            "zone-in-use", f"door {doors[0].id} leads into it: remove or move its {len(doors)} door(s) first"
        )
    grants = rows_where(asked.connection, GrantRow, zone=do.zone)
    if grants:
        raise Refused("zone-in-use", f"{len(grants)} grant(s) let somebody into it: revoke them first")
    beside: list[Row] = [
        *rows_where(asked.connection, ZoneRuleRow, zone=do.zone),
        *rows_where(asked.connection, RosterRow, zone=do.zone),
        *rows_where(asked.connection, LockdownRow, scope=do.zone),
    ]
    return Plan(tuple(Drop(each) for each in (*beside, row)), f"zone {do.zone} removed")


def door_set(do: DoorSet, asked: Asked) -> Plan:
    """Make a door, or say that it leads into another zone."""
    the(asked, ZoneRow, do.zone)
    row = DoorRow(id=do.door, zone=do.zone)
    if find_row(asked.connection, row) == row:
        return Plan((), f"door {do.door} leads into {do.zone} already")
    return Plan((Put(row),), f"door {do.door} leads into {do.zone}")


def door_remove(do: DoorRemove, asked: Asked) -> Plan:
    """Remove a door."""
    return Plan((Drop(the(asked, DoorRow, do.door)),), f"door {do.door} removed")
