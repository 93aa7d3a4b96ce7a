"""``doorctl open``, ``hold-open``, ``lockdown``, ``release`` and ``suspend``: what acts at doors at once."""

import time
from dataclasses import replace
from typing import Annotated

import typer

from doorctl.cli.desk import Desk, hub_command
from doorctl.cli.people.person import HandleArgument, suspend
from doorctl.cli.times import span_seconds, unix_seconds
from doorctl.core.rules.order_rules import MAX_HOLD_OPEN_SECONDS, ORDER_SECONDS
from doorctl.wire.commands import Verb
from doorctl.wire.orders import NO_LONGER
from doorctl.wire.rights import HoldOpen, Lockdown, LockdownEnd, OpenDoor

ALL = "all"
HOLDS = range(1, MAX_HOLD_OPEN_SECONDS + 1)
_HOLD_OPEN = (
    "doorctl hold-open floor-3-east --for 2h",
    "doorctl hold-open floor-3-east --until 2027-01-31T18:00",
    "doorctl hold-open floor-3-east --end",
)
MOST_HOURS = MAX_HOLD_OPEN_SECONDS // 3600
ORDER_PATIENCE = ORDER_SECONDS + 3.0
"""An order is over then: the hub says so, if the door's controller has not answered."""

DoorArgument = Annotated[str, typer.Argument(metavar="DOOR", help="the door, such as floor-3-east")]
ScopeArgument = Annotated[str, typer.Argument(metavar="ZONE|all", help="the zone, or all of them")]


def register(app: typer.Typer) -> None:
    """Put the commands into the app."""
    hub_command(app, "open", "doorctl open floor-3-east")(open_door)
    hub_command(app, "hold-open", *_HOLD_OPEN)(hold_open)
    hub_command(app, "lockdown", "doorctl lockdown floor-3", "doorctl lockdown all")(lockdown)
    hub_command(app, "release", "doorctl release floor-3", "doorctl release all")(release)
    hub_command(app, "suspend", "doorctl suspend ada")(suspend_person)


async def open_door(desk: Desk, door: DoorArgument) -> int:
    """Release a door once, now; the order is over after some seconds, whatever becomes of it."""
    return await order(desk, OpenDoor(door), door)


async def hold_open(
    desk: Desk,
    door: DoorArgument,
    until: Annotated[
        str | None,
        typer.Option(
            "--until", metavar="T", help=f"until when, within {MOST_HOURS} hours; written like 2027-01-31T18:00"
        ),
    ] = None,
    *,
    lasts: Annotated[
        str | None,
        typer.Option("--for", metavar="SPAN", help=f"how long from now, such as 30m or 2h; at most {MOST_HOURS}h"),
    ] = None,
    end: Annotated[bool, typer.Option("--end", help="hold it open no longer")] = False,
) -> int:
    """Keep a door released for some time, 12 hours at most, or end that.

    A lockdown or the end of its door process ends it, too.
    """
    if (until is not None) + (lasts is not None) + end != 1:
        raise typer.BadParameter("say --for SPAN, --until T or --end")
    return await order(desk, HoldOpen(door, _end_of(until, lasts, desk)), door)


async def lockdown(desk: Desk, zone: ScopeArgument) -> int:
    """Lock a zone down: no card opens its doors until it is released; ways out stay open."""
    return await desk.change(Lockdown(_zone(zone)), zone=zone)


async def release(desk: Desk, zone: ScopeArgument) -> int:
    """End the lockdown of a zone, or every lockdown."""
    return await desk.change(LockdownEnd(_zone(zone)), zone=zone)


async def suspend_person(desk: Desk, handle: HandleArgument) -> int:
    """Let no card of a person open anything from now on, and end what is under way for them."""
    return await suspend(desk, handle)


async def order(desk: Desk, do: Verb, door: str) -> int:
    """Have something done at a door, and wait until the order is over; return the exit code."""
    patient = replace(desk, wait_seconds=max(desk.wait_seconds, ORDER_PATIENCE) if desk.wait_seconds else 0.0)
    return await patient.change(do, door=door)


def _end_of(until: str | None, lasts: str | None, desk: Desk) -> int:
    """Return the time until which a door is held open."""
    if until is None and lasts is None:
        return NO_LONGER
    if until is not None:
        return unix_seconds(until, desk.timezone)
    return int(time.time()) + span_seconds(lasts or "", HOLDS)


def _zone(scope: str) -> str | None:
    return None if scope == ALL else scope
