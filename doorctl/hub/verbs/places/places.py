"""Commands about places: zones and the doors into them.

What officers have set for a zone outlasts what admins do to places: nobody lifts a lockdown by moving a door, nor a
rule by making its zone anew.
"""

from msgspec.structs import replace

from doorctl.errors import Refused
from doorctl.hub.two_admins.door_asks import check_stays_shut
from doorctl.hub.two_admins.zone_asks import asks_of, factor_of, rule_of
from doorctl.hub.two_admins.zone_bars import classes_of, steps_of
from doorctl.hub.verbs.asked import Asked, Intent, the
from doorctl.hub.verbs.people.trainings import refuse_trained_zone
from doorctl.hub.verbs.people.visits import refuse_invited_to
from doorctl.hub.verbs.places.door_modes import modes_led_into, modes_said
from doorctl.hub.verbs.places.zone_occupancies import refuse_around_others
from doorctl.policy.apply import find_row, rows_where
from doorctl.policy.rows import (
    DoorRow,
    GrantRow,
    LockdownRow,
    RosterRow,
    Row,
    ZoneClassesRow,
    ZoneEscortRow,
    ZoneFactorRow,
    ZoneRow,
)
from doorctl.wire.commands import DoorRemove, DoorSet, ZoneRemove, ZoneSet
from doorctl.wire.messages import Drop, Put
from doorctl.wire.rights import ZoneRuleSet

_AS_USUAL = "card --in none --pin-tries 5 --pin-block 5m --persons 1 --within 30s --one-of none"
"""What a zone asks for of which nobody has said anything."""
_AS_USUALLY_ESCORTED = "--escorted --within 30s --most 5 --per 1h --group none"


def zone_set(do: ZoneSet, asked: Asked) -> Intent:
    """Make a zone, or change what it is."""
    wanted = ZoneRow(id=do.zone, kind=do.zone_kind, on_audit_failure=do.on_audit_failure)
    present = find_row(asked.connection, wanted)
    if present is None:
        return Intent((Put(wanted),), f"zone {do.zone} added")
    changed = replace(present, kind=do.zone_kind, on_audit_failure=do.on_audit_failure)
    if changed == present:
        return Intent((), f"zone {do.zone} is so already")
    return Intent((Put(changed),), f"zone {do.zone} changed")


def zone_remove(do: ZoneRemove, asked: Asked) -> Intent:
    """Remove a zone that nothing leads into, nobody may enter or invite to, and officers ask nothing of any more."""
    row = the(asked, ZoneRow, do.zone)
    doors = rows_where(asked.connection, DoorRow, zone=do.zone)
    if doors:
        raise Refused(
            "zone-in-use", f"door {doors[0].id} leads into it: remove or move its {len(doors)} door(s) first"
        )
    grants = rows_where(asked.connection, GrantRow, zone=do.zone)
    if grants:
        raise Refused("zone-in-use", f"{len(grants)} grant(s) let somebody into it: revoke them first")
    refuse_invited_to(do.zone, asked)
    _refuse_locked_down(do.zone, asked)
    _refuse_what_officers_ask(do, asked)
    beside: list[Row] = [*rows_where(asked.connection, RosterRow, zone=do.zone)]
    return Intent(tuple(Drop(each) for each in (*beside, row)), f"zone {do.zone} removed")


def _refuse_what_officers_ask(do: ZoneRemove, asked: Asked) -> None:
    if asks_of(asked.connection, do.zone) != ZoneRuleSet(do.zone):
        raise Refused(
            "zone-in-use", f"officers have set a rule for it: one ends that first, `doorctl zone rule {do.zone}`"
        )
    if factor_of(asked.connection, do.zone) != ZoneFactorRow(zone=do.zone):
        raise Refused(
            "zone-in-use",
            "officers have said what it asks for at its doors: one ends that first, "
            f"`doorctl zone factor {do.zone} {_AS_USUAL}`",
        )
    refuse_around_others(do.zone, asked)
    refuse_trained_zone(do.zone, asked)
    if rows_where(asked.connection, ZoneEscortRow, zone=do.zone):
        raise Refused(
            "zone-in-use",
            "officers have said how visitors enter it: one ends that first, "
            f"`doorctl zone escort {do.zone} {_AS_USUALLY_ESCORTED}`",
        )
    if classes_of(asked.connection, do.zone) != ZoneClassesRow(zone=do.zone):
        raise Refused(
            "zone-in-use",
            "officers have said which readers and cards it takes: one ends that first, "
            f"`doorctl zone classes {do.zone} --readers all --cards all`",
        )
    if steps := steps_of(asked.connection, do.zone):
        raise Refused(
            "zone-in-use",
            "officers have said what it asks for at threat levels: one ends that first, "
            f"`doorctl zone threat {do.zone} --at {steps[0].threat} --none`",
        )


def door_set(do: DoorSet, asked: Asked) -> Intent:
    """Make a door, or say that it leads into another zone; never out of one that is locked down."""
    the(asked, ZoneRow, do.zone)
    row = DoorRow(id=do.door, zone=do.zone)
    present = find_row(asked.connection, row)
    if present == row:
        return Intent((), f"door {do.door} leads into {do.zone} already")
    if present is not None:
        _refuse_locked_down(present.zone, asked)
    if rule_of(asked.connection, do.zone).strict:
        check_stays_shut(asked.connection, do.door)
    moved = (row, *modes_led_into(do.door, do.zone, asked))
    return Intent(tuple(Put(each) for each in moved), f"door {do.door} leads into {do.zone}")


def door_remove(do: DoorRemove, asked: Asked) -> Intent:
    """Remove a door, unless its zone is locked down: made again, it could lead elsewhere."""
    row = the(asked, DoorRow, do.door)
    _refuse_locked_down(row.zone, asked)
    gone: list[Row] = [*modes_said(do.door, asked), row]
    return Intent(tuple(Drop(each) for each in gone), f"door {do.door} removed")


def _refuse_locked_down(zone: str, asked: Asked) -> None:
    if rows_where(asked.connection, LockdownRow, scope=zone):
        raise Refused("locked-down", f"{zone} is locked down: an officer ends that first, `doorctl release {zone}`")
