"""``doorctl group``: people who are granted access together."""

from typing import Annotated

import typer

from doorctl.cli.desk import Desk, family, hub_command
from doorctl.wire.commands import GroupAdd, GroupJoin, GroupLeave, GroupRemove

app = family("group", "Add and remove groups, and who belongs to them.")

GroupArgument = Annotated[str, typer.Argument(metavar="GROUP", help="the group, such as staff")]
MemberArgument = Annotated[str, typer.Argument(metavar="HANDLE", help="the person")]


@hub_command(app, "add", "doorctl group add staff")
async def add(desk: Desk, group: GroupArgument) -> int:
    """Make a group."""
    return await desk.change(GroupAdd(group), group=group)


@hub_command(app, "remove", "doorctl group remove staff")
async def remove(desk: Desk, group: GroupArgument) -> int:
    """Remove a group with its memberships and grants."""
    return await desk.change(GroupRemove(group), group=group)


@hub_command(app, "join", "doorctl group join staff ada")
async def join(desk: Desk, group: GroupArgument, handle: MemberArgument) -> int:
    """Put a person into a group."""
    holder = await desk.holder(handle)
    return await desk.change(GroupJoin(group, holder), group=group, holder=holder)


@hub_command(app, "leave", "doorctl group leave staff ada")
async def leave(desk: Desk, group: GroupArgument, handle: MemberArgument) -> int:
    """Take a person out of a group."""
    holder = await desk.holder(handle)
    return await desk.change(GroupLeave(group, holder), group=group, holder=holder)
