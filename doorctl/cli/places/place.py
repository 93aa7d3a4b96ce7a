"""``doorctl zone`` and ``doorctl door``: protected places and the openings into them."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command
from doorctl.cli.places import (
    door_mode,
    zone_bars,
    zone_escort,
    zone_factor,
    zone_occupancy,
    zone_rule,
    zone_training,
)
from doorctl.core.model import OnAuditFailure, ZoneKind
from doorctl.wire.commands import DoorRemove, DoorSet, ZoneRemove, ZoneSet

zones = family("zone", "Add, change and remove zones: floors, server rooms.")
doors = family("door", "Run the doors of a controller (--config FILE); add, remove and unlock doors (admins).")

zone_rule.register(zones)
zone_factor.register(zones)
zone_occupancy.register(zones)
zone_escort.register(zones)
zone_bars.register(zones)
zone_training.register(zones)
door_mode.register(doors)

ZoneArgument = Annotated[str, typer.Argument(metavar="ZONE", help="the zone, such as floor-3")]
DoorArgument = Annotated[str, typer.Argument(metavar="DOOR", help="the door, by its id in controller.toml")]


@hub_command(zones, "add", "doorctl zone add floor-3 --kind floor", "doorctl zone add server-room --kind server-room")
async def add_zone(
    desk: Desk,
    zone: ZoneArgument,
    kind: Annotated[ZoneKind, typer.Option(help="what kind of place it is")],
    on_audit_failure: Annotated[
        OnAuditFailure, typer.Option(help="what a granted request gets when its record cannot be written")
    ] = OnAuditFailure.DENY,
) -> int:
    """Add a zone, or change what it is."""
    return await desk.change(ZoneSet(zone, kind, on_audit_failure), zone=zone)


@hub_command(zones, "remove", "doorctl zone remove floor-3")
async def remove_zone(desk: Desk, zone: ZoneArgument) -> int:
    """Remove a zone that has neither doors nor grants."""
    return await desk.change(ZoneRemove(zone), zone=zone)


@hub_command(doors, "add", "doorctl door add floor-3-east floor-3")
async def add_door(desk: Desk, door: DoorArgument, zone: ZoneArgument) -> int:
    """Say that a door leads into a zone; again with another zone moves it."""
    return await desk.change(DoorSet(door, zone), door=door, zone=zone)


@hub_command(doors, "remove", "doorctl door remove floor-3-east")
async def remove_door(desk: Desk, door: DoorArgument) -> int:
    """Remove a door: it then admits nobody."""
    return await desk.change(DoorRemove(door), door=door)


def register(app: typer.Typer) -> None:
    """Put both families among the commands."""
    app.add_typer(zones)
    app.add_typer(doors)
