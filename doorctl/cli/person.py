"""``doorctl person``: who there is."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, FromOption, UntilOption, family, hub_command, new_id, private
from doorctl.cli.times import optional_seconds, validity
from doorctl.commands import PersonAdd, PersonRemove, PersonSet
from doorctl.core.model import Status

app = family("person", "Add, suspend and remove people.")

HandleArgument = Annotated[str, typer.Argument(metavar="HANDLE", help="one short word for a person, such as ada")]


@hub_command(app, "add", 'doorctl person add ada --name "Ada"')
async def add(
    desk: Desk,
    handle: HandleArgument,
    name: Annotated[str, typer.Option(metavar="NAME", help="the full name; it never leaves the hub")] = "",
    valid_from: FromOption = None,
    valid_until: UntilOption = None,
) -> int:
    """Add a person; names and handles travel sealed and stay at the hub."""
    since, until = optional_seconds(valid_from, desk.timezone), optional_seconds(valid_until, desk.timezone)
    holder = new_id()
    return await desk.change(
        PersonAdd(holder, valid_from=since, valid_until=until),
        private(handle=handle, name=name),
        limits=validity(since, until, desk.timezone),
        holder=holder,
    )


@hub_command(app, "suspend", "doorctl person suspend ada")
async def suspend(desk: Desk, handle: HandleArgument) -> int:
    """Let no card of a person open anything until resumed."""
    return await _set(desk, handle, Status.SUSPENDED)


@hub_command(app, "resume", "doorctl person resume ada")
async def resume(desk: Desk, handle: HandleArgument) -> int:
    """End a suspension."""
    return await _set(desk, handle, Status.ACTIVE)


@hub_command(app, "remove", "doorctl person remove ada")
async def remove(desk: Desk, handle: HandleArgument) -> int:
    """Remove a person with their cards, memberships and grants."""
    holder = await desk.holder(handle)
    return await desk.change(PersonRemove(holder), holder=holder)


async def _set(desk: Desk, handle: str, status: Status) -> int:
    holder = await desk.holder(handle)
    return await desk.change(PersonSet(holder, status), holder=holder)
